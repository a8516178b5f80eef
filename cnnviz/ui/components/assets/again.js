// The part "again": the button that trains again from the saved step on screen, whichever that is by now.

import {make, say} from "./elements.js";
import {whole} from "./format.js";
import {lowerBound} from "./series.js";

/** The last saved step that is not after the one on screen. */
const savedStep = ({curves: {snapshots: {values}}, step}) => values[Math.max(0, lowerBound(values, step + 1) - 1)];

/** The button; Python hears the step. */
export function createAgain(root, instance) {
  const press = () => instance.trigger?.("step", savedStep(instance.channel));
  const button = make("button", {type: "button", className: "outlined", onclick: press});
  root.append(button);
  return {
    draw({channel}) {
      const step = savedStep(channel);
      button.disabled = step === undefined;
      say(button, step === undefined ? "Nothing is saved yet" : `Train again from step ${whole(step)}`);
    },
  };
}

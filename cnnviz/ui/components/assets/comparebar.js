// The part "comparebar": one time line for all runs, by step or by share of the training.

import {showOnButton} from "./imagebutton.js";
import {make} from "./elements.js";
import {LOOK} from "./comparelook.js";
import {createJoining} from "./joining.js";
import {createSegments} from "./segments.js";
import {createTimeline} from "./timeline.js";
import {wear} from "./wear.js";

/** The bar at the bottom of the page. */
export function createCompareBar(root, instance) {
  wear(root, LOOK);
  const by = createSegments("At the same", [[null, "Step"], ["share", "Share"]], (value) => joining.joint.compareBy(value));
  const line = make("div", {className: "line"});
  root.append(make("div", {className: "comparebar"}, line, make("div", {className: "chosen"}, by.element)));
  const timeline = createTimeline(line);
  const joining = createJoining(instance);
  return {
    draw(state) {
      const joint = joining.take(state);
      by.draw(joint.by);
      root.style.setProperty("--k", state.width < 640 ? 1 : joint.scale);
      timeline.draw({...state, channel: joint, width: line.clientWidth});
      showOnButton(joint.first);
    },
    destroy() {
      timeline.destroy();
      joining.leave();
    },
  };
}

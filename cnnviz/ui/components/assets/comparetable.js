// The runs as a table: their colours and names, the settings that differ, and their numbers at the step on screen or under the pointer.

import {valueAt} from "./comparecurves.js";
import {make, mark, say} from "./elements.js";
import {percent, significant, whole, withUnit} from "./format.js";
import {paintSwatch} from "./runmark.js";

const NUMBERS = [
  {title: "Step", of: (_, step) => whole(step)},
  {title: "Validation loss", of: ({validation}, step) => said(validation, "loss", step, significant)},
  {title: "Validation accuracy", of: ({validation}, step) => said(validation, "accuracy", step, (value) => withUnit(percent(value), "%"))},
  {title: "Train accuracy", of: ({train, smooth}, step) => said({step: train.step, accuracy: smooth.accuracy}, "accuracy", step, (value) => withUnit(percent(value), "%"))},
];

function said(series, key, step, words) {
  const value = valueAt({steps: series.step.values, values: series[key].values}, step);
  return Number.isNaN(value) ? "–" : words(value);
}

/** The table of all runs. */
export function createCompareTable(section) {
  const head = make("tr", {});
  const body = make("tbody", {});
  const caption = make("caption", {});
  section.append(make("div", {className: "scroller"}, make("table", {className: "runs"}, caption, make("thead", {}, head), body)));
  let built = null;

  function build({joint, mount}) {
    const names = mount.settings.map(({name}) => name);
    head.replaceChildren(...["Run", ...names, ...NUMBERS.map(({title}) => title), "State"].map((text) => make("th", {scope: "col"}, text)));
    body.replaceChildren(...joint.channels.map((channel, at) => make("tr", {"data-run": channel.run},
      make("th", {scope: "row", title: joint.names[at]}, make("i", {className: "swatch", "aria-hidden": "true"}), make("a", {href: `${mount.base}/train?run=${channel.run}`, target: "_self"}, joint.names[at])),
      ...mount.settings.map(({values}) => make("td", {}, values[at])),
      ...NUMBERS.map(() => make("td", {className: "number"})), make("td", {}))));
  }

  return {
    draw(state) {
      const {joint, mount, theme} = state;
      if (built !== mount) build(state);
      built = mount;
      say(caption, joint.hovered === null ? "At the step on the time line" : "At the step under the pointer");
      joint.channels.forEach((channel, at) => {
        const row = body.children[at];
        paintSwatch(row.querySelector(".swatch"), theme, at);
        const step = joint.hovered === null ? channel.picture?.step ?? channel.step : Math.round(joint.stepAt(channel, joint.hovered));
        const cells = [...row.children].slice(1 + mount.settings.length);
        NUMBERS.forEach(({of}, n) => say(cells[n], of(channel.curves, step)));
        const {state: stands, place} = channel.status ?? {};
        say(cells.at(-1), [stands ?? "", typeof place === "string" ? place : ""].filter(Boolean).join(": "));
        mark(row, "data-state", stands);
      });
    },
  };
}

// What there is to see of every layer: its filters, how its weights and gradients are spread, what it gives.

import {Answers} from "./answers.js";
import {make, mark, reveal, say} from "./elements.js";
import {createFilters} from "./filters.js";
import {createSegments} from "./segments.js";
import {createSpread} from "./spread.js";
import {createStatistics} from "./statistics.js";

const ASPECTS = [[null, "Filters"], ["weights", "Weights"], ["gradients", "Gradients"], ["activations", "Activations"]];

/** The section below the maps. */
export function createDetails(section) {
  const choice = createSegments("Of every layer", ASPECTS, (details) => now?.channel.set({details}));
  const boxes = new Map(ASPECTS.map(([name]) => [name, make("div", {className: "aspect"})]));
  const note = make("p", {className: "warning", role: "status", hidden: true});
  section.append(make("div", {className: "chosen"}, choice.element), note, ...boxes.values());
  const views = new Map([
    [null, createFilters(boxes.get(null))],
    ["weights", createSpread(boxes.get("weights"), "weights")],
    ["gradients", createSpread(boxes.get("gradients"), "gradients")],
    ["activations", createStatistics(boxes.get("activations"))],
  ]);
  const answers = new Answers("layers", () => now && draw());
  let now = null;
  let owed = new Set(); // what happened while the filters were not shown

  function draw() {
    const {channel, kinds} = now;
    const chosen = channel.details ?? null;
    const isAsked = chosen !== null;
    choice.draw(chosen);
    mark(section, "aria-label", ASPECTS.find(([name]) => name === chosen)[1]); // on a phone the tab names it
    for (const [name, box] of boxes) reveal(box, name === chosen);
    if (isAsked) answers.want(channel);
    say(note, isAsked ? answers.trouble : "");
    reveal(note, isAsked && answers.trouble !== "");
    const {message} = answers;
    mark(section, "data-step", isAsked ? message?.step : null);
    views.get(chosen).draw({...now, message, kinds: isAsked ? kinds : owed});
    owed = isAsked ? new Set([...owed, ...kinds]) : new Set();
  }
  return {
    draw(state) {
      now = state;
      for (const kind of state.kinds) owed.add(kind);
      draw();
    },
  };
}

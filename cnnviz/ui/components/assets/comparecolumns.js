// One column a run: the image through its layers, why it decided so, its filters and its mistakes, at the step of all.

import {enlarge} from "./shade.js";
import {fit, whole as exactly} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {createCellImages} from "./cellimages.js";
import {createFilters} from "./filters.js";
import {percent, whole, withUnit} from "./format.js";
import {Heat, limitOf, planeOf} from "./heat.js";
import {FIRST_LOOK} from "./heatlooks.js";
import {keyOf} from "./live.js";
import {createMaps} from "./maps.js";
import {createMistakes} from "./mistakes.js";
import {paintSwatch} from "./runmark.js";
import {createWorst} from "./worst.js";

const HEAT = 168; // px of an explanation's longer side

/** What a run is seen at, where that is not quite what was asked for. */
function standing(joint, channel) {
  const shown = channel.picture?.step;
  if (shown === undefined) return channel.isEmpty ? "no step is saved" : "computing";
  const target = joint.targetOf(channel);
  const share = joint.byShare ? `, ${withUnit(Math.round(joint.placeOf(channel, shown)), "%")} of its training` : "";
  const isNear = shown === target || (joint.byShare && Math.abs(joint.placeOf(channel, shown) - joint.placeOf(channel, target)) < 0.5);
  return `step ${whole(shown)}${share}${isNear ? "" : `, the nearest it has to ${whole(target)}`}`;
}

/** Channels that stand beside each other are the same ones, by number, as those of the first run: twins begin alike. */
function alike(first, channel) {
  channel.opened = first.opened;
  if (channel === first || !channel.picture || !first.picture) return;
  const shapeOf = (picture, wanted) => String(picture.layers.find(({name}) => name === wanted)?.shape);
  for (const [key, {units}] of first.choices) {
    const [layer] = key.split(" ");
    if (shapeOf(first.picture, layer) === shapeOf(channel.picture, layer)) channel.choices.set(key, {picture: channel.picture, units});
  }
}

/** The explanation of a run's answer, over the image. */
function createWhy(section) {
  const canvas = make("canvas", {role: "img"});
  const words = make("p", {className: "caption"});
  const heat = new Heat();
  section.append(canvas, words);
  return {
    draw({channel, theme, scale, method, wish}) {
      reveal(section, Boolean(method));
      if (!method) return;
      if (channel.maps.length !== 1 || keyOf(channel.maps[0]) !== keyOf(wish)) channel.want([wish]);
      const message = channel.attribution(wish);
      const input = channel.picture?.arrays.input;
      const array = message?.arrays.values ?? null;
      mark(section, "data-map", array ? "there" : "none");
      say(words, message?.error ?? (array ? `for ${channel.picture?.classes[channel.picture.prediction] ?? "its answer"}${message.over ? "" : ", computing"}` : "computing"));
      if (!array && !input) return;
      const [, high, wide] = (array ?? input).shape;
      const longest = Math.max(high, wide);
      const side = exactly(HEAT * scale, longest);
      const limit = array ? limitOf(planeOf(array), 100) : 0;
      const context = fit(canvas, (side * wide) / longest, (side * high) / longest);
      enlarge(context, theme, heat.update(array, input ?? null, theme, {...FIRST_LOOK, limit}), 0, 0, (side * wide) / longest, (side * high) / longest);
      mark(canvas, "aria-label", `${method.title} of ${channel.run}`);
    },
  };
}

/** A column; `look` hears the name of an image that is chosen in it. */
export function createCompareColumn(look) {
  const swatch = make("i", {className: "swatch", "aria-hidden": "true"});
  const name = make("span", {});
  const step = make("p", {className: "caption"});
  const problem = make("p", {className: "warning", role: "status", hidden: true});
  const sections = Object.fromEntries(["maps", "why", "filters", "mistakes", "images", "worst"].map((one) => [one, make("section", {className: one})]));
  const element = make("article", {className: "run phone"}, make("header", {}, make("h2", {}, swatch, name)), step, problem, ...Object.values(sections));
  const images = createCellImages(sections.images, look, () => sections.mistakes.querySelector("canvas").focus());
  const mistakes = createMistakes(sections.mistakes, (cell) => images.show(cell));
  const views = [createMaps(sections.maps), createFilters(sections.filters), mistakes, images, createWorst(sections.worst, look)];
  const why = createWhy(sections.why);
  return {
    element,
    /** Head and marks always, all else where it is in view. */
    draw(state, at, isSeen) {
      const {joint, theme, room} = state;
      const channel = joint.channels[at];
      alike(joint.first, channel);
      paintSwatch(swatch, theme, at);
      say(name, joint.names[at]);
      say(step, standing(joint, channel));
      say(problem, channel.problem ?? "");
      reveal(problem, Boolean(channel.problem));
      mark(element, "aria-label", joint.names[at]);
      mark(name, "title", joint.names[at]);
      mark(element, "data-run", channel.run);
      mark(element, "data-step", channel.picture?.step);
      const accuracy = channel.curves.validatedAt(channel.picture?.step ?? channel.step)?.accuracy;
      mark(element, "data-accuracy", accuracy === undefined ? null : percent(accuracy));
      element.classList.toggle("away", !isSeen); // what it shows may be of another step
      if (!isSeen) return;
      const own = {...state, channel, phone: true, width: room};
      for (const view of views) view.draw(own);
      why.draw(own);
    },
    destroy: () => images.destroy(),
  };
}

// What is under the pointer, in words and enlarged: of a map what it is made from, its largest and smallest value.

import {fit, whole} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {significant, size} from "./format.js";
import {factsOf, fullScale, hasMaps, planeOf, sayIn} from "./nodes.js";
import {enlarge, Sheets} from "./shade.js";
import {inTile} from "./tiles.js";

const SIDE = 96;

/** What the strip says of a unit and one of its cells. */
export function aboutUnit(nodes, node, index, mode) {
  const [unit] = index;
  const how = [node.title ?? "", node.text ?? ""].filter(Boolean).join(", ");
  const [rows, columns] = hasMaps(node) ? node.shape.slice(1) : [1, 1];
  return {
    title: `${node.name}, unit ${unit}`,
    made: `${how}${how ? ". " : ""}Made from ${node.inputs.join(" and ")}; ${size(node.shape)}.`,
    facts: factsIn(node, unit),
    value: sayIn(node, index),
    map: {values: node.values, at: unit * planeOf(node), unit: node.unit, rows, columns, full: fullScale(nodes, node, unit, mode)},
  };
}

function factsIn(node, unit) {
  const {most, least, above, plane, unknown} = factsOf(node, unit);
  if (unknown === plane) return "Not a number, everywhere on this image";
  if (most === 0 && least === 0) return "0 everywhere on this image";
  if (plane === 1) return "";
  const odd = unknown ? `, not a number in ${unknown}` : "";
  return `Largest value ${significant(most)}, smallest ${significant(least)}, above zero in ${above}${odd} of ${plane} cells`;
}

/** The strip below the network: `onOpen` hears the button, `hint` is said where nothing is pointed at. */
export function createStrip(onOpen, hint) {
  const sheets = new Sheets();
  const canvas = make("canvas", {"aria-hidden": "true"});
  const title = make("h2", {});
  const made = make("p", {className: "caption"});
  const facts = make("p", {});
  const value = make("p", {className: "value", "aria-live": "polite"});
  const button = make("button", {type: "button", className: "primary"}, "Open unit", make("kbd", {"aria-hidden": "true"}, "Enter"));
  const text = make("div", {className: "text"}, title, made, facts, value);
  const element = make("div", {className: "strip"}, canvas, text, button);
  button.addEventListener("click", onOpen);

  return {
    element,
    /** Draw what there is to say `about` something, {title, made, facts, value, map}, or null; `hovering` by a pointer. */
    draw({about, theme, scale, hovering}) {
      mark(value, "aria-live", hovering ? "off" : "polite"); // a pointer passes over hundreds of values
      reveal(button, Boolean(about));
      reveal(title, Boolean(about));
      const side = SIDE * scale;
      const context = fit(canvas, side, side);
      say(title, about?.title ?? "");
      say(made, about?.made ?? hint);
      say(facts, about?.facts ?? "");
      say(value, about?.value ?? "");
      if (!about) return;
      const {map} = about;
      const {width, height} = inTile(whole(side, Math.max(map.rows, map.columns)), map.rows, map.columns);
      enlarge(context, theme, sheets.of("unit", map, theme), 0, 0, width, height);
    },
  };
}

// What is under the pointer, in words: the unit enlarged, what it is made from, its largest and smallest value.

import {fit} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {size} from "./format.js";
import {factsOf, fullScale, hasMaps, planeOf, sayNumber} from "./nodes.js";
import {Sheets} from "./shade.js";
import {inTile} from "./tiles.js";

const SIDE = 96;

/** The strip below the network; `onOpen` hears the button. */
export function createStrip(onOpen) {
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
    draw({node, cell, nodes, theme, scale, mode, words, hovering}) {
      mark(value, "aria-live", hovering ? "off" : "polite"); // a pointer passes over hundreds of values
      reveal(button, Boolean(node));
      reveal(title, Boolean(node));
      const side = SIDE * scale;
      const context = fit(canvas, side, side);
      if (!node) {
        say(title, "");
        say(made, "Point at a map; a click, or Enter after the arrow keys, opens it.");
        say(facts, "");
        say(value, "");
        return;
      }
      const [unit] = cell.index;
      say(title, `${node.name}, unit ${unit}`);
      const how = [node.title ?? "", node.text ?? ""].filter(Boolean).join(", ");
      say(made, `${how}${how ? ". " : ""}Made from ${node.inputs.join(" and ")}; ${size(node.shape)}.`);
      const {most, least, above, plane} = factsOf(node, unit);
      if (most === 0 && least === 0) say(facts, "0 everywhere on this image");
      else if (plane === 1) say(facts, "");
      else say(facts, `Largest value ${sayNumber(node, most)}, smallest ${sayNumber(node, least)}, above zero in ${above} of ${plane} cells`);
      say(value, words);
      const [rows, columns] = hasMaps(node) ? node.shape.slice(1) : [1, 1];
      const full = fullScale(nodes, node, unit, mode);
      const map = {values: node.values, at: unit * planeOf(node), unit: node.unit, rows, columns, full};
      const {width, height} = inTile(side, rows, columns);
      context.drawImage(sheets.of("unit", map, theme), 0, 0, width, height);
    },
  };
}

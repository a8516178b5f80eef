// The lines of PyTorch that give the value on screen; the server sent them with the unit, place and number follow the cell.

import {coloured} from "./colouring.js";
import {createCopy} from "./copying.js";
import {fixed} from "./decimals.js";
import {make, reveal} from "./elements.js";

/** The block: `draw` fills in a cell of an opened unit. */
export function createCellTwin() {
  const code = make("code", {});
  const copy = createCopy(code, () => text);
  const element = make("div", {className: "celltwin"}, make("pre", {tabIndex: 0, "aria-label": "Code for this value"}, code), copy);
  let text = "";

  return {
    element,
    draw({code: template = "", shape, unit}, {row, column, value}) {
      reveal(element, template !== "");
      const place = (shape.length === 3 ? [unit, row, column] : [unit]).join(", ");
      const filled = template.replace("{place}", place).replace("{value}", fixed(value).replace("\u2212", "-"));
      if (filled === text) return;
      text = filled;
      code.replaceChildren(...text.split("\n").map((line) => make("span", {className: "line"}, ...coloured(line))));
    },
  };
}

// Precision and recall by class, as a small table.

import {make, say} from "./elements.js";
import {percent} from "./format.js";

/** A table that is filled in place. */
export function createClasses() {
  const body = make("tbody");
  const head = make("tr", {}, ...["Class", "Precision, %", "Recall, %"].map((text) => make("th", {scope: "col"}, text)));
  const table = make("table", {className: "classes", hidden: true}, make("caption", {}, "Precision and recall by class"),
    make("thead", {}, head), body);
  const box = make("div", {className: "classbox", tabIndex: 0, role: "region", "aria-label": "Precision and recall by class", hidden: true}, table);
  return {
    element: box,
    show(visible) {
      box.hidden = table.hidden = !visible;
    },
    draw(picture) {
      const rows = picture.classes.map((name, i) => [
        name, percent(picture.arrays.precision?.values[i]), percent(picture.arrays.recall?.values[i]),
      ]);
      while (body.children.length > rows.length) body.lastChild.remove();
      while (body.children.length < rows.length) {
        body.append(make("tr", {}, make("th", {scope: "row"}), make("td"), make("td")));
      }
      rows.forEach((row, i) => row.forEach((text, j) => say(body.children[i].children[j], text)));
    },
  };
}

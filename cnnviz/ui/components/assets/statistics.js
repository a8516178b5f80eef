// What every layer gives for a sample of images, as a small table.

import {make, mark, reveal, say} from "./elements.js";
import {percent, significant, whole} from "./format.js";

const HEAD = ["Layer", "Mean", "Deviation", "Zeros, %", "Dead units"];

/** The table of the activations. */
export function createStatistics(box) {
  const body = make("tbody");
  const step = make("span", {className: "reading"});
  const table = make("table", {className: "classes statistics"}, make("caption", {}, "Activations by layer"),
    make("thead", {}, make("tr", {}, ...HEAD.map((text) => make("th", {scope: "col"}, text)))), body);
  const about = make("p", {className: "caption"},
    "Over the first 100 validation images. A dead unit is 0 everywhere on all of them: after a ReLU it learns nothing any more.");
  box.append(make("header", {}, make("h2", {}, "Activations"), step),
    make("div", {className: "scroller", tabIndex: 0, role: "region", "aria-label": "Activations by layer"}, table), about);

  return {
    draw({message, channel}) {
      say(step, message ? `step ${whole(message.step)}` : "computing");
      reveal(table, Boolean(message));
      const rows = message?.statistics ?? [];
      while (body.children.length > rows.length) body.lastChild.remove();
      while (body.children.length < rows.length) {
        body.append(make("tr", {}, make("th", {scope: "row"}), make("td"), make("td"), make("td"), make("td")));
      }
      rows.forEach(({name, mean, deviation, zeros, dead, units}, i) => {
        const texts = [name, significant(mean), significant(deviation), percent(zeros), `${whole(dead)} of ${whole(units)}`];
        texts.forEach((text, j) => say(body.children[i].children[j], text));
        mark(body.children[i], "class", [name === channel.layer ? "chosenrow" : "", dead ? "hasdead" : ""].join(" ").trim() || null);
      });
    },
  };
}

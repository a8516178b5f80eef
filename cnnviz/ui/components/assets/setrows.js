// A data set class by class: how many images each part has, their mean, and a few of them.

import {make, mark, reveal, say} from "./elements.js";
import {many, whole} from "./format.js";
import {TileSheet} from "./tilesheet.js";

const PARTS = [["train", "Training"], ["validation", "Validation"], ["test", "Test"]];
const TILE = 34;
const GAP = 3;
const BESIDE = 412; // px of a row that are not examples
const BESIDE_PHONE = 48;

/** A row: name, counts, bar, mean, examples. */
function createRow() {
  const name = make("span", {className: "class"});
  const counts = PARTS.map(([part, title]) => make("span", {className: `count ${part}`, title}));
  const parts = PARTS.map(([part]) => make("i", {className: part}));
  const mean = make("canvas", {role: "img"});
  const examples = make("canvas", {role: "img"});
  const element = make("li", {}, name, ...counts, make("span", {className: "share", "aria-hidden": "true"}, ...parts), mean, examples);
  return {
    element, mean, examples,
    write(title, numbers, most) {
      say(name, title);
      mark(name, "title", title);
      numbers.forEach((number, at) => {
        say(counts[at], whole(number));
        parts[at].style.width = `${(100 * number) / most}%`;
      });
      mark(element, "data-counts", numbers.join(" "));
    },
  };
}

/** The rows, drawn from the answers "set" and "means" of the server. */
export function createSetRows() {
  const titles = make("div", {className: "rowtitles", "aria-hidden": "true"}, make("span", {}, "Class"),
    ...PARTS.map(([part, title]) => make("span", {className: `count ${part}`}, title)), make("span", {className: "share"}), make("span", {}, "Mean"), make("span", {}, "Examples of the training part"));
  const list = make("ol", {className: "classrows", "aria-label": "Classes", tabIndex: 0});
  const total = createRow();
  const note = make("p", {className: "caption"});
  const element = make("section", {className: "setrows", "aria-label": "Images by class"}, titles, list, make("ul", {className: "classrows total"}, total.element), note);
  const rows = [];
  let sheets = {}; // of images and means, with the answers they are of

  function sheetOf(kind, answer) {
    if (sheets[kind]?.answer !== answer) sheets[kind] = {answer, sheet: answer && new TileSheet(answer.arrays.images)};
    return sheets[kind].sheet;
  }

  function paintMean(canvas, means, at, title, look) {
    canvas.hidden = !means;
    if (means) means.paint(canvas, [at], {...look, columns: 1});
    mark(canvas, "aria-label", `Mean image of ${title}`);
  }

  function notes({class_count: count, classes, truth}, wrong) {
    const more = count - classes.length;
    return [
      more ? `${whole(more)} more classes are not shown.` : "",
      wrong ? `Framed: ${wrong} of these ${truth.length} have a wrong label.` : "",
    ].filter(Boolean).join(" ");
  }

  return {
    element,
    draw({seen, means, theme, scale, width, isPhone}) {
      const {classes, counts, totals, arrays, truth} = seen;
      const numbers = classes.map((_, at) => PARTS.map(([part]) => counts[part][at]));
      const most = Math.max(1, ...numbers.map((of) => of.reduce((sum, number) => sum + number, 0)));
      while (rows.length < classes.length) rows.push(createRow());
      const shown = rows.slice(0, classes.length);
      if (list.children.length !== shown.length) list.replaceChildren(...shown.map((row) => row.element));
      const images = sheetOf("images", seen);
      const meanSheet = sheetOf("means", means);
      const [tile, gap] = [Math.round(TILE * scale), GAP * scale];
      const room = width - (isPhone ? BESIDE_PHONE : BESIDE) * scale;
      const each = arrays.rows.shape[1];
      const columns = Math.max(1, Math.min(each, Math.floor((room + gap) / (tile + gap))));
      const look = {tile, gap, theme};
      let wrong = 0;
      shown.forEach((row, at) => {
        const title = classes[at];
        const picks = [...arrays.rows.values.subarray(at * each, at * each + columns)];
        const isFramed = (n) => truth[n] !== title;
        const framed = picks.filter((n) => n >= 0 && isFramed(n));
        wrong += framed.length;
        row.write(title, numbers[at], most);
        paintMean(row.mean, meanSheet, at, title, look);
        images.paint(row.examples, picks, {...look, columns, isFramed});
        const misled = framed.length ? `, ${framed.length} of them in truth ${[...new Set(framed.map((n) => truth[n]))].join(", ")}` : "";
        mark(row.examples, "aria-label", `${many(picks.filter((n) => n >= 0).length, "image")} labelled ${title}${misled}`);
      });
      const sums = PARTS.map(([part]) => totals[part]);
      total.write("All", sums, sums.reduce((sum, number) => sum + number, 0) || 1);
      paintMean(total.mean, meanSheet, classes.length, "all classes", look);
      reveal(total.examples, false);
      say(note, notes(seen, wrong));
      mark(element, "data-means", means ? "there" : "computing");
    },
  };
}

// What a layer gives, costs and sees: numbers in columns, the same with their arithmetic, and a small picture of the size.

import {make, mark, say} from "./elements.js";
import {NONE, many, significant, size, whole, withUnit} from "./format.js";

const UNITS = ["B", "KB", "MB", "GB"];

/** Bytes for people. */
export function bytes(count) {
  let [value, at] = [count, 0];
  for (; value >= 1024 && at < UNITS.length - 1; at++) value /= 1024;
  return withUnit(significant(value), UNITS[at]);
}

/** Sizes in the server's sentences as they are written here: 16×8×8. */
export const crossed = (text) => text.replace(/(\d)x(?=\d)/g, "$1×");

const shapeText = (shape) => (shape.length === 3 ? size(shape) : many(shape[0], "value"));
const fieldText = ({rows, columns}) => `${rows}×${columns}`;

/** The columns: what each is called, and its value of an account. */
export const COLUMNS = [
  {name: "output", title: "Gives", value: ({shape}) => shapeText(shape)},
  {name: "parameters", title: "Parameters", value: ({parameters}) => whole(parameters.value)},
  {name: "products", title: "Multiply-adds", value: ({multiply_adds: one}) => whole(one.value)},
  {name: "memory", title: "Memory", value: ({activation_bytes: one, weight_bytes: other}) => bytes(one.value + other.value)},
  {name: "sees", title: "Sees", value: ({field}) => fieldText(field)},
];

/** One cell a column; `draw(account)` fills them. */
export function createNumbers() {
  const cells = COLUMNS.map(({name, title}) => make("span", {className: `number ${name}`, title}));
  return {
    cells,
    draw(account) {
      COLUMNS.forEach(({value}, at) => say(cells[at], account ? value(account) : NONE));
    },
  };
}

/** The same with the arithmetic, one row each. */
const ROWS = [
  ["Gives", ({shape, shape_text: text}) => [shapeText(shape), text]],
  ["Parameters", ({parameters: one}) => [whole(one.value), one.text]],
  ["Multiply-adds", ({multiply_adds: one}) => [whole(one.value), one.text]],
  ["Memory of what it gives", ({activation_bytes: one}) => [bytes(one.value), one.text]],
  ["Memory of its weights", ({weight_bytes: one}) => [bytes(one.value), one.text]],
  ["Receptive field", ({field}) => [fieldText(field), field.text]],
];

/** A table of numbers and the arithmetic that gives them. */
export function createArithmetic() {
  const rows = ROWS.map(([title, of]) => {
    const value = make("dd", {className: "result"});
    const text = make("dd", {className: "how"});
    return {of, value, text, elements: [make("dt", {}, title), value, text]};
  });
  const element = make("dl", {className: "arithmetic"}, ...rows.flatMap((row) => row.elements));
  return {
    element,
    draw(account) {
      for (const {of, value, text} of rows) {
        const [number, how] = account ? of(account) : [NONE, ""];
        say(value, number);
        say(text, crossed(how));
      }
    },
  };
}

const [WIDE, HIGH, LARGEST, DEEPEST] = [44, 34, 24, 6];

/** The size of what a layer gives as a picture: maps one behind the other, or a bar of values. */
export function createGlyph() {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const paths = Array.from({length: DEEPEST}, () => svg.appendChild(document.createElementNS(space, "path"))); // the last is in front
  for (const [name, value] of [["viewBox", `0 0 ${WIDE} ${HIGH}`], ["class", "glyph"], ["aria-hidden", "true"]]) mark(svg, name, value);
  return {
    element: svg,
    draw(shape, [, height, width]) {
      const drawn = !shape ? [] : shape.length === 3 ? maps(shape, Math.max(height, width)) : [bar(shape[0])];
      paths.forEach((path, at) => mark(path, "d", drawn[at] ?? null));
    },
  };
}

function maps([channels, height, width], most) {
  const long = Math.max(3, LARGEST * Math.min(1, Math.max(height, width) / most) ** 0.6);
  const [high, wide] = [Math.max(2, (long * height) / Math.max(height, width)), Math.max(2, (long * width) / Math.max(height, width))];
  const count = Math.min(DEEPEST, 1 + Math.round(Math.log2(channels) / 2));
  const [left, top] = [(WIDE - wide - 2 * (count - 1)) / 2, (HIGH - high - 2 * (count - 1)) / 2];
  return Array.from({length: count}, (_, back) => {
    const [x, y] = [left + 2 * (count - 1 - back), top + 2 * back];
    return `M${x.toFixed(1)} ${y.toFixed(1)}h${wide.toFixed(1)}v${high.toFixed(1)}h${(-wide).toFixed(1)}z`;
  });
}

function bar(values) {
  const high = Math.min(HIGH - 4, 4 + 3 * Math.log2(values));
  return `M${WIDE / 2 - 3} ${((HIGH - high) / 2).toFixed(1)}h6v${high.toFixed(1)}h-6z`;
}

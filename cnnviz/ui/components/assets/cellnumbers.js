// "Cell in numbers": one block for every kind of layer, told by the cell's record alone.

import {hitBars, layOutBars, paintBars} from "./bars.js";
import {deedOf, formulaOf, kernelWord} from "./cells.js";
import {createCellTwin} from "./celltwin.js";
import {counted, fixed} from "./decimals.js";
import {fit} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {size, whole} from "./format.js";
import {hitMatrices, layOutMatrices, paintMatrices} from "./matrix.js";
import {largest} from "./shade.js";
import {MOST_SOURCES} from "./unitlayout.js";
import {FUNCTIONS, isImage} from "./unitpaint.js";

/** A value's name: `conv3[5, 4, 4]`, flat ones `fc[4]`. */
export function nameOf({node, unit, shape}, {row, column}) {
  return `${node}[${(shape.length === 3 ? [unit, row, column] : [unit]).join(", ")}]`;
}

/** The source of a cell in words: "pool1, map 2". */
function sourceWords(opened, source) {
  const [input, channel] = opened.arrays.sources.values.subarray(2 * source, 2 * source + 2);
  const isMap = opened.arrays.values.shape[1] * opened.arrays.values.shape[2] > 1;
  return `${opened.inputs[input]}, ${isMap ? "map" : "value"} ${channel}`;
}

/** Whether a place of a window lies beyond the edge of the input. */
function isInPadding(opened, cell, i) {
  const {arrays: {values: {shape: [, rows, columns]}}, dilation = 1} = opened;
  const [y, x] = [cell.top + dilation * Math.floor(i / cell.wide), cell.left + dilation * (i % cell.wide)];
  return y < 0 || x < 0 || y >= rows || x >= columns;
}

/** What is said of it there: where a map is continued, which of its values stands there again. */
function paddingWords({beyond}, cell, i) {
  const [y, x] = [cell.down[Math.floor(i / cell.wide)], cell.across[i % cell.wide]];
  if (beyond === "nothing") return ", in the padding: never the largest";
  return y < 0 || x < 0 ? ", in the padding" : `, in the padding: row ${y}, column ${x} again`;
}

/** Where a cell lies in a map, nothing for a single number. */
const placeOf = ({shape}, {row, column}) => (shape.length === 3 ? [row, column] : []);

/** The layer and index of the value of a source that counts most for a cell: the winner, or the largest product. */
export function cameFrom(opened, cell, source) {
  const {sources, values} = opened.arrays;
  const [input, channel] = sources.values.subarray(2 * source, 2 * source + 2);
  const [, rows, columns] = values.shape;
  const plane = cell.high * cell.wide;
  const products = cell.products.subarray(source * plane, (source + 1) * plane);
  let most = 0;
  products.forEach((value, i) => { if (Math.abs(value) > Math.abs(products[most])) most = i; });
  if (products[most] === 0) most = cell.weight.subarray(source * plane, (source + 1) * plane).findIndex((weight) => weight !== 0);
  const at = Math.max(0, most);
  const within = (place, count) => Math.max(0, Math.min(count - 1, place));
  const isFlat = rows * columns === 1 && (opened.input_shape ?? []).length < 3;
  const place = [within(cell.down[Math.floor(at / cell.wide)], rows), within(cell.across[at % cell.wide], columns)];
  return [opened.inputs[input], isFlat ? [channel] : [channel, ...place]];
}

/**
 * The panel. `onSource` hears the number of a source that is chosen, `onOpen` the layer and index of a value to go to,
 * `onAll` the wish to see every source.
 */
export function createCellNumbers(walk, {onSource, onOpen, onAll}) {
  const title = make("h2", {});
  const matrices = make("canvas", {role: "application", tabIndex: 0, className: "matrices"});
  const partner = make("p", {className: "value partner", "aria-live": "polite"});
  const sentence = make("p", {className: "sentence"});
  const bars = make("canvas", {role: "application", tabIndex: 0});
  const barbox = make("div", {className: "scroller barbox"}, bars);
  const all = make("button", {type: "button", className: "small", onclick: () => onAll()});
  const origin = make("p", {className: "caption origin"});
  const list = make("dl", {className: "sums"});
  const verdict = make("p", {className: "caption verdictline"});
  const twin = createCellTwin();
  const source = make("button", {type: "button", className: "small", onclick: () => onOpen(...now.from)});
  const follower = make("button", {type: "button", className: "small", onclick: () => onOpen(now.opened.after.node, [now.opened.unit, ...placeOf(now.opened, now.cell)])});
  const element = make("section", {className: "cell", "aria-label": "Cell in numbers"},
    make("header", {}, title, walk), matrices, partner, sentence, barbox, all, origin, list, verdict, twin.element, make("p", {className: "ways"}, source, follower));
  let now = null;
  let place = null; // the number of a cell of the window, or null

  const point = (next) => {
    if (next === place) return;
    place = next;
    drawMatrices();
  };
  matrices.addEventListener("pointermove", ({offsetX, offsetY}) => now && point(hitMatrices(now.matrix, offsetX, offsetY)));
  matrices.addEventListener("pointerleave", () => point(null));
  matrices.addEventListener("keydown", (event) => {
    const by = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
    if (!now || (!by && (event.key !== "Escape" || place === null))) return;
    event.preventDefault();
    event.stopPropagation();
    const {high, wide} = now.cell;
    const within = (at, most) => Math.max(0, Math.min(most - 1, at));
    if (!by) point(null);
    else if (place === null) point(0);
    else point(within(Math.floor(place / wide) + by[0], high) * wide + within((place % wide) + by[1], wide));
  });
  bars.addEventListener("click", ({offsetX}) => {
    const at = now && hitBars(now.bar, offsetX);
    if (at !== null && at < now.sources.length) onSource(now.sources[at]);
  });
  bars.addEventListener("keydown", (event) => {
    const by = {ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity}[event.key];
    if (!by || !now) return;
    event.preventDefault();
    event.stopPropagation();
    const {sources, chosen} = now;
    onSource(sources[Math.max(0, Math.min(sources.length - 1, sources.indexOf(chosen) + by))]);
  });

  /** The window of the chosen source, and what is done to it: its products, the largest of it, or what the activation gives. */
  function drawMatrices() {
    if (!now) return;
    const {opened, cell, chosen, theme, full, width, scale} = now;
    const plane = cell.high * cell.wide;
    const part = (values) => values.subarray(chosen * plane, (chosen + 1) * plane);
    const [window, kernel, products] = [cell.patch, cell.weight, cell.products].map(part);
    const beyond = (i) => isInPadding(opened, cell, i);
    const own = opened.arrays.weight?.values === cell.weight;
    const most = largest(cell.products);
    const deed = deedOf(opened);
    if (place !== null && place >= plane) place = null;
    const parts = [
      {title: plane > 1 ? "window" : deed === "bend" ? "z" : "value", after: sourceWords(opened, chosen), values: window, full: full.input(chosen), grey: isImage(opened, chosen), beyond},
    ];
    if (deed === "weigh") {
      parts.push({title: kernelWord(opened), values: kernel, full: own ? full.weight : 1}, {title: plane > 1 ? "products" : "product", values: products, full: most});
    } else if (deed === "choose") parts.push({title: "largest of the window", values: products, full: full.output, empty: (i) => kernel[i] === 0});
    else if (deed === "bend") parts.push({title: formulaOf(opened), values: [cell.value], full: full.output});
    const signs = deed === "weigh" ? ["×", "="] : parts.slice(1).map(() => "→");
    now.matrix = layOutMatrices(cell.high, cell.wide, {width, scale, titles: parts.map(({title: word, after = ""}) => [word, after])});
    paintMatrices(fit(matrices, width, now.matrix.height), {layout: now.matrix, theme, parts, signs, chosen: place});
    const again = place !== null && beyond(place) ? paddingWords(opened, cell, place) : "";
    const product = deed === "weigh" && place !== null ? ` × ${fixed(kernel[place])} = ${fixed(products[place])}` : "";
    say(partner, place === null ? "" : `${fixed(window[place])}${product}${again}`);
    mark(matrices, "data-place", place);
  }

  /** One sentence, the number in it apart: [before, number, after]. */
  function sentenceFor({opened, cell, chosen}) {
    const plane = cell.high * cell.wide;
    const count = cell.sums.length;
    const of = count > 1 ? `, one of ${counted(count)} inputs:` : "";
    const number = fixed(cell.sums[chosen], 4);
    const deed = deedOf(opened);
    if (deed === "choose") return [`The largest of ${counted(plane)} wins: `, number, of];
    if (deed === "mean") return [`The mean of the window, ${counted(plane)} values: `, number, of];
    if (deed === "bend" && formulaOf(opened, cell.patch[0]) === "z") return ["Above 0, passed on as it is: ", fixed(cell.value), of];
    if (deed === "bend") return [`${formulaOf(opened, cell.patch[0]).replaceAll("z", fixed(cell.patch[0]))} = `, fixed(cell.value), of];
    if (deed === "pass") return [count > 1 ? "Added as it is: " : "Passed on as it is: ", number, of];
    if (plane === 1) return [count > 1 ? "The product " : "The product is ", number, of];
    return [`Sum of the ${counted(plane)} products `, number, of];
  }

  /** Where factor and bias of a batch norm come from. */
  function originOf({origin: {gamma, beta, mean, variance, epsilon} = {}}, cell) {
    if (gamma === undefined) return [];
    const factor = fixed(cell.weight[0]);
    return [
      `factor ${factor} = gamma ${fixed(gamma)} / √(running variance ${fixed(variance)} + epsilon ${epsilon})`,
      `bias ${fixed(cell.bias)} = beta ${fixed(beta)} − running mean ${fixed(mean)} × factor ${factor}`,
    ];
  }

  function drawBars() {
    const {cell, sources, chosen, theme, width, scale, opened} = now;
    const several = cell.sums.length > 1;
    const hidden = cell.sums.length - sources.length;
    reveal(barbox, several);
    reveal(all, several && (hidden > 0 || sources.length > MOST_SOURCES));
    if (!several) return;
    const {values} = opened.arrays.sources;
    const labels = sources.map((one) => (opened.inputs.length > 1 ? opened.inputs[values[2 * one]].split(".").at(-1) : String(values[2 * one + 1])));
    say(all, hidden ? `Show all ${whole(cell.sums.length)} inputs` : `Show the ${MOST_SOURCES} strongest`);
    now.bar = layOutBars(sources.map((one) => cell.sums[one]), labels, {width, scale});
    paintBars(fit(bars, now.bar.width, now.bar.height), {layout: now.bar, theme, chosen: sources.indexOf(chosen)});
    mark(bars, "aria-label", `What ${sourceWords(opened, chosen)} adds: ${fixed(cell.sums[chosen])}; left and right arrows choose the input`);
  }

  /** The sum, the bias, the value, and what follows it. */
  function drawSums() {
    const {opened, cell, sources} = now;
    const rows = [];
    const count = cell.sums.length;
    if (sources.length < count) {
      const shown = sources.reduce((sum, one) => sum + cell.sums[one], 0);
      rows.push([`these ${sources.length}`, shown], [`the other ${whole(count - sources.length)}`, cell.total - shown]);
    }
    if (deedOf(opened) === "mean") rows.push(["sum of the window", cell.patch.reduce((sum, one) => sum + one, 0)], ["divided by", cell.patch.length]);
    if (count > 1) rows.push([`${counted(count)} inputs`, cell.total]);
    else if (cell.bias !== 0) rows.push([opened.arrays.weight && cell.high * cell.wide === 1 ? "product" : "sum of products", cell.total]);
    if (cell.bias !== 0) rows.push(["bias", cell.bias]);
    rows.push([nameOf(opened, cell), cell.value, "result"]);
    if (cell.after) rows.push([`after ${FUNCTIONS[cell.after.function] ?? cell.after.node}`, cell.after.value]);
    while (list.children.length > 2 * rows.length) list.lastChild.remove();
    while (list.children.length < 2 * rows.length) list.append(make("dt"), make("dd"));
    rows.forEach(([name, value, look = ""], i) => {
      const [dt, dd] = [list.children[2 * i], list.children[2 * i + 1]];
      say(dt, name);
      say(dd, Number.isInteger(value) && name === "divided by" ? whole(value) : fixed(value));
      dt.className = dd.className = look;
    });
    const off = [cell, cell.after].find((one) => one && !one.equal);
    say(verdict, off ? `PyTorch gave ${fixed(off.expected)}, ${fixed(Math.abs(off.value - off.expected), 6)} apart.` : `Equal to PyTorch\u2019s output.${opened.arrays.output.values.length > 1 ? " Arrow keys move the cell." : ""}`);
    verdict.classList.toggle("warning", Boolean(off));
  }

  return {
    element,
    /** Draw a cell; `state` is {opened, cell, chosen, sources, theme, full, width, scale, canOpen}. */
    draw(state) {
      now = state;
      const {opened, cell, chosen} = state;
      now.from = cameFrom(opened, cell, chosen);
      say(title, opened.shape.length === 3 ? `Cell (${cell.row}, ${cell.column}) in numbers` : `${nameOf(opened, cell)} in numbers`);
      drawMatrices();
      const [before, number, after] = sentenceFor(state);
      if (sentence.childElementCount !== 1) sentence.replaceChildren("", make("b"), "");
      sentence.firstChild.data = before;
      say(sentence.children[0], number);
      sentence.lastChild.data = after;
      drawBars();
      say(origin, originOf(opened, cell).join("\n"));
      reveal(origin, origin.textContent !== "");
      drawSums();
      twin.draw(opened, cell);
      say(source, state.canOpen(now.from[0]) ? `Open ${sourceWords(opened, chosen)}` : "");
      say(follower, cell.after ? `Open ${cell.after.node}, unit ${opened.unit}` : "");
      mark(matrices, "aria-label", `${deedOf(opened) === "weigh" ? `Window, ${kernelWord(opened)} and products` : "Window"} of ${sourceWords(opened, chosen)}, ${size(opened.window)}; arrow keys read them`);
    },
  };
}

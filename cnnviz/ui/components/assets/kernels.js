// Kernels of weights, a block a layer: large tiles where a unit sees one channel or the three colours, deeper in a grid.

import {font, Raster, write} from "./draw.js";
import {many, size} from "./format.js";
import {numberOf} from "./layers.js";
import {enlarge, shade} from "./shade.js";

const TILE_GAP = 6;
const KERNEL_GAP = 2;
const LARGEST_KERNEL = 36; // of a grid: kernels as large as maps are drawn with smaller weights
const [MOST, MOST_TILES, MOST_SINGLE] = [16, 32, 64]; // rows or columns of a grid, tiles, single weights
const MOST_AREA = 2 ** 24; // of a layer's picture in pixels of the screen: browsers draw nothing on a larger canvas
const HEAD = 24;
const NOTE = 18;
const BETWEEN = 32;
const ROW = 20;
const measurer = document.createElement("canvas").getContext("2d");
const USUAL = [{tile: 30, tiles: 8, weight: 4}];

/** What is told of the kernels of a picture that are there to be drawn: those of convolutions, or of all layers. */
export function kernelsOf(picture, all = false) {
  const told = [...picture.filters, ...(all ? picture.weights ?? [] : [])];
  return told.filter(({name}) => picture.arrays[`filter/${name}`]);
}

const bytesOf = (picture, {name}) => picture.arrays[`filter/${name}`];

/** The magnitude that full colour stands for: the largest of a unit's weights, of its layer's, or of all layers'. */
export function fullWeight(picture, filter, output, mode) {
  if (mode === "network") return Math.max(...kernelsOf(picture, true).map(({scale}) => scale));
  if (mode === "layer") return filter.scale;
  const {values, shape: [outputs]} = bytesOf(picture, filter);
  const count = values.length / outputs;
  const most = values.subarray(output * count, (output + 1) * count).reduce((one, byte) => (byte < -127 ? one : Math.max(one, Math.abs(byte))), 0);
  return numberOf(most, filter.scale);
}

/** The weight at [output, input, row, column] of a layer. */
export function weightAt(picture, filter, index) {
  const {values, shape} = bytesOf(picture, filter);
  return numberOf(values[index.reduce((at, part, axis) => at * shape[axis] + part, 0)], filter.scale);
}

/** One layer's picture: which kernels, how large, without its place. */
function blockOf(filter, {tile, tiles, weight}, {scale, measure, opened}) {
  const [outputs, inputs, high, wide] = filter.shape;
  const first = inputs === 1 || inputs === 3;
  const single = high * wide === 1; // a matrix of weights
  const isOpen = Boolean(opened?.has(filter.name));
  const gap = (first ? TILE_GAP : single ? 0 : KERNEL_GAP) * scale;
  const areaOf = (count, pixel) => count * (wide * pixel + gap) * (high * pixel + gap) * devicePixelRatio ** 2;
  const most = isOpen ? Math.max(1, Math.floor(MOST_AREA / areaOf(inputs, 1))) : first ? MOST_TILES : MOST;
  const shownOutputs = Math.min(outputs, most);
  const shownInputs = isOpen || first ? inputs : Math.min(inputs, single ? MOST_SINGLE : MOST);
  const longest = Math.max(high, wide);
  const deep = single ? 2 * weight : Math.min(weight, LARGEST_KERNEL / longest);
  let pixel = Math.max(1, Math.floor((first ? tile / longest : deep) * scale));
  while (pixel > 1 && areaOf(shownOutputs * shownInputs, pixel) > MOST_AREA) pixel--;
  const [w, h] = [wide * pixel, high * pixel];
  // Deep: a row an output channel, a column an input channel. First layer: tiles, the colours side by side.
  const groups = inputs === 1 ? Math.ceil(shownOutputs / Math.ceil(shownOutputs / tiles)) : first ? 2 : 1;
  const across = first ? groups * inputs : shownInputs;
  const down = first ? Math.ceil(shownOutputs / groups) : shownOutputs;
  const text = `${outputs}${inputs === 1 ? "" : ` × ${inputs}`} × ${size([high, wide])}`;
  const counts = filter.reads ? [`reads ${filter.reads}`] : [];
  if (shownOutputs < outputs) counts.push(`${shownOutputs} of ${outputs} shown`);
  if (shownInputs < inputs) counts.push(`${shownInputs} of ${many(inputs, "input")}`);
  const note = counts.join(", ");
  const title = measure(filter.name, 600) + 5 * scale + measure(text, 400);
  const grid = across * (w + gap) - gap;
  const isCut = shownOutputs < outputs || shownInputs < inputs;
  const offer = !opened ? "" : isOpen ? "Show fewer" : isCut ? "Show all" : "";
  const noted = measure(note, 400);
  const top = (HEAD + (note ? NOTE : 0)) * scale;
  return {
    filter, first, inputs, shownOutputs, across, down, w, h, gap, text, note, noted, offer, high, wide, groups, grid, top,
    width: Math.max(grid, title, noted + (offer ? measure(offer, 400) + 12 * scale : 0)), height: top + down * (h + gap) - gap,
  };
}

/** Which output and input channel is at a place of the grid, or null. */
function kernelAt({first, inputs, shownOutputs, across, groups}, row, column) {
  if (row < 0 || column < 0 || column >= across) return null;
  const output = first ? row * groups + Math.floor(column / inputs) : row;
  return output < shownOutputs ? [output, first ? column % inputs : column] : null;
}

/** The inverse: row and column of a kernel that is shown, or null. */
function placeOf(block, [output, input]) {
  const {first, inputs, groups} = block;
  const [row, column] = first ? [Math.floor(output / groups), (output % groups) * inputs + input] : [output, input];
  return kernelAt(block, row, column) ? [row, column] : null;
}

/** Put blocks into rows. */
function flow(blocks, room, scale) {
  let [x, y, tallest] = [0, 0, 0];
  for (const one of blocks) {
    if (x > 0 && x + one.width > room) [x, y, tallest] = [0, y + tallest + ROW * scale, 0];
    Object.assign(one, {x, y});
    x += one.width + BETWEEN * scale;
    tallest = Math.max(tallest, one.height);
  }
  return {blocks, width: Math.max(...blocks.map((one) => one.x + one.width), 1), height: y + tallest};
}

/**
 * Lay out filters, {name, shape} each and perhaps what it `reads`. Of `sizes` {tile, tiles in a row, weight}, the largest
 * first, those are taken with which all stand in one row, or `stacked` below each other each in its room; `opened` are the
 * layers that are shown whole, where one can choose.
 */
export function layOutKernels(filters, {theme, scale, room, sizes = USUAL, stacked = false, opened = null}) {
  const measure = (text, weight) => {
    font(measurer, theme, 14 * scale, weight);
    return measurer.measureText(text).width;
  };
  const layIn = (one, shown) => flow(filters.map((filter) => blockOf(filter, one, {scale, measure, opened: shown})), stacked ? 0 : room, scale);
  const fits = ({blocks, width}) => width <= room && (stacked || blocks.every(({y}) => y === 0));
  const taken = sizes.find((one) => fits(layIn(one, opened && new Set()))) ?? sizes.at(-1);
  return layIn(taken, opened); // opening a layer leaves the kernels of all as they are
}

/** The kernel and the weight at a point: {block, index: [output, input, row, column]}; or null. */
export function kernelUnder({blocks}, px, py) {
  for (const block of blocks) {
    const {w, h, gap, high, wide} = block;
    const [x, y] = [px - block.x, py - block.y - block.top];
    const [row, column] = [Math.floor(y / (h + gap)), Math.floor(x / (w + gap))];
    const kernel = kernelAt(block, row, column);
    if (!kernel) continue;
    const i = Math.floor((y - row * (h + gap)) / (h / high));
    const j = Math.floor((x - column * (w + gap)) / (w / wide));
    if (i < high && j < wide) return {block, index: [...kernel, i, j]};
  }
  return null;
}

/** Where a kernel is drawn: {x, y, width, height}; null where it is not shown. */
export function kernelRect(block, index) {
  const place = placeOf(block, index);
  if (!place) return null;
  const {x, y, top, w, h, gap} = block;
  return {x: x + place[1] * (w + gap), y: y + top + place[0] * (h + gap), width: w, height: h};
}

/** Where an arrow key leads from a weight: to the next one, over the kernel's edge to its neighbour, beside the grid to the next layer. */
export function nextWeight({blocks}, {block, index}, [down, right]) {
  const {high, wide} = block;
  const [row, column] = placeOf(block, index);
  const [y, x] = [row * high + index[2] + down, column * wide + index[3] + right];
  const at = (one, to, along) => {
    const kernel = kernelAt(one, Math.floor(to / one.high), Math.floor(along / one.wide));
    return kernel && {block: one, index: [...kernel, to % one.high, along % one.wide]};
  };
  if (x >= 0 && x < block.across * wide) return at(block, y, x) ?? {block, index};
  const beside = blocks[blocks.indexOf(block) + right];
  if (!beside) return {block, index};
  const to = Math.min(y, beside.down * beside.high - 1);
  return at(beside, to, right > 0 ? 0 : beside.across * beside.wide - 1) ?? {block: beside, index: [0, 0, 0, 0]};
}

/** Draws kernels, and keeps them as rasters of one pixel a weight. */
export class KernelPainter {
  #rasters = new Map();

  /** All kernels of a block in the order in which they are drawn. */
  #raster(block, picture, theme, mode) {
    const {filter, across, down, high, wide} = block;
    const array = bytesOf(picture, filter);
    if (!this.#rasters.has(filter.name)) this.#rasters.set(filter.name, new Raster());
    const width = across * wide;
    const common = mode === "unit" ? null : fullWeight(picture, filter, 0, mode);
    return this.#rasters.get(filter.name).update([array, theme.name, theme.signed, mode, common, across, down], width, down * high, (words) => {
      for (let row = 0; row < down; row++) {
        for (let column = 0; column < across; column++) {
          const kernel = kernelAt(block, row, column);
          if (!kernel) continue;
          const full = common ?? fullWeight(picture, filter, kernel[0], mode);
          const from = (kernel[0] * array.shape[1] + kernel[1]) * high * wide;
          for (let n = 0; n < high * wide; n++) {
            const at = (row * high + Math.floor(n / wide)) * width + column * wide + (n % wide);
            words[at] = shade(theme, numberOf(array.values[from + n], filter.scale), full);
          }
        }
      }
    }).canvas;
  }

  /** Draw a layout; `chosen` is the layer whose name stands out. */
  paint(context, {layout, picture, theme, scale, mode = "layer", chosen = null}) {
    for (const block of layout.blocks) {
      const {filter, x, y, wide, high, w, h, gap, across, down, text, note, top} = block;
      font(context, theme, 14 * scale, 600);
      write(context, filter.name, x, y + 8 * scale, filter.name === chosen ? theme.accent : theme.text);
      const after = context.measureText(filter.name).width;
      font(context, theme, 14 * scale);
      write(context, text, x + after + 5 * scale, y + 8 * scale, theme.second);
      if (note) write(context, note, x, y + 26 * scale, theme.second);
      const source = this.#raster(block, picture, theme, mode);
      for (let row = 0; row < down; row++) {
        for (let column = 0; column < across; column++) {
          if (!kernelAt(block, row, column)) continue;
          enlarge(context, theme, source, x + column * (w + gap), y + top + row * (h + gap), w, h, [column * wide, row * high, wide, high]);
        }
      }
    }
  }
}

// An opened unit: where the image, the input maps, kernels, results, the sum and the output lie.

import {deedOf, extentOf} from "./cells.js";
import {whole} from "./draw.js";
import {inTile} from "./tiles.js";

export const MOST_SOURCES = 16;
const HEAD = 46;
const IMAGE = 72;
const STRIPES = [84, 26]; // where they begin, and how wide all are
const INPUTS = [100, 124]; // where the input maps begin: without stripes before them, and with
const APART = [26, 36]; // between large tiles, and between small ones, whose names need the room
const LETTER = 3.2; // half of what a letter of a layer's name takes
const ONE = 44; // a single number
const FROM_KERNEL = 50; // from it to the output, where there is no sum between
const SUM = 16;
const OUTPUT = 128;
const ALONE = [150, 320]; // least and most for the maps of a unit with one source, as there is room
const BEND = 96; // the curve of an activation
const AFTER = 66;
const TILES = [[2, 84], [4, 72], [11, 48], [Infinity, 34]]; // by the number of sources

/** A map of rows by columns in a box with its corner at x, y, a whole number of pixels a value where that fits. */
function mapIn(x, y, box, rows, columns) {
  const {width, height} = inTile(whole(box, Math.max(rows, columns), 0.8), rows, columns);
  return {x, y, width, height, rows, columns};
}

/** The largest box for a map: single numbers need none of it. */
const boxFor = (box, rows, columns) => (rows * columns === 1 ? Math.min(box, ONE) : box);

/** The rows of sources from a corner on: input map, kernel and, where there are several, what each gives. */
function rowsOf(opened, sources, {x, top, scale, tile, apart}) {
  const {arrays, window: [high, wide], inputs} = opened;
  const [, rows, columns] = arrays.values.shape;
  const several = arrays.values.shape[0] > 1;
  const box = boxFor(tile, rows, columns) * scale;
  const kernel = (deedOf(opened) === "bend" ? Math.min(BEND, 2 * tile) : boxFor(several ? tile * 0.7 : 72, high, wide)) * scale;
  const named = inputs.length > 1 ? 26 : 0; // where inputs differ, each row says its own
  const pitch = Math.max(box, kernel) + (tile > 40 ? 5 : 3) * scale + named * scale;
  const [outRows, outColumns] = arrays.output.shape;
  const results = boxFor(tile, outRows, outColumns) * scale;
  const placed = sources.map((source, n) => {
    const y = top + n * pitch;
    const centred = (left, box_, r, c) => {
      const map = mapIn(left, y, box_, r, c);
      return {...map, x: left + (box_ - map.width) / 2, y: y + (Math.max(box, kernel) - map.height) / 2};
    };
    return {
      source, y, height: Math.max(box, kernel),
      input: centred(x, box, rows, columns),
      kernel: centred(x + box + apart, kernel, high, wide),
      result: several ? centred(x + box + kernel + 2 * apart, results, outRows, outColumns) : null,
    };
  });
  const end = x + box + apart + kernel + (several ? apart + results : 0);
  return {placed, pitch, box, kernel, results, end, bottom: top + sources.length * pitch};
}

/** How large the map of a unit with one source is, so that it and the output take the room beside image and kernel. */
function sideIn(room, opened) {
  const isOne = opened.arrays.output.values.length === 1;
  const kernel = deedOf(opened) === "bend" ? BEND : 72;
  const free = room - INPUTS[0] - APART[0] - kernel - FROM_KERNEL - (isOne ? 2 * ONE : 0);
  return Math.max(ALONE[0], Math.min(ALONE[1], free / (isOne ? 1 : 2)));
}

/** Everything of an opened unit beside each other; a unit with one source takes the `room` there is. */
export function layOutUnit(opened, {sources, scale, stripes, room}) {
  const {arrays, after} = opened;
  const [count] = arrays.values.shape;
  const several = count > 1;
  const top = HEAD * scale;
  const tile = several ? TILES.find(([most]) => sources.length <= most)[1] : sideIn(room / scale, opened);
  const reach = LETTER * (opened.inputs.length > 1 ? 0 : opened.inputs[0].length) - tile / 2; // of a name beyond its tile
  const x = Math.max(INPUTS[Number(stripes.length > 0)], (stripes.length ? INPUTS[1] : IMAGE + 12) + reach) * scale;
  const apart = Math.max(APART[Number(tile < 40)], reach + 16) * scale;
  const {placed, box, kernel, results, end, bottom} = rowsOf(opened, sources, {x, top, scale, tile, apart});
  const [rows, columns] = arrays.output.shape;
  const outBox = boxFor(several ? OUTPUT : tile, rows, columns) * scale;
  const sumX = end + (several ? 64 : 0) * scale;
  const outX = several ? sumX + (SUM + 28) * scale : end + FROM_KERNEL * scale;
  const tall = placed.length ? placed.at(-1).y + placed.at(-1).height - top : 0;
  const sumY = top + Math.max(tall, 190 * scale) / 2;
  const outY = several ? Math.max(top, sumY - outBox / 2) : placed[0].y + Math.max(0, (tall - outBox) / 2);
  const output = mapIn(outX, outY, outBox, rows, columns);
  if (!several) output.y += (outBox - output.height) / 2; // level with its input
  const afterBox = boxFor(AFTER, rows, columns) * scale;
  const below = output.y + output.height + 36 * scale;
  const bent = after && mapIn(outX + Math.max(0, (output.width - afterBox) / 2), below, afterBox, rows, columns);
  return {
    scale, rows: placed, output, after: bent, several, top,
    image: {x: 0, y: top, side: IMAGE * scale},
    stripes: stripes.map((name, i) => ({name, x: (STRIPES[0] + i * 7) * scale, width: 5 * scale})),
    sum: several ? {x: sumX, y: Math.min(sumY, output.y + output.height / 2), radius: SUM * scale} : null,
    heads: {
      image: IMAGE / 2 * scale, stripes: (STRIPES[0] + STRIPES[1] / 2) * scale, input: x + box / 2,
      kernel: x + box + apart + kernel / 2, result: several ? x + box + kernel + 2 * apart + results / 2 : null,
    },
    width: Math.max(outX + output.width, outX + 84 * scale) + 4,
    height: Math.max(bottom, bent ? bent.y + bent.height + 24 * scale : output.y + output.height + 8, top + (IMAGE + 70) * scale),
  };
}

/** On a phone the image, the output and its activation stand above the numbers ... */
export function layOutTop(opened, {width}) {
  const [rows, columns] = opened.arrays.output.shape;
  const room = width - 16;
  const side = Math.min(92, room * 0.26);
  const output = mapIn(side + 20, 24, Math.min(150, boxFor(room * 0.4, rows, columns)), rows, columns);
  const afterX = output.x + Math.max(output.width, 96) + 20;
  const bent = opened.after && mapIn(afterX, 24, Math.min(84, boxFor(room * 0.22, rows, columns)), rows, columns);
  return {
    scale: 1, rows: [], output, after: bent, image: {x: 0, y: 24, side}, stripes: [], sum: null, several: false, top: 24,
    heads: {}, width: room, height: Math.max(side + 72, output.y + output.height + 8, bent ? bent.y + bent.height + 24 : 0), onPhone: true,
  };
}

/** ... and the channels below them as a list, each with what it adds. */
export function layOutList(opened, {sources, width}) {
  const several = opened.arrays.values.shape[0] > 1;
  const tile = several ? 52 : Math.min(112, width / 3.4);
  const {placed, box, kernel, results, end, bottom} = rowsOf(opened, sources, {x: 34, top: HEAD, scale: 1, tile, apart: 18});
  return {
    scale: 1, rows: placed, output: null, after: null, image: null, stripes: [], sum: null, several, top: HEAD, numbersAt: Math.min(width - 4, end + 90),
    heads: {input: 34 + box / 2, kernel: 34 + box + 18 + kernel / 2, result: several ? 34 + box + kernel + 36 + results / 2 : null},
    width, height: bottom + 4,
  };
}

const inside = (rect, x, y) => rect && x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
const valueAt = (map, x, y) => ({
  row: Math.min(map.rows - 1, Math.floor(((y - map.y) / map.height) * map.rows)),
  column: Math.min(map.columns - 1, Math.floor(((x - map.x) / map.width) * map.columns)),
});

/** The window whose middle is nearest to a row, or column, of the input. */
function nearestWindow(starts, window, at) {
  let best = 0;
  const off = (i) => Math.abs(starts[i] + (window - 1) / 2 - at);
  for (let i = 1; i < starts.length; i++) if (off(i) < off(best)) best = i;
  return best;
}

/** What lies at a point: {source, cell: {row, column}}, either of them where there is one; or null. */
export function hitUnit(layout, opened, x, y) {
  for (const map of [layout.output, layout.after]) if (inside(map, x, y)) return {cell: valueAt(map, x, y)};
  for (const row of layout.rows) {
    if (y < row.y || y >= row.y + row.height) continue;
    if (inside(row.result, x, y)) return {source: row.source, cell: valueAt(row.result, x, y)};
    if (inside(row.input, x, y)) {
      const {arrays, window: [high, wide]} = opened;
      const at = valueAt(row.input, x, y);
      return {source: row.source, cell: {
        row: nearestWindow(arrays.rows.values, extentOf(high, opened), at.row),
        column: nearestWindow(arrays.columns.values, extentOf(wide, opened), at.column),
      }};
    }
    if (x >= row.input.x && x <= (row.result ?? row.kernel).x + (row.result ?? row.kernel).width + 4) return {source: row.source};
  }
  return null;
}

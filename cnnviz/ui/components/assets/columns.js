// One column a layer: where everything lies, how it is drawn, and what lies under the pointer.

import {font, frame, write} from "./draw.js";
import {size} from "./format.js";
import {drawnLayers, isMaps, MOST_CHANNELS, shownChannels} from "./layers.js";
import {inTile, paintCell, paintTile} from "./tiles.js";

// Tile and rows to try, the first that fits: tall columns fold in two where there is room, else their tiles shrink.
const LOW = [[40, 11], [34, 11], [32, 11], [30, 11], [28, 11], [26, 11], [24, 11], [22, 11]];
const TALL = [[40, 8], [34, 8], [30, 8], [28, 8], [28, 16], [26, 16], [24, 16], [22, 16]];
const USUAL = 34;
const CALM = 10; // room a column must have left before its tiles grow beyond the usual
const GAP = 3;
const NAMES = [13, 12];
const CELLS = [16, 14, 12, 10, 8, 6, 5, 4];
export const HEAD = 46;
const LONGEST = 10 * 37; // as tall as the rows of ten probabilities
const MORE = 26;
const HALO = 5;
const BETWEEN = [7, 26]; // least and most between two columns
const NAME_GAP = 5;

/** How many numbers of a dense layer stand side by side, and how large: as wide as a tile or so. */
function cellsOf(units, height, tile, scale) {
  for (const side of CELLS) {
    const cell = side * scale;
    const gap = side > 6 ? 2 : 1;
    const rows = Math.max(1, Math.floor((height + gap) / (cell + gap)));
    const across = Math.ceil(units / rows);
    if (across * (cell + gap) - gap > tile + 10 && side !== CELLS.at(-1)) continue;
    return {box: cell, pitch: cell + gap, rows: Math.ceil(units / across), across};
  }
}

/** The columns at one size of tile, each with its widths, without their places. */
function columnsAt(layers, tile, rows, scale) {
  const pitch = (tile + GAP) * scale;
  return layers.map(({layer, units}) => {
    const across = Math.ceil(units.length / rows);
    const grid = isMaps(layer)
      ? {box: tile * scale, pitch, across, rows: Math.ceil(units.length / across)}
      : cellsOf(units.length, LONGEST * scale, tile * scale, scale);
    const inner = grid.across * grid.pitch - (grid.pitch - grid.box);
    return {layer, units, ...grid, inner, height: grid.rows * grid.pitch - (grid.pitch - grid.box)};
  });
}

/** Lay out the columns of a picture in this much room; what does not fit at any size scrolls. */
export function layOut(channel, picture, {scale, room, measure}) {
  const layers = drawnLayers(picture).map((layer) => ({layer, units: shownChannels(channel, picture, layer)}));
  const tallest = Math.max(1, ...layers.map(({layer, units}) => (isMaps(layer) ? Math.min(units.length, MOST_CHANNELS) : 1)));
  const choices = tallest <= LOW[0][1] ? LOW : TALL;
  for (const [tile, rows] of choices) {
    for (const name of NAMES) {
      const lay = (shown) => {
        const columns = columnsAt(shown, tile, rows, scale);
        for (const column of columns) {
          const below = measure(size(column.layer.shape.slice(-2)), 12 * scale, 400);
          column.head = Math.max(measure(column.layer.name, name * scale, 600), below);
        }
        return place(columns, {room, scale, name});
      };
      const calm = tile > USUAL ? layers.length * CALM * scale : 0;
      const fits = lay(layers.map(closed)).width + calm <= room;
      if (fits || (tile === choices.at(-1)[0] && name === NAMES.at(-1))) return lay(layers);
    }
  }
}

/** A layer as if it were not opened: opening one leaves the tiles of all as they are, and the columns scroll. */
function closed({layer, units}) {
  return {layer, units: isMaps(layer) ? units.slice(0, MOST_CHANNELS) : units};
}

/** Give every column its place; names may reach over their columns, not over each other. */
function place(columns, {room, scale, name}) {
  const [least, most] = BETWEEN.map((gap) => gap * scale);
  const top = HEAD * scale;
  const gaps = columns.slice(1).map((column, i) => {
    const before = columns[i];
    const names = (before.head + column.head - before.inner - column.inner) / 2 + NAME_GAP * scale;
    return Math.max(least, names);
  });
  const over = ({head, inner}) => Math.max(HALO, (head - inner) / 2);
  const sum = (list) => list.reduce((total, one) => total + one, 0);
  const outer = columns.length ? over(columns[0]) + over(columns.at(-1)) : 0;
  const taken = sum(columns.map(({inner}) => inner)) + outer;
  const even = Math.min(most, Math.max(least, (room - taken) / Math.max(1, columns.length - 1)));
  const spread = gaps.map((gap) => Math.max(gap, even));
  const used = taken + sum(spread) <= room ? spread : gaps;
  let x = columns.length ? over(columns[0]) : 0;
  let height = 0;
  columns.forEach((column, i) => {
    column.left = x;
    column.middle = x + column.inner / 2;
    column.more = isMaps(column.layer) ? column.layer.shape[0] - MOST_CHANNELS : 0;
    height = Math.max(height, top + column.height + (column.more > 0 ? MORE * scale : 0));
    x += column.inner + (used[i] ?? 0);
  });
  return {columns, top, scale, name, width: Math.ceil(taken + sum(used)), height: height + HALO};
}

/** The corner of the n-th shown unit of a column; folds fill from the top. */
function corner(column, n, top) {
  const {rows, pitch, left} = column;
  return [left + Math.floor(n / rows) * pitch, top + (n % rows) * pitch];
}

/** Draw all columns. */
export function paintColumns(context, {layout, picture, theme, atlas, chosen, cell}) {
  const {columns, top, scale, name} = layout;
  for (const column of columns) {
    const {layer, units} = column;
    font(context, theme, name * scale, 600);
    write(context, layer.name, column.middle, 9.5 * scale, layer.name === chosen ? theme.accent : theme.text, "center");
    font(context, theme, 12 * scale);
    write(context, size(layer.shape.slice(-2)), column.middle, 26.5 * scale, theme.second, "center");
    const tiles = atlas.of(picture, layer, units, theme);
    units.forEach((_, n) => paintTile(context, tiles, n, ...corner(column, n, top), column.box));
    if (layer.name === chosen) {
      frame(context, theme, column.left - 3, top - 3, column.inner + 6, column.height + 6, 2.5, 1);
    }
    const n = cell?.layer === layer.name ? units.indexOf(cell.index[0]) : -1;
    if (n < 0) continue;
    const [x, y] = corner(column, n, top);
    if (isMaps(layer)) paintCell(context, theme, layer, cell.index, x, y, column.box);
    else frame(context, theme, x, y, column.box, column.box, 2.5, 1);
  }
}

/** What is at a point: the column, and the index of a value where one is there. */
export function hitColumns(layout, px, py) {
  const reach = ({inner, head}) => Math.max(inner, py < layout.top ? head : inner) / 2 + 3;
  const column = layout.columns.find((one) => Math.abs(px - one.middle) < reach(one));
  if (!column) return null;
  if (py < layout.top - 3) return {column, index: null};
  const {layer, units, rows, pitch, box, across} = column;
  const c = Math.floor((px - column.left) / pitch);
  const r = Math.floor((py - layout.top) / pitch);
  const n = c * rows + r;
  if (c < 0 || c >= across || r < 0 || r >= rows || n >= units.length) return null;
  if (!isMaps(layer)) return {column, index: [units[n]]};
  const [, high, wide] = layer.shape;
  const {width, height} = inTile(box, high, wide);
  const x = Math.floor(((px - column.left - c * pitch) / width) * wide);
  const y = Math.floor(((py - layout.top - r * pitch) / height) * high);
  return {column, index: x < wide && y < high ? [units[n], Math.max(0, y), Math.max(0, x)] : null};
}

// One column a layer: where everything lies, how it is drawn, and what lies under the pointer.

import {font, frame, write} from "./draw.js";
import {size} from "./format.js";
import {drawnLayers, isMaps, MOST_CHANNELS, shownChannels} from "./layers.js";
import {inTile, paintCell, paintTile} from "./tiles.js";

const TILES = [40, 34, 32, 30, 28, 26, 24, 22, 20];
const GAP = 3;
const MOST_ROWS_LARGE = 11; // tiles above the usual size only where the columns stay short
const CELLS = [16, 14, 12, 10, 8, 6, 5, 4];
export const HEAD = 46;
const MORE = 26;
const HALO = 5;

/** How many numbers of a dense layer stand side by side, and how large: as wide as a tile or so. */
function cellsOf(units, height, tile, scale) {
  for (const side of CELLS) {
    const cell = side * scale;
    const gap = side > 6 ? 2 : 1;
    const rows = Math.max(1, Math.floor(height / (cell + gap)));
    const across = Math.ceil(units / rows);
    if (across * (cell + gap) - gap <= tile + 10 || side === CELLS.at(-1)) {
      return {cell, gap, rows: Math.ceil(units / across), across};
    }
  }
}

/** Lay out the columns of a picture in this much room; the tiles shrink until they fit. */
export function layOut(channel, picture, {scale, room, measure}) {
  const layers = drawnLayers(picture).map((layer) => ({
    layer,
    units: shownChannels(channel, picture, layer),
    head: Math.max(measure(layer.name, 13 * scale, 600), measure(size(layer.shape.slice(-2)), 12 * scale, 400)),
  }));
  const tallest = Math.max(1, ...layers.map(({layer, units}) => (isMaps(layer) ? Math.min(units.length, MOST_CHANNELS) : 1)));
  const sizes = TILES.filter((tile) => tile <= 34 || tallest <= MOST_ROWS_LARGE);
  for (const bare of sizes) {
    const tile = bare * scale;
    const gap = GAP * scale;
    const height = tallest * (tile + gap) - gap;
    const columns = layers.map((one) => {
      const across = isMaps(one.layer) ? Math.ceil(one.units.length / MOST_CHANNELS) : 0;
      const cells = across ? null : cellsOf(one.layer.shape[0], Math.max(height, 10 * (34 + GAP) * scale), tile, scale);
      const inner = across ? across * (tile + gap) - gap : cells.across * (cells.cell + cells.gap) - cells.gap;
      return {...one, cells, inner, width: Math.max(inner, one.head)};
    });
    const taken = columns.reduce((sum, {width}) => sum + width, 0) + 2 * HALO;
    const least = (columns.length - 1) * 7 * scale;
    if (taken + least > room && bare !== sizes.at(-1)) continue;
    const between = Math.min(22 * scale, Math.max(7 * scale, (room - taken) / Math.max(1, columns.length - 1)));
    return place(columns, {tile, gap, between, scale});
  }
}

/** Give every column its place. */
function place(columns, {tile, gap, between, scale}) {
  const top = HEAD * scale;
  let x = HALO;
  let height = 0;
  for (const column of columns) {
    const {layer, units, cells} = column;
    column.x = x;
    column.left = x + (column.width - column.inner) / 2;
    column.across = cells ? cells.across : Math.ceil(units.length / MOST_CHANNELS);
    column.rows = cells ? cells.rows : Math.min(units.length, MOST_CHANNELS);
    const pitch = cells ? cells.cell + cells.gap : tile + gap;
    column.pitch = pitch;
    column.box = cells ? cells.cell : tile;
    column.height = column.rows * pitch - (pitch - column.box);
    column.more = isMaps(layer) ? layer.shape[0] - MOST_CHANNELS : 0;
    height = Math.max(height, top + column.height + (column.more > 0 ? MORE * scale : 0));
    x += column.width + between;
  }
  return {columns, tile, top, scale, width: x - between + HALO, height: height + HALO};
}

/** The corner of the n-th shown unit of a column; columns of units fill from the top. */
function corner(column, n, top) {
  const {rows, pitch, left} = column;
  return [left + Math.floor(n / rows) * pitch, top + (n % rows) * pitch];
}

/** Draw all columns. */
export function paintColumns(context, {layout, picture, theme, atlas, chosen, cell}) {
  const {columns, top, scale} = layout;
  for (const column of columns) {
    const {layer, units} = column;
    const middle = column.x + column.width / 2;
    font(context, theme, 13 * scale, 600);
    write(context, layer.name, middle, 8 * scale, layer.name === chosen ? theme.accent : theme.text, "center");
    font(context, theme, 12 * scale);
    write(context, size(layer.shape.slice(-2)), middle, 25 * scale, theme.second, "center");
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
  const column = layout.columns.find(({x, width}) => px >= x - 3 && px < x + width + 3);
  if (!column) return null;
  const {layer, units, rows, pitch, box, across} = column;
  if (py < layout.top - 3) return {column, index: null};
  const c = Math.floor((px - column.left) / pitch);
  const r = Math.floor((py - layout.top) / pitch);
  const n = c * rows + r;
  if (c < 0 || c >= across || r < 0 || r >= rows || n >= units.length) return null;
  const unit = units[n];
  if (!isMaps(layer)) return {column, index: [unit]};
  const [, high, wide] = layer.shape;
  const {width, height} = inTile(box, high, wide);
  const x = Math.floor(((px - column.left - c * pitch) / width) * wide);
  const y = Math.floor(((py - layout.top - r * pitch) / height) * high);
  return {column, index: x < wide && y < high ? [unit, Math.max(0, y), Math.max(0, x)] : null};
}

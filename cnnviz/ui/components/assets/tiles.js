// Tiles of one layer: its shown channels below each other in one raster, drawn enlarged.

import {frame, Raster} from "./draw.js";
import {enlarge} from "./shade.js";

const FINEST = 224; // more pixels than this across are never visible in a tile

/** Rasters of layers by name, kept so that a new picture makes no new canvas. */
export class Atlas {
  #rasters = new Map();

  /** The raster of these channels of a layer, each a block of `rows` by `columns` pixels. */
  of(picture, layer, units, theme) {
    const array = picture.arrays[`map/${layer.name}`];
    if (!this.#rasters.has(layer.name)) this.#rasters.set(layer.name, new Raster());
    const [, rows, columns] = layer.shape.length === 3 ? layer.shape : [layer.shape[0], 1, 1];
    const stride = Math.ceil(Math.max(rows, columns) / FINEST);
    const high = Math.ceil(rows / stride);
    const wide = Math.ceil(columns / stride);
    const raster = this.#rasters.get(layer.name);
    raster.update([array, theme.name, theme.signed, ...units], wide, high * units.length, (words) => {
      const {values} = array;
      let to = 0;
      for (const unit of units) {
        for (let y = 0; y < rows; y += stride) {
          const from = (unit * rows + y) * columns;
          for (let x = 0; x < columns; x += stride) words[to++] = theme.signed[values[from + x] & 255];
        }
      }
    });
    return {canvas: raster.canvas, rows: high, columns: wide, theme};
  }
}

/** Where a map of this shape lies in a square tile. */
export function inTile(tile, rows, columns) {
  const longest = Math.max(rows, columns);
  return {width: (tile * columns) / longest, height: (tile * rows) / longest};
}

/** Draw one tile of an atlas with its corner at x, y; `n` counts the shown channels. */
export function paintTile(context, {canvas, rows, columns, theme}, n, x, y, tile) {
  const {width, height} = inTile(tile, rows, columns);
  enlarge(context, theme, canvas, x, y, width, height, [0, n * rows, columns, rows]);
}

/** Mark one value in a tile, and the tile. */
export function paintCell(context, theme, layer, index, x, y, tile) {
  const [, rows, columns] = layer.shape;
  const {width, height} = inTile(tile, rows, columns);
  frame(context, theme, x, y, width, height, 1.5, 0);
  const side = Math.max(width / columns, 3);
  const centre = [x + ((index[2] + 0.5) * width) / columns, y + ((index[1] + 0.5) * height) / rows];
  frame(context, theme, centre[0] - side / 2, centre[1] - side / 2, side, side, 1.5, 1.5);
}

// Numbers as colours: maps of any numbers as small rasters, each under its own full scale.

import {Raster} from "./draw.js";
import {css, isPale, UNKNOWN} from "./palette.js";

const HATCH = 6; // px from line to line
const hatches = new Map();

/** The largest finite magnitude of some numbers; 0 where there is none. */
export function largest(values) {
  return values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
}

/** The pixel of a value where `full` has full colour; `grey` is for images, 0 black to 1 white. */
export function shade(theme, value, full, grey = false) {
  if (Number.isNaN(value)) return UNKNOWN;
  if (grey) return greys[Math.max(0, Math.min(255, Math.round(value * 255)))];
  if (!full) return theme.signed[0];
  return theme.signed[Math.max(-127, Math.min(127, Math.round((value / full) * 127))) & 255];
}

const greys = Uint32Array.from({length: 256}, (_, g) => ((255 << 24) | (g << 16) | (g << 8) | g) >>> 0);

/** What is not a number: diagonal lines, of the screen and not of the map, so that cells of any size show them. */
function hatchOf({ground: paper, third}) {
  const key = `${paper} ${third}`;
  if (hatches.has(key)) return hatches.get(key);
  const context = Object.assign(document.createElement("canvas"), {width: HATCH, height: HATCH}).getContext("2d");
  context.fillStyle = paper;
  context.fillRect(0, 0, HATCH, HATCH);
  context.strokeStyle = third;
  context.lineWidth = 1.5;
  for (const shift of [-HATCH, 0, HATCH]) {
    context.beginPath();
    context.moveTo(shift - 1, HATCH + 1);
    context.lineTo(shift + HATCH + 1, -1);
    context.stroke();
  }
  hatches.set(key, context.createPattern(context.canvas, "repeat"));
  return hatches.get(key);
}

/** What to fill an area of one value with, and the ink that reads on it. */
export function ground(theme, value, full, grey = false) {
  const word = shade(theme, value, full, grey);
  if (word === UNKNOWN) return {fill: hatchOf(theme), ink: theme.text};
  return {fill: css(word), ink: isPale(word) ? "#1c1e21" : "#ffffff"};
}

/** Draw a raster of values enlarged, hatched where one is not a number; `part` of it is [x, y, width, height]. */
export function enlarge(context, theme, raster, x, y, width, height, part = [0, 0, raster.width, raster.height]) {
  if (raster.hasGaps) {
    context.fillStyle = hatchOf(theme);
    context.fillRect(x + 0.5, y + 0.5, width - 1, height - 1); // a raster may end within a pixel
  }
  context.drawImage(raster, ...part, x, y, width, height);
}

/** Rasters of maps by name, made again only when what they show has changed. */
export class Sheets {
  #rasters = new Map();

  /** The raster of the numbers from `at` on, of `rows` by `columns`, each times `unit`, under a full scale. */
  of(name, {values, at = 0, unit = 1, rows, columns, full, grey = false}, theme) {
    if (!this.#rasters.has(name)) this.#rasters.set(name, new Raster());
    const key = [values, at, unit, full, grey, theme.name, theme.signed];
    return this.#rasters.get(name).update(key, columns, rows, (words) => {
      for (let i = 0; i < words.length; i++) words[i] = shade(theme, values[at + i] * unit, full, grey);
    }).canvas;
  }

  /** Forget what has not been asked for since the last call, where it has become much. */
  trim(most = 4000) {
    if (this.#rasters.size > most) this.#rasters.clear();
  }
}

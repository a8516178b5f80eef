// Window, kernel and products as small matrices with their numbers; fewer where nothing is multiplied.

import {font, frame, write} from "./draw.js";
import {placesFor, short} from "./decimals.js";
import {ground, largest} from "./shade.js";

const BETWEEN = 24;
const HEAD = 24;
const TWO_LINES = 41;
const LETTER = 6.8; // about as wide as one is
const NAMES = 144;
const GAP = 2;
const LARGEST = 48;
const SMALLEST_TEXT = 33; // narrower cells go without numbers
const FOLDED = [45, 30];
const MOST_TALL = 168;

/**
 * Where they lie in this width, one for each of `titles`, [title, words after it]: side by side, or where their numbers would
 * not fit the products below. Words that do not fit after a title stand below it.
 */
export function layOutMatrices(high, wide, {width, scale, titles}) {
  const count = titles.length;
  const third = (width / scale - (count - 1) * BETWEEN) / count;
  const half = (width / scale - BETWEEN) / 2;
  const side = Math.min(LARGEST, third / wide);
  const fits = side >= SMALLEST_TEXT;
  const folds = !fits && count > 2 && half / wide >= SMALLEST_TEXT && high <= 7;
  const cell = fits ? [side, side] : folds ? [Math.min(FOLDED[0], half / wide), FOLDED[1]] : [Math.min(side, MOST_TALL / high), Math.min(side, MOST_TALL / high)];
  const [w, h] = cell.map((one) => one * scale);
  const across = wide * w;
  const tall = high * h;
  const least = (folds ? half : third) * scale; // so that names find room above small matrices
  const second = Math.max(across, Math.min(least, NAMES * scale)) + BETWEEN * scale;
  const isLong = titles.some(([title, after]) => (title.length + after.length + 2) * LETTER * scale > second);
  const top = (isLong ? TWO_LINES : HEAD) * scale;
  const all = folds ? [[0, top], [second, top], [second, 2 * top + tall + 6 * scale]] : [[0, top], [second, top], [2 * second, top]];
  return {
    high, wide, w, h, across, tall, places: all.slice(0, count), scale, folds, second, top, isLong, width, numbered: fits || folds,
    height: all[count - 1][1] + tall + 2 * scale, gap: (w > 12 * scale ? GAP : 0) * scale,
  };
}

/** A text that is no longer than this. */
function cut(context, text, most) {
  if (context.measureText(text).width <= most) return text;
  let part = text;
  while (part && context.measureText(`${part}…`).width > most) part = part.slice(0, -1);
  return `${part}…`;
}

/**
 * Draw them. `parts` are {title, after, values, full, grey, beyond, empty}, `signs` stand between them, `chosen` is the number
 * of a cell or null; `beyond(i)` says which cells lie in the padding, `empty(i)` which are left out.
 */
export function paintMatrices(context, {layout, theme, parts, signs, chosen}) {
  const {places, high, wide, w, h, gap, scale, across, tall, numbered, folds, isLong} = layout;
  parts.forEach(({title, after, values, full, grey, beyond, empty}, part) => {
    const [left, top] = places[part];
    font(context, theme, 13 * scale, 600);
    write(context, title, left, top - (isLong ? 29 : 12) * scale, theme.text);
    const along = context.measureText(title).width;
    font(context, theme, 13 * scale);
    const from = isLong ? left : left + along + 5 * scale;
    if (after) write(context, cut(context, after, layout.width - from), from, top - 12 * scale, theme.second);
    const decimals = placesFor(largest(values));
    const texts = numbered ? Array.from(values, (value) => short(value, decimals)) : [];
    const longest = texts.reduce((most, text) => Math.max(most, text.length), 1);
    const letter = Math.min(16 * scale, (w - gap - 4 * scale) / (0.55 * longest));
    for (let i = 0; i < high * wide; i++) {
      if (empty?.(i)) continue;
      const [x, y] = [left + (i % wide) * w, top + Math.floor(i / wide) * h];
      const {fill, ink} = ground(theme, values[i], full, grey);
      context.fillStyle = beyond?.(i) ? theme.ground : fill;
      context.fillRect(x, y, w - gap, h - gap);
      if (beyond?.(i)) {
        context.strokeStyle = theme.outline;
        context.lineWidth = 1;
        context.strokeRect(x + 0.5, y + 0.5, w - gap - 1, h - gap - 1);
      }
      if (!numbered) continue;
      font(context, theme, letter, 600);
      if (Number.isNaN(values[i])) { // the number is not to be read off the hatch
        const side = context.measureText(texts[i]).width + 4 * scale;
        context.fillStyle = theme.ground;
        context.fillRect(x + (w - gap - side) / 2, y + (h - gap - letter) / 2 - 2 * scale, side, letter + 4 * scale);
      }
      write(context, texts[i], x + (w - gap) / 2, y + (h - gap) / 2 + 0.5, beyond?.(i) ? theme.third : ink, "center");
    }
    if (chosen !== null) frame(context, theme, left + (chosen % wide) * w, top + Math.floor(chosen / wide) * h, w - gap, h - gap, 2.5, 1);
  });
  font(context, theme, 18 * scale);
  const middle = (part) => places[part][1] + tall / 2;
  const between = (across + layout.second) / 2 - gap / 2;
  signs.forEach((sign, n) => {
    if (folds) write(context, sign, between, middle(2 * n), theme.second, "center");
    else write(context, sign, n * layout.second + between, middle(n), theme.second, "center");
  });
}

/** The number of the cell at a point, in whichever of them, or null. */
export function hitMatrices({places, high, wide, w, h}, px, py) {
  for (const [left, top] of places) {
    const [column, row] = [Math.floor((px - left) / w), Math.floor((py - top) / h)];
    if (row >= 0 && column >= 0 && row < high && column < wide) return row * wide + column;
  }
  return null;
}

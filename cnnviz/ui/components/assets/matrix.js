// Window, kernel and products as three small matrices with their numbers.

import {font, frame, write} from "./draw.js";
import {placesFor, short} from "./decimals.js";
import {ground, largest} from "./shade.js";

const BETWEEN = 24;
const HEAD = 24;
const NAMES = 144;
const GAP = 2;
const LARGEST = 48;
const SMALLEST_TEXT = 33; // narrower cells go without numbers
const FOLDED = [45, 30];
const MOST_TALL = 168;

/** Where the three lie in this width: side by side, or where their numbers would not fit the products below. */
export function layOutMatrices(high, wide, {width, scale}) {
  const third = (width / scale - 2 * BETWEEN) / 3;
  const half = (width / scale - BETWEEN) / 2;
  const side = Math.min(LARGEST, third / wide);
  const fits = side >= SMALLEST_TEXT;
  const folds = !fits && half / wide >= SMALLEST_TEXT && high <= 7;
  const cell = fits ? [side, side] : folds ? [Math.min(FOLDED[0], half / wide), FOLDED[1]] : [Math.min(side, MOST_TALL / high), Math.min(side, MOST_TALL / high)];
  const [w, h] = cell.map((one) => one * scale);
  const across = wide * w;
  const tall = high * h;
  const top = HEAD * scale;
  const least = (folds ? half : third) * scale; // so that names find room above small matrices
  const second = Math.max(across, Math.min(least, NAMES * scale)) + BETWEEN * scale;
  const places = folds ? [[0, top], [second, top], [second, 2 * top + tall + 6 * scale]] : [[0, top], [second, top], [2 * second, top]];
  return {
    high, wide, w, h, across, tall, places, scale, folds, second, numbered: fits || folds,
    height: places[2][1] + tall + 2 * scale, gap: (w > 12 * scale ? GAP : 0) * scale,
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
 * Draw them. `parts` are three of {title, after, values, full, grey, beyond}, `chosen` the number of a cell or null;
 * `beyond(i)` says which cells lie in the padding.
 */
export function paintMatrices(context, {layout, theme, parts, chosen}) {
  const {places, high, wide, w, h, gap, scale, across, tall, numbered, folds} = layout;
  parts.forEach(({title, after, values, full, grey, beyond}, part) => {
    const [left, top] = places[part];
    font(context, theme, 13 * scale, 600);
    write(context, title, left, top - 12 * scale, theme.text);
    const along = context.measureText(title).width;
    font(context, theme, 13 * scale);
    if (after) write(context, cut(context, after, layout.second - along - 14 * scale), left + along + 5 * scale, top - 12 * scale, theme.second);
    const decimals = placesFor(largest(values));
    const texts = numbered ? Array.from(values, (value) => short(value, decimals)) : [];
    const longest = texts.reduce((most, text) => Math.max(most, text.length), 1);
    const letter = Math.min(16 * scale, (w - gap - 4 * scale) / (0.55 * longest));
    for (let i = 0; i < high * wide; i++) {
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
  write(context, "×", between, middle(0), theme.second, "center");
  if (folds) write(context, "=", between, middle(2), theme.second, "center");
  else write(context, "=", layout.second + between, middle(1), theme.second, "center");
}

/** The number of the cell at a point, in whichever of the three, or null. */
export function hitMatrices({places, high, wide, w, h}, px, py) {
  for (const [left, top] of places) {
    const [column, row] = [Math.floor((px - left) / w), Math.floor((py - top) / h)];
    if (row >= 0 && column >= 0 && row < high && column < wide) return row * wide + column;
  }
  return null;
}

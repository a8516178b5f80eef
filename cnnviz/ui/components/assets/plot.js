// Drawing one chart: axes, lines over thousands of points, names at the ends of lines.

import {font, write} from "./draw.js";
import {lowerBound} from "./series.js";

const LETTER = 7.3; // px of a digit, about
const BESIDE = 10; // px between a label and its tick, and before it

/** The round number not below this one: 1, 2, 2.4, 3, 4, 5, 6 or 8 times a power of ten. */
export function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const leading = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value * 0.999);
  return leading * power;
}

/** Round places for labels along an axis. */
export function ticks(first, last, most) {
  const rough = Math.max(1e-12, (last - first) / Math.max(1, most));
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max([1, 2, 5, 10].find((times) => times * power >= rough) * power, 1e-12);
  const places = [];
  for (let at = Math.ceil(first / step - 1e-9); at * step <= last + step * 1e-6; at++) places.push(at * step || 0);
  return places;
}

/** The smallest and largest value between two steps, as [low, high]; null where there is none. */
export function range(steps, values, first, last) {
  let [low, high] = [Infinity, -Infinity];
  const end = lowerBound(steps, last + 1);
  for (let i = lowerBound(steps, first); i < end; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return low <= high ? [low, high] : null;
}

/** Draw a line; where there are more points than pixels, the lowest and highest of each pixel. */
export function trace(context, steps, values, {x, y, first, last, width}) {
  const begin = Math.max(0, lowerBound(steps, first) - 1);
  const end = Math.min(steps.length, lowerBound(steps, last + 1) + 1);
  context.beginPath();
  let pen = false;
  const to = (px, py) => {
    if (pen) context.lineTo(px, py);
    else context.moveTo(px, py);
    pen = true;
  };
  if (end - begin <= 2 * width) {
    for (let i = begin; i < end; i++) {
      if (Number.isNaN(values[i])) pen = false;
      else to(x(steps[i]), y(values[i]));
    }
    context.stroke();
    return;
  }
  for (let i = begin; i < end; ) {
    const pixel = Math.round(x(steps[i]));
    let [low, high, entry, exit] = [Infinity, -Infinity, NaN, NaN];
    for (; i < end && Math.round(x(steps[i])) === pixel; i++) {
      const value = values[i];
      if (Number.isNaN(value)) continue;
      if (Number.isNaN(entry)) entry = value;
      exit = value;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (Number.isNaN(entry)) { pen = false; continue; }
    to(pixel, y(entry));
    if (high > low) { to(pixel, y(low)); to(pixel, y(high)); }
    to(pixel, y(exit));
  }
  context.stroke();
}

/** How far from the left a chart begins, so that the labels of its ticks fit; no less than `least`. */
export function beginOf({ticks: places, say}, least) {
  return Math.max(least, BESIDE + LETTER * Math.max(...places.map((value) => say(value).length)));
}

/** Grid and labels of both axes within the box. */
export function axes(context, theme, scale, box, {x, y, yTicks, xTicks, sayY, sayX}) {
  font(context, theme, 13 * scale);
  context.fillStyle = theme.grid;
  for (const value of yTicks) {
    context.fillRect(box.left, Math.round(y(value)), box.width, 1);
    write(context, sayY(value), box.left - 8 * scale, y(value), theme.second, "right");
    context.fillStyle = theme.grid;
  }
  const below = box.top + box.height + 14 * scale;
  for (const step of xTicks) write(context, sayX(step), x(step), below, theme.second, "center");
}

/** The names of lines at their ends, pushed apart where they would touch. */
export function endLabels(context, theme, scale, labels, box) {
  const least = 15 * scale;
  const sorted = [...labels].sort((a, b) => a.y - b.y);
  for (let i = 1; i < sorted.length; i++) {
    const overlap = least - (sorted[i].y - sorted[i - 1].y);
    if (overlap <= 0) continue;
    sorted[i - 1].y -= overlap / 2;
    sorted[i].y += overlap / 2;
  }
  const lowest = sorted.at(-1);
  const over = lowest ? lowest.y - (box.top + box.height) : 0;
  if (over > 0) for (const label of sorted) label.y -= over;
  const under = sorted.length ? box.top - sorted[0].y : 0;
  if (under > 0) for (const label of sorted) label.y += under;
  font(context, theme, 13 * scale, 600);
  for (const {text, y, colour} of sorted) write(context, text, box.left + box.width + 9 * scale, y, colour);
}

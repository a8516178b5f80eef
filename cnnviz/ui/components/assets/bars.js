// What each source adds to a cell, as bars from a line of zero.

import {font, frame, write} from "./draw.js";
import {placesFor, short} from "./decimals.js";
import {css} from "./palette.js";
import {largest} from "./shade.js";

const UP = 46;
const NUMBER = 16;
const LABELS = 20;
const DIGIT = 6.4;

/** Where the bars lie, `labels` below them: as wide as there is room, or `least` apart where there are many. */
export function layOutBars(values, labels, {width, scale, least = 12}) {
  const widest = Math.max(64, ...labels.map((label) => label.length * 7 + 8));
  const pitch = Math.max(least * scale, Math.min(widest * scale, width / Math.max(1, values.length)));
  const finite = values.filter(Number.isFinite);
  const most = Math.max(0, ...finite);
  const lowest = Math.min(0, ...finite);
  const span = most - lowest || 1;
  const up = (UP * scale * most) / span;
  return {
    values, labels, pitch, scale, zero: NUMBER * scale + up, unit: (UP * scale) / span,
    width: Math.max(pitch * values.length, width), height: (UP + 2 * NUMBER + LABELS) * scale,
  };
}

/** Draw them. */
export function paintBars(context, {layout, theme, chosen}) {
  const {values, labels, pitch, scale, zero, unit, height} = layout;
  const bar = Math.min(30 * scale, pitch * 0.62);
  const decimals = placesFor(largest(values));
  context.fillStyle = theme.outline;
  context.fillRect(0, zero, pitch * values.length, 1);
  const texts = values.map((value) => short(value, decimals));
  const numbered = Math.max(...texts.map((text) => text.length)) * DIGIT * scale <= pitch; // else only the chosen one
  const every = Math.ceil((26 * scale) / pitch);
  values.forEach((value, i) => {
    const x = i * pitch + (pitch - bar) / 2;
    const long = Number.isFinite(value) ? value * unit : 0;
    const end = zero - long;
    const [top, tall] = [Math.min(zero, end), Math.max(1, Math.abs(long))];
    context.fillStyle = css(theme.signed[(value < 0 ? -95 : 95) & 255]);
    context.fillRect(x, top, bar, tall);
    if (i === chosen) frame(context, theme, x, top, bar, tall, 2.5, 0);
    font(context, theme, 12 * scale, i === chosen ? 600 : 400);
    const middle = i * pitch + pitch / 2;
    if (numbered || i === chosen) {
      write(context, texts[i], Math.max(middle, 16 * scale), value < 0 ? end + 9 * scale : top - 8 * scale, theme.text, "center");
    }
    if (i % every === 0 || i === chosen) write(context, labels[i], middle, height - 9 * scale, i === chosen ? theme.accent : theme.second, "center");
  });
}

/** The number of the bar at a point, or null. */
export function hitBars({pitch, values}, px) {
  const at = Math.floor(px / pitch);
  return at >= 0 && at < values.length ? at : null;
}

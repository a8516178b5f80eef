// The legend of signed values: a bar from −max to max, and a tick with the value under the pointer.

import {css} from "./palette.js";
import {fit, font, write} from "./draw.js";
import {significant} from "./format.js";

const BAR = 10;
const END = 14; // room for half a word beyond the bar's ends
export const LEGEND_HEIGHT = 32;

/** Draw the legend; `mark` is `{value, scale}` or null. */
export function paintLegend(canvas, theme, {scale, width, mark}) {
  const context = fit(canvas, width, LEGEND_HEIGHT * scale);
  const left = END * scale;
  const long = width - 2 * left;
  const bar = BAR * scale;
  for (let x = 0; x < long; x++) {
    const q = Math.round((x / (long - 1)) * 254 - 127);
    context.fillStyle = css(theme.signed[q & 255]);
    context.fillRect(left + x, 0, 1.5, bar);
  }
  const y = bar + 11 * scale;
  font(context, theme, 13 * scale);
  if (mark && !Number.isNaN(mark.value)) {
    const share = mark.scale ? Math.max(-1, Math.min(1, mark.value / mark.scale)) : 0;
    const x = left + ((share + 1) / 2) * long;
    context.fillStyle = theme.ground;
    context.fillRect(x - 3, 0, 6, bar + 3 * scale);
    context.fillStyle = theme.text;
    context.fillRect(x - 1, 0, 2, bar + 3 * scale);
    const text = significant(mark.value);
    const half = context.measureText(text).width / 2;
    write(context, text, Math.min(width - half, Math.max(half, x)), y + scale, theme.text, "center");
    return;
  }
  write(context, "\u2212max", left, y, theme.second, "center");
  write(context, "0", left + long / 2, y, theme.second, "center");
  write(context, "max", left + long, y, theme.second, "center");
}

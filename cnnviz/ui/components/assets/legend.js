// The legend of signed values: a bar with numbers at its ends and 0, above it a tick with the value under the pointer.

import {css} from "./palette.js";
import {fit, font, write} from "./draw.js";
import {significant} from "./format.js";

const BAR = 10;
const ABOVE = 16; // room for the tick's value
const END = 22; // room for half a number beyond the bar's ends
export const LEGEND_HEIGHT = 46;

/** Draw the legend on a canvas of its own; see `paintLegendOn`. */
export function paintLegend(canvas, theme, look) {
  paintLegendOn(fit(canvas, look.width, LEGEND_HEIGHT * look.scale), theme, look);
}

/**
 * Draw the legend with its corner at 0, 0. `full` is the value at its end, null where every layer has its own; `mark` is what
 * to point at, {value, scale, text}, `scale` the value at the end for it, or null.
 */
export function paintLegendOn(context, theme, {scale, width, full = null, mark = null}) {
  const left = END * scale;
  const long = width - 2 * left;
  const [top, bar] = [ABOVE * scale, BAR * scale];
  for (let x = 0; x < long; x++) {
    context.fillStyle = css(theme.signed[Math.round((x / (long - 1)) * 254 - 127) & 255]);
    context.fillRect(left + x, top, 1.5, bar);
  }
  const y = top + bar + 12 * scale;
  font(context, theme, 13 * scale);
  write(context, full === null ? "\u2212max" : significant(-full), left, y, theme.second, "center");
  write(context, "0", left + long / 2, y, theme.second, "center");
  write(context, full === null ? "max" : significant(full), left + long, y, theme.second, "center");
  if (!mark || Number.isNaN(mark.value)) return;
  const share = mark.scale ? Math.max(-1, Math.min(1, mark.value / mark.scale)) : 0;
  const x = left + ((share + 1) / 2) * long;
  context.fillStyle = theme.ground;
  context.fillRect(x - 3, top - 2 * scale, 6, bar + 4 * scale);
  context.fillStyle = theme.text;
  context.fillRect(x - 1, top - 2 * scale, 2, bar + 4 * scale);
  const text = mark.text ?? significant(mark.value);
  const half = context.measureText(text).width / 2;
  write(context, text, Math.min(width - half, Math.max(half, x)), top - 9 * scale, theme.text, "center");
}

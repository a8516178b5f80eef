// The legend of explanations: a bar between its ends, against and for, and a tick with the value under the pointer.

import {fit, font, write} from "./draw.js";
import {significant} from "./format.js";
import {css} from "./palette.js";

const BAR = 10;
const END = 22; // room for half a number beyond the bar's ends
export const LONG = 174;
export const HIGH = 32;

/** Draw the bar with its corner at 0, 0; `limit` is the value at its end, `mark` {value, limit} or null. */
export function paintHeatBar(context, theme, {scale, absolute, limit, mark}) {
  const long = LONG * scale;
  const left = END * scale;
  const bar = BAR * scale;
  const least = absolute ? 0 : -127;
  for (let x = 0; x < long; x++) {
    context.fillStyle = css(theme.signed[Math.round(least + (x / (long - 1)) * (127 - least)) & 255]);
    context.fillRect(left + x, 0, 1.5, bar);
  }
  const y = bar + 11 * scale;
  font(context, theme, 13 * scale);
  if (mark) {
    const value = absolute ? Math.abs(mark.value) : mark.value;
    const share = mark.limit ? Math.max(absolute ? 0 : -1, Math.min(1, value / mark.limit)) : 0;
    const x = left + (absolute ? share : (share + 1) / 2) * long;
    context.fillStyle = theme.ground;
    context.fillRect(x - 3, 0, 6, bar + 3 * scale);
    context.fillStyle = theme.text;
    context.fillRect(x - 1, 0, 2, bar + 3 * scale);
    write(context, significant(value), x, y + scale, theme.text, "center");
    return;
  }
  if (!absolute) write(context, significant(-limit).replace(/\.00$/, ""), left, y, theme.second, "center");
  write(context, "0", absolute ? left : left + long / 2, y, theme.second, "center");
  write(context, significant(limit).replace(/\.00$/, ""), left + long, y, theme.second, "center");
}

/** Draw the legend on a canvas of its own. */
export function paintHeatLegend(canvas, theme, look) {
  paintHeatBar(fit(canvas, (LONG + 2 * END) * look.scale, HIGH * look.scale), theme, look);
}

// The legend of explanations: a bar with numbers at its ends and 0, above it a tick with the value under the pointer.

import {fit, font, write} from "./draw.js";
import {significant} from "./format.js";
import {css} from "./palette.js";

const BAR = 10;
const ABOVE = 16; // room for the tick's value
const END = 22; // room for half a number beyond the bar's ends
export const LONG = 174;
export const HIGH = 46;

/** Draw the bar with its corner at 0, 0; `limit` is the number at its end, `mark` {value, limit} a value and the one at its map's end, or null. */
export function paintHeatBar(context, theme, {scale, absolute, limit, mark}) {
  const long = LONG * scale;
  const left = END * scale;
  const [top, bar] = [ABOVE * scale, BAR * scale];
  const least = absolute ? 0 : -127;
  for (let x = 0; x < long; x++) {
    context.fillStyle = css(theme.signed[Math.round(least + (x / (long - 1)) * (127 - least)) & 255]);
    context.fillRect(left + x, top, 1.5, bar);
  }
  const y = top + bar + 12 * scale;
  font(context, theme, 13 * scale);
  const end = (value) => significant(value).replace(/\.00$/, "");
  if (!absolute) write(context, end(-limit), left, y, theme.second, "center");
  write(context, "0", absolute ? left : left + long / 2, y, theme.second, "center");
  write(context, end(limit), left + long, y, theme.second, "center");
  if (!mark) return;
  const value = absolute ? Math.abs(mark.value) : mark.value;
  const share = mark.limit ? Math.max(absolute ? 0 : -1, Math.min(1, value / mark.limit)) : 0;
  const x = left + (absolute ? share : (share + 1) / 2) * long;
  context.fillStyle = theme.ground;
  context.fillRect(x - 3, top - 2 * scale, 6, bar + 4 * scale);
  context.fillStyle = theme.text;
  context.fillRect(x - 1, top - 2 * scale, 2, bar + 4 * scale);
  write(context, significant(mark.limit ? (value / mark.limit) * limit : 0), x, top - 9 * scale, theme.text, "center");
}

/** Draw the legend on a canvas of its own. */
export function paintHeatLegend(canvas, theme, look) {
  paintHeatBar(fit(canvas, (LONG + 2 * END) * look.scale, HIGH * look.scale), theme, look);
}

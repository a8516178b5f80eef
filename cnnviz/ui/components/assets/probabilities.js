// The answer of the network: a bar and a number a class.

import {font, write} from "./draw.js";
import {NONE, percent} from "./format.js";

const MOST = 16;

/** The classes to show, with their probabilities: all of few, in order, or the most probable of many. */
export function ranked(picture, most = MOST, byRank = false) {
  const {values} = picture.arrays.probabilities;
  const all = Array.from(values, (value, index) => ({index, value, name: picture.classes[index] ?? String(index)}));
  const best = all.reduce((a, b) => (b.value > a.value ? b : a), all[0]);
  if (byRank || all.length > most) all.sort((a, b) => b.value - a.value);
  return all.slice(0, most).map((row) => ({...row, wins: row === best}));
}

/** The probabilities in one sentence, for those who do not see them. */
export function inWords(picture) {
  return ranked(picture, 3, true).map(({name, value}) => `${name} ${percent(value)} %`).join(", ");
}

/** Draw the rows from the top; each `pitch` high, in this width. */
export function paintProbabilities(context, rows, {theme, scale, width, pitch, unit = "", labels = 16}) {
  const label = Math.min(width * 0.45, Math.max(labels * scale, ...rows.map(({name}) => {
    font(context, theme, 16 * scale, 600);
    return context.measureText(name).width + 8 * scale;
  })));
  const number = (unit ? 66 : 44) * scale;
  const longest = Math.max(8, width - label - number);
  const bar = Math.min(16 * scale, pitch - 4);
  rows.forEach(({name, value, wins}, i) => {
    const y = (i + 0.5) * pitch;
    font(context, theme, 15 * scale, wins ? 600 : 400);
    write(context, name, 0, y, wins ? theme.accent : theme.second);
    context.fillStyle = wins ? theme.accent : theme.bar;
    context.fillRect(label, y - bar / 2, Math.max(1, (Number.isFinite(value) ? value : 0) * longest), bar);
    font(context, theme, 14 * scale, wins ? 600 : 400);
    const text = percent(value);
    write(context, text === NONE ? text : text + unit, width, y, wins ? theme.text : theme.second, "right");
  });
}

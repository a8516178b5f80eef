// A network that reads an image, at one glance: the image, a few maps of some layers, the answer, and lines between them.

import {font, write} from "./draw.js";
import {isMaps, shownChannels} from "./layers.js";
import {css} from "./palette.js";
import {paintProbabilities, ranked} from "./probabilities.js";
import {paintTile} from "./tiles.js";

const FILTERS = new Set(["convolution"]);
const FOLLOWS = new Set(["batch_norm", "add", "relu", "leaky_relu", "elu", "gelu", "sigmoid", "tanh"]); // what becomes of a filter's output
const POOLS = new Set(["max_pooling", "average_pooling", "global_average_pooling", "global_max_pooling"]);
export const MOST = 10; // maps of a layer
const COLUMNS = 5;
const EDGE = 0.6;
const LIT = [1, 5]; // width of the lines into the answer
const STRONG = 96; // of 127: the colour of such a line

/** The layers of a picture that make a column: what filters give, and what is pooled of it. */
export function columnsOf(picture, phone) {
  const columns = [];
  for (const layer of picture.layers) {
    if (!picture.arrays[`map/${layer.name}`] || !isMaps(layer)) continue;
    const last = columns.at(-1);
    if (FILTERS.has(layer.kind)) columns.push({layer, isPool: false});
    else if (POOLS.has(layer.kind)) columns.push({layer, isPool: true});
    else if (FOLLOWS.has(layer.kind) && last && !last.isPool) last.layer = layer;
  }
  const pools = columns.filter(({isPool}) => isPool);
  if (phone) return pools.length ? pools.slice(-2) : columns.slice(-1); // more captions than one word have no room
  if (columns.length <= COLUMNS) return columns;
  const calm = columns.filter(({isPool}, i) => isPool || i === 0 || columns[i + 1]?.isPool !== false);
  const step = (calm.length - 1) / (COLUMNS - 1);
  return calm.length <= COLUMNS ? calm : Array.from({length: COLUMNS}, (_, i) => calm[Math.round(i * step)]);
}

/** What stands under a column. */
function captionOf({layer, isPool}, isFirst, units) {
  const [count] = layer.shape;
  const few = units.length < count ? `${units.length} of them` : `${layer.shape[1]}×${layer.shape[2]}`;
  return [isPool ? "pooled" : `${count}${isFirst ? "" : " more"} ${count === 1 ? "filter" : "filters"}`, few];
}

/** Everything's place in a box of this width; `left` is where the image ends. */
export function layOut(channel, picture, {width, left, tile, gap, answer, phone}) {
  const chosen = columnsOf(picture, phone);
  const pitch = tile + gap;
  const rows = ranked(picture, MOST);
  const height = MOST * pitch - gap;
  const span = width - left - answer;
  let isFirst = true;
  const columns = chosen.map((column, i) => {
    const units = shownChannels(channel, picture, column.layer, MOST);
    const middle = left + (span * (i + 0.65)) / (chosen.length + 0.3);
    const caption = captionOf(column, isFirst, units);
    isFirst &&= column.isPool;
    const top = (height - units.length * pitch + gap) / 2;
    return {...column, units, caption, x: Math.round(middle - tile / 2), middle, ys: units.map((_, n) => Math.round(top + n * pitch))};
  });
  const answerPitch = Math.min(pitch, height / rows.length);
  return {columns, rows, tile, height, width, left, answer: {x: width - answer, width: answer, pitch: answerPitch, top: (height - rows.length * answerPitch) / 2}};
}

/** One line from point to point, level at both ends. */
function curve(context, [x, y], [toX, toY]) {
  const bend = (toX - x) / 2;
  context.moveTo(x, y);
  context.bezierCurveTo(x + bend, y, toX - bend, toY, toX, toY);
}

/** The points where lines begin and end, column by column: the image, the maps, the answers. */
function ends({columns, tile, left, height, answer, rows}) {
  const points = columns.map(({x, ys}) => ({into: ys.map((y) => [x - 2, y + tile / 2]), from: ys.map((y) => [x + tile + 2, y + tile / 2])}));
  const answers = rows.map((_, i) => [answer.x - 8, answer.top + (i + 0.5) * answer.pitch]);
  return [{from: [[left + 3, height / 2]]}, ...points, {into: answers}];
}

/** Draw columns, lines and the answer; `said` are the contributions of the last column's channels to the answer, or null. */
export function paintReading(context, layout, {picture, theme, scale, atlas, said}) {
  const columns = ends(layout);
  context.lineWidth = EDGE * scale;
  context.strokeStyle = theme.hairline;
  context.beginPath();
  for (let i = 0; i + 1 < columns.length; i++) {
    for (const from of columns[i].from) for (const into of columns[i + 1].into) curve(context, from, into);
  }
  context.globalAlpha = 0.8;
  context.stroke();
  context.globalAlpha = 1;
  paintSaid(context, layout, columns, {theme, scale, said});
  for (const {layer, units, x, ys, middle, caption} of layout.columns) {
    const tiles = atlas.of(picture, layer, units, theme);
    units.forEach((_, n) => paintTile(context, tiles, n, x, ys[n], layout.tile));
    paintCaption(context, theme, scale, caption, middle, layout.height);
  }
  const {answer, rows} = layout;
  context.save();
  context.translate(answer.x, answer.top);
  paintProbabilities(context, rows, {theme, scale, width: answer.width, pitch: answer.pitch, unit: "\u202f%"});
  context.restore();
  paintCaption(context, theme, scale, ["the answer", ""], answer.x + answer.width / 2, layout.height);
}

export const CAPTION = 44;

/** Two lines under a column. */
export function paintCaption(context, theme, scale, [first, second], middle, top) {
  font(context, theme, 14 * scale);
  write(context, first, middle, top + 19 * scale, theme.second, "center");
  font(context, theme, 12 * scale);
  write(context, second, middle, top + 36 * scale, theme.second, "center");
}

/** The lines into the answer: orange speaks for it, blue against it, the wider the more. */
function paintSaid(context, layout, columns, {theme, scale, said}) {
  const winner = layout.rows.findIndex(({wins}) => wins);
  const last = layout.columns.at(-1);
  if (!said || !last || winner < 0) return;
  const lines = last.units.map((unit, n) => ({value: said[unit], from: columns.at(-2).from[n]}));
  const most = Math.max(...said.map(Math.abs)) || 1;
  lines.sort((a, b) => Math.abs(a.value) - Math.abs(b.value));
  for (const {value, from} of lines) {
    if (!value) continue;
    context.beginPath();
    context.lineWidth = (LIT[0] + (LIT[1] - LIT[0]) * (Math.abs(value) / most)) * scale;
    context.strokeStyle = css(theme.signed[(value > 0 ? STRONG : -STRONG) & 255]);
    curve(context, from, columns.at(-1).into[winner]);
    context.stroke();
  }
}

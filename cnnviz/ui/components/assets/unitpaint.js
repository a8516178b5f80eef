// An opened unit as a picture: input maps, kernels, what each gives, the sum and the output, for one chosen cell.

import {bent, deedOf, extentOf, keepsValues, kernelWord, sourceMaps} from "./cells.js";
import {fixed} from "./decimals.js";
import {font, frame, photograph, write} from "./draw.js";
import {significant, size} from "./format.js";
import {factsOf, fullScale} from "./nodes.js";
import {css} from "./palette.js";
import {sayField} from "./reach.js";
import {enlarge, ground, largest} from "./shade.js";

export const FUNCTIONS = {relu: "ReLU", leaky_relu: "leaky ReLU", elu: "ELU", gelu: "GELU", sigmoid: "sigmoid", tanh: "tanh"};

const FLAT_BEYOND = {sigmoid: 4, tanh: 3}; // where the curve is all but flat
const CURVE = 64; // pieces of it

/** What full colour stands for, in every part of an opened unit. */
export function fullScales(opened, nodes, mode) {
  const {arrays, scales, after} = opened;
  const everything = mode === "network" ? fullScale(nodes, null, 0, "network") : null;
  const plane = arrays.values.shape[1] * arrays.values.shape[2];
  const output = everything ?? (mode === "layer" ? scales.output : largest(arrays.output.values));
  return {
    input: (i) => everything ?? (mode === "layer" ? scales.input : largest(arrays.values.values.subarray(i * plane, (i + 1) * plane))),
    weight: !arrays.weight ? 1 : mode === "unit" ? largest(arrays.weight.values) : scales.weight,
    result: everything ?? largest(sourceMaps(opened)),
    output,
    after: after && (keepsValues(after) ? output : everything ?? largest(arrays.after.values)),
  };
}

/** Whether a source is the image itself, which is grey. */
export const isImage = (opened, source) => opened.inputs[opened.arrays.sources.values[2 * source]] === "input";

function paintMap(context, look, name, rect, map) {
  const {sheets, theme} = look;
  enlarge(context, theme, sheets.of(name, {rows: rect.rows, columns: rect.columns, ...map}, theme), rect.x, rect.y, rect.width, rect.height);
}

/** A rectangle of rows and columns on a map, cut at its edge. */
function onMap(rect, top, left, high, wide) {
  const [w, h] = [rect.width / rect.columns, rect.height / rect.rows];
  const clip = (value, most) => Math.max(0, Math.min(most, value));
  const [x0, x1] = [clip(left, rect.columns) * w, clip(left + wide, rect.columns) * w];
  const [y0, y1] = [clip(top, rect.rows) * h, clip(top + high, rect.rows) * h];
  return x1 > x0 && y1 > y0 ? [rect.x + x0, rect.y + y0, x1 - x0, y1 - y0] : null;
}

const isOne = ({rows, columns}) => rows * columns === 1;

function markCell(context, theme, rect, cell, line = 2.5) {
  const place = onMap(rect, cell.row, cell.column, 1, 1);
  frame(context, theme, ...place, line, line > 2 ? 2 : 1);
}

function markWindow(context, theme, rect, opened, cell, isChosen) {
  if (isOne(rect)) return; // there is no choice
  if (isChosen) markValues(context, theme, rect, opened, cell);
  const place = onMap(rect, cell.top, cell.left, extentOf(cell.high, opened), extentOf(cell.wide, opened));
  if (!place) return; // all of it lies beyond the edge
  if (isChosen) return frame(context, theme, ...place, 2, 1);
  context.strokeStyle = theme.accent;
  context.lineWidth = 1;
  context.strokeRect(...place);
}

/** The values of a window one by one, where they do not lie side by side: apart by dilation, or beyond an edge of the map. */
function markValues(context, theme, rect, {dilation = 1}, {top, left, high, wide, down, across}) {
  const isApart = (seen, start) => dilation > 1 || seen.some((at, i) => at >= 0 && at !== start + i);
  if (!isApart(down, top) && !isApart(across, left)) return;
  context.strokeStyle = theme.accent;
  context.lineWidth = 1;
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) if (down[y] >= 0 && across[x] >= 0) context.strokeRect(...onMap(rect, down[y], across[x], 1, 1));
  }
}

function heading(context, theme, scale, x, y, title, below) {
  if (x === null || x === undefined) return;
  font(context, theme, 13 * scale, 600);
  write(context, title, x, y - 36.5 * scale, theme.text, "center");
  font(context, theme, 12 * scale);
  write(context, below, x, y - 19.5 * scale, theme.second, "center");
}

function paintHeads(context, look) {
  const {layout: {heads, top, scale, several}, opened, theme} = look;
  const [, rows, columns] = opened.arrays.values.shape;
  const maps = rows * columns > 1 ? (several ? "input maps" : "input map") : several ? "inputs" : "input";
  heading(context, theme, scale, heads.stripes, top, "", look.layout.stripes.length ? "before" : "");
  const read = [...new Set(opened.arrays.sources.values.filter((_, i) => i % 2 === 0))]; // of several layers it may read one
  heading(context, theme, scale, heads.input, top, maps, read.length > 1 ? `${read.length} layers` : opened.inputs[read[0]]);
  const isPlane = opened.window[0] * opened.window[1] > 1;
  heading(context, theme, scale, heads.kernel, top, kernelWord(opened), isPlane || deedOf(opened) === "weigh" ? size(opened.window) : "");
  heading(context, theme, scale, heads.result, top, "result", size(opened.arrays.output.shape));
}

/** The image, and on it what the cell looks at. */
function paintImage(context, look) {
  const {layout: {image, scale, onPhone}, theme, picture, photo, field, nodes} = look;
  if (!image || !picture) return;
  const {canvas} = photograph(photo, picture);
  const pixel = image.side / Math.max(canvas.width, canvas.height);
  context.drawImage(canvas, image.x, image.y, canvas.width * pixel, canvas.height * pixel);
  font(context, theme, 13 * scale, 600);
  write(context, "image", image.x, image.y - (onPhone ? 12 : 36.5) * scale, theme.text);
  if (!field) return;
  const rect = {...image, width: canvas.width * pixel, height: canvas.height * pixel, rows: canvas.height, columns: canvas.width};
  const place = onMap(rect, field.top, field.left, field.bottom - field.top, field.right - field.left);
  if (place) frame(context, theme, place[0] + 1, place[1] + 1, Math.max(2, place[2] - 2), Math.max(2, place[3] - 2), 2, 1);
  const y = image.y + canvas.height * pixel + 14 * scale;
  font(context, theme, 12 * scale, 600);
  write(context, "Receptive field", image.x, y, theme.accent);
  font(context, theme, 12 * scale);
  write(context, sayField(nodes, field), image.x, y + 17 * scale, theme.second);
}

/** The layers before the inputs, folded: of each map its strongest value as one stripe. */
function paintStripes(context, {layout, theme, nodes, mode}) {
  for (const {name, x, width} of layout.stripes) {
    const node = nodes.get(name);
    layout.rows.forEach((row, n) => {
      if (n >= node.shape[0]) return;
      const {most, least, unknown, plane} = factsOf(node, n);
      const full = fullScale(nodes, node, n, mode === "network" ? mode : "layer");
      const strongest = unknown === plane ? NaN : most >= -least ? most : least;
      context.fillStyle = ground(theme, strongest, full).fill;
      context.fillRect(x, row.y, width, row.height);
    });
  }
}

function line(context, x0, x1, y) {
  context.beginPath();
  context.moveTo(x0, y);
  context.lineTo(x1, y);
  context.stroke();
}

/** The curve of an activation, and on it the cell. */
function paintBend(context, {opened, theme, cell, full}, {x, y, width, height}, source) {
  const {function: name} = opened;
  const most = Math.max(full.input(source), name in FLAT_BEYOND ? FLAT_BEYOND[name] : 0) || 1;
  const high = name in FLAT_BEYOND ? 1.1 : most;
  const at = (value) => [x + ((value / most + 1) / 2) * width, y + ((1 - bent(opened, value) / high) / 2) * height];
  context.fillStyle = theme.box;
  context.fillRect(x, y, width, height);
  context.strokeStyle = theme.outline;
  context.lineWidth = 1;
  line(context, x, x + width, y + height / 2);
  context.beginPath();
  context.moveTo(x + width / 2, y);
  context.lineTo(x + width / 2, y + height);
  context.stroke();
  context.strokeStyle = theme.text;
  context.lineWidth = 2;
  context.beginPath();
  for (let n = 0; n <= CURVE; n++) context.lineTo(...at((2 * n / CURVE - 1) * most));
  context.stroke();
  const [z] = cell.patch;
  if (!Number.isFinite(z)) return;
  const [px, py] = at(Math.max(-most, Math.min(most, z)));
  context.beginPath();
  context.arc(px, py, 5, 0, 2 * Math.PI);
  context.fillStyle = theme.accent;
  context.fill();
  context.strokeStyle = theme.ground;
  context.stroke();
}

function paintRow(context, look, row) {
  const {opened, cell, theme, full, chosen, layout} = look;
  const {source, input, kernel, result} = row;
  const {values, weight, sources} = opened.arrays;
  const middle = row.y + row.height / 2;
  context.strokeStyle = theme.outline;
  context.lineWidth = 1;
  line(context, input.x + input.width, (result ?? kernel).x, middle);
  paintMap(context, look, `input ${source}`, input, {
    values: values.values, at: source * values.shape[1] * values.shape[2], full: full.input(source), grey: isImage(opened, source),
  });
  const plane = cell.high * cell.wide;
  const own = weight && weight.values === cell.weight;
  const deed = deedOf(opened);
  if (deed === "bend") paintBend(context, look, kernel, source);
  else if (deed === "pass") line(context, kernel.x, kernel.x + kernel.width, middle);
  else {
    paintMap(context, look, `kernel ${source}`, kernel, {
      values: own ? weight.values : cell.weight, at: source * plane, full: own ? full.weight : 1,
    });
  }
  if (result) {
    paintMap(context, look, `result ${source}`, result, {
      values: sourceMaps(opened), at: source * result.rows * result.columns, full: full.result,
    });
  }
  markWindow(context, theme, input, opened, cell, source === chosen);
  if (result && source === chosen && !isOne(result)) markCell(context, theme, result, cell, 1.5);
  if (opened.inputs.length > 1) {
    font(context, theme, 12 * layout.scale);
    write(context, `${opened.inputs[sources.values[2 * source]]}, unit ${sources.values[2 * source + 1]}`, input.x, row.y + row.height + 13 * layout.scale, theme.second);
  }
  if (layout.numbersAt) {
    font(context, theme, 13);
    write(context, String(sources.values[2 * source + 1]), 0, middle, source === chosen ? theme.accent : theme.second);
    font(context, theme, 15, source === chosen ? 600 : 400);
    write(context, fixed(cell.sums[source]), layout.numbersAt, middle, theme.text, "right");
  }
}

/** What each source adds, as lines into the sum: their width says how much, their colour which way. */
function paintSum(context, {layout, cell, theme, bias}) {
  const {sum, rows, output, scale} = layout;
  const most = largest(cell.sums) || 1;
  context.lineCap = "butt";
  for (const {source, result} of rows) {
    const added = cell.sums[source];
    const [x0, y0] = [result.x + result.width, result.y + result.height / 2];
    const x1 = sum.x - sum.radius;
    context.strokeStyle = added === 0 ? theme.outline : css(theme.signed[(added < 0 ? -95 : 95) & 255]);
    context.lineWidth = (added === 0 ? 0.6 : 0.8 + 4.2 * (Math.abs(added) / most)) * scale;
    context.beginPath();
    context.moveTo(x0, y0);
    context.bezierCurveTo(x0 + (x1 - x0) * 0.55, y0, x1 - (x1 - x0) * 0.35, sum.y, x1, sum.y);
    context.stroke();
  }
  context.strokeStyle = theme.outline;
  context.lineWidth = 2 * scale;
  line(context, sum.x + sum.radius, output.x, sum.y);
  context.beginPath();
  context.arc(sum.x, sum.y, sum.radius, 0, 2 * Math.PI);
  context.fillStyle = theme.ground;
  context.fill();
  context.strokeStyle = theme.text;
  context.lineWidth = 1.5 * scale;
  context.stroke();
  font(context, theme, 17 * scale);
  write(context, "Σ", sum.x, sum.y + 1, theme.text, "center");
  if (bias === 0) return;
  font(context, theme, 12 * scale);
  write(context, "+ bias", sum.x, sum.y + sum.radius + 16 * scale, theme.second, "center");
  font(context, theme, 12 * scale, 600);
  write(context, significant(bias, 2), sum.x, sum.y + sum.radius + 33 * scale, theme.text, "center");
}

function paintOutput(context, look) {
  const {layout: {output, after, scale, several, rows}, opened, theme, full, cell} = look;
  const {arrays} = opened;
  font(context, theme, 13 * scale, 600);
  write(context, `${opened.node}, unit ${opened.unit}`, output.x, output.y - 14 * scale, theme.text);
  if (!several && rows.length) {
    context.strokeStyle = theme.outline;
    context.lineWidth = 2 * scale;
    line(context, rows[0].kernel.x + rows[0].kernel.width, output.x - 3, output.y + output.height / 2);
  }
  paintMap(context, look, "output", output, {values: arrays.output.values, full: full.output});
  markCell(context, theme, output, cell);
  if (!after) return;
  const name = FUNCTIONS[opened.after.function] ?? opened.after.kind;
  font(context, theme, 13 * scale);
  if (after.y > output.y + output.height) {
    const x = after.x + after.width / 2;
    context.strokeStyle = theme.outline;
    context.lineWidth = 1.5 * scale;
    context.beginPath();
    context.moveTo(x, output.y + output.height + 3);
    context.lineTo(x, after.y - 2);
    context.stroke();
    write(context, name, x + 8 * scale, (output.y + output.height + after.y) / 2, theme.second);
  }
  paintMap(context, look, "after", after, {values: arrays.after.values, full: full.after});
  markCell(context, theme, after, cell, 1.5);
  font(context, theme, 13 * scale, 600);
  write(context, opened.after.node, after.x, after.y + after.height + 14 * scale, theme.text);
}

/**
 * Draw an opened unit. `look` is {layout, opened, cell, chosen, theme, nodes, picture, photo, sheets, full, field, mode,
 * bias}: the chosen source and its window are framed.
 */
export function paintUnit(context, look) {
  const {layout, theme, chosen} = look;
  paintHeads(context, look);
  paintImage(context, look);
  paintStripes(context, look);
  for (const row of layout.rows) paintRow(context, look, row);
  if (layout.sum) paintSum(context, look);
  if (layout.output) paintOutput(context, look);
  const row = layout.rows.find(({source}) => source === chosen);
  if (!row?.result) return;
  const right = row.result.x + row.result.width;
  frame(context, theme, row.input.x - 5, row.y - 2.5, right - row.input.x + 10, row.height + 5, 2, 0);
}

// The network as columns of maps, one a layer: where everything lies, how it is drawn, and what lies under the pointer.

import {font, frame, write} from "./draw.js";
import {size} from "./format.js";
import {MOST_CHANNELS, shownChannels} from "./layers.js";
import {channelsRead, drawnNodes, feeders, fullScale, hasMaps, nodesOf, passedOn, planeOf} from "./nodes.js";
import {css} from "./palette.js";
import {enlarge} from "./shade.js";
import {inTile} from "./tiles.js";

const TALL = [470, 432]; // what a column of few tiles may take, and of many
const FEW = 11;
const TILES = [22, 40];
const FLAT = [22, 16, 14, 12, 10, 8, 6, 5, 4, 3, 2];
const GAPS = [16, 60]; // least and most between two columns
const CALM = 26; // between columns that are folded in two so that their tiles are larger
const NAMES = [13, 12]; // sizes to try, so that the columns fit
const NAME_GAPS = [8, 7];
const SMALLEST_ROW = 20;
const LARGEST_ROW = 40;
export const HEAD = 46;
const GROUP = 22;
const FOOT = 26; // under a column: what more there is of it
const ARC = 16; // how deep a shortcut runs below the columns
const LANE = 9; // how much deeper the next one that meets it

/** How the numbers of a row are laid out: few below each other like maps, many in a small grid. */
function flatGrid(count, tall, wide, scale) {
  if (count <= MOST_CHANNELS) {
    const pitch = Math.max(SMALLEST_ROW * scale, Math.min(LARGEST_ROW * scale, tall / count));
    return {box: Math.min(24 * scale, pitch - 4 * scale), pitch, rows: count, across: 1};
  }
  for (const side of FLAT) {
    const box = side * scale;
    const pitch = box + (side > 6 ? 2 : 1) * scale;
    const rows = Math.max(1, Math.floor(tall / pitch));
    const across = Math.ceil(count / rows);
    if (across * pitch <= wide || side === FLAT.at(-1)) return {box, pitch, rows: Math.ceil(count / across), across};
  }
}

/** The columns with so many tiles below each other, without their places. */
function columnsOf(shown, rows, {scale, measure, nodes, name}) {
  const many = rows > FEW;
  const gap = (many ? 3 : 6) * scale;
  const tile = Math.max(TILES[0], Math.min(TILES[1], Math.floor(TALL[Number(many)] / rows) - gap / scale)) * scale;
  const tall = rows * (tile + gap) - gap;
  return shown.map(({node, units}) => {
    const grid = hasMaps(node)
      ? {box: tile, pitch: tile + gap, across: Math.ceil(units.length / rows), rows: Math.min(units.length, rows)}
      : flatGrid(units.length, tall, tile + 14 * scale, scale);
    const spare = grid.pitch - grid.box;
    const head = Math.max(measure(node.short, name * scale, 600), measure(size(node.shape.slice(-2)), 12 * scale, 400));
    const more = hasMaps(node) ? node.shape[0] - MOST_CHANNELS : 0;
    const inner = grid.across * grid.pitch - spare;
    const height = grid.rows * grid.pitch - spare;
    return {node, units, head, more, passes: passedOn(nodes, node.name), ...grid, inner, height, feeders: feeders(nodes, node)};
  });
}

/** Lay out the columns of a picture in this much room; what is wider scrolls. */
export function layOutNetwork(channel, picture, {scale, room, measure}) {
  const nodes = nodesOf(picture);
  const shown = drawnNodes(picture).map((node) => ({node, units: shownChannels(channel, picture, node)}));
  const most = Math.max(1, ...shown.map(({node, units}) => (hasMaps(node) ? Math.min(units.length, MOST_CHANNELS) : 1)));
  const mixing = new Set(picture.filters.map(({name}) => name));
  const rest = {nodes, mixing, readBy: (node, unit) => channelsRead(picture, nodes, node, unit)};
  const layIn = (name, rows, units) => place(columnsOf(units, rows, {scale, measure, nodes, name}), {scale, room, name, ...rest});
  const lay = (rows, units) => {
    const usual = layIn(NAMES[0], rows, units);
    return usual.width <= room ? usual : layIn(NAMES[1], rows, units);
  };
  const closed = shown.map(({node, units}) => ({node, units: hasMaps(node) ? units.slice(0, MOST_CHANNELS) : units}));
  const half = Math.ceil(most / 2);
  const folds = most > FEW && lay(half, closed).width + shown.length * (CALM - GAPS[0]) * scale <= room;
  return lay(folds ? half : most, shown); // opening a layer leaves the tiles of all as they are
}

/** Give every column its place; names may reach over their columns, not over each other. */
function place(columns, {scale, room, ...rest}) {
  const isSmall = rest.name < NAMES[0];
  const [least, most] = [isSmall ? GAPS[0] / 2 : GAPS[0], GAPS[1]].map((gap) => gap * scale);
  const needed = columns.slice(1).map((column, i) => {
    const before = columns[i];
    return Math.max(least, (before.head + column.head - before.inner - column.inner) / 2 + NAME_GAPS[Number(isSmall)] * scale);
  });
  const over = (column) => (column ? Math.max(6 * scale, (column.head - column.inner) / 2) : 0);
  const sum = (list) => list.reduce((total, one) => total + one, 0);
  const taken = sum(columns.map(({inner}) => inner)) + over(columns[0]) + over(columns.at(-1));
  const even = Math.min(most, (room - taken) / Math.max(1, columns.length - 1));
  const spread = needed.map((one) => Math.max(one, even));
  const gaps = taken + sum(spread) <= room ? spread : needed;
  const grouped = columns.some(({node}) => node.group !== "");
  const top = (HEAD + (grouped ? GROUP : 0)) * scale;
  let x = over(columns[0]);
  columns.forEach((column, i) => {
    const down = hasMaps(column.node) || column.across > 1 ? 0 : (column.pitch - column.box) / 2; // on a line with the probabilities
    Object.assign(column, {left: x, middle: x + column.inner / 2, top: top + down, at: i});
    x += column.inner + (gaps[i] ?? 0);
  });
  const chips = Math.max(0, ...columns.map(({more, passes}) => (more > 0 ? 1 : 0) + passes.length));
  const joins = columns.some((column) => column.feeders.length > 1) ? 1 : 0; // what is added up is said below all that
  const foot = (chips + joins) * FOOT * scale;
  const arcs = arcsOf(columns, scale);
  const deep = arcs.length ? (ARC + Math.max(...arcs.map(({lane}) => lane)) * LANE) * scale : 0;
  const bottom = Math.max(top + 1, ...columns.map((column) => column.top + column.height));
  return {columns, scale, top, bottom, grouped, foot, chips, arcs, ...rest, width: Math.ceil(taken + sum(gaps)), height: bottom + foot + deep + 6};
}

/** The columns that feed a column from further back than the one before it. */
function skips(columns, column) {
  return columns.filter((one) => one.at < column.at - 1 && column.feeders.some(({name}) => name === one.node.name));
}

/** The shortcuts, from column to column, each in a lane of its own where two would meet. */
function arcsOf(columns, scale) {
  const lanes = []; // where the last one of each ends
  return columns.flatMap((column) => skips(columns, column).map((from) => ({from, column}))).map(({from, column}) => {
    const free = lanes.findIndex((end) => end + 12 * scale < from.middle);
    const lane = free < 0 ? lanes.length : free;
    lanes[lane] = column.middle;
    return {from, column, lane};
  });
}

/** The corner of a shown unit, or null; folds fill from the top. */
function cornerOf(column, unit) {
  const n = column.units.indexOf(unit);
  if (n < 0) return null;
  return [column.left + Math.floor(n / column.rows) * column.pitch, column.top + (n % column.rows) * column.pitch];
}

/** A unit's tile: where it is and how large. */
export function tileOf(column, unit) {
  const corner = cornerOf(column, unit);
  if (!corner) return null;
  const {shape} = column.node;
  const box = hasMaps(column.node) ? inTile(column.box, shape[1], shape[2]) : {width: column.box, height: column.box};
  return {x: corner[0], y: corner[1], ...box};
}

/** Whether every unit of a column reads every unit of the one before; null where nobody said. */
function mixes(layout, {node}, before) {
  if (layout.mixing.has(node.name)) return true;
  if (!hasMaps(node) && hasMaps(before.node) && !node.inputs.includes(before.node.name)) return true; // all in one row, then weighed
  if (node.shape[0] !== before.node.shape[0]) return hasMaps(node) ? null : true;
  return hasMaps(before.node) ? false : null;
}

/** The units of the column before that a unit reads. */
function readOf(layout, {node}, before, unit, all) {
  if (!all) return all === null ? [] : [unit];
  const [first, beyond] = layout.readBy(node, unit);
  return hasMaps(before.node) && hasMaps(node) ? before.units.filter((one) => one >= first && one < beyond) : before.units;
}

/** A line between the tiles of two units, from column to column. */
function paintEdge(context, before, from, column, to) {
  const [x0, y0] = [before.left + before.inner, from.y + from.height / 2];
  const [x1, y1] = [column.left, to.y + to.height / 2];
  const bend = (x1 - x0) / 2;
  context.beginPath();
  context.moveTo(x0, y0);
  context.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1, y1);
  context.stroke();
}

function paintEdges(context, layout, theme) {
  context.strokeStyle = theme.hairline;
  for (const column of layout.columns.slice(1)) {
    const before = layout.columns[column.at - 1];
    if (!column.feeders.some(({name}) => name === before.node.name)) continue;
    const all = mixes(layout, column, before);
    if (all === null || column.units.length * before.units.length > 4096) continue;
    context.lineWidth = all ? 0.6 : 1;
    for (const unit of column.units) {
      for (const other of readOf(layout, column, before, unit, all)) {
        const from = tileOf(before, other);
        if (from) paintEdge(context, before, from, column, tileOf(column, unit));
      }
    }
  }
}

/** Shortcuts run below the columns they pass, to an arrow head. */
function paintArcs(context, layout, theme) {
  const {scale, bottom, foot, arcs} = layout;
  const [high, round, head] = [bottom + foot + 2, 6 * scale, 3 * scale];
  context.strokeStyle = context.fillStyle = theme.third;
  context.lineWidth = 1.5 * scale;
  for (const {from: {middle: start}, column: {middle: end}, lane} of arcs) {
    const low = high + (ARC - 4 + lane * LANE) * scale;
    context.beginPath();
    context.moveTo(start, high);
    context.lineTo(start, low - round);
    context.quadraticCurveTo(start, low, start + round, low);
    context.lineTo(end - round, low);
    context.quadraticCurveTo(end, low, end, low - round);
    context.lineTo(end, high + head);
    context.stroke();
    context.beginPath();
    context.moveTo(end - head, high + 1.5 * head);
    context.lineTo(end, high - 1);
    context.lineTo(end + head, high + 1.5 * head);
    context.fill();
  }
}

function paintGroups(context, layout, theme) {
  const {columns, scale} = layout;
  columns.forEach((column, i) => {
    const {group} = column.node;
    if (!group || columns[i - 1]?.node.group === group) return;
    const last = columns.findLast(({node}) => node.group === group);
    font(context, theme, 13 * scale, 600);
    const half = context.measureText(group).width / 2 + 6 * scale;
    const [from, to] = [column.left - 4, last.left + last.inner + 4];
    const middle = (from + to) / 2;
    write(context, group, middle, 8 * scale, theme.second, "center");
    context.fillStyle = theme.outline;
    context.fillRect(from, 8 * scale, Math.max(0, middle - half - from), 1);
    context.fillRect(middle + half, 8 * scale, Math.max(0, to - middle - half), 1);
  });
}

/** Draw all columns; `sheets` has the maps as rasters, `mode` says what full colour stands for. */
export function paintNetwork(context, {layout, theme, sheets, mode, chosen}) {
  const {columns, scale, top, nodes} = layout;
  paintGroups(context, layout, theme);
  paintArcs(context, layout, theme);
  paintEdges(context, layout, theme);
  for (const column of columns) {
    const {node, units} = column;
    const y = top - HEAD * scale;
    font(context, theme, layout.name * scale, 600);
    write(context, node.short, column.middle, y + 9.5 * scale, node.name === chosen ? theme.accent : theme.text, "center");
    font(context, theme, 12 * scale);
    write(context, size(node.shape.slice(-2)), column.middle, y + 26.5 * scale, theme.second, "center");
    const [rows, wide] = hasMaps(node) ? node.shape.slice(1) : [1, 1];
    for (const unit of units) {
      const {x, y: high, width, height} = tileOf(column, unit);
      const full = fullScale(nodes, node, unit, mode);
      const map = {values: node.values, at: unit * planeOf(node), unit: node.unit, rows, columns: wide, full};
      enlarge(context, theme, sheets.of(`${node.name} ${unit}`, map, theme), x, high, width, height);
    }
  }
}

/** Mark a unit, its cell, and what it reads; `filter` gives the strength of a kernel where there is one. */
export function paintChosen(context, {layout, theme, cell, filter}) {
  const column = layout.columns.find(({node}) => node.name === cell.layer);
  const tile = column && tileOf(column, cell.index[0]);
  if (!tile) return;
  for (const source of column.feeders) {
    const before = layout.columns.find(({node}) => node.name === source.name);
    if (!before || before.at !== column.at - 1) continue;
    const all = mixes(layout, column, before);
    for (const unit of readOf(layout, column, before, cell.index[0], all)) {
      const from = tileOf(before, unit);
      const strength = filter(column.node, cell.index[0], unit);
      if (!from) continue;
      context.strokeStyle = strength ? css(theme.signed[(strength.sum < 0 ? -95 : 95) & 255]) : theme.third;
      context.lineWidth = (strength ? 1 + 4 * strength.share : 1.5) * layout.scale;
      paintEdge(context, before, from, column, tile);
    }
  }
  frame(context, theme, tile.x - 2, tile.y - 2, tile.width + 4, tile.height + 4, 2.5, 2);
  if (cell.index.length < 3) return;
  const {shape} = column.node;
  const [w, h] = [tile.width / shape[2], tile.height / shape[1]];
  const side = Math.max(3, w);
  const [x, y] = [tile.x + (cell.index[2] + 0.5) * w - side / 2, tile.y + (cell.index[1] + 0.5) * h - Math.max(3, h) / 2];
  frame(context, theme, x, y, side, Math.max(3, h), 1.5, 1);
}

/** What is at a point: {node, index}, index where a value is there; or null. */
export function hitNetwork(layout, px, py) {
  for (const column of layout.columns) {
    const {node, units, left, top, pitch, box, rows, across, inner} = column;
    if (px < left - 3 || px > left + inner + 3) continue;
    const [c, r] = [Math.floor((px - left) / pitch), Math.floor((py - top) / pitch)];
    const n = c * rows + r;
    if (c < 0 || c >= across || r < 0 || r >= rows || n >= units.length) continue;
    if (!hasMaps(node)) return {node, index: [units[n]]};
    const [, high, wide] = node.shape;
    const {width, height} = inTile(box, high, wide);
    const x = Math.floor(((px - left - c * pitch) / width) * wide);
    const y = Math.floor(((py - top - r * pitch) / height) * high);
    return x >= 0 && y >= 0 && x < wide && y < high ? {node, index: [units[n], y, x]} : null;
  }
  return null;
}

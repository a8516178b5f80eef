// An opened unit: its picture, the cell that is looked at, and that cell in numbers. All of it is worked out here.

import {byStrength, cellAt, deedOf, shownSources} from "./cells.js";
import {cameFrom, createCellNumbers, nameOf} from "./cellnumbers.js";
import {createWalk} from "./cellwalk.js";
import {fixed} from "./decimals.js";
import {fit, font, Raster, write} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {imageTitle, significant} from "./format.js";
import {LEGEND_HEIGHT, paintLegendOn} from "./legend.js";
import {savePicture, titleOf} from "./menu.js";
import {feeders, nodesOf, sayScale} from "./nodes.js";
import {fieldOfCell} from "./reach.js";
import {Sheets} from "./shade.js";
import {createSoftmax} from "./softmax.js";
import {hitUnit, layOutList, layOutTop, layOutUnit, MOST_SOURCES} from "./unitlayout.js";
import {fullScales, paintUnit} from "./unitpaint.js";

const PANEL = 480;
const LEAST_PANEL = 360;
const KERNEL_PANEL = 420; // beside a unit with one source, where three matrices stand beside each other
const BETWEEN = 40;
const LEGEND = 216;
const STRIPES = 4;
const KEYS = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]};

/** The view of an opened unit; `onOpen` hears the layer and index of a value to go to, `onPoint` what the legend should point at. */
export function createUnit(section, {onOpen, onPoint}) {
  const sheets = new Sheets();
  const photo = new Raster();
  const graph = make("canvas", {tabIndex: 0, role: "application", className: "graph"});
  const list = make("canvas", {"aria-hidden": "true", className: "list"});
  const words = make("p", {className: "value", "aria-live": "polite"});
  const walk = createWalk({where: () => ({at: now.at.row * now.columns + now.at.column, count: now.rows * now.columns}), go: (at) => go(Math.floor(at / now.columns), at % now.columns)});
  const numbers = createCellNumbers(walk.element, {
    onSource: (source) => { chosen = source; paint(); }, onOpen, onAll: () => { showAll = !showAll; paint(); },
  });
  const softmax = createSoftmax((unit) => onOpen(now.opened.node, [unit]));
  const left = make("div", {className: "graphside"}, make("div", {className: "scroller"}, graph), words);
  const right = make("div", {className: "numbersside"}, numbers.element, softmax.element);
  const below = make("div", {className: "below scroller"}, list);
  section.append(left, right, below);
  let now = null;
  let hovered = null; // {cell, source} under the pointer
  let chosen = null; // the source that was chosen by hand
  let showAll = false;
  let key = null;
  let asked = null; // {key, source}: what is to be chosen when that unit comes
  let last = null; // [row, column] that was looked at

  for (const canvas of [graph, list]) {
    const under = ({offsetX, offsetY}) => now && hitUnit(canvas === graph ? now.layout : now.list, now.opened, offsetX, offsetY);
    canvas.addEventListener("pointermove", (event) => {
      hovered = under(event);
      canvas.style.cursor = hovered ? "pointer" : "";
      soon();
    });
    canvas.addEventListener("pointerleave", () => { hovered = null; soon(); });
    canvas.addEventListener("click", (event) => {
      const hit = under(event);
      if (!hit) return;
      walk.stop();
      if (hit.source !== undefined) chosen = hit.source;
      if (hit.cell) go(hit.cell.row, hit.cell.column);
      else paint();
    });
  }
  graph.addEventListener("keydown", (event) => {
    if (!now) return;
    const by = KEYS[event.key];
    const {row, column} = now.at;
    if (by) go(row + by[0], column + by[1]);
    else if (event.key === "Home") go(0, 0);
    else if (event.key === "End") go(now.rows - 1, now.columns - 1);
    else if (event.key === "PageUp" || event.key === "PageDown") step(event.key === "PageUp" ? -1 : 1);
    else if (event.key === "Enter") onOpen(...now.from);
    else return;
    if (event.key !== "Enter") walk.stop();
    event.preventDefault();
  });

  /** The source above or below the chosen one. */
  function step(by) {
    const {sources} = now;
    chosen = sources[Math.max(0, Math.min(sources.length - 1, sources.indexOf(now.chosen) + by))];
    paint();
  }

  /** Look at a cell from now on. */
  function go(row, column) {
    const within = (at, count) => Math.max(0, Math.min(count - 1, at));
    const {opened, channel} = now;
    hovered = null;
    const index = [within(row, now.rows), within(column, now.columns)];
    channel.set({cell: {layer: opened.node, index: opened.shape.length === 3 ? [opened.unit, ...index] : [opened.unit]}});
  }

  /** The cell that is looked at: the channel's, the one before another image came, or the middle one. */
  function place() {
    const {channel, opened, rows, columns} = now;
    const {layer, index} = channel.cell ?? {};
    const isThere = layer === opened.node && index.length === 3 && index[0] === opened.unit;
    const [row, column] = isThere ? index.slice(1) : last ?? [rows >> 1, columns >> 1];
    last = row < rows && column < columns ? [row, column] : [rows >> 1, columns >> 1];
    return {row: last[0], column: last[1]};
  }

  /** Draw in the next frame: a pointer moves more often than the screen. */
  function soon() {
    if (now && !now.frame) now.frame = requestAnimationFrame(paint);
  }

  function paint() {
    if (!now) return;
    cancelAnimationFrame(now.frame);
    now.frame = null;
    const {opened, theme, scale, phone, nodes, picture} = now;
    const [count] = opened.arrays.values.shape;
    now.at = place();
    const at = hovered?.cell ?? now.at;
    const cell = cellAt(opened, at.row, at.column);
    const strongest = withAsked(shownSources(opened, MOST_SOURCES));
    const sources = showAll ? shownSources(opened, count) : strongest;
    now.sources = sources;
    now.chosen = chosen ?? byStrength(opened)[0];
    const source = hovered?.source ?? now.chosen;
    now.from = cameFrom(opened, cell, now.chosen);
    now.look = {
      opened, cell, chosen: source, theme, nodes, picture, photo, sheets, full: now.full, mode: now.mode,
      field: fieldOfCell(nodes, opened, cell), bias: cell.bias,
    };
    const beside = arrange(strongest);
    paintUnit(fit(graph, now.layout.width, now.layout.height), {...now.look, layout: now.layout});
    reveal(below, phone);
    if (phone) paintUnit(fit(list, now.list.width, now.list.height), {...now.look, layout: now.list});
    numbers.draw({
      opened, cell, chosen: source, sources, theme, full: now.full, scale, canOpen: (name) => !nodes.get(name)?.isImage && nodes.has(name),
      width: beside,
    });
    softmax.draw(isLast() && picture.step === opened.step ? picture : null, opened.unit);
    mark(words, "aria-live", hovered ? "off" : "polite");
    say(words, `${nameOf(opened, cell)} = ${fixed(cell.value)}`);
    mark(graph, "aria-label", `${opened.node}, unit ${opened.unit}, of ${imageTitle(opened.image)} at step ${opened.step}; arrow keys move the cell, page keys choose the input, Enter opens it, Escape leaves`);
    witness(cell, source);
    sheets.trim();
    onPoint({full: now.full.output, tick: hovered ? {value: cell.value, text: significant(cell.value)} : null});
  }

  /** The strongest sources, and the one that was asked for when the unit was opened. */
  function withAsked(sources) {
    const source = asked?.key === key ? asked.source : null;
    return source === null || sources.includes(source) ? sources : [...sources.slice(0, -1), source];
  }

  /** Lay everything out; how wide the numbers may be. */
  function arrange(drawn) {
    const {opened, phone, width, scale} = now;
    section.classList.toggle("stacked", false);
    if (phone) {
      now.layout = layOutTop(opened, {width});
      now.list = layOutList(opened, {sources: drawn, width});
      return width;
    }
    now.layout = layOutUnit(opened, {sources: drawn, scale, stripes: now.stripes, room: width - (panelFor(opened) + BETWEEN + 8) * scale});
    const room = width - now.layout.width - BETWEEN * scale;
    const stacks = room < LEAST_PANEL * scale;
    section.classList.toggle("stacked", stacks);
    return Math.floor(Math.min(PANEL * scale, stacks ? width : room));
  }

  const panelFor = (opened) => (deedOf(opened) === "weigh" && opened.window.some((side) => side > 1) ? KERNEL_PANEL : LEAST_PANEL);
  const isLast = () => Boolean(now.nodes.get(now.opened.node)?.isLast);

  /** The numbers as they are, for whoever reads the page by program. */
  function witness(cell, source) {
    const {opened} = now;
    for (const [name, value] of Object.entries({
      node: opened.node, unit: opened.unit, cell: `${cell.row}.${cell.column}`, source, value: cell.value, torch: cell.expected,
      equal: cell.equal && (!cell.after || cell.after.equal), step: opened.step, image: opened.image,
    })) mark(section, `data-${name}`, value);
  }

  /** The layers before the inputs, the nearest last; none where a row is not one of their maps. */
  function layersBefore(opened, nodes) {
    const found = [];
    const {shape} = opened.arrays.values;
    if (shape[0] === 1 || shape[0] > MOST_SOURCES || shape[1] * shape[2] === 1) return found;
    for (let [node] = opened.inputs.map((name) => nodes.get(name)); node && found.length < STRIPES;) {
      [node] = feeders(nodes, node);
      if (node && !node.isImage) found.unshift(node.name);
      else break;
    }
    return found;
  }

  return {
    focus: () => graph.focus({preventScroll: true}),
    stop: () => walk.stop(),
    /** Choose a source of a unit that is about to be opened; null for the strongest. */
    choose(node, unit, source) {
      asked = {key: `${node} ${unit}`, source};
      if (key === asked.key) chosen = source ?? chosen;
    },
    /** The address of the unit's numbers. */
    numbers() {
      const {channel, opened: {node, unit, step, image}, picture, at: {row, column}} = now;
      const own = step === picture.step ? {} : {step}; // the picture of its step is on its way
      return channel.numbersOf(picture, "unit.npz", {image, node, unit, row, column, ...own});
    },
    /** Save the unit as a picture. */
    save() {
      const {layout, look, theme, opened: {node, unit, ...opened}, channel, full, mode, scale} = now;
      const wide = LEGEND * scale;
      savePicture(theme, titleOf(channel, opened, `${node}, unit ${unit}`), layout.width, layout.height + (LEGEND_HEIGHT + 8) * scale, (context) => {
        paintUnit(context, {...look, layout});
        context.translate(0, layout.height + 8 * scale);
        paintLegendOn(context, theme, {scale, width: wide, full: full.output});
        font(context, theme, 13 * scale);
        write(context, sayScale(mode, node, unit), wide + 8 * scale, 21 * scale, theme.second);
      });
    },
    /** Draw an opened unit; `state.opened` is its message. */
    draw(state) {
      const {opened, channel} = state;
      const nodes = nodesOf(channel.picture);
      const [rows, columns] = opened.arrays.output.shape;
      const isOther = key !== `${opened.node} ${opened.unit}`;
      if (isOther) {
        if (now && (now.opened.node !== opened.node)) last = null;
        [key, chosen, hovered, showAll] = [`${opened.node} ${opened.unit}`, null, null, false];
        chosen = asked?.key === key ? asked.source : null;
        walk.stop();
      }
      now = {...state, picture: channel.picture, nodes, rows, columns, frame: now?.frame ?? null};
      now.full = fullScales(opened, nodes, state.mode);
      now.stripes = layersBefore(opened, nodes);
      const {layer, index: [own, ...spot] = []} = channel.cell ?? {};
      const isBeyond = layer === opened.node && own === opened.unit && spot.some((part, axis) => !(part < opened.shape[axis + 1]));
      if (isBeyond) return go(...Object.values(place())); // as an address may say; it will name the cell that is shown
      paint();
    },
  };
}

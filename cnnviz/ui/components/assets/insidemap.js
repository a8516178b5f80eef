// The map of the network: the image, one column of maps a layer, the probabilities; and what is under the pointer in words.

import {fit, font, frame, photograph, Raster, whole} from "./draw.js";
import {make, mark, say} from "./elements.js";
import {imageTitle, many, size} from "./format.js";
import {HEAD, hitNetwork, layOutNetwork, paintChosen, paintNetwork} from "./insidecolumns.js";
import {aboutUnit, createStrip} from "./insidestrip.js";
import {downloadMenu, savePicture, titleOf} from "./menu.js";
import {unfold} from "./layers.js";
import {channelsRead, drawnNodes, hasMaps, nodesOf} from "./nodes.js";
import {inWords, paintProbabilities, ranked} from "./probabilities.js";
import {fieldOf, sayField} from "./reach.js";
import {Sheets} from "./shade.js";
import {moved} from "./steps.js";

const INPUT = 112;
const ANSWERS = 116;
const BESIDE = 16;
const ROW = 37;
const measurer = document.createElement("canvas").getContext("2d");

/** The section; `onOpen` hears [layer, index] of the unit that is to be opened, `onPoint` the cell under the pointer. */
export function createNetworkMap(section, {onOpen, onPoint}) {
  const sheets = new Sheets();
  const photo = new Raster();
  const input = make("canvas", {role: "img"});
  const inputHead = make("p", {className: "head"}, make("b", {}, "input"), make("span", {}));
  const verdict = make("p", {className: "verdict"}, make("span", {}), make("span", {}));
  const field = make("p", {className: "field"}, make("b", {}, "Receptive field"), make("span", {}));
  const columns = make("canvas", {"aria-hidden": "true"});
  const over = make("canvas", {tabIndex: 0, role: "application", className: "over"});
  const chips = make("div", {});
  const scroller = make("div", {className: "scroller"}, make("div", {className: "sheet"}, columns, over, chips));
  const answers = make("canvas", {role: "img", className: "pick", title: "Open a logit and its softmax"});
  const strip = createStrip(() => open(current()), "Point at a map; a click, or Enter after the arrow keys, opens it.");
  const menu = downloadMenu("the maps", {png: () => save(), numbers: () => now.channel.numbersOf(now.picture, "maps.npz")});
  let now = null;
  let hovered = null;
  section.append(
    make("div", {className: "through"},
      make("div", {className: "input"}, inputHead, input, verdict, field), scroller,
      make("div", {className: "answers"}, make("header", {className: "head"}, make("b", {}, "probability"), menu), answers)),
    strip.element);

  /** The cell under the pointer, else the one chosen by keys, where the picture has it. */
  function current() {
    const cell = hovered ?? now?.channel.cell;
    const node = cell && now.nodes.get(cell.layer);
    const fits = node && cell.index.length === node.shape.length && cell.index.every((part, axis) => part < node.shape[axis]);
    return fits ? cell : null;
  }

  function open(cell) {
    if (cell) onOpen(cell.layer, cell.index);
  }

  const under = ({offsetX, offsetY}) => {
    const hit = now && hitNetwork(now.layout, offsetX, offsetY);
    return hit ? {layer: hit.node.name, index: hit.index} : null;
  };
  over.addEventListener("pointermove", (event) => {
    hovered = under(event);
    over.style.cursor = hovered ? "pointer" : "";
    point();
  });
  over.addEventListener("pointerleave", () => { hovered = null; point(); });
  over.addEventListener("click", (event) => open(under(event)));
  over.addEventListener("keydown", (event) => {
    if (!now) return;
    if (event.key === "Enter") open(current());
    else if (event.key === "Escape") now.channel.set({cell: null, layer: null});
    else {
      const cell = moved(now.channel, now.picture, current(), event.key);
      if (!cell) return;
      hovered = null;
      now.channel.set({cell, layer: cell.layer});
      keepInSight(cell);
    }
    event.preventDefault();
  });
  answers.addEventListener("click", ({offsetY}) => {
    const row = ranked(now.picture)[Math.floor(offsetY / now.pitch)];
    const last = drawnNodes(now.picture).at(-1);
    if (row && last?.isLast) onOpen(last.name, [Math.min(row.index, last.shape[0] - 1)]);
  });

  function keepInSight(cell) {
    const column = now.layout.columns.find(({node}) => node.name === cell.layer);
    if (!column) return;
    const beyond = column.left + column.inner + 8 - scroller.scrollLeft - scroller.clientWidth;
    if (beyond > 0) scroller.scrollLeft += beyond;
    else scroller.scrollLeft = Math.min(scroller.scrollLeft, Math.max(0, column.left - 8));
  }

  /** How strong a kernel is among those of its unit, and the sign of its sum; null where there is none. */
  function filterOf(node, unit, source) {
    const array = now.picture.arrays[`filter/${node.name}`];
    if (!array) return null;
    const [, inputs, high, wide] = array.shape;
    const plane = high * wide;
    const norm = (i) => {
      const at = (unit * inputs + i) * plane;
      return Math.sqrt(array.values.subarray(at, at + plane).reduce((sum, q) => sum + q * q, 0));
    };
    const most = Math.max(...Array.from({length: inputs}, (_, i) => norm(i))) || 1;
    const own = source - channelsRead(now.picture, now.nodes, node, unit)[0];
    const at = (unit * inputs + own) * plane;
    return {share: norm(own) / most, sum: array.values.subarray(at, at + plane).reduce((sum, q) => sum + q, 0)};
  }

  /** What follows the pointer. */
  function point() {
    if (!now) return;
    const cell = current();
    const {layout, theme, nodes} = now;
    const context = fit(over, layout.width, layout.height);
    if (cell) paintChosen(context, {layout, theme, cell, filter: filterOf});
    const node = cell && nodes.get(cell.layer);
    const region = node ? fieldOf(nodes, node, cell.index) : null;
    paintInput(fit(input, now.inputSize[0], now.inputSize[1]), now.inputSize[0], region);
    say(field.lastChild, region ? sayField(nodes, region) : "");
    field.style.visibility = region ? "" : "hidden";
    strip.draw({...now, about: node ? aboutUnit(nodes, node, cell.index, now.mode) : null, hovering: hovered !== null});
    onPoint(node ? {node, index: cell.index} : null);
  }

  function paintInput(context, side, region) {
    const {canvas} = photograph(photo, now.picture);
    const pixel = side / canvas.width;
    context.drawImage(canvas, 0, 0, side, canvas.height * pixel);
    if (!region) return;
    const [x, y] = [Math.max(1, region.left * pixel), Math.max(1, region.top * pixel)];
    const [right, bottom] = [Math.min(side - 1, region.right * pixel), Math.min(canvas.height * pixel - 1, region.bottom * pixel)];
    if (right > x && bottom > y) frame(context, now.theme, x, y, right - x, bottom - y, 2, 1);
  }

  /** Below a column: the channels beyond the strongest, the layers that only pass on its numbers, what is added up. */
  function placeChips() {
    const {layout, channel, scale} = now;
    const wanted = [];
    for (const column of layout.columns) {
      const {node, more, passes, feeders} = column;
      const row = [];
      if (more > 0) row.push(chip(channel.opened.has(node.name) ? "Show 16" : `+ ${more}`, () => unfold(channel, now.picture, node.name), `${more} more channels of ${node.name}`));
      for (const pass of passes) row.push(chip(pass.short, () => onOpen(pass.name, pass.shape.map(() => 0)), `${pass.name} passes the numbers of ${node.name} on; open its first`));
      const put = (element, y) => {
        element.style.transform = `translate(${column.middle}px, ${y}px) translateX(-50%)`;
        wanted.push(element);
      };
      row.forEach((element, i) => put(element, column.top + column.height + (4 + i * 24) * scale));
      if (feeders.length > 1) put(make("span", {className: "chip"}, `from ${wordsOf(node, feeders).join(" and ")}`), layout.bottom + (4 + layout.chips * 24) * scale);
    }
    const key = wanted.map(({textContent, style}) => textContent + style.transform).join();
    if (key !== now.chipKey) chips.replaceChildren(...wanted);
    now.chipKey = key;
  }
  /** What layers are called that feed one: by their short names where they are all of its own block. */
  const wordsOf = ({group}, feeders) => feeders.map(({name, short}) => (feeders.every((one) => one.group === group) ? short : name));
  function chip(text, act, title) {
    return make("button", {type: "button", className: "chip", title, onclick: act}, text);
  }

  function paintAll(context) {
    const {layout, picture, theme, scale, mode} = now;
    const side = INPUT * scale;
    context.imageSmoothingEnabled = false;
    context.save();
    context.translate(0, layout.top);
    paintInput(context, side, null);
    context.translate(side + 2 * BESIDE * scale + layout.width, 0);
    paintProbabilities(context, ranked(picture), {theme, scale, width: ANSWERS * scale, pitch: now.pitch});
    context.restore();
    context.translate(side + BESIDE * scale, 0);
    paintNetwork(context, {layout, theme, sheets, mode, chosen: null});
  }
  function save() {
    const {layout, picture, scale, theme} = now;
    const width = layout.width + (INPUT + 2 * BESIDE + ANSWERS) * scale;
    savePicture(theme, titleOf(now.channel, picture, "Look inside"), width, Math.max(layout.height, layout.top + now.pitch * ranked(picture).length), paintAll);
  }
  function measure(text, pixels, weight) {
    font(measurer, now.theme, pixels, weight);
    return measurer.measureText(text).width;
  }

  return {
    /** Give the keyboard to the columns. */
    focus: () => over.focus({preventScroll: true}),
    draw(state) {
      const {channel, theme, scale, width, mode} = state;
      const {picture} = channel;
      const nodes = nodesOf(picture);
      now = {...state, picture, nodes, chipKey: now?.chipKey};
      const room = width - (INPUT + 2 * BESIDE + ANSWERS) * scale;
      now.layout = layOutNetwork(channel, picture, {scale, room, measure});
      const {layout} = now;
      const [, high, wide] = picture.arrays.input.shape;
      const exact = whole(INPUT * scale, Math.max(high, wide));
      now.inputSize = [(exact * wide) / Math.max(high, wide), (exact * high) / Math.max(high, wide)];
      for (const head of [inputHead, section.querySelector(".answers .head")]) head.style.marginTop = `${layout.top - HEAD * scale}px`;
      say(inputHead.lastChild, size(picture.arrays.input.shape));
      const name = (index) => picture.classes[index] ?? String(index);
      const label = picture.label ?? null;
      say(verdict.firstChild, label === null ? "" : `Label ${name(label)}`);
      say(verdict.lastChild, `Predicted ${name(picture.prediction)}${label === null ? "" : label === picture.prediction ? ", right" : ", wrong"}`);
      const about = `${imageTitle(picture.image)} at step ${picture.step}`;
      mark(input, "aria-label", `${about}: ${verdict.innerText}`);
      mark(over, "aria-label", `${about} through ${many(layout.columns.length, "layer")}; arrow keys move over the values, Enter opens a map`);
      paintNetwork(fit(columns, layout.width, layout.height), {layout, theme, sheets, mode, chosen: channel.layer});
      placeChips();
      const rows = ranked(picture);
      const last = layout.columns.at(-1);
      now.pitch = last?.node.isLast && !hasMaps(last.node) && last.node.shape[0] === rows.length && last.across === 1 ? last.pitch : ROW * scale;
      mark(answers, "aria-label", `Probabilities: ${inWords(picture)}`);
      paintProbabilities(fit(answers, ANSWERS * scale, now.pitch * rows.length), rows, {theme, scale, width: ANSWERS * scale, pitch: now.pitch});
      sheets.trim();
      point();
    },
  };
}

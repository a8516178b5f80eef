// The image through all layers: the input, one column a layer, the probabilities; on a phone one row a layer.

import {hitColumns, HEAD, layOut, paintColumns} from "./columns.js";
import {fit, font, photograph, Raster, whole, write} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {imageTitle, many, size} from "./format.js";
import {drawnLayers, isMaps, sayValue, shownChannels, unfold, valueAt} from "./layers.js";
import {paintLegend} from "./legend.js";
import {downloadMenu, savePicture} from "./menu.js";
import {inWords, paintProbabilities, ranked} from "./probabilities.js";
import {createRows} from "./rows.js";
import {Atlas} from "./tiles.js";

const INPUT = 112;
const PROBABILITY = 116;
const BESIDE = 16;
const ROW = 37;
const measurer = document.createElement("canvas").getContext("2d");

/** Label and prediction as words; what a person drew or uploaded has no label: null. */
function verdict(picture) {
  const name = (index) => picture.classes[index] ?? String(index);
  if (picture.label === null || picture.label === undefined) return [null, name(picture.prediction)];
  const word = picture.prediction === picture.label ? "right" : "wrong";
  return [name(picture.label), `${name(picture.prediction)}, ${word}`];
}

/** What stands where there is no picture; a problem is said above all sections. */
function missing(channel) {
  if (channel.problem) return "";
  if (channel.isEmpty) return "It ended before its first step; none is saved";
  return channel.status?.state === "waiting" ? "Nothing to show before the run begins" : "computing";
}

/** The section with the maps of the shown picture. */
export function createMaps(section) {
  const atlas = new Atlas();
  const photo = new Raster();
  const title = make("h2", {});
  const legend = make("canvas", {role: "img", "aria-label": "Colours from the negative to the positive maximum of each layer"});
  const note = make("span", {className: "caption"}, "one scale per layer");
  const words = make("p", {className: "value", "aria-live": "polite"});
  const input = make("canvas", {role: "img"});
  const head = make("p", {className: "head"}, make("b", {}, "input"), make("span", {}));
  const label = make("dd", {});
  const prediction = make("dd", {});
  const labelHead = make("dt", {}, "label");
  const facts = make("dl", {className: "facts"}, labelHead, label, make("dt", {}, "prediction"), prediction);
  const columns = make("canvas", {tabIndex: 0, role: "application"});
  const more = make("div", {});
  const scroller = make("div", {className: "scroller"}, make("div", {className: "sheet"}, columns, more));
  const answers = make("canvas", {role: "img"});
  const answerHead = make("p", {className: "head"}, make("b", {}, "probability"));
  let now = null; // what was drawn last
  let hovered = null;

  const menu = downloadMenu("the maps", {png: () => save(), numbers: () => now.channel.numbersOf(now.picture, "maps.npz")});
  const rows = createRows((event) => point(event));
  section.append(
    make("header", {}, title, note, legend, menu),
    make("div", {className: "through"}, make("div", {className: "input"}, head, input, facts), scroller,
      make("div", {className: "answers"}, answerHead, answers)),
    rows.element, words);

  /** The value chosen or under the pointer; the pointer first. */
  const current = () => hovered ?? now.channel.cell;
  const layerOf = (name) => drawnLayers(now.picture).find((layer) => layer.name === name);

  function refreshValue() {
    const cell = current();
    const layer = cell && layerOf(cell.layer);
    const there = layer && cell.index.length === layer.shape.length && cell.index.every((part, axis) => part < layer.shape[axis]);
    mark(words, "aria-live", hovered ? "off" : "polite"); // a pointer passes over hundreds of values
    say(words, there ? sayValue(now.picture, layer, cell.index) : "");
    paintLegend(legend, now.theme, {
      scale: now.scale, width: 148 * now.scale,
      mark: there ? {value: valueAt(now.picture, layer, cell.index), scale: layer.scale} : null,
    });
  }

  /** Something under the pointer, or nothing; a click chooses it. */
  function point({hit, click}) {
    if (!now) return;
    hovered = hit?.index ? {layer: hit.layer.name, index: hit.index} : null;
    if (click && hit) now.channel.set({layer: hit.layer.name, cell: hovered ?? now.channel.cell});
    else if (click) now.channel.set({cell: null});
    refreshValue();
  }
  const underPointer = ({offsetX, offsetY}) => {
    const hit = now?.layout && hitColumns(now.layout, offsetX, offsetY);
    return hit && {layer: hit.column.layer, index: hit.index};
  };
  columns.addEventListener("pointermove", (event) => {
    const hit = underPointer(event);
    columns.style.cursor = hit ? "pointer" : "";
    point({hit});
  });
  columns.addEventListener("pointerleave", () => point({hit: null}));
  columns.addEventListener("click", (event) => point({hit: underPointer(event), click: true}));
  section.addEventListener("keydown", (event) => now && move(event));

  /** Arrows move the chosen value: within its map, and over its edge to the next shown unit. */
  function move(event) {
    if (event.target !== columns && event.target.dataset.layer === undefined) return;
    const {channel, picture} = now;
    if (event.key === "Escape") {
      hovered = null;
      channel.set({cell: null, layer: null});
      return;
    }
    const step = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
    if (!step) return;
    event.preventDefault();
    hovered = null;
    const layers = drawnLayers(picture);
    let at = layers.findIndex(({name}) => name === (channel.cell?.layer ?? channel.layer ?? event.target.dataset.layer));
    if (!channel.cell || at < 0) {
      at = Math.max(0, at);
      const [unit] = shownChannels(channel, picture, layers[at]);
      const index = isMaps(layers[at]) ? [unit, layers[at].shape[1] >> 1, layers[at].shape[2] >> 1] : [unit];
      channel.set({layer: layers[at].name, cell: {layer: layers[at].name, index}});
      return;
    }
    const index = [...channel.cell.index];
    const units = shownChannels(channel, picture, layers[at]);
    const over = (by) => { // to the unit above or below, else to the neighbouring layer
      index[0] = units[Math.max(0, Math.min(units.length - 1, units.indexOf(index[0]) + by))];
    };
    const aside = (by) => {
      at = Math.max(0, Math.min(layers.length - 1, at + by));
      const place = units.indexOf(index[0]);
      const others = shownChannels(channel, picture, layers[at]);
      const unit = others[Math.min(others.length - 1, Math.max(0, place))];
      const {shape} = layers[at];
      index.splice(0, 3, unit, ...(isMaps(layers[at]) ? [Math.min(index[1] ?? 0, shape[1] - 1), by > 0 ? 0 : shape[2] - 1] : []));
    };
    if (!isMaps(layers[at])) step[0] ? over(step[0]) : aside(step[1]);
    else {
      const [, high, wide] = layers[at].shape;
      const [y, x] = [index[1] + step[0], index[2] + step[1]];
      if (y < 0 || y >= high) { const from = index[0]; over(step[0]); if (index[0] !== from) index[1] = y < 0 ? high - 1 : 0; }
      else if (x < 0 || x >= wide) aside(step[1]);
      else index.splice(1, 2, y, x);
    }
    channel.set({layer: layers[at].name, cell: {layer: layers[at].name, index}});
  }

  function paintInput(context, side) {
    const {canvas} = photograph(photo, now.picture);
    const longest = Math.max(canvas.width, canvas.height);
    context.drawImage(canvas, 0, 0, (side * canvas.width) / longest, (side * canvas.height) / longest);
  }

  /** Columns have buttons for the channels beyond the strongest. */
  function offerMore(layout) {
    const wanted = layout ? layout.columns.filter((column) => column.more > 0) : [];
    while (more.children.length > wanted.length) more.lastChild.remove();
    while (more.children.length < wanted.length) {
      const button = make("button", {type: "button", className: "more"});
      button.addEventListener("click", () => unfold(now.channel, now.picture, button.name));
      more.append(button);
    }
    wanted.forEach((column, i) => {
      const button = more.children[i];
      const open = now.channel.opened.has(column.layer.name);
      button.name = column.layer.name;
      say(button, open ? "Show 16" : `+ ${column.more}`);
      mark(button, "aria-label", open ? `Show 16 channels of ${button.name}` : `Show ${column.more} more channels of ${button.name}`);
      button.style.transform = `translate(${column.middle}px, ${layout.top + column.height + 4}px) translateX(-50%)`;
    });
  }

  function paintAll(context) {
    const {layout, picture, theme, scale, channel} = now;
    const side = INPUT * scale;
    context.imageSmoothingEnabled = false;
    font(context, theme, 13 * scale, 600);
    write(context, "input", 0, 8 * scale, theme.text);
    font(context, theme, 12 * scale);
    write(context, size(picture.arrays.input.shape.slice(1)), 0, 25 * scale, theme.second);
    context.save();
    context.translate(0, HEAD * scale);
    paintInput(context, side);
    const [is, said] = verdict(picture);
    font(context, theme, 14 * scale);
    const lines = [...(is === null ? [] : [`label ${is}`]), `prediction ${said}`];
    lines.forEach((line, i) => write(context, line, 0, side + (18 + 22 * i) * scale, theme.second));
    context.translate(side + 2 * BESIDE * scale + layout.width, 0);
    paintProbabilities(context, ranked(picture), {theme, scale, width: PROBABILITY * scale, pitch: ROW * scale});
    context.restore();
    context.translate(side + BESIDE * scale, 0);
    paintColumns(context, {layout, picture, theme, atlas, chosen: channel.layer, cell: channel.cell});
  }

  function save() {
    const {layout, picture, theme, scale, room} = now;
    const drawn = layout ?? layOut(now.channel, picture, {scale, room, measure});
    now.layout = drawn;
    const width = (INPUT + 2 * BESIDE + PROBABILITY) * scale + drawn.width;
    const height = Math.max(drawn.height, (HEAD + ROW * ranked(picture).length) * scale, 210 * scale);
    savePicture(theme, `${imageTitle(picture.image)}, step ${picture.step}`, width, height, paintAll);
  }

  function measure(text, pixels, weight) {
    font(measurer, now.theme, pixels, weight);
    return measurer.measureText(text).width;
  }

  return {
    draw(frame) {
      const {channel, theme, scale, width, phone} = frame;
      const {picture} = channel;
      say(title, phone ? "" : `${imageTitle(channel.image)}, layer by layer`);
      reveal(title, !phone);
      section.classList.toggle("empty", !picture);
      if (!picture) return say(words, missing(channel));
      if (now?.picture === picture && frame.kinds.size && [...frame.kinds].every((kind) => ["status", "curves", "connection"].includes(kind))) return;
      const room = width - (INPUT + 2 * BESIDE + PROBABILITY) * scale;
      now = {...frame, picture, room};
      now.layout = phone ? null : layOut(channel, picture, {scale, room, measure});
      const [is, said] = verdict(picture);
      say(label, is ?? "");
      for (const element of [labelHead, label]) reveal(element, is !== null);
      say(prediction, said);
      say(head.lastChild, size(picture.arrays.input.shape.slice(1)));
      const about = `${imageTitle(picture.image)} at step ${picture.step}`;
      mark(input, "aria-label", `${about}: ${is === null ? "" : `label ${is}, `}prediction ${said}`);
      const side = phone ? 92 : INPUT * scale;
      const [, high, wide] = picture.arrays.input.shape;
      const exact = whole(side, Math.max(high, wide));
      paintInput(fit(input, (exact * wide) / Math.max(high, wide), (exact * high) / Math.max(high, wide)), exact);

      const best = phone ? ranked(picture, 3, true) : ranked(picture);
      const pitch = phone ? 30 : ROW * scale;
      const across = phone ? Math.max(120, width - (exact * wide) / Math.max(high, wide) - 16) : PROBABILITY * scale;
      mark(answers, "aria-label", `Probabilities: ${inWords(picture)}`);
      paintProbabilities(fit(answers, across, pitch * best.length), best,
        {theme, scale, width: across, pitch, unit: phone ? "\u202f%" : "", labels: phone ? 20 : 16});

      reveal(scroller, !phone);
      reveal(answerHead, !phone);
      reveal(head, !phone);
      if (phone) rows.draw(now, atlas);
      else {
        rows.hide();
        mark(columns, "aria-label", `${about} through ${many(now.layout.columns.length, "layer")}; arrow keys move over the values`);
        paintColumns(fit(columns, now.layout.width, now.layout.height),
          {layout: now.layout, picture, theme, atlas, chosen: channel.layer, cell: channel.cell});
        offerMore(now.layout);
      }
      refreshValue();
    },
  };
}

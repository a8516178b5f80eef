// The filters of every convolution: large tiles where a filter sees one channel or the three colours, a grid of kernels deeper in.

import {fit, font, frame, Raster, write} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {significant, size} from "./format.js";
import {downloadMenu, savePicture} from "./menu.js";

const TILE = 30;
const TILE_GAP = 6;
const TILES_ACROSS = 8;
const WEIGHT = 4;
const KERNEL_GAP = 2;
const MOST = 16;
const HEAD = 24;
const BETWEEN = 32;
const ROW = 20;

/** One convolution's picture: which kernels, how large, without its place. */
function block(filter, scale, measure) {
  const [outputs, inputs, high, wide] = filter.shape;
  const first = inputs === 1 || inputs === 3;
  const shownOutputs = Math.min(outputs, first ? 32 : MOST);
  const shownInputs = Math.min(inputs, MOST);
  const cut = shownOutputs < outputs || shownInputs < inputs;
  const weight = (first ? TILE / Math.max(high, wide) : WEIGHT) * scale;
  const gap = (first ? TILE_GAP : KERNEL_GAP) * scale;
  const [w, h] = [wide * weight, high * weight];
  // Deep: a row an output channel, a column an input channel. First layer: tiles, the colours side by side.
  const groups = inputs === 1 ? Math.ceil(shownOutputs / Math.ceil(shownOutputs / TILES_ACROSS)) : first ? 2 : 1;
  const across = first ? groups * inputs : shownInputs;
  const down = first ? Math.ceil(shownOutputs / groups) : shownOutputs;
  const text = `${outputs}${inputs === 1 ? "" : ` × ${inputs}`} × ${size([high, wide])}`;
  const counts = [];
  if (shownOutputs < outputs) counts.push(`${shownOutputs} of ${outputs} shown`);
  if (shownInputs < inputs) counts.push(`${shownInputs} of ${inputs} inputs`);
  const note = cut ? counts.join(", ") : "";
  const title = measure(filter.name, 600) + 5 * scale + measure(text, 400);
  const grid = across * (w + gap) - gap;
  return {
    filter, first, inputs, shownOutputs, across, down, w, h, gap, text, note, outputs, high, wide, groups,
    width: Math.max(grid, title, measure(note, 400)), grid,
    height: HEAD * scale + (note ? 18 * scale : 0) + down * (h + gap) - gap,
    top: (HEAD + (note ? 18 : 0)) * scale,
  };
}

/** Which output and input channel is at a place of the grid, or null. */
function kernelAt({first, inputs, shownOutputs, across, groups}, row, column) {
  if (row < 0 || column < 0 || column >= across) return null;
  const output = first ? row * groups + Math.floor(column / inputs) : row;
  return output < shownOutputs ? [output, first ? column % inputs : column] : null;
}

/** Put blocks into rows. */
function flow(blocks, room, scale) {
  let [x, y, tallest] = [0, 0, 0];
  for (const one of blocks) {
    if (x > 0 && x + one.width > room) [x, y, tallest] = [0, y + tallest + ROW * scale, 0];
    Object.assign(one, {x, y});
    x += one.width + BETWEEN * scale;
    tallest = Math.max(tallest, one.height);
  }
  return {blocks, width: Math.max(...blocks.map((one) => one.x + one.width), 1), height: y + tallest};
}

/** The section with all filters of the shown picture. */
export function createFilters(section) {
  const canvas = make("canvas", {role: "img"});
  const words = make("p", {className: "value", "aria-hidden": "true"});
  const none = make("p", {className: "caption", hidden: true}, "This network has no convolution.");
  const title = make("h2", {}, "Filters");
  const menu = downloadMenu("the filters", {png: () => save(), numbers: () => address()});
  const measurer = document.createElement("canvas").getContext("2d");
  const rasters = new Map();
  let now = null;
  section.append(make("header", {}, title, words, menu), make("div", {className: "scroller"}, canvas), none);

  function address() {
    const {channel, picture} = now;
    return channel.route(`numbers/${channel.run}/filters.npz`, {token: channel.token, step: channel.savedStep(picture), image: picture.image});
  }
  function save() {
    savePicture(now.theme, `Filters, step ${now.picture.step}`, now.layout.width, now.layout.height, paint);
  }

  canvas.addEventListener("pointermove", ({offsetX, offsetY}) => say(words, under(offsetX, offsetY)));
  canvas.addEventListener("pointerleave", () => say(words, ""));

  function under(px, py) {
    for (const one of now?.layout.blocks ?? []) {
      const [x, y] = [px - one.x, py - one.y - one.top];
      const [row, column] = [Math.floor(y / (one.h + one.gap)), Math.floor(x / (one.w + one.gap))];
      const kernel = kernelAt(one, row, column);
      if (!kernel) continue;
      const i = Math.floor((y - row * (one.h + one.gap)) / (one.h / one.high));
      const j = Math.floor((x - column * (one.w + one.gap)) / (one.w / one.wide));
      if (i >= one.high || j >= one.wide) continue;
      const {values, shape} = now.picture.arrays[`filter/${one.filter.name}`];
      const at = ((kernel[0] * shape[1] + kernel[1]) * shape[2] + i) * shape[3] + j;
      return `${one.filter.name}[${[...kernel, i, j].join(", ")}] = ${significant((values[at] / 127) * one.filter.scale)}`;
    }
    return "";
  }

  /** All kernels of a block at one pixel a weight, in the order in which they are drawn. */
  function raster(one) {
    const array = now.picture.arrays[`filter/${one.filter.name}`];
    const {name} = one.filter;
    if (!rasters.has(name)) rasters.set(name, new Raster());
    const width = one.across * one.wide;
    return rasters.get(name).update([array, now.theme.name, now.theme.signed], width, one.down * one.high, (words32) => {
      for (let row = 0; row < one.down; row++) {
        for (let column = 0; column < one.across; column++) {
          const kernel = kernelAt(one, row, column);
          if (!kernel) continue;
          const from = (kernel[0] * array.shape[1] + kernel[1]) * one.high * one.wide;
          for (let i = 0; i < one.high; i++) {
            for (let j = 0; j < one.wide; j++) {
              const q = array.values[from + i * one.wide + j];
              words32[(row * one.high + i) * width + column * one.wide + j] = now.theme.signed[q & 255];
            }
          }
        }
      }
    }).canvas;
  }

  function paint(context) {
    const {theme, scale, layout, channel} = now;
    for (const one of layout.blocks) {
      const {filter, x, y, wide, high, w, h, gap} = one;
      font(context, theme, 14 * scale, 600);
      write(context, filter.name, x, y + 8 * scale, filter.name === channel.layer ? theme.accent : theme.text);
      const after = context.measureText(filter.name).width;
      font(context, theme, 14 * scale);
      write(context, one.text, x + after + 5 * scale, y + 8 * scale, theme.second);
      if (one.note) write(context, one.note, x, y + 26 * scale, theme.second);
      const source = raster(one);
      const top = y + one.top;
      for (let row = 0; row < one.down; row++) {
        for (let column = 0; column < one.across; column++) {
          if (!kernelAt(one, row, column)) continue;
          context.drawImage(source, column * wide, row * high, wide, high,
            x + column * (w + gap), top + row * (h + gap), w, h);
        }
      }
      if (filter.name === channel.layer) {
        frame(context, theme, x - 3 + 3, top - 3 + 1, one.grid, one.down * (h + gap) - gap + 4, 2.5, 1);
      }
    }
  }

  return {
    draw(state) {
      const {picture} = state.channel;
      const filters = (picture?.filters ?? []).filter(({name}) => picture.arrays[`filter/${name}`]);
      section.classList.toggle("empty", !picture);
      reveal(none, Boolean(picture) && filters.length === 0);
      reveal(canvas, filters.length > 0);
      if (!filters.length) return;
      const idle = now?.picture === picture && [...state.kinds].every((kind) => ["status", "curves", "connection"].includes(kind));
      if (idle && state.kinds.size) return;
      now = {...state, picture};
      const {theme, scale, width} = state;
      const measure = (text, weight) => {
        font(measurer, theme, 14 * scale, weight);
        return measurer.measureText(text).width;
      };
      now.layout = flow(filters.map((filter) => block(filter, scale, measure)), width, scale);
      mark(canvas, "aria-label", `Filters of ${filters.map(({name, shape}) => `${name}, ${size(shape)}`).join("; ")}`);
      paint(fit(canvas, now.layout.width + 2, now.layout.height + 4));
    },
  };
}

// The weights of the network: the kernels of every convolution, and those of fully connected layers over what they read.

import {fit, frame} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {size, whole} from "./format.js";
import {createStrip} from "./insidestrip.js";
import {fullWeight, KernelPainter, kernelRect, kernelsOf, kernelUnder, layOutKernels, nextWeight, weightAt} from "./kernels.js";
import {savePicture, titleOf} from "./menu.js";
import {channelsRead, feeders, hasMaps, nodesOf, sayNumber} from "./nodes.js";

const SIZES = [[60, 8], [45, 6], [30, 5], [30, 4]].map(([tile, weight]) => ({tile, weight, tiles: 4}));
const EDGE = 5; // room for the frame of what is chosen
const ARROWS = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]};
const HINT = "A row is a unit, a column what it reads. Point at a kernel; a click, or Enter after the arrow keys, opens its unit.";

/**
 * The section; `onOpen` hears [layer, index of a value, source] of the kernel that is to be opened, `onPoint` the legend:
 * {full, tick, layer, unit}.
 */
export function createInsideFilters(section, {onOpen, onPoint}) {
  const painter = new KernelPainter();
  const canvas = make("canvas", {"aria-hidden": "true"});
  const over = make("canvas", {tabIndex: 0, role: "application", className: "over"});
  const chips = make("div", {});
  const none = make("p", {className: "caption"});
  const strip = createStrip(() => open(current()), HINT);
  const opened = new Set(); // layers whose every kernel is shown
  let now = null;
  let hovered = null; // {layer, index: [unit, input, row, column]} under the pointer
  let held = null; // the one that keys have chosen
  section.append(make("div", {className: "scroller"}, make("div", {className: "sheet"}, canvas, over, chips)), none, strip.element);

  /** The weight under the pointer, else the one chosen by keys, where it is on screen: {block, index}. */
  function current() {
    const at = hovered ?? held;
    const block = at && now?.layout.blocks.find(({filter}) => filter.name === at.layer);
    const isThere = block && at.index.every((part, axis) => part < block.filter.shape[axis]) && kernelRect(block, at.index);
    return isThere ? {block, index: at.index} : null;
  }
  const named = (hit) => hit && {layer: hit.block.filter.name, index: hit.index};

  /** A canvas as large as the layout with its edge, ready to be drawn on. */
  function sized(element) {
    const context = fit(element, now.layout.width + 2 * EDGE, now.layout.height + 2 * EDGE);
    context.translate(EDGE, EDGE);
    return context;
  }

  /** Open the unit that a kernel belongs to, with what the kernel reads chosen. */
  function open(at) {
    const node = at && now.nodes.get(at.block.filter.name);
    if (!node) return;
    const [unit, input, row, column] = at.index;
    const {high, wide} = at.block;
    const place = node.shape.slice(1).map((length) => length >> 1);
    onOpen(node.name, [unit, ...place], hasMaps(node) ? input : (input * high + row) * wide + column);
  }

  const under = ({offsetX, offsetY}) => now && kernelUnder(now.layout, offsetX - EDGE, offsetY - EDGE);
  over.addEventListener("pointermove", (event) => {
    hovered = named(under(event));
    over.style.cursor = hovered ? "pointer" : "";
    point();
  });
  over.addEventListener("pointerleave", () => { hovered = null; point(); });
  over.addEventListener("click", (event) => open(under(event)));
  over.addEventListener("keydown", (event) => {
    const by = ARROWS[event.key];
    if (!now || (!by && event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    if (event.key === "Enter") return open(current());
    const at = current();
    const [first] = now.layout.blocks;
    if (!by) held = null;
    else if (first) held = named(at ? nextWeight(now.layout, at, by) : {block: first, index: [0, 0, 0, 0]});
    hovered = null;
    point();
    keepInSight();
  });

  function keepInSight() {
    const at = current();
    if (!at) return;
    const {x, width} = kernelRect(at.block, at.index);
    const box = over.closest(".scroller");
    if (x + width + 8 > box.scrollLeft + box.clientWidth) box.scrollLeft = x + width + 8 - box.clientWidth;
    else if (x - 8 < box.scrollLeft) box.scrollLeft = x - 8;
  }

  /** What a kernel is and what it reads, and the weight that is pointed at. */
  function aboutKernel({block, index}) {
    const {filter, high, wide} = block;
    const [unit, input, row, column] = index;
    const {picture, mode} = now;
    const weights = Float64Array.from({length: high * wide}, (_, n) => weightAt(picture, filter, [unit, input, Math.floor(n / wide), n % wide]));
    const [first] = channelsRead(picture, now.nodes, now.nodes.get(filter.name), unit);
    const in255 = {unit: filter.scale / 127};
    const sum = weights.reduce((all, one) => all + one, 0);
    const read = high * wide > 1 && !hasMaps(now.nodes.get(filter.name)) ? "weights, one a value of the map it reads" : "weights";
    return {
      title: `${filter.name}[${unit}] reads ${filter.reads}[${first + input}]`,
      made: high * wide > 1 ? `${size([high, wide])} ${read}.` : "One weight.",
      facts: high * wide > 1 ? `Largest weight ${sayNumber(in255, Math.max(...weights))}, smallest ${sayNumber(in255, Math.min(...weights))}, sum ${sayNumber(in255, sum)}` : "",
      value: `${filter.name}[${index.join(", ")}] ≈ ${sayNumber(in255, weightAt(picture, filter, index))}`,
      map: {values: weights, rows: high, columns: wide, full: fullWeight(picture, filter, unit, mode)},
    };
  }

  /** What follows the pointer. */
  function point() {
    if (!now) return;
    const {layout, theme, picture, mode} = now;
    const context = sized(over);
    const at = current();
    if (at) {
      const {x, y, width, height} = kernelRect(at.block, at.index);
      frame(context, theme, x - 1, y - 1, width + 2, height + 2, 2.5, 1);
      const [w, h] = [width / at.block.wide, height / at.block.high];
      if (at.block.high * at.block.wide > 1) frame(context, theme, x + at.index[3] * w, y + at.index[2] * h, w, h, 1.5, 0.5);
    }
    strip.draw({...now, about: at && aboutKernel(at), hovering: hovered !== null});
    mark(section, "data-weight", at && `${at.block.filter.name}[${at.index.join(", ")}]`); // for whoever reads the page by program
    mark(section, "data-value", at && weightAt(picture, at.block.filter, at.index));
    mark(section, "data-step", picture.step);
    const {filter} = at?.block ?? layout.blocks[0] ?? {};
    const unit = at?.index[0] ?? 0;
    if (!filter) return;
    const value = at && weightAt(picture, filter, at.index);
    onPoint({
      layer: filter.name, unit, full: fullWeight(picture, filter, unit, mode),
      tick: at && {value, text: sayNumber({unit: filter.scale / 127}, value)},
    });
  }

  /** Layers of which a part is shown have a button for the rest. */
  function placeChips() {
    const {layout, scale} = now;
    chips.replaceChildren(...layout.blocks.filter(({offer}) => offer).map(({filter: {name}, offer, x, y, noted}) => {
      const act = () => {
        if (!opened.delete(name)) opened.add(name);
        draw(now);
        [...chips.children].find((other) => other.dataset.layer === name)?.focus({preventScroll: true});
      };
      const chip = make("button", {type: "button", className: "chip", "data-layer": name, "aria-label": `${offer}, ${name}`, onclick: act}, offer);
      chip.style.transform = `translate(${EDGE + x + noted + 8 * scale}px, ${EDGE + y + 16 * scale}px)`;
      return chip;
    }));
  }

  function draw(state) {
    const {theme, scale, width, phone} = state;
    const {picture} = state.channel;
    const nodes = nodesOf(picture);
    const readBy = ({name}) => feeders(nodes, nodes.get(name)).map((one) => one.name).join(" and ");
    const filters = kernelsOf(picture, true).map((filter) => ({...filter, reads: readBy(filter)}));
    now = {...state, picture, nodes};
    now.layout = layOutKernels(filters, {theme, scale, room: width, sizes: SIZES, stacked: phone, opened});
    mark(over, "aria-label", `Weights of ${filters.map(({name, shape}) => `${name}, ${size(shape)}`).join("; ")}; arrow keys move over the weights, Enter opens a unit`);
    painter.paint(sized(canvas), {...now, chosen: state.channel.layer});
    placeChips();
    const large = (picture.weights ?? []).filter(({name}) => !picture.arrays[`filter/${name}`]);
    const words = large.map(({name, shape}) => `${name} has ${whole(shape.reduce((count, length) => count * length, 1))} weights, too many to draw here; open its units from the maps.`);
    say(none, filters.length || words.length ? words.join(" ") : "This network has no weights.");
    reveal(none, none.textContent !== "");
    point();
  }

  return {
    /** Give the keyboard to the kernels. */
    focus: () => over.focus({preventScroll: true}),
    /** Save the weights as a picture. */
    save() {
      const {layout, picture, theme, channel} = now;
      savePicture(theme, titleOf(channel, {step: picture.step}, "Filters"), layout.width, layout.height, (context) => painter.paint(context, now));
    },
    /** The address of their numbers. */
    numbers: () => now.channel.numbersOf(now.picture, "filters.npz"),
    draw,
  };
}

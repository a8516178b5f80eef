// The map of the network on a phone: one row a layer that scrolls sideways, a touch opens a map.

import {make, say} from "./elements.js";
import {fit, photograph, Raster, whole} from "./draw.js";
import {drawnNodes, fullScale, hasMaps, nodesOf, planeOf, sayIn} from "./nodes.js";
import {paintProbabilities, ranked} from "./probabilities.js";
import {createRows} from "./rows.js";
import {Sheets} from "./shade.js";

const INPUT = 92;
const PITCH = 30;

/** The section; `onOpen` hears [layer, index] of the map that was touched. */
export function createInsideRows(section, {onOpen, onPoint}) {
  const sheets = new Sheets();
  const photo = new Raster();
  const input = make("canvas", {role: "img", "aria-label": "The image"});
  const answers = make("canvas", {role: "img", "aria-label": "Probabilities"});
  const words = make("p", {className: "value", "aria-live": "polite"});
  const passes = make("p", {className: "passes"});
  let now = null;

  const rows = createRows(({hit, click}) => {
    if (!now) return;
    const node = hit && now.nodes.get(hit.layer.name);
    if (click && node) return onOpen(node.name, hit.index ?? (hasMaps(node) ? [0, node.shape[1] >> 1, node.shape[2] >> 1] : [0]));
    say(words, node && hit.index ? sayIn(node, hit.index) : "");
    onPoint(node && hit.index ? {node, index: hit.index} : null);
  });
  section.addEventListener("keydown", (event) => {
    const name = event.target.dataset?.layer;
    const node = name && now?.nodes.get(name);
    if (!node || event.key !== "Enter") return;
    event.preventDefault();
    onOpen(name, hasMaps(node) ? [0, node.shape[1] >> 1, node.shape[2] >> 1] : [0]);
  });
  section.append(make("div", {className: "through"}, input, answers), rows.element, passes, words);

  /** The shown units of a layer as one raster, below each other: what rows draw tiles from. */
  const atlas = {
    of(picture, layer, units, theme) {
      const node = now.nodes.get(layer.name);
      const plane = planeOf(node);
      const [high, wide] = hasMaps(node) ? node.shape.slice(1) : [1, 1];
      const shares = new Float32Array(units.length * plane);
      units.forEach((unit, n) => {
        const full = fullScale(now.nodes, node, unit, now.mode) || 1;
        for (let i = 0; i < plane; i++) shares[n * plane + i] = (node.values[unit * plane + i] * node.unit) / full;
      });
      const canvas = sheets.of(node.name, {values: shares, rows: high * units.length, columns: wide, full: 1}, theme);
      return {canvas, rows: high, columns: wide, theme};
    },
  };

  return {
    focus: () => section.querySelector("canvas[tabindex]")?.focus({preventScroll: true}),
    draw(state) {
      const {picture} = state.channel;
      now = {...state, picture, nodes: nodesOf(picture)};
      const {theme, width, nodes} = now;
      const [, high, wide] = picture.arrays.input.shape;
      const side = whole(INPUT, Math.max(high, wide));
      const [across, tall] = [(side * wide) / Math.max(high, wide), (side * high) / Math.max(high, wide)];
      fit(input, across, tall).drawImage(photograph(photo, picture).canvas, 0, 0, across, tall);
      const best = ranked(picture, 3, true);
      const room = Math.max(120, width - across - 16);
      paintProbabilities(fit(answers, room, PITCH * best.length), best, {theme, scale: 1, width: room, pitch: PITCH, unit: "\u202f%", labels: 20});
      // Rows know layers that have maps: the last one's numbers are given to them as if they were one.
      const layers = drawnNodes(picture).map((node) => ({...node, scale: node.largest}));
      const arrays = Object.fromEntries(layers.map(({name, values, shape}) => [`map/${name}`, {values, shape}]));
      rows.draw({...now, picture: {...picture, layers, arrays: {...picture.arrays, ...arrays}}}, atlas);
      onPoint(null);
      const silent = [...nodes.values()].filter((node) => !node.drawn && !node.isImage);
      const key = silent.map(({name}) => name).join();
      if (passes.dataset.key === key) return;
      passes.dataset.key = key;
      passes.replaceChildren(...silent.map(({name, shape}) => make("button", {type: "button", className: "small", onclick: () => onOpen(name, shape.map(() => 0))}, name)));
    },
  };
}

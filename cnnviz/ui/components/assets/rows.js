// The maps on a phone: one row a layer that scrolls sideways.

import {fit, frame} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {size} from "./format.js";
import {drawnLayers, isMaps, shownChannels, unfold} from "./layers.js";
import {inTile, paintCell, paintTile} from "./tiles.js";

const TILE = 52;
const GAP = 5;
const CELL = 24;
const EDGE = 5; // room for the frame of what is chosen

/** Rows of tiles; `onPoint` hears `{hit: {layer, index} | null, click}`. */
export function createRows(onPoint) {
  const element = make("div", {className: "rows", hidden: true});
  const rows = new Map();
  let now = null;

  function rowOf(name) {
    if (rows.has(name)) return rows.get(name);
    const head = make("button", {type: "button", className: "rowhead"}, make("b", {}, name), make("span", {}));
    const canvas = make("canvas", {tabIndex: 0, role: "application", "data-layer": name});
    const more = make("button", {type: "button", className: "more"});
    const box = make("div", {className: "scroller"}, canvas);
    const row = {name, head, canvas, more, element: make("div", {className: "row"}, make("div", {className: "rowtop"}, head, more), box)};
    rows.set(name, row);
    const layer = () => drawnLayers(now.picture).find((one) => one.name === name);
    const hit = (event) => under(layer(), event.offsetX - EDGE, event.offsetY - EDGE);
    canvas.addEventListener("pointermove", (event) => onPoint({hit: hit(event)}));
    canvas.addEventListener("pointerleave", () => onPoint({hit: null}));
    canvas.addEventListener("click", (event) => onPoint({hit: hit(event), click: true}));
    head.addEventListener("click", () => onPoint({hit: {layer: layer(), index: null}, click: true}));
    more.addEventListener("click", () => unfold(now.channel, now.picture, name));
    return row;
  }

  function under(layer, px, py) {
    const side = isMaps(layer) ? TILE : CELL;
    const units = shownChannels(now.channel, now.picture, layer);
    const n = Math.floor(px / (side + GAP));
    if (n < 0 || n >= units.length) return {layer, index: null};
    if (!isMaps(layer)) return {layer, index: [units[n]]};
    const [, high, wide] = layer.shape;
    const {width, height} = inTile(TILE, high, wide);
    const x = Math.floor(((px - n * (side + GAP)) / width) * wide);
    const y = Math.floor((py / height) * high);
    return {layer, index: x >= 0 && y >= 0 && x < wide && y < high ? [units[n], y, x] : null};
  }

  function drawRow(row, layer, atlas) {
    const {channel, picture, theme} = now;
    const units = shownChannels(channel, picture, layer);
    const side = isMaps(layer) ? TILE : CELL;
    const open = channel.opened.has(layer.name);
    say(row.head.lastChild, size(layer.shape));
    mark(row.head, "aria-pressed", channel.layer === layer.name);
    reveal(row.more, isMaps(layer) && layer.shape[0] > 16);
    say(row.more, open ? "Show 16" : `+ ${layer.shape[0] - 16}`);
    mark(row.more, "aria-label", open ? `Show 16 channels of ${layer.name}` : `Show ${layer.shape[0] - 16} more channels of ${layer.name}`);
    mark(row.canvas, "aria-label", `${layer.name}, ${size(layer.shape)}; arrow keys move over the values`);
    const context = fit(row.canvas, units.length * (side + GAP) - GAP + 2 * EDGE, side + 2 * EDGE);
    const tiles = atlas.of(picture, layer, units, theme);
    units.forEach((unit, n) => {
      const x = EDGE + n * (side + GAP);
      paintTile(context, tiles, n, x, EDGE, side);
      if (channel.cell?.layer !== layer.name || channel.cell.index[0] !== unit) return;
      if (isMaps(layer)) paintCell(context, theme, layer, channel.cell.index, x, EDGE, side);
      else frame(context, theme, x, EDGE, side, side, 2.5, 1);
    });
    if (channel.layer === layer.name) {
      frame(context, theme, EDGE - 3, EDGE - 3, units.length * (side + GAP) - GAP + 6, side + 6, 2.5, 1);
    }
  }

  return {
    element,
    hide: () => reveal(element, false),
    draw(frameNow, atlas) {
      now = frameNow;
      reveal(element, true);
      const layers = drawnLayers(now.picture);
      const wanted = layers.map((layer) => rowOf(layer.name));
      if (wanted.length !== element.children.length || wanted.some((row, i) => element.children[i] !== row.element)) {
        element.replaceChildren(...wanted.map((row) => row.element));
      }
      layers.forEach((layer, i) => drawRow(wanted[i], layer, atlas));
    },
  };
}

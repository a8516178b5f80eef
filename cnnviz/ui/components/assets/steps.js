// Where an arrow key leads over the maps of a network: within a map, over its edge to the next unit or layer.

import {shownChannels} from "./layers.js";
import {drawnNodes, hasMaps} from "./nodes.js";

const STEPS = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]};
const within = (at, count) => Math.max(0, Math.min(count - 1, at));

/** The cell {layer, index} that a key leads to, or null where the key leads nowhere. */
export function moved(channel, picture, cell, key) {
  const step = STEPS[key];
  if (!step) return null;
  const nodes = drawnNodes(picture);
  const unitsOf = (node) => shownChannels(channel, picture, node);
  const at = nodes.findIndex(({name}) => name === cell?.layer);
  if (at < 0) {
    const [first] = nodes;
    const [unit] = unitsOf(first);
    return {layer: first.name, index: hasMaps(first) ? [unit, first.shape[1] >> 1, first.shape[2] >> 1] : [unit]};
  }
  const node = nodes[at];
  const units = unitsOf(node);
  const place = units.indexOf(cell.index[0]);
  const [unit, y, x] = cell.index;
  const [, high, wide] = node.shape;
  if (hasMaps(node) && y + step[0] >= 0 && y + step[0] < high && x + step[1] >= 0 && x + step[1] < wide) {
    return {layer: node.name, index: [unit, y + step[0], x + step[1]]};
  }
  if (step[0]) { // to the unit above or below
    const next = units[within(place + step[0], units.length)];
    const row = next === unit ? y : step[0] < 0 ? high - 1 : 0;
    return {layer: node.name, index: hasMaps(node) ? [next, row, x] : [next]};
  }
  const beside = nodes[within(at + step[1], nodes.length)];
  if (beside === node) return {layer: node.name, index: cell.index};
  const others = unitsOf(beside);
  const other = others[within(place, others.length)];
  const column = step[1] > 0 ? 0 : beside.shape[2] - 1;
  return {layer: beside.name, index: hasMaps(beside) ? [other, within(y ?? 0, beside.shape[1]), column] : [other]};
}

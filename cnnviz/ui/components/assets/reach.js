// What a value looks at: the region of every earlier layer, back to the image, by where the windows stand.

import {extentOf, seenPlaces} from "./cells.js";
import {hasMaps} from "./nodes.js";

const WHOLE = "whole";

/** The region that windows which start there cover: [first, beyond] of rows or columns, within the input's length. */
function covered(starts, window, length, node) {
  const [from, to] = [starts[0], starts.at(-1) + extentOf(window, node)];
  const inside = [Math.max(0, Math.min(length, from)), Math.max(0, Math.min(length, to))];
  if (!["reflect", "replicate", "circular"].includes(node.beyond) || (from >= 0 && to <= length)) return inside;
  const seen = Array.from(starts).flatMap((start) => [...seenPlaces(start, window, length, node)]); // the map goes on there
  return [Math.min(...seen), Math.max(...seen) + 1];
}

/** The region of an input's (H, W) that a region of a node's output is made from. */
function before(node, region, shape) {
  if (shape.length < 3 || region === WHOLE || !hasMaps(node)) return WHOLE;
  if (!node.window) return null; // nobody said where the windows stand
  const [top, bottom] = covered(node.rows.slice(region.top, region.bottom), node.window[0], shape[1], node);
  const [left, right] = covered(node.columns.slice(region.left, region.right), node.window[1], shape[2], node);
  return {top, bottom, left, right};
}

function joined(one, other) {
  if (one === undefined) return other;
  if (one === null || other === null) return null;
  if (one === WHOLE || other === WHOLE) return WHOLE;
  return {
    top: Math.min(one.top, other.top), bottom: Math.max(one.bottom, other.bottom),
    left: Math.min(one.left, other.left), right: Math.max(one.right, other.right),
  };
}

/** From a region of each of some nodes back to the image's, or null where it is not known. */
function backToImage(nodes, regions) {
  for (const node of [...nodes.values()].reverse()) {
    const region = regions.get(node.name);
    if (region === undefined || node.isImage) continue;
    for (const name of node.inputs) {
      const input = nodes.get(name);
      if (!input) return null;
      const reached = region === null ? null : before(node, region, input.shape);
      regions.set(name, joined(regions.get(name), reached));
    }
  }
  const found = regions.get("input");
  if (!found) return null;
  const [, high, wide] = nodes.get("input").shape;
  return found === WHOLE ? {top: 0, bottom: high, left: 0, right: wide} : found;
}

/** The receptive field of a value, at [unit, row, column] or [unit] of a node: a region of the image, or null. */
export function fieldOf(nodes, node, index) {
  const [, row, column] = index;
  const region = index.length < 3 ? WHOLE : {top: row, bottom: row + 1, left: column, right: column + 1};
  return backToImage(nodes, new Map([[node.name, region]]));
}

/** The same for a cell of an opened unit, whose own windows are known from its message. */
export function fieldOfCell(nodes, opened, cell) {
  const regions = new Map();
  for (const name of opened.inputs) {
    const input = nodes.get(name);
    if (!input) return null;
    const [, high, wide] = input.shape;
    const [top, bottom] = covered([cell.top], cell.high, high, opened);
    const [left, right] = covered([cell.left], cell.wide, wide, opened);
    regions.set(name, joined(regions.get(name), hasMaps(input) ? {top, bottom, left, right} : WHOLE));
  }
  return backToImage(nodes, regions);
}

/** A region in words: "10×10 pixels". */
export function sayField(nodes, field) {
  const [, high, wide] = nodes.get("input").shape;
  const [rows, columns] = [field.bottom - field.top, field.right - field.left];
  if (rows <= 0 || columns <= 0) return "only padding";
  return rows === high && columns === wide ? "whole image" : `${rows}×${columns} pixels`;
}

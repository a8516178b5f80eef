// What a value looks at: the region of every earlier layer, back to the image, by where the windows stand.

import {hasMaps} from "./nodes.js";

const WHOLE = "whole";

/** The region that a range of windows covers: [first, beyond] of rows or columns, within the input's length. */
function covered(starts, window, first, beyond, length) {
  const from = starts[first];
  const to = starts[beyond - 1] + window;
  return [Math.max(0, Math.min(length, from)), Math.max(0, Math.min(length, to))];
}

/** The region of an input's (H, W) that a region of a node's output is made from. */
function before(node, region, shape) {
  if (shape.length < 3 || region === WHOLE || !hasMaps(node)) return WHOLE;
  if (!node.window) return null; // nobody said where the windows stand
  const [top, bottom] = covered(node.rows, node.window[0], region.top, region.bottom, shape[1]);
  const [left, right] = covered(node.columns, node.window[1], region.left, region.right, shape[2]);
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
    const region = hasMaps(input) ? {
      top: Math.max(0, cell.top), bottom: Math.min(high, cell.top + cell.high),
      left: Math.max(0, cell.left), right: Math.min(wide, cell.left + cell.wide),
    } : WHOLE;
    regions.set(name, joined(regions.get(name), region));
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

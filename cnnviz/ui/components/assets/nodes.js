// A picture as the page "Look inside" shows it: every operation of the network with its numbers, also those that only
// pass their numbers on, and the last one, whose numbers are the logits.

import {significant} from "./format.js";
import {numberOf} from "./layers.js";

const known = new WeakMap();
const IMAGE = "input"; // what the image is called among a network's operations

/** The parts of a name: `block1.conv2` is conv2 of block1. */
function named(name) {
  const at = name.lastIndexOf(".");
  return {group: at < 0 ? "" : name.slice(0, at), short: name.slice(at + 1)};
}

/** The image as the first of the nodes. */
function imageNode({arrays: {input}}) {
  const [, high, wide] = input.shape;
  return {
    ...named(IMAGE), name: IMAGE, inputs: [], shape: input.shape, values: input.values, unit: 1 / 255, largest: 1,
    isImage: true, drawn: false, window: null, size: [high, wide],
  };
}

/** The bytes of a map; where some are not numbers, all of them as what they stand for. */
function numbersOf({values}) {
  return values.includes(-128) ? Float32Array.from(values, (byte) => numberOf(byte, 127)) : values;
}

/**
 * All nodes by name, in order of execution, the image first. `values` times `unit` are a node's numbers and `largest`
 * the largest of them; `drawn` says whether it has a column of its own.
 */
export function nodesOf(picture) {
  if (known.has(picture)) return known.get(picture);
  const nodes = new Map([[IMAGE, imageNode(picture)]]);
  for (const layer of picture.layers) {
    const array = picture.arrays[`map/${layer.name}`];
    const isLast = layer === picture.layers.at(-1) && !array && Boolean(picture.arrays.logits);
    const before = nodes.get(layer.inputs?.[0]);
    const node = {...named(layer.name), isLast, isImage: false, drawn: true, ...layer, inputs: layer.inputs ?? []};
    const extremes = picture.arrays[`extremes/${layer.name}`]?.values ?? null;
    if (array) Object.assign(node, {values: numbersOf(array), unit: layer.scale / 127, largest: layer.scale, extremes});
    else if (isLast) {
      const {values} = picture.arrays.logits;
      Object.assign(node, {values, unit: 1, largest: values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)});
    } else if (before) { // the same numbers as before it, perhaps in another shape
      Object.assign(node, {values: before.values, unit: before.unit, largest: before.largest, drawn: false});
    } else continue;
    nodes.set(layer.name, node);
  }
  known.set(picture, nodes);
  return nodes;
}

/** Whether a node gives maps (C, H, W), not a row of numbers. */
export const hasMaps = ({shape}) => shape.length === 3;

/** The nodes with a column, in order. */
export function drawnNodes(picture) {
  return [...nodesOf(picture).values()].filter(({drawn}) => drawn);
}

/** The nodes that only pass on what this one gives. */
export function passedOn(nodes, name) {
  const found = [];
  for (const node of nodes.values()) {
    if (!node.drawn && !node.isImage && (node.inputs[0] === name || found.some((one) => one.name === node.inputs[0]))) found.push(node);
  }
  return found;
}

/** The nodes with a column, or the image, that feed a node, through those that only pass on. */
export function feeders(nodes, node) {
  return node.inputs.map((name) => {
    let one = nodes.get(name);
    while (one && !one.drawn && !one.isImage) one = nodes.get(one.inputs[0]);
    return one;
  }).filter(Boolean);
}

/** The channels of its input that a unit of a node reads, [first, beyond]: all, or where its filters are in groups its own. */
export function channelsRead(picture, nodes, node, unit) {
  const channels = nodes.get(node.inputs[0])?.shape[0] ?? 0;
  const [filters, each] = picture.filters.find(({name}) => name === node.name)?.shape ?? [1, channels];
  const first = Math.floor(unit / (filters / (channels / each))) * each;
  return hasMaps(node) && each < channels ? [first, first + each] : [0, channels];
}

/** How many numbers one unit of a node has. */
export function planeOf({shape}) {
  return shape.length === 3 ? shape[1] * shape[2] : 1;
}

/** The value of a node at [unit, row, column] or [unit]. */
export function valueIn(node, index) {
  const at = index.reduce((sum, part, axis) => sum * node.shape[axis] + part, 0);
  return node.values[at] * node.unit;
}

/** A number of a node in words: where a picture has it in 255 levels only, as many decimals as tell those apart. */
export function sayNumber({unit, isLast}, value) {
  if (isLast) return significant(value, 4);
  const places = Math.max(0, Math.min(8, Math.ceil(-Math.log10(unit || 1))));
  const text = Math.abs(value).toFixed(places);
  return Number(text) === 0 ? "0" : value < 0 ? `\u2212${text}` : text;
}

/** A value as it is said: `conv1[3, 4, 5] ≈ −0.12`; its exact number is in the opened unit. */
export function sayIn(node, index) {
  return `${node.name}[${index.join(", ")}] ${node.isLast ? "=" : "≈"} ${sayNumber(node, valueIn(node, index))}`;
}

/** What is to be told of a unit: its largest and smallest value, how many are above zero or not numbers, of how many. */
export function factsOf(node, unit) {
  const plane = planeOf(node);
  let [most, least, above, unknown] = [-Infinity, Infinity, 0, 0];
  for (let i = unit * plane; i < (unit + 1) * plane; i++) {
    const value = node.values[i] * node.unit;
    if (Number.isNaN(value)) unknown++;
    if (value > most) most = value;
    if (value < least) least = value;
    if (value > 0) above++;
  }
  if (node.extremes) [least, most] = node.extremes.subarray(2 * unit, 2 * unit + 2); // exact, where bytes are rounded
  return unknown === plane ? {most: 0, least: 0, above, plane, unknown} : {most, least, above, plane, unknown};
}

const mostOf = (nodes) => Math.max(0, ...nodes.map(({largest}) => largest));

/** What a scale is of, in words: of a unit, of its layer, or of `all`. */
export function sayScale(mode, layer, unit, all = "all maps") {
  return {network: all, layer, unit: `${layer}, unit ${unit}`}[mode];
}

/** The largest magnitude that full colour stands for: of the unit, of its layer, or of all maps; logits may be far larger. */
export function fullScale(nodes, node, unit, mode) {
  if (mode === "network") return mostOf([...nodes.values()].filter((one) => !one.isImage && hasMaps(one)));
  if (mode === "layer") return node.largest;
  const {most, least} = factsOf(node, unit);
  return Math.max(Math.abs(most), Math.abs(least));
}

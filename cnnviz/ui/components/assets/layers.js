// What of a picture's layers is shown: which layers, which channels, and their values.

import {significant} from "./format.js";

const NOT_DRAWN = new Set(["flatten", "dropout"]);
export const MOST_CHANNELS = 16;
const NOT_A_NUMBER = -128; // the byte that stands for it
const LOYALTY = 1.5; // a channel on show stays unless another is clearly stronger, so that live tiles keep their places

/** The layers that get a column, in order. */
export function drawnLayers(picture) {
  return picture.layers.filter(({kind, name}) => !NOT_DRAWN.has(kind) && picture.arrays[`map/${name}`]);
}

/** Whether a layer gives maps (C, H, W), not a row of numbers. */
export function isMaps(layer) {
  return layer.shape.length === 3;
}

/** The number that a byte of a picture stands for. */
export function numberOf(byte, scale) {
  return byte === NOT_A_NUMBER ? NaN : (byte / 127) * scale;
}

/** The mean |q| of every channel. */
function strengths(values, channels) {
  const plane = values.length / channels;
  const result = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let i = c * plane; i < (c + 1) * plane; i++) sum += Math.abs(values[i]);
    result[c] = sum / plane;
  }
  return result;
}

const told = new WeakMap();

/**
 * By layer, the one that chooses its channels: the last of those that hand their channels on one by one (a convolution, its
 * norm, its ReLU, its pooling), so that a row is one unit in all of them.
 */
function choosersOf(picture) {
  if (told.has(picture)) return told.get(picture);
  const first = new Map(); // by layer, the layer that its run of layers began with
  const choosers = new Map();
  const mixing = new Set(picture.filters.map(({name}) => name));
  for (const layer of picture.layers) {
    const {name, inputs = []} = layer;
    const begins = mixing.has(name) ? [] : inputs.filter((one) => first.get(one)?.shape[0] === layer.shape[0]).map((one) => first.get(one));
    const [own = layer, ...others] = isMaps(layer) ? begins : [];
    for (const [one, start] of first) if (others.includes(start)) first.set(one, own); // what is added up has been apart before
    first.set(name, own);
  }
  for (const layer of picture.layers) if (picture.arrays[`map/${layer.name}`]) choosers.set(first.get(layer.name), layer);
  const found = new Map([...first].map(([name, start]) => [name, choosers.get(start)]));
  told.set(picture, found);
  return found;
}

/** Show all channels of a layer, or the strongest again, and of the layers whose rows are the same units. */
export function unfold(channel, picture, name) {
  const choosers = choosersOf(picture);
  const isOpen = channel.opened.has(name);
  for (const [one, chooser] of choosers) {
    if (chooser !== choosers.get(name)) continue;
    if (isOpen) channel.opened.delete(one);
    else channel.opened.add(one);
  }
  channel.set({});
}

/** The channels of a layer that are shown: all of a dense layer and where they are few or opened, else the strongest, in their order. */
export function shownChannels(channel, picture, layer, most = MOST_CHANNELS) {
  const [count] = layer.shape;
  if (!isMaps(layer) || count <= most || (most === MOST_CHANNELS && channel.opened.has(layer.name))) {
    return Array.from({length: count}, (_, i) => i);
  }
  const {name} = choosersOf(picture).get(layer.name) ?? layer;
  const key = most === MOST_CHANNELS ? name : `${name} ${most}`;
  const before = channel.choices.get(key);
  if (before?.picture === picture) return before.units;
  const score = strengths(picture.arrays[`map/${name}`].values, count);
  const moves = channel.live && !channel.over; // a saved step looks the same however one came to it
  for (const unit of (moves && before?.units) || []) score[unit] *= LOYALTY;
  const order = Array.from(score.keys()).sort((a, b) => score[b] - score[a]);
  const units = order.slice(0, most).sort((a, b) => a - b);
  channel.choices.set(key, {picture, units});
  return units;
}

/** The value at an index of a layer. */
export function valueAt(picture, layer, index) {
  const at = index.reduce((sum, part, axis) => sum * layer.shape[axis] + part, 0);
  return numberOf(picture.arrays[`map/${layer.name}`].values[at], layer.scale);
}

/** A value as it is said: `conv1[3, 4, 5] = −0.123`. */
export function sayValue(picture, layer, index) {
  const all = picture.arrays[`map/${layer.name}`].values;
  const plane = isMaps(layer) ? layer.shape[1] * layer.shape[2] : 1;
  const start = index[0] * plane;
  if (plane > 1 && all.subarray(start, start + plane).every((q) => q === 0)) {
    return `${layer.name}[${index[0]}]: 0 everywhere on this image`;
  }
  return `${layer.name}[${index.join(", ")}] = ${significant(valueAt(picture, layer, index))}`;
}

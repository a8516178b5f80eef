// An explanation as a picture: from signed values to pixels over the pale image, and how alike two explanations rank.

import {Raster} from "./draw.js";

const PALE = 0.35; // of the image where a map is not worked out yet
const PLAIN = 12; // of 255: so near to black or white is a ground, not a scene

const planes = new WeakMap();
const strengths = new WeakMap();

/** The numbers of an explanation, one a pixel: the sum over its channels, or one channel. */
export function planeOf(array, which = null) {
  const {values, shape: [channels, high, wide]} = array;
  const size = high * wide;
  if (channels === 1) return values;
  if (which !== null) return values.subarray(which * size, (which + 1) * size);
  if (!planes.has(array)) planes.set(array, overChannels(array, (value) => value));
  return planes.get(array);
}

/** How much each pixel matters, for or against: |values| summed over the channels. */
function strengthOf(array) {
  if (!strengths.has(array)) strengths.set(array, overChannels(array, Math.abs));
  return strengths.get(array);
}

function overChannels({values, shape: [channels, high, wide]}, of) {
  const size = high * wide;
  const sums = new Float32Array(size);
  for (let c = 0; c < channels; c++) for (let i = 0; i < size; i++) sums[i] += of(values[c * size + i]);
  return sums;
}

/** The magnitude that this share (in percent) of the values does not pass; the largest where that would be 0. */
export function limitOf(plane, percentile) {
  const sizes = plane.map(Math.abs).filter(Number.isFinite);
  if (!sizes.length) return 0;
  if (percentile < 100) {
    sizes.sort();
    const limit = sizes[Math.max(0, Math.ceil((percentile / 100) * sizes.length) - 1)];
    if (limit > 0) return limit;
  }
  return sizes.reduce((most, size) => Math.max(most, size), 0);
}

/** Ranks from 1, equal values sharing the mean of theirs. */
function ranks(values) {
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  const result = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let i = from; i < to; i++) result[order[i]] = (from + to + 1) / 2;
    from = to;
  }
  return result;
}

/**
 * Spearman's rank correlation of how much pixels matter in two explanations (C. Spearman, 1904); null where one of them
 * is the same everywhere. Pixels that are 0 in both are left out: an empty border would pass for agreement.
 */
export function agreement(one, other) {
  const [a, b] = [strengthOf(one), strengthOf(other)];
  if (a.length !== b.length) return null;
  const counted = Uint32Array.from(a.keys()).filter((i) => a[i] !== 0 || b[i] !== 0);
  const [x, y] = [a, b].map((values) => ranks(Float32Array.from(counted, (i) => values[i])));
  const middle = (counted.length + 1) / 2;
  let [both, first, second] = [0, 0, 0];
  for (let i = 0; i < counted.length; i++) {
    both += (x[i] - middle) * (y[i] - middle);
    first += (x[i] - middle) ** 2;
    second += (y[i] - middle) ** 2;
  }
  return first && second ? both / Math.sqrt(first * second) : null;
}

const part = (word, at) => (word >> (8 * at)) & 255;

/** A pixel between two others. */
function mixed(from, to, share) {
  let word = 255 << 24;
  for (let at = 0; at < 3; at++) word |= Math.round(part(from, at) + (part(to, at) - part(from, at)) * share) << (8 * at);
  return word;
}

const grey = (level) => (255 << 24) | (level << 16) | (level << 8) | level;

/**
 * Whether a picture is drawn with black and white exchanged: its ground, where half of its border is plain black or
 * white, becomes the paper of the theme, so that a map on it can be read. Scenes stay as they are.
 */
function isTurned({values, shape: [channels, high, wide]}, theme) {
  if (channels !== 1) return false;
  const ground = theme.name === "light" ? 0 : 255;
  let [plain, count] = [0, 0];
  for (let y = 0; y < high; y++) {
    const isEdge = y === 0 || y === high - 1;
    for (let x = 0; x < wide; x += isEdge || wide < 3 ? 1 : wide - 1, count++) {
      if (Math.abs(values[y * wide + x] - ground) <= PLAIN) plain++;
    }
  }
  return plain >= count / 2;
}

/** A byte image (C, H, W) as pixels to lie under a map. */
function under(input, theme) {
  const {values, shape: [channels, high, wide]} = input;
  const size = high * wide;
  const turned = isTurned(input, theme);
  return Int32Array.from({length: size}, (_, i) => {
    if (channels < 3) return grey(turned ? 255 - values[i] : values[i]);
    return (255 << 24) | (values[2 * size + i] << 16) | (values[size + i] << 8) | values[i];
  });
}

/** One map over its image, one pixel each; made again only when something in it has changed. */
export class Heat {
  #raster = new Raster();
  #input = null;
  #theme = null;

  /**
   * `look` says how: {which, absolute, limit, blend}; the first `done` rows of `array` are worked out. Without an array
   * all is pale image.
   */
  update(array, input, theme, {which, absolute, limit, blend}, done = Infinity) {
    const [, high, wide] = (array ?? input).shape;
    if (input !== this.#input || theme !== this.#theme) {
      [this.#input, this.#theme] = [input, theme];
      this.image = input && input.shape[1] === high && input.shape[2] === wide ? under(input, theme) : null;
    }
    const {image} = this;
    const plane = array && planeOf(array, which);
    const key = [array, input, theme, which, absolute, limit, blend, done];
    return this.#raster.update(key, wide, high, (words) => {
      const paper = theme.signed[0];
      const finished = plane ? Math.min(done * wide, words.length) : 0;
      for (let i = 0; i < finished; i++) {
        const value = absolute ? Math.abs(plane[i]) : plane[i];
        if (Number.isNaN(value)) continue; // left empty, for the hatch
        const share = limit > 0 ? Math.max(-1, Math.min(1, value / limit)) : 0;
        const word = theme.signed[Math.round(share * 127) & 255];
        words[i] = image ? mixed(image[i], word, blend) : word;
      }
      for (let i = finished; i < words.length; i++) words[i] = image ? mixed(paper, image[i], PALE) : paper;
    }).canvas;
  }
}

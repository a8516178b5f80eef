// What speaks for the answer: the share of every place of the last maps in the winning class's score.

import {numberOf} from "./layers.js";

/** The unit to ask the server about: the score of the predicted class, of one output where there is but one. */
export function answerUnit(picture) {
  const logits = picture.arrays.logits;
  const last = picture.layers.at(-1);
  if (!logits || !last || last.shape[0] !== logits.values.length) return null;
  return {node: last.name, unit: logits.values.length === 1 ? 0 : picture.prediction};
}

/** Whether the score is made of the means of this layer's maps: the network ends with both. */
function isAveraged({layers}, {name}) {
  const [maps, means] = layers.slice(-3);
  return maps.name === name && means.kind === "global_average_pooling";
}

/**
 * The products of weight and value by channel of a layer (C, H, W), and by place (H, W); null where that layer is not
 * what the score is made of, undefined until the server has told. Of a map whose mean counts, every place adds its
 * share. A single output speaks for the second class: for the first, its signs turn.
 */
export function contributionsOf(told, picture, layer) {
  const wish = answerUnit(picture);
  if (!wish) return null;
  if (told?.run !== picture.run || told.node !== wish.node || told.unit !== wish.unit) return undefined;
  const {weight, values, sources} = told.arrays; // a source: which input, and which number of it
  const [channels, high, wide] = layer.shape;
  const plane = high * wide;
  const averaged = isAveraged(picture, layer);
  const count = averaged ? channels : channels * plane;
  if (!weight || values.values.length !== count || weight.values.length !== count) return null;
  const sign = picture.arrays.logits.values.length === 1 && picture.prediction === 0 ? -1 : 1;
  const maps = picture.arrays[`map/${layer.name}`].values;
  const byChannel = Array(channels).fill(0);
  const byPlace = Array(plane).fill(0);
  values.values.forEach((value, i) => {
    const at = sources.values[2 * i + 1];
    const weighed = sign * weight.values[i];
    byChannel[averaged ? at : Math.floor(at / plane)] += weighed * value;
    if (!averaged) byPlace[at % plane] += weighed * value;
    else for (let p = 0; p < plane; p++) byPlace[p] += (weighed * numberOf(maps[at * plane + p], layer.scale)) / plane;
  });
  return {byChannel, byPlace, high, wide};
}

// What speaks for the answer: the share of every place of the last maps in the winning class's score.

/** The unit to ask the server about: the score of the predicted class, of one output where there is but one. */
export function answerUnit(picture) {
  const logits = picture.arrays.logits;
  const last = picture.layers.at(-1);
  if (!logits || !last || last.shape[0] !== logits.values.length) return null;
  return {node: last.name, unit: logits.values.length === 1 ? 0 : picture.prediction};
}

/**
 * The products of weight and value by channel of a layer (C, H, W), and by place (H, W); null where that layer is not
 * what the score is made of, undefined until the server has told. A single output speaks for the second class: for the
 * first, its signs turn.
 */
export function contributionsOf(told, picture, layer) {
  const wish = answerUnit(picture);
  if (!wish) return null;
  if (told?.run !== picture.run || told.node !== wish.node || told.unit !== wish.unit) return undefined;
  const {weight, values, sources} = told.arrays; // a source: which input, and which number of it
  const [channels, high, wide] = layer.shape;
  const plane = high * wide;
  if (!weight || values.values.length !== channels * plane || weight.values.length !== values.values.length) return null;
  const sign = picture.arrays.logits.values.length === 1 && picture.prediction === 0 ? -1 : 1;
  const byChannel = Array(channels).fill(0);
  const byPlace = Array(plane).fill(0);
  values.values.forEach((value, i) => {
    const product = sign * value * weight.values[i];
    const at = sources.values[2 * i + 1];
    byChannel[Math.floor(at / plane)] += product;
    byPlace[at % plane] += product;
  });
  return {byChannel, byPlace, high, wide};
}

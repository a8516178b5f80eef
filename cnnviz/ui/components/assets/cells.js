// One value of an opened unit, worked out here from the numbers that the server sent once: the twin of cnnviz/layers/cell.py.

const APPLIED = {
  identity: (value) => value,
  sigmoid: (value) => {
    const power = Math.exp(-Math.abs(value)); // never overflows
    return (value >= 0 ? 1 : power) / (1 + power);
  },
  tanh: Math.tanh,
  elu: (value, alpha) => (value > 0 ? value : alpha * Math.expm1(value)),
  gelu: (value) => value * belowOnBell(value),
};
const GATES = new Set(["relu", "leaky_relu"]); // their choice is told by the weight: what passes times 1, the rest times the slope
const NEAR = 1e-5;
const ENOUGH = 8; // standard deviations, beyond which all of a bell curve lies

/** The share of a bell curve (mean 0, variance 1) that lies below a value: half, and its series, whose terms are all above 0. */
function belowOnBell(value) {
  if (!(Math.abs(value) < ENOUGH)) return Number.isNaN(value) ? NaN : value > 0 ? 1 : 0;
  let [term, sum] = [value, value];
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum); n += 2) sum += (term *= value * value / n);
  return 0.5 + sum * Math.exp(-value * value / 2) / Math.sqrt(2 * Math.PI);
}

/** Which of `length` rows is at every place of a window that starts at one; -1 for none. The twin of cnnviz/layers/sliding.py. */
export function seenPlaces(start, window, length, {dilation = 1, beyond = "zeros"} = {}) {
  return Int32Array.from({length: window}, (_, i) => {
    let at = start + dilation * i;
    if (beyond === "reflect") at = Math.abs(at) < length ? Math.abs(at) : 2 * (length - 1) - Math.abs(at);
    else if (beyond === "replicate") at = Math.max(0, Math.min(length - 1, at));
    else if (beyond === "circular") at = ((at % length) + length) % length;
    return at >= 0 && at < length ? at : -1;
  });
}

/** How many rows a window reaches over, from its first to its last. */
export const extentOf = (window, {dilation = 1}) => dilation * (window - 1) + 1;

/** Where the first largest of these values lies; what is not a number wins, as in torch. */
function winner(patch) {
  let best = 0;
  for (let i = 0; i < patch.length; i++) {
    if (Number.isNaN(patch[i])) return i;
    if (patch[i] > patch[best]) best = i;
  }
  return best;
}

/** What every number in the window is multiplied by. */
function weightsFor({arrays: {weight}, function: name, slope}, patch) {
  if (!weight) {
    const chosen = new Float64Array(patch.length);
    chosen[winner(patch)] = 1;
    return chosen;
  }
  if (GATES.has(name)) return Float64Array.from(patch, (value) => (value <= 0 ? slope : 1));
  return weight.values;
}

/** The numbers in the window of every source; beyond the edge what is there, or what is nothing, which never wins. */
function patchAt({arrays: {values}, beyond}, down, across) {
  const [count, rows, columns] = values.shape;
  const patch = new Float64Array(count * down.length * across.length).fill(beyond === "nothing" ? -Infinity : 0);
  let place = 0;
  for (let i = 0; i < count; i++) {
    for (const y of down) {
      for (const x of across) {
        if (y >= 0 && x >= 0) patch[place] = values.values[(i * rows + y) * columns + x];
        place++;
      }
    }
  }
  return patch;
}

/** A value beside the one that PyTorch gave, and whether they agree. */
function compared(value, expected) {
  const same = Object.is(value, expected) || Math.abs(value - expected) <= NEAR * Math.max(1, Math.abs(value));
  return {value, expected, equal: same};
}

/** What a pointwise activation makes of a value. */
export function bent({function: name, slope}, value) {
  return GATES.has(name) ? (value <= 0 ? slope * value + 0 : value) : APPLIED[name](value, slope);
}

/**
 * The cell of an opened unit at an output row and column: `patch`, `weight` and `products` hold a window for each source,
 * `down` and `across` the input's rows and columns in it, `sums` what each source adds; then `total`, `bias`, `sum`, `value`,
 * and `after` where an activation follows.
 */
export function cellAt(opened, row, column) {
  const {arrays, window: [high, wide], after} = opened;
  const bias = Number(opened.bias); // JSON has no infinity and says it as text
  const top = arrays.rows.values[row];
  const left = arrays.columns.values[column];
  const [, height, width] = arrays.values.shape;
  const [down, across] = [seenPlaces(top, high, height, opened), seenPlaces(left, wide, width, opened)];
  const patch = patchAt(opened, down, across);
  const weight = weightsFor(opened, patch);
  const products = Float64Array.from(patch, (value, i) => (weight[i] === 0 ? 0 : value * weight[i]));
  const plane = high * wide;
  const sums = new Float64Array(patch.length / plane);
  for (let i = 0; i < products.length; i++) sums[Math.floor(i / plane)] += products[i];
  const total = sums.reduce((all, one) => all + one, 0);
  const at = row * arrays.columns.values.length + column;
  const value = APPLIED[GATES.has(opened.function) ? "identity" : opened.function](total + bias, opened.slope);
  return {
    row, column, top, left, high, wide, down, across, patch, weight, products, sums, total, bias, sum: total + bias,
    ...compared(value, arrays.output.values[at]),
    after: after && {...after, ...compared(bent(after, value), arrays.after.values[at])},
  };
}

/** Whether an activation passes values on as they are, those that it passes. */
export const keepsValues = ({function: name}) => GATES.has(name) || name === "identity";

/**
 * What a unit does with its window: "weigh" (a sum of products), "choose" (the largest wins), "mean", "bend" (an activation)
 * or "pass" (the value as it is, or the values of several inputs added).
 */
export function deedOf({arrays: {weight}, function: name, window: [high, wide], bias}) {
  if (!weight) return "choose";
  if (name !== "identity") return "bend";
  const [first] = weight.values;
  if (bias !== 0 || weight.values.some((one) => one !== first)) return "weigh";
  if (high * wide === 1) return first === 1 ? "pass" : "weigh";
  return Math.fround(1 / (high * wide)) === first ? "mean" : "weigh";
}

/** An activation as a formula of z, where z is known of the part that holds there; Φ is the share of a bell curve below. */
export function formulaOf({function: name, slope}, z = null) {
  const below = slope === 1 ? "exp(z) − 1" : `${slope} (exp(z) − 1)`;
  const elu = z === null ? `z or ${below}` : z > 0 ? "z" : below;
  return {relu: "max(0, z)", leaky_relu: `max(z, ${slope} z)`, gelu: "z × Φ(z)", elu}[name] ?? `${name}(z)`;
}

/** What stands between the window and what comes of it. */
export function kernelWord(opened) {
  const {arrays: {values}, window: [high, wide]} = opened;
  const words = {choose: "largest of", mean: "mean of", pass: "as it is", bend: formulaOf(opened)};
  return words[deedOf(opened)] ?? (high * wide > 1 ? "kernel" : values.shape[0] === 1 ? "factor" : "weight");
}

const summed = new WeakMap();

/** What each source adds at every place: (n, H', W'), worked out once for an opened unit. */
export function sourceMaps(opened) {
  if (summed.has(opened)) return summed.get(opened);
  const [rows, columns] = opened.arrays.output.shape;
  const [count] = opened.arrays.values.shape;
  const maps = new Float64Array(count * rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      cellAt(opened, row, column).sums.forEach((sum, i) => { maps[(i * rows + row) * columns + column] = sum; });
    }
  }
  summed.set(opened, maps);
  return maps;
}

const ordered = new WeakMap();

/** All sources by how much they add or take over the whole map, the strongest first. */
export function byStrength(opened) {
  if (!ordered.has(opened)) {
    const [count] = opened.arrays.values.shape;
    const maps = sourceMaps(opened);
    const plane = maps.length / count;
    const strength = Float64Array.from({length: count}, (_, i) => (
      maps.subarray(i * plane, (i + 1) * plane).reduce((sum, value) => sum + Math.abs(value), 0)));
    ordered.set(opened, Array.from(strength.keys()).sort((a, b) => strength[b] - strength[a] || a - b));
  }
  return ordered.get(opened);
}

/** The sources that are shown: all of few, in order; of many the strongest, those first. */
export function shownSources(opened, most) {
  const [count] = opened.arrays.values.shape;
  return count <= most ? Array.from({length: count}, (_, i) => i) : byStrength(opened).slice(0, most);
}

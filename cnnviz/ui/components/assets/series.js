// The curves of a run: numbers that only grow, kept in typed arrays.

/** A typed array that grows at its end. */
export class Series {
  constructor(Type) {
    this.room = new Type(256);
    this.length = 0;
  }

  /** What is in it; a view, good until the next push. */
  get values() {
    return this.room.subarray(0, this.length);
  }

  get last() {
    return this.length ? this.room[this.length - 1] : undefined;
  }

  push(value) {
    if (this.length === this.room.length) {
      const more = new this.room.constructor(this.length * 2);
      more.set(this.room);
      this.room = more;
    }
    this.room[this.length++] = value;
  }
}

/** The first index whose value is not below this one, in sorted values. */
export function lowerBound(values, wanted) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index of the value nearest to this one in sorted values, -1 where there is none. */
export function nearest(values, wanted) {
  const at = lowerBound(values, wanted);
  if (at === 0) return values.length ? 0 : -1;
  if (at === values.length) return at - 1;
  return wanted - values[at - 1] <= values[at] - wanted ? at - 1 : at;
}

/** Loss and accuracy of training and validation, norms by layer, the learning rate, the saved steps and the epochs. */
export class Curves {
  constructor() {
    this.horizon = 12;
    this.marks = []; // what was changed on the way: {step, words}
    this.rate = {step: new Int32Array(0), values: new Float32Array(0)}; // the learning rate, of planned steps too
    this.epochs = new Int32Array(0); // the last step of each, of planned ones too
    this.reset();
  }

  reset() {
    this.train = {step: new Series(Int32Array), loss: new Series(Float32Array), accuracy: new Series(Float32Array)};
    this.smooth = {loss: new Series(Float32Array), accuracy: new Series(Float32Array)};
    this.validation = {step: new Series(Int32Array), loss: new Series(Float32Array), accuracy: new Series(Float32Array)};
    this.snapshots = new Series(Int32Array);
    this.norms = {step: new Series(Int32Array), layers: [], gradient: [], weight: []};
  }

  /** Smooth over a tenth of an epoch, within reason; a fixed length, so that drawn curves never move. */
  smoothOver(stepsPerEpoch) {
    if (this.train.step.length === 0 && stepsPerEpoch) this.horizon = Math.min(50, Math.max(5, stepsPerEpoch / 10));
  }

  /** Take a `curves` message; points already known are left out, so an overlap does no harm. */
  take(message) {
    if (message.reset) this.reset();
    const values = (name) => message.arrays[name]?.values ?? [];
    this.#extend(this.train, values("train_step"), values("train_loss"), values("train_accuracy"), true);
    this.#extend(this.validation, values("validation_step"), values("validation_loss"), values("validation_accuracy"));
    if (message.marks) {
      this.marks = message.marks;
      this.rate = {step: message.arrays.rate_step.values, values: message.arrays.rate.values};
      this.epochs = message.arrays.epoch_ends.values;
    }
    this.#takeNorms(message.layers ?? [], values);
    for (const step of values("snapshots")) if (!(step <= this.snapshots.last)) this.snapshots.push(step);
  }

  #extend(group, steps, losses, accuracies, smoothed = false) {
    for (let i = 0; i < steps.length; i++) {
      if (steps[i] <= group.step.last) continue;
      group.step.push(steps[i]);
      group.loss.push(losses[i]);
      group.accuracy.push(accuracies[i]);
      if (smoothed) {
        this.#smooth(this.smooth.loss, losses[i]);
        this.#smooth(this.smooth.accuracy, accuracies[i]);
      }
    }
  }

  #takeNorms(layers, values) {
    const {norms} = this;
    if (layers.length && !norms.layers.length) {
      Object.assign(norms, {layers, gradient: layers.map(() => new Series(Float32Array)), weight: layers.map(() => new Series(Float32Array))});
    }
    values("norm_step").forEach((step, row) => {
      if (step <= norms.step.last) return;
      norms.step.push(step);
      for (const measure of ["gradient", "weight"]) {
        norms[measure].forEach((series, i) => series.push(values(`${measure}_norm`)[row * norms.layers.length + i]));
      }
    });
  }

  #smooth(series, value) {
    const before = series.last;
    if (before === undefined || Number.isNaN(before)) series.push(value);
    else series.push(Number.isNaN(value) ? before : before + (value - before) * (2 / (this.horizon + 1)));
  }

  /** Validation loss and accuracy at the last measurement up to this step, or null. */
  validatedAt(step) {
    const steps = this.validation.step.values;
    const at = lowerBound(steps, step + 1) - 1;
    if (at < 0) return null;
    return {step: steps[at], loss: this.validation.loss.values[at], accuracy: this.validation.accuracy.values[at]};
  }
}

// The drawing of the time line's track: accuracy above, the way gone and the way planned, a tick a snapshot, the epochs.

import {fit, font, write} from "./draw.js";

const AREA = 18;
const APART = 76; // px between the names of epochs, at least
const LINE = 31; // the track's middle
export const TRACK_HEIGHT = 58;
export const THUMB_TOP = LINE;

/** Where steps lie on a track of this width. */
export function stretch(channel, width, pad) {
  const {status, curves} = channel;
  const last = Math.max(1, status?.planned_steps ?? 0, status?.step ?? 0, curves.snapshots.last ?? 0, curves.train.step.last ?? 0);
  const long = Math.max(1, width - 2 * pad);
  return {
    last,
    x: (step) => pad + (Math.min(step, last) / last) * long,
    step: (px) => Math.min(last, Math.max(0, ((px - pad) / long) * last)),
  };
}

/** Draw the track; `small` leaves out area and labels, as on a phone. */
export function paintTrack(canvas, {channel, theme, scale, width, height, pad, small}) {
  const context = fit(canvas, width * scale, height * scale);
  context.scale(scale, scale);
  const {curves, status} = channel;
  const {x, last} = stretch(channel, width, pad);
  const middle = small ? height / 2 : LINE;
  const reached = Math.max(status?.step ?? 0, curves.train.step.last ?? 0, curves.snapshots.last ?? 0);
  if (!small) area(context, curves, theme, x);

  context.strokeStyle = theme.outline;
  context.lineWidth = 2;
  context.setLineDash([2, 4]);
  segment(context, x(reached), x(last), middle);
  context.setLineDash([]);
  context.lineWidth = 4;
  context.strokeStyle = theme.bar;
  segment(context, x(0), x(reached), middle);
  context.strokeStyle = theme.accent;
  segment(context, x(0), x(channel.step), middle);
  if (small) return;
  snapshots(context, curves.snapshots.values, theme, x, middle);
  epochs(context, curves.epochs, theme, x, last, middle);
}

function segment(context, from, to, y) {
  if (to <= from) return;
  context.beginPath();
  context.moveTo(from, y);
  context.lineTo(to, y);
  context.stroke();
}

/** Validation accuracy as a thin grey area over the track. */
function area(context, curves, theme, x) {
  const steps = curves.validation.step.values;
  const {values} = curves.validation.accuracy;
  if (steps.length < 2) return;
  const line = () => {
    context.beginPath();
    for (let i = 0; i < steps.length; i++) {
      if (!Number.isNaN(values[i])) context.lineTo(x(steps[i]), AREA + 2 - values[i] * AREA);
    }
  };
  line();
  context.lineTo(x(steps.at(-1)), AREA + 4);
  context.lineTo(x(steps[0]), AREA + 4);
  context.fillStyle = theme.grid;
  context.fill();
  line();
  context.strokeStyle = theme.third;
  context.lineWidth = 1;
  context.stroke();
}

/** A tick a snapshot, one a pixel at most. */
function snapshots(context, saved, theme, x, middle) {
  context.fillStyle = theme.third;
  let before = -Infinity;
  for (const step of saved) {
    const at = Math.round(x(step));
    if (at < before + 3) continue;
    before = at;
    context.fillRect(at, middle + 6, 1, 4);
  }
}

/** The names of the epochs, as many as have room; `ends` are their last steps, which lie apart by the batch size of each. */
function epochs(context, ends, theme, x, last, middle) {
  font(context, theme, 12);
  const y = middle + 19;
  write(context, "0", x(0), y, theme.second, "left");
  const count = ends.filter((end) => end <= last).length;
  if (!count) return;
  const room = (x(ends[count - 1]) - x(0)) / count;
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((stride) => stride * room >= APART) ?? count;
  let before = x(0);
  for (let epoch = every; epoch <= count; epoch += every) {
    const at = x(ends[epoch - 1]);
    context.fillStyle = theme.outline;
    context.fillRect(Math.round(at), middle - 4, 1, 8);
    const isEnd = ends[epoch - 1] >= last * 0.97;
    if (at - before < (isEnd ? 60 : APART - 1)) continue;
    before = at;
    write(context, `epoch ${epoch}`, at, y, theme.second, isEnd ? "right" : "center");
  }
}

// What each chart over the steps draws: its lines, the scale they stand on, and their numbers in words.

import {percent, significant, whole} from "./format.js";
import {range, roundUp} from "./plot.js";
import {lowerBound, nearest} from "./series.js";

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const MOST_TICKS = 4;

const LONGEST_NAME = 9;
const DIVERGED = 100; // a loss from here on is drawn by powers of ten

/** A layer's name as it has room at the end of its line. */
function brief(layer) {
  const name = layer.slice(layer.lastIndexOf(".") + 1);
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}

/** Training, raw and smoothed, and validation, of loss or accuracy. */
function learning(key) {
  return ({train, smooth, validation}, theme) => [
    {steps: train.step.values, values: train[key].values, stroke: theme.third, width: 1, strength: 0.35},
    {text: "train", colour: theme.second, steps: train.step.values, values: smooth[key].values, stroke: theme.third, width: 1.5},
    {text: "validation", colour: theme.accent, steps: validation.step.values, values: validation[key].values, stroke: theme.accent, width: 2.5},
  ];
}

/** What the mouse is over, in words: both lines at a step. */
function readingOf(key, words) {
  return ({curves, step}) => {
    const at = nearest(curves.train.step.values, step);
    if (at < 0) return "";
    const checked = curves.validatedAt(step);
    return `at ${whole(curves.train.step.values[at])}: train ${words(curves.train[key].values[at])}, validation ${words(checked?.[key])}`;
  };
}

/** The smallest and largest number of lines between two steps, or []. */
function endsOf(lines, first, final) {
  return lines.map(({steps, values}) => range(steps, values, first, final)).filter(Boolean).flat();
}

/** A straight scale between the first and the last of its ticks. */
function straight(ticks, say) {
  const [low, high] = [ticks[0], ticks.at(-1)];
  return {ticks, say, share: (value) => (value - low) / (high - low)};
}

function lossScale([, ...lines], {first, final}) {
  const ends = endsOf(lines, first, final).filter(Number.isFinite);
  const top = roundUp(ends.length ? Math.max(...ends) : 1);
  if (top >= DIVERGED) return logScale(lines, {first, final}); // else all before would be a line along the ground
  return straight([0, top / 2, top], (value) => value.toFixed(top < 0.2 ? 2 : 1));
}

function accuracyScale([, ...lines], {first, final, zoomed}) {
  const ends = endsOf(lines, first, final);
  const say = (value) => String(Number((value * 100).toFixed(1)));
  if (!zoomed || !ends.length) return straight([0, 0.5, 1], say);
  const low = Math.max(0, Math.floor((Math.min(...ends) - 0.01) * 20) / 20);
  const high = Math.max(Math.min(1, Math.ceil(Math.max(...ends) * 20 + 0.01) / 20), low + 0.05);
  return straight([low, (low + high) / 2, high], say);
}

/** One line a layer, in the order of the network. */
function byLayer(measure) {
  return ({norms}, theme) => norms.layers.map((layer, i) => ({
    layer, text: brief(layer), colour: theme.lines[i % theme.lines.length], stroke: theme.lines[i % theme.lines.length],
    steps: norms.step.values, values: norms[measure][i].values, width: 1.5,
  }));
}

/** 1, 2 and 5 times the powers of ten, from the last not above `low` to the first not below `high`. */
function rounds(low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const times of [1, 2, 5]) found.push(Number(`${times}e${power}`));
  }
  const from = found.findLastIndex((value) => value <= low);
  const to = found.findIndex((value) => value >= high);
  return found.slice(Math.max(0, from), (to < 0 ? found.length : Math.max(to, from + 1)) + 1);
}

/** A number at an axis: 0.01, 20, and small ones as a power of ten. */
function roundWords(value) {
  if (value === 0) return "0";
  if (value >= 0.001 && value < 100000) return String(value);
  const [times, power] = Number(value.toPrecision(2)).toExponential().split("e");
  const raised = Math.abs(power).toString().replace(/\d/g, (digit) => RAISED[digit]);
  return `${times === "1" ? "" : `${times}·`}10${Number(power) < 0 ? "⁻" : ""}${raised}`;
}

/** A scale on which the same factor is everywhere the same length. */
function logScale(lines, {first, final}) {
  const seen = ({steps, values}) => Array.from(values.subarray(lowerBound(steps, first), lowerBound(steps, final + 1)));
  const all = lines.flatMap(seen).filter((value) => value > 0 && Number.isFinite(value));
  const known = all.length ? rounds(all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))) : [1, 10];
  const [low, high] = [known[0], known.at(-1)].map(Math.log10);
  const tens = known.filter((value) => Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6));
  const every = Math.ceil(tens.length / MOST_TICKS);
  return {
    ticks: known.length <= MOST_TICKS ? known : tens.length > 1 ? tens.filter((_, i) => i % every === 0) : [known[0], known.at(-1)],
    say: roundWords,
    share: (value) => (value > 0 ? Math.max(0, (Math.log10(value) - low) / (high - low)) : Number.isNaN(value) ? NaN : 0),
  };
}

/** The learning rate; of a step that is not among the kept ones, that of the nearest. */
const rateLine = ({rate}, theme) => [{steps: rate.step, values: rate.values, stroke: theme.second, width: 1.5}];

function rateScale(lines, {first, final}) {
  const ends = endsOf(lines, first, final);
  const top = roundUp(ends.length ? Math.max(...ends) : 1);
  return straight([0, top / 2, top], roundWords);
}

function rateAt({rate}, step) {
  const at = nearest(rate.step, step);
  return at < 0 ? "" : `at ${whole(rate.step[at])}: ${significant(rate.values[at])}`;
}

/** The layer whose line is nearest to the mouse, with its number there. */
function nearestReading({curves, step, under, lines}) {
  const at = nearest(curves.norms.step.values, step);
  const line = under ?? lines[0];
  return at < 0 || !line ? "" : `at ${whole(curves.norms.step.values[at])}: ${line.layer} ${significant(line.values[at])}`;
}

/** The numbers of all layers at a step, for those who cannot see them. */
function normsAt({curves, step, lines}) {
  const at = nearest(curves.norms.step.values, step);
  if (at < 0) return "none were kept";
  return `at step ${whole(curves.norms.step.values[at])} ${lines.map(({layer, values}) => `${layer} ${significant(values[at])}`).join(", ")}`;
}

const learned = (key, words) => ({curves, step}) => `validation ${words(curves.validatedAt(step)?.[key])} at step ${step}`;

/** The charts by the set they belong to, in the order in which they stand. */
export const CHARTS = [
  {set: null, title: "Loss", what: "the loss curve", file: "curves.csv", lines: learning("loss"), scaleOf: lossScale, read: readingOf("loss", significant), tell: learned("loss", significant)},
  {set: null, title: "Accuracy, %", what: "the accuracy curve", file: "curves.csv", lines: learning("accuracy"), scaleOf: accuracyScale, read: readingOf("accuracy", percent), tell: learned("accuracy", percent)},
  {set: "norms", title: "Gradient norm", what: "the gradient norms", file: "norms.csv", lines: byLayer("gradient"), scaleOf: logScale, read: nearestReading, tell: normsAt},
  {set: "norms", title: "Weight norm", what: "the weight norms", file: "norms.csv", lines: byLayer("weight"), scaleOf: logScale, read: nearestReading, tell: normsAt},
  {set: "rate", title: "Learning rate", what: "the learning rate", file: "rate.csv", lines: rateLine, scaleOf: rateScale, read: ({curves, step}) => rateAt(curves, step), tell: ({curves, step}) => rateAt(curves, step)},
];

// The curves of all runs in one chart each: hover reads all of them, a click shows that step.

import {fit, font, write} from "./draw.js";
import {make, mark} from "./elements.js";
import {percent, significant, whole, withUnit} from "./format.js";
import {CHARTS} from "./lines.js";
import {downloadMenu, savePicture} from "./menu.js";
import {axes, ticks, trace} from "./plot.js";
import {lowerBound, nearest, Series} from "./series.js";

const HEIGHT = 150;
const LEFT = 40;
const RIGHT = 14;
const TOP = 8;
const BELOW = 40;

/** The length of all layers' norms together, row by row; worked out once for a row. */
const lengths = new WeakMap();
function lengthOf({norms}, measure) {
  if (!lengths.has(norms)) lengths.set(norms, {gradient: new Series(Float32Array), weight: new Series(Float32Array)});
  const series = lengths.get(norms)[measure];
  while (series.length < norms.step.length) {
    series.push(Math.hypot(...norms[measure].map(({values}) => values[series.length])));
  }
  return series.values;
}

/** The lines of a run in a chart, the one that counts last: {steps, values}. */
const learned = (key) => ({train, smooth, validation}) => [
  {steps: train.step.values, values: smooth[key].values, width: 1, strength: 0.55},
  {steps: validation.step.values, values: validation[key].values, width: 2.5},
];
const norm = (measure) => (curves) => [{steps: curves.norms.step.values, values: lengthOf(curves, measure), width: 1.5}];

const KINDS = [
  {set: null, title: "Loss", linesOf: learned("loss"), say: significant, words: "validation thick, training thin"},
  {set: null, title: "Accuracy, %", linesOf: learned("accuracy"), say: (value) => withUnit(percent(value), "%"), words: "validation thick, training thin"},
  {set: "norms", title: "Gradient norm", linesOf: norm("gradient"), say: significant, words: "over all layers"},
  {set: "norms", title: "Weight norm", linesOf: norm("weight"), say: significant, words: "over all layers"},
];

/** The number of a line at a step: the last that was known there. */
export function valueAt({steps, values}, step) {
  return values[lowerBound(steps, step + 1) - 1] ?? NaN;
}

/** The vertical scale of one run's chart, over the lines of all. */
function scaleFor(kind, lines) {
  const values = Float32Array.from(lines.flatMap((line) => Array.from(line.values)));
  const all = {steps: Int32Array.from(values.keys()), values};
  const like = CHARTS.find(({title}) => title === kind.title);
  return like.scaleOf([all, all], {first: 0, final: values.length, zoomed: false});
}

/** Both charts of the chosen set. */
export function createCompareCurves(section) {
  let now = null;
  const charts = KINDS.map((kind) => {
    const canvas = make("canvas", {tabIndex: 0, role: "application"});
    const menu = downloadMenu(`the curves of ${kind.title.toLowerCase()}`, {png: () => save(chart)});
    const box = make("div", {className: "chart"}, make("header", {}, make("h2", {}, kind.title), make("span", {className: "reading"}, kind.words), menu), canvas);
    const chart = {kind, canvas, box};
    canvas.addEventListener("pointermove", ({offsetX}) => now?.joint.hover(placeAt(offsetX)));
    canvas.addEventListener("pointerleave", () => now?.joint.hover(null));
    canvas.addEventListener("click", ({offsetX}) => show(placeAt(offsetX)));
    canvas.addEventListener("keydown", pressed);
    return chart;
  });
  section.append(...charts.map(({box}) => box));

  const placeAt = (px) => {
    const {box, last} = now.place;
    return Math.round(Math.min(1, Math.max(0, (px - box.left) / box.width)) * last);
  };
  const saved = () => now.joint.curves.snapshots.values;
  function show(place) {
    const {joint} = now;
    const at = nearest(saved(), joint.byShare ? (place / 100) * joint.end : place);
    if (at >= 0) joint.show(saved()[at]);
  }
  function pressed(event) {
    const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!by || !now || !saved().length) return;
    event.preventDefault();
    const at = nearest(saved(), now.joint.step) + by;
    now.joint.show(saved()[Math.max(0, Math.min(saved().length - 1, at))]);
  }
  function save(chart) {
    savePicture(now.theme, chart.kind.title, now.width, (TOP + HEIGHT + BELOW) * now.scale, (context) => paint(context, chart));
  }

  /** The chosen step, or that under the pointer, as an upright line. */
  function upright(context, at, colour, dashed) {
    const {box, x} = now.place;
    context.strokeStyle = colour;
    context.lineWidth = now.scale;
    context.setLineDash(dashed ? [4, 3] : []);
    context.beginPath();
    context.moveTo(Math.round(x(at)) + 0.5, box.top);
    context.lineTo(Math.round(x(at)) + 0.5, box.top + box.height);
    context.stroke();
    context.setLineDash([]);
  }

  function paint(context, {kind}) {
    const {joint, theme, scale, place} = now;
    const {box, last, x} = place;
    const lines = joint.channels.flatMap((channel, at) =>
      kind.linesOf(channel.curves).map((line) => ({...line, channel, stroke: theme.lines[at % theme.lines.length]})));
    const vertical = scaleFor(kind, lines);
    const y = (value) => box.top + box.height * (1 - vertical.share(value));
    axes(context, theme, scale, box, {x, y, yTicks: vertical.ticks, xTicks: ticks(0, last, 5).filter(Number.isInteger), sayY: vertical.say, sayX: whole});
    font(context, theme, 12 * scale);
    write(context, joint.byShare ? "share of the training, %" : "step", box.left + box.width / 2, box.top + box.height + 30 * scale, theme.second, "center");
    context.save();
    context.beginPath();
    context.rect(box.left, box.top - 4, box.width + 4, box.height + 8);
    context.clip();
    context.lineJoin = "round";
    for (const {channel, steps, values, stroke, width, strength} of lines) {
      context.strokeStyle = stroke;
      context.globalAlpha = strength ?? 1;
      context.lineWidth = width * scale;
      const own = (step) => x(joint.placeOf(channel, step));
      trace(context, steps, values, {x: own, y, first: 0, last: steps.at(-1) ?? 0, width: box.width});
    }
    context.restore();
    upright(context, joint.byShare ? (100 * joint.step) / joint.end : joint.step, theme.accent, true);
    if (joint.hovered !== null) upright(context, joint.hovered, theme.third, false);
  }

  /** Every run's number where the pointer or the time line is, in words. */
  function inWords(kind) {
    const {joint} = now;
    return joint.channels.map((channel, at) => {
      const step = joint.hovered === null ? joint.targetOf(channel) : joint.stepAt(channel, joint.hovered);
      const value = valueAt(kind.linesOf(channel.curves).at(-1), step);
      return `${joint.names[at]} ${Number.isNaN(value) ? "not measured" : kind.say(value)}`;
    }).join(", ");
  }

  return {
    draw(state) {
      const {joint, scale} = state;
      const shown = charts.filter(({kind}) => kind.set === (joint.first.charts === "norms" ? "norms" : null));
      const width = Math.floor(state.phone ? state.width : (state.width - 32 * scale) / 2);
      const last = joint.byShare ? 100 : joint.end;
      const box = {left: LEFT * scale, top: TOP * scale, width: width - (LEFT + RIGHT) * scale, height: HEIGHT * scale};
      now = {...state, width, place: {box, last, x: (place) => box.left + (place / last) * box.width}};
      for (const chart of charts) {
        chart.box.hidden = !shown.includes(chart);
        if (chart.box.hidden) continue;
        paint(fit(chart.canvas, width, (TOP + HEIGHT + BELOW) * scale), chart);
        mark(chart.canvas, "aria-label", `${chart.kind.title} of all runs over the ${joint.byShare ? "share of the training" : "steps"}; ${inWords(chart.kind)}; left and right arrows change the step`);
      }
    },
  };
}

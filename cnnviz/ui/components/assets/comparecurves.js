// The curves of all runs in one chart each, with what was changed while they trained: hover reads all of them, a click shows that step.

import {fit, font, write} from "./draw.js";
import {make, mark} from "./elements.js";
import {percent, significant, whole, withUnit} from "./format.js";
import {CHARTS} from "./lines.js";
import {createMarks} from "./marks.js";
import {downloadMenu, savePicture} from "./menu.js";
import {axes, beginOf, ticks, trace} from "./plot.js";
import {colourOf, dashOf} from "./runmark.js";
import {lowerBound, nearest, Series} from "./series.js";

const HEIGHT = 150;
const LEFT = 40;
const RIGHT = 14;
const TOP = 8;
const BELOW = 40;
const FAINT = 0.4; // of the lines where something was changed: there may be many

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
    const marks = createMarks((step) => showNear(step));
    const plot = make("div", {className: "plot"}, canvas, marks.element);
    const box = make("div", {className: "chart"}, make("header", {}, make("h2", {}, kind.title), make("span", {className: "reading"}, kind.words), menu), plot);
    const chart = {kind, canvas, marks, box};
    canvas.addEventListener("pointermove", ({offsetX}) => {
      marks.point(offsetX);
      now?.joint.hover(placeAt(offsetX));
    });
    canvas.addEventListener("pointerleave", () => {
      marks.point(null);
      now?.joint.hover(null);
    });
    canvas.addEventListener("click", ({offsetX}) => showNear(now.place.step(placeAt(offsetX))));
    canvas.addEventListener("keydown", pressed);
    return chart;
  });
  section.append(...charts.map(({box}) => box));

  const placeAt = (px) => {
    const {box, last} = now.place;
    return Math.round(Math.min(1, Math.max(0, (px - box.left) / box.width)) * last);
  };
  const saved = () => now.joint.curves.snapshots.values;
  function showNear(step) {
    const at = nearest(saved(), step);
    if (at >= 0) now.joint.show(saved()[at]);
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
    const {box} = now.place;
    context.strokeStyle = colour;
    context.lineWidth = now.scale;
    context.setLineDash(dashed ? [4, 3] : []);
    context.beginPath();
    context.moveTo(Math.round(at) + 0.5, box.top);
    context.lineTo(Math.round(at) + 0.5, box.top + box.height);
    context.stroke();
    context.setLineDash([]);
  }

  function paint(context, {lines, vertical}) {
    const {joint, theme, scale, place} = now;
    const {box, last, x} = place;
    const y = (value) => box.top + box.height * (1 - vertical.share(value));
    axes(context, theme, scale, box, {x, y, yTicks: vertical.ticks, xTicks: ticks(0, last, 5).filter(Number.isInteger), sayY: vertical.say, sayX: whole});
    font(context, theme, 12 * scale);
    write(context, joint.byShare ? "share of the training, %" : "step", box.left + box.width / 2, box.top + box.height + 30 * scale, theme.second, "center");
    context.save();
    context.beginPath();
    context.rect(box.left, box.top - 4, box.width + 4, box.height + 8);
    context.clip();
    context.globalAlpha = FAINT;
    for (const {step, at} of joint.curves.marks) {
      context.fillStyle = colourOf(theme, at);
      context.fillRect(Math.round(place.across(step)), box.top, 1, box.height);
    }
    context.lineJoin = "round";
    for (const {channel, at, steps, values, width, strength} of lines) {
      context.strokeStyle = colourOf(theme, at);
      context.setLineDash(dashOf(theme, at, scale));
      context.globalAlpha = strength ?? 1;
      context.lineWidth = width * scale;
      const own = (step) => x(joint.placeOf(channel, step));
      trace(context, steps, values, {x: own, y, first: 0, last: steps.at(-1) ?? 0, width: box.width});
    }
    context.restore();
    upright(context, place.across(joint.step), theme.accent, true);
    if (joint.hovered !== null) upright(context, x(joint.hovered), theme.third, false);
  }

  /** Where the charts lie, and everything in them: `x` of a place of their axis, `across` of a step of the time line. */
  function locate({joint, scale}, width, shown) {
    for (const chart of shown) {
      chart.lines = joint.channels.flatMap((channel, at) => chart.kind.linesOf(channel.curves).map((line) => ({...line, channel, at})));
      chart.vertical = scaleFor(chart.kind, chart.lines);
    }
    const left = Math.max(...shown.map(({vertical}) => beginOf(vertical, LEFT)));
    const box = {left: left * scale, top: TOP * scale, width: width - (left + RIGHT) * scale, height: HEIGHT * scale};
    const last = joint.byShare ? 100 : joint.end;
    const x = (place) => box.left + (place / last) * box.width;
    return {box, last, x, across: (step) => x((step / joint.end) * last), step: (place) => (place / last) * joint.end};
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
      now = {...state, width, place: locate(state, width, shown)};
      for (const chart of charts) {
        chart.box.hidden = !shown.includes(chart);
        if (chart.box.hidden) continue;
        paint(fit(chart.canvas, width, (TOP + HEIGHT + BELOW) * scale), chart);
        chart.marks.draw(joint.curves.marks, {x: now.place.across, first: 0, last: joint.end, top: TOP * scale, width});
        mark(chart.canvas, "aria-label", `${chart.kind.title} of all runs over the ${joint.byShare ? "share of the training" : "steps"}; ${inWords(chart.kind)}; left and right arrows change the step`);
      }
    },
  };
}

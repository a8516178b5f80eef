// Loss and accuracy over the steps: hover reads, a click shows that step, a drag looks closer.

import {fit} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {percent, significant, whole} from "./format.js";
import {downloadMenu, savePicture} from "./menu.js";
import {axes, endLabels, range, roundUp, ticks, trace} from "./plot.js";
import {lowerBound, nearest} from "./series.js";

const HEIGHT = 122;
const LEFT = 36;
const RIGHT = 74;
const TOP = 8;
const BELOW = 24;
const DRAG = 5; // less than this is a click

const CHARTS = [
  {key: "loss", title: "Loss", say: (value) => significant(value), tick: (value, all) => value.toFixed(all.at(-1) < 0.2 ? 2 : 1)},
  {key: "accuracy", title: "Accuracy, %", say: percent, tick: (value) => String(Number((value * 100).toFixed(1)))},
];

/** Where the vertical axis begins and ends, and its labels. */
function vertical(key, curves, first, last, zoomed) {
  const smooth = range(curves.train.step.values, curves.smooth[key].values, first, last);
  const checked = range(curves.validation.step.values, curves.validation[key].values, first, last);
  const ends = [smooth, checked].filter(Boolean).flat();
  if (key === "accuracy") {
    if (!zoomed || !ends.length) return [0, 0.5, 1];
    const low = Math.max(0, Math.floor((Math.min(...ends) - 0.01) * 20) / 20);
    const high = Math.min(1, Math.ceil(Math.max(...ends) * 20 + 0.01) / 20);
    return [low, (low + high) / 2, Math.max(high, low + 0.05)];
  }
  const top = roundUp(ends.length ? Math.max(...ends) : 1);
  return [0, top / 2, top];
}

/** The section with both charts. */
export function createCurves(section) {
  let now = null;
  let hover = null; // the step under the pointer
  let drag = null; // {from, to} in steps, while a range is drawn
  const whole_ = make("button", {type: "button", className: "text small", hidden: true}, "Whole run");
  whole_.addEventListener("click", () => zoomTo(null));

  const charts = CHARTS.map((kind, i) => {
    const canvas = make("canvas", {tabIndex: 0, role: "application"});
    const reading = make("span", {className: "reading"});
    const menu = downloadMenu(`the ${kind.key} curve`, {png: () => save(kind), numbers: () => address()});
    const chart = {kind, canvas, reading};
    section.append(make("div", {className: "chart"},
      make("header", {}, make("h2", {}, kind.title), reading, ...(i === 0 ? [whole_] : []), menu), canvas));
    canvas.addEventListener("pointermove", (event) => moved(event, chart));
    canvas.addEventListener("pointerleave", () => { if (!drag) read(null); });
    canvas.addEventListener("pointerdown", (event) => pressed(event, canvas));
    canvas.addEventListener("pointerup", (event) => released(event));
    canvas.addEventListener("pointercancel", () => { drag = null; paint(); });
    canvas.addEventListener("dblclick", () => zoomTo(null));
    canvas.addEventListener("keydown", (event) => pressedKey(event));
    return chart;
  });

  const stepAt = (px) => {
    const {box, first, last} = now.place;
    const share = Math.min(1, Math.max(0, (px - box.left) / box.width));
    return Math.round(first + share * (last - first));
  };
  function moved({offsetX}) {
    if (!now) return;
    if (drag) drag.to = stepAt(offsetX);
    read(stepAt(offsetX));
  }
  function pressed({offsetX, button, pointerId}, canvas) {
    if (!now || button !== 0) return;
    canvas.setPointerCapture(pointerId);
    drag = {from: stepAt(offsetX), to: stepAt(offsetX), x: offsetX};
  }
  function released({offsetX}) {
    if (!drag) return;
    const {from, x} = drag;
    drag = null;
    const to = stepAt(offsetX);
    if (Math.abs(offsetX - x) >= DRAG && to !== from) zoomTo([Math.min(from, to), Math.max(from, to)]);
    else showNear(to);
  }
  function zoomTo(zoom) {
    now?.channel.set({zoom});
  }
  function showNear(step) {
    const saved = now.channel.curves.snapshots.values;
    const at = nearest(saved, step);
    if (at >= 0) now.channel.show(saved[at]);
  }
  function pressedKey(event) {
    if (!now) return;
    const {channel} = now;
    const saved = channel.curves.snapshots.values;
    const at = nearest(saved, channel.step);
    const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (event.key === "Escape") zoomTo(null);
    else if (by && saved.length) channel.show(saved[Math.max(0, Math.min(saved.length - 1, at + by))]);
    else return;
    event.preventDefault();
  }
  function read(step) {
    if (step === hover && !drag) return;
    hover = step;
    paint();
  }

  function address() {
    const {channel} = now;
    return channel.route(`numbers/${channel.run}/curves.csv`, {token: channel.token, step: channel.step, image: channel.image});
  }
  function save(kind) {
    savePicture(now.theme, kind.title, now.width, (TOP + HEIGHT + BELOW) * now.scale, (context) => draw(context, kind, true));
  }

  function locate() {
    const {channel, scale, width} = now;
    const {curves, zoom} = channel;
    const end = Math.max(1, curves.train.step.last ?? 0, curves.validation.step.last ?? 0);
    const [first, last] = zoom ? [zoom[0], Math.max(zoom[0] + 1, zoom[1])] : [0, end];
    const box = {left: LEFT * scale, top: TOP * scale, width: width - (LEFT + RIGHT) * scale, height: HEIGHT * scale};
    return {box, first, last, x: (step) => box.left + ((step - first) / (last - first)) * box.width};
  }

  function draw(context, {key, tick}, still = false) {
    const {channel, theme, scale, place} = now;
    const {curves, zoom} = channel;
    const {box, first, last, x} = place;
    const yTicks = vertical(key, curves, first, last, Boolean(zoom));
    const [low, , high] = yTicks;
    const y = (value) => box.top + box.height * (1 - (value - low) / (high - low));
    axes(context, theme, scale, box, {
      x, y, yTicks, xTicks: ticks(first, last, 4).filter(Number.isInteger), sayY: (value) => tick(value, yTicks), sayX: whole,
    });
    context.save();
    context.beginPath();
    context.rect(box.left, box.top - 4, box.width + 4, box.height + 8);
    context.clip();
    if (drag && !still) {
      context.fillStyle = theme.wash;
      context.fillRect(x(drag.from), box.top, x(drag.to) - x(drag.from), box.height);
    }
    const line = (steps, values, colour, width, strength = 1) => {
      context.strokeStyle = colour;
      context.globalAlpha = strength;
      context.lineWidth = width * scale;
      trace(context, steps, values, {x, y, first, last, width: box.width});
      context.globalAlpha = 1;
    };
    context.lineJoin = "round";
    const steps = curves.train.step.values;
    line(steps, curves.train[key].values, theme.third, 1, 0.35);
    line(steps, curves.smooth[key].values, theme.third, 1.5);
    line(curves.validation.step.values, curves.validation[key].values, theme.accent, 2.5);
    context.restore();
    cursor(context, place, channel.step);
    const ends = [
      {text: "train", colour: theme.second, dot: theme.third, steps, values: curves.smooth[key].values},
      {text: "validation", colour: theme.accent, dot: theme.accent, steps: curves.validation.step.values, values: curves.validation[key].values},
    ].map((one) => lastOf(one, last)).filter(Boolean);
    for (const one of ends) {
      one.y = Math.min(box.top + box.height, Math.max(box.top, y(one.value)));
      context.fillStyle = one.dot;
      context.beginPath();
      context.arc(x(one.step), one.y, 3.5 * scale, 0, 7);
      context.fill();
    }
    endLabels(context, theme, scale, ends, box);
    if (hover === null || still || hover < first || hover > last) return;
    context.fillStyle = theme.third;
    context.fillRect(Math.round(x(hover)), box.top, 1, box.height);
  }

  /** A line's last point in view. */
  function lastOf(line, last) {
    const at = lowerBound(line.steps, last + 1) - 1;
    if (at < 0 || Number.isNaN(line.values[at]) || line.steps[at] < now.place.first) return null;
    return {...line, step: line.steps[at], value: line.values[at]};
  }

  function cursor(context, {box, first, last, x}, step) {
    if (step < first || step > last) return;
    context.strokeStyle = now.theme.accent;
    context.lineWidth = now.scale;
    context.setLineDash([4, 3]);
    context.beginPath();
    const at = Math.round(x(step)) + 0.5;
    context.moveTo(at, box.top);
    context.lineTo(at, box.top + box.height);
    context.stroke();
    context.setLineDash([]);
  }

  function paint() {
    if (!now) return;
    const {curves} = now.channel;
    for (const {kind, canvas, reading} of charts) {
      draw(fit(canvas, now.width, (TOP + HEIGHT + BELOW) * now.scale), kind);
      say(reading, hover === null ? "" : readingAt(kind, curves, hover));
    }
  }

  function readingAt({key, say: words}, curves, step) {
    const steps = curves.train.step.values;
    const at = nearest(steps, step);
    if (at < 0) return "";
    const checked = curves.validatedAt(step);
    return `at ${whole(steps[at])}: train ${words(curves.train[key].values[at])}, validation ${words(checked?.[key])}`;
  }

  return {
    draw(state) {
      if (now && state.kinds.size && [...state.kinds].every((kind) => kind === "connection")) return;
      now = state;
      now.place = locate();
      reveal(whole_, Boolean(state.channel.zoom));
      for (const {kind, canvas} of charts) {
        const checked = state.channel.curves.validatedAt(state.channel.step);
        mark(canvas, "aria-label", `${kind.title} over the steps; validation ${kind.say(checked?.[kind.key])} at step ${state.channel.step}; left and right arrows change the step, Escape shows the whole run`);
      }
      paint();
    },
  };
}

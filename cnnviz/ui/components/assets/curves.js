// Curves over the steps, two at a time: hover reads, a click shows that step, a drag looks closer.

import {fit, write} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {whole} from "./format.js";
import {CHARTS} from "./lines.js";
import {createMarks, gathered} from "./marks.js";
import {downloadMenu, savePicture} from "./menu.js";
import {axes, beginOf, endLabels, ticks, trace} from "./plot.js";
import {createSegments} from "./segments.js";
import {lowerBound, nearest} from "./series.js";

const HEIGHT = 122;
const LEFT = 36;
const RIGHT = 74;
const TOP = 8;
const BELOW = 24;
const DRAG = 5; // less than this is a click
const NAMED = 6; // lines at most have their names at their ends; of more the pointer names the nearest
const PALE = 0.3; // of the lines that are not under the pointer
const SETS = [[null, "Loss and accuracy"], ["norms", "Norms"], ["rate", "Learning rate"]];

/** The section with the charts. */
export function createCurves(section) {
  let now = null;
  let hover = null; // what is under the pointer: {step, y, chart}
  let drag = null; // {from, to} in steps, while a range is drawn
  const whole_ = make("button", {type: "button", className: "text small", hidden: true}, "Whole run");
  whole_.addEventListener("click", () => zoomTo(null));

  const sets = createSegments("Curves", SETS, (charts) => now?.channel.set({charts}));
  section.append(make("div", {className: "chosen"}, sets.element, whole_));

  const charts = CHARTS.map((kind) => {
    const canvas = make("canvas", {tabIndex: 0, role: "application"});
    const reading = make("span", {className: "reading"});
    const menu = downloadMenu(kind.what, {png: () => save(chart), numbers: () => address(kind)});
    const marks = createMarks((step) => now && showNear(step));
    const plot = make("div", {className: "plot"}, canvas, marks.element);
    const box = make("div", {className: "chart"}, make("header", {}, make("h2", {}, kind.title), reading, menu), plot);
    const chart = {kind, canvas, marks, reading, box};
    section.append(box);
    canvas.addEventListener("pointermove", (event) => moved(event, chart));
    canvas.addEventListener("pointerleave", () => {
      marks.point(null);
      if (!drag) read(null);
    });
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
  function moved({offsetX, offsetY}, chart) {
    if (!now) return;
    if (drag) drag.to = stepAt(offsetX);
    chart.marks.point(drag ? null : offsetX);
    read({step: stepAt(offsetX), y: offsetY, chart});
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
  function read(next) {
    if (next === hover && !drag) return;
    hover = next;
    paint();
  }

  function address({file}) {
    const {channel} = now;
    return channel.route(`numbers/${channel.run}/${file}`, {token: channel.token, step: channel.step, image: channel.image});
  }
  function save(chart) {
    savePicture(now.theme, chart.kind.title, now.width, (TOP + HEIGHT + BELOW) * now.scale, (context) => draw(context, chart, true));
  }

  function locate() {
    const {channel: {curves, zoom}, theme, scale, width} = now;
    const end = Math.max(1, curves.train.step.last ?? 0, curves.validation.step.last ?? 0);
    const [first, last] = zoom ? [zoom[0], Math.max(zoom[0] + 1, zoom[1])] : [0, end];
    for (const chart of shown()) {
      chart.vertical = chart.kind.scaleOf(chart.kind.lines(curves, theme), {first, final: last, zoomed: Boolean(zoom)});
    }
    const left = Math.max(...shown().map(({vertical}) => beginOf(vertical, LEFT)));
    const box = {left: left * scale, top: TOP * scale, width: width - (left + RIGHT) * scale, height: HEIGHT * scale};
    return {box, first, last, x: (step) => box.left + ((step - first) / (last - first)) * box.width};
  }

  function draw(context, chart, still = false) {
    const {channel, theme, scale, place} = now;
    const {curves} = channel;
    const {box, first, last, x} = place;
    const {vertical} = chart;
    const lines = chart.kind.lines(curves, theme);
    const y = (value) => box.top + box.height * (1 - vertical.share(value));
    axes(context, theme, scale, box, {
      x, y, yTicks: vertical.ticks, xTicks: ticks(first, last, 4).filter(Number.isInteger), sayY: vertical.say, sayX: whole,
    });
    if (!lines.length) write(context, "This run kept none", box.left + box.width / 2, box.top + box.height / 2, theme.second, "center");
    context.save();
    context.beginPath();
    context.rect(box.left, box.top - 4, box.width + 4, box.height + 8);
    context.clip();
    if (drag && !still) {
      context.fillStyle = theme.wash;
      context.fillRect(x(drag.from), box.top, x(drag.to) - x(drag.from), box.height);
    }
    context.fillStyle = theme.second;
    for (const {x: at} of gathered(curves.marks, x, 0)) context.fillRect(Math.round(at), box.top, 1, box.height);
    context.lineJoin = "round";
    chart.under = still ? null : lineUnder(chart, lines, y);
    for (const line of lines) {
      context.strokeStyle = line.stroke;
      context.globalAlpha = chart.under && line !== chart.under ? PALE : line.strength ?? 1;
      context.lineWidth = (line === chart.under ? 3 : line.width) * scale;
      trace(context, line.steps, line.values, {x, y, first, last, width: box.width});
    }
    context.restore();
    cursor(context, place, channel.step);
    nameEnds(context, lines.length > NAMED ? [chart.under].filter(Boolean) : lines, y);
    if (!hover || still || hover.step < first || hover.step > last) return;
    context.fillStyle = theme.third;
    context.fillRect(Math.round(x(hover.step)), box.top, 1, box.height);
  }

  /** The line of a layer that is nearest to the pointer, where it is over this chart. */
  function lineUnder(chart, lines, y) {
    if (hover?.chart !== chart || !lines[0]?.layer) return null;
    const at = nearest(lines[0].steps, hover.step);
    const away = ({values}) => Math.abs(y(values[at]) - hover.y);
    return at < 0 ? null : lines.reduce((best, line) => (away(line) < away(best) ? line : best));
  }

  /** A dot and a name at the end of each line. */
  function nameEnds(context, lines, y) {
    const {place: {box, x, last}, scale, theme} = now;
    const ends = lines.filter(({text}) => text).map((one) => lastOf(one, last)).filter(Boolean);
    for (const one of ends) {
      one.y = Math.min(box.top + box.height, Math.max(box.top, y(one.value)));
      context.fillStyle = one.stroke;
      context.beginPath();
      context.arc(x(one.step), one.y, 3.5 * scale, 0, 7);
      context.fill();
    }
    endLabels(context, theme, scale, ends, box);
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

  const shown = () => charts.filter(({kind}) => kind.set === (now.channel.charts ?? null));

  function paint() {
    if (!now) return;
    const {channel: {curves}, theme} = now;
    for (const chart of shown()) {
      draw(fit(chart.canvas, now.width, (TOP + HEIGHT + BELOW) * now.scale), chart);
      chart.marks.draw(curves.marks, {...now.place, top: TOP * now.scale, width: now.width});
      const {kind, under} = chart;
      const lines = kind.lines(curves, theme);
      const many = lines.length > NAMED ? `${lines.length} layers; the pointer names them` : "";
      say(chart.reading, hover ? kind.read({curves, step: hover.step, under, lines}) : many);
    }
  }

  return {
    draw(state) {
      if (now && state.kinds.size && [...state.kinds].every((kind) => kind === "connection")) return;
      now = state;
      now.place = locate();
      const {channel: {curves, step, zoom, charts: set}, theme} = state;
      sets.draw(set ?? null);
      reveal(whole_, Boolean(zoom));
      for (const {kind, canvas, box} of charts) {
        const isShown = kind.set === (set ?? null);
        reveal(box, isShown);
        if (!isShown) continue;
        const words = kind.tell({curves, step, lines: kind.lines(curves, theme)});
        mark(canvas, "aria-label", `${kind.title} over the steps; ${words}; left and right arrows change the step, Escape shows the whole run`);
      }
      paint();
    },
  };
}

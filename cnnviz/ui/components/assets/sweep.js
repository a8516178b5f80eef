// A sweep as a picture: the accuracy of every run against the value of the setting in which they differ, the best one named.

import {fit, font, write} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {percent, withUnit} from "./format.js";
import {downloadMenu, savePicture} from "./menu.js";
import {axes} from "./plot.js";

const HEIGHT = 170;
const LEFT = 40;
const RIGHT = 24;
const TOP = 22;
const BELOW = 44;
const NEAR = 14; // px from a point at which the pointer is on it
const AGAIN = 1000; // ms between two questions while one of the runs trains

/** The section with the picture, and every run of the sweep by name. */
export function createSweep(section) {
  const title = make("h2", {});
  const words = make("span", {className: "reading", role: "status"});
  const canvas = make("canvas", {role: "img"});
  const list = make("ul", {className: "points"});
  const menu = downloadMenu("the sweep", {png: () => savePicture(now.theme, say_(), now.width, (TOP + HEIGHT + BELOW) * now.scale, paint)});
  section.append(make("header", {}, title, words, menu), canvas, list);
  let now = null;
  let sweep = null;
  let given = null;
  let hovered = null;
  let timer = null;

  canvas.addEventListener("pointermove", ({offsetX, offsetY}) => {
    const at = sweep.points.findIndex((_, n) => now.placed[n] && Math.hypot(now.placed[n][0] - offsetX, now.placed[n][1] - offsetY) < NEAR);
    if (at === hovered) return;
    hovered = at;
    canvas.style.cursor = at >= 0 ? "pointer" : "";
    draw();
  });
  canvas.addEventListener("pointerleave", () => { hovered = -1; draw(); });
  canvas.addEventListener("click", () => { if (sweep.points[hovered]) location.href = address(sweep.points[hovered]); });

  const address = ({run}) => `${now.mount.base}/train?run=${run}`;
  const say_ = () => `Validation accuracy, %, by ${sweep.setting.toLowerCase()}`;
  const best = () => sweep.points.filter(({accuracy}) => accuracy !== null).sort((one, other) => other.accuracy - one.accuracy)[0];

  async function ask() {
    clearTimeout(timer);
    if (!sweep || sweep.points.every(({over}) => over)) return;
    const {first} = now.joint;
    try {
      const answer = await fetch(first.route(`compared/${first.run}/sweep`, {token: first.token}), {cache: "no-store"});
      if (answer.ok) sweep = (await answer.json()) ?? sweep;
    } catch {
      // asked again in a moment; what was seen stays
    }
    draw();
    timer = setTimeout(ask, AGAIN);
  }

  /** Where a value stands from left to right, 0 to 1: by its size where it is a number, else one after another. */
  function share(at) {
    const values = sweep.points.map(({value}) => value);
    const even = values.length > 1 ? at / (values.length - 1) : 0.5;
    if (!values.every((value) => typeof value === "number")) return even;
    const of = sweep.scale === "log" && values[0] > 0 || values[0] > 0 && values.at(-1) / values[0] > 50 ? Math.log : (value) => value;
    const [low, high] = [of(values[0]), of(values.at(-1))];
    return high > low ? (of(values[at]) - low) / (high - low) : even;
  }

  function paint(context) {
    const {theme, scale, width} = now;
    const box = {left: LEFT * scale, top: TOP * scale, width: width - (LEFT + RIGHT) * scale, height: HEIGHT * scale};
    const pad = 16 * scale;
    const x = (at) => box.left + pad + share(at) * (box.width - 2 * pad);
    const y = (value) => box.top + box.height * (1 - value);
    axes(context, theme, scale, box, {x, y, yTicks: [0, 0.25, 0.5, 0.75, 1], xTicks: [], sayY: (value) => String(100 * value), sayX: String});
    now.placed = sweep.points.map(({accuracy}, at) => (accuracy === null ? null : [x(at), y(accuracy)]));
    context.strokeStyle = theme.outline;
    context.lineWidth = 1.5 * scale;
    context.beginPath();
    for (const place of now.placed.filter(Boolean)) context.lineTo(...place);
    context.stroke();
    const winner = best();
    font(context, theme, 12 * scale);
    let right = -Infinity;
    sweep.points.forEach((point, at) => {
      const wide = context.measureText(point.said).width;
      if (x(at) - wide / 2 > right + 4) {
        write(context, point.said, x(at), box.top + box.height + 14 * scale, theme.second, "center");
        right = x(at) + wide / 2;
      }
      if (!now.placed[at]) return;
      const isChosen = at === hovered || point === winner;
      context.fillStyle = point === winner ? theme.accent : theme.second;
      context.globalAlpha = point.over ? 1 : 0.5;
      context.beginPath();
      context.arc(...now.placed[at], (isChosen ? 6 : 4.5) * scale, 0, 7);
      context.fill();
      context.globalAlpha = 1;
      if (isChosen) write(context, percent(point.accuracy), now.placed[at][0], now.placed[at][1] - 13 * scale, theme.text, "center");
    });
    write(context, sweep.setting.toLowerCase(), box.left + box.width / 2, box.top + box.height + 32 * scale, theme.second, "center");
  }

  function draw() {
    reveal(section, Boolean(sweep));
    if (!sweep || !now) return;
    const winner = best();
    const left = sweep.points.filter(({over}) => !over).length;
    say(title, say_());
    say(words, winner ? `${left ? `${left} of ${sweep.points.length} not done, so far best` : "Best"}: ${winner.said}, ${withUnit(percent(winner.accuracy), "%")}` : "Nothing measured yet");
    paint(fit(canvas, now.width, (TOP + HEIGHT + BELOW) * now.scale));
    mark(canvas, "aria-label", sweep.points.map(({said, accuracy, state}) => `${said}: ${accuracy === null ? state : withUnit(percent(accuracy), "%")}`).join("; "));
    mark(section, "data-best", winner?.said);
    const key = JSON.stringify([sweep, winner?.run]);
    if (list.key === key) return;
    list.key = key;
    list.replaceChildren(...sweep.points.map((point) => make("li", {className: point === winner ? "best" : ""},
      make("a", {href: address(point), target: "_self"}, point.said),
      make("span", {}, point.accuracy === null ? point.state : `${withUnit(percent(point.accuracy), "%")}${point.over ? "" : `, ${point.state}`}${point === winner ? ", best" : ""}`))));
  }

  return {
    draw(state) {
      now = {...state, placed: now?.placed ?? [], width: Math.floor(Math.min(state.width, 720 * state.scale))};
      if (state.mount.sweep !== given) {
        given = sweep = state.mount.sweep;
        timer = setTimeout(ask, AGAIN);
      }
      draw();
    },
    destroy: () => clearTimeout(timer),
  };
}

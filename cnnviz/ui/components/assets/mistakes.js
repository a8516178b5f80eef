// What is taken for what: the confusion matrix without its diagonal, precision and recall, and the test part on demand.

import {createClasses} from "./classes.js";
import {fit, font, frame, write} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {many, percent, whole, withUnit} from "./format.js";
import {downloadMenu, savePicture} from "./menu.js";
import {css, isPale} from "./palette.js";

const SIDE = 200;
const LEFT = 32;
const BELOW = 24;
const FEW = 5; // a single mistake is not black
const QUIET = 0.2; // counts under this share of the largest are shaded, not written

/** The section with the mistakes at the shown step; `open`, where it is given, hears {label, prediction} of a cell whose images are asked for. */
export function createMistakes(section, open) {
  const canvas = make("canvas", {tabIndex: 0, role: "application"});
  const count = make("span", {});
  const value = make("p", {className: "value", "aria-live": "polite"});
  const words = make("p", {className: "caption axes"}, "rows: label", make("br"), "columns: predicted");
  const swap = make("button", {type: "button", className: "text small"}, "By class");
  const evaluate = make("button", {type: "button", className: "text small"}, "Evaluate on the test part");
  const result = make("p", {className: "caption", role: "status"});
  const classes = createClasses();
  const menu = downloadMenu("the mistakes", {png: () => save(), numbers: () => address()});
  const beside = make("div", {className: "beside"},
    make("header", {}, make("h2", {}, "Mistakes"), menu), make("p", {className: "caption"}, count), words, value,
    swap, evaluate, result);
  section.append(make("div", {className: "confusion"}, make("div", {className: "matrix"}, canvas, classes.element), beside));
  let now = null;
  let table = false;
  let cell = null; // [row, column]

  swap.addEventListener("click", () => {
    table = !table;
    say(swap, table ? "Matrix" : "By class");
    draw();
  });
  canvas.addEventListener("pointermove", ({offsetX, offsetY}) => choose(under(offsetX, offsetY)));
  canvas.addEventListener("pointerleave", () => choose(null));
  canvas.addEventListener("click", ({offsetX, offsetY}) => { choose(under(offsetX, offsetY)); openCell(); });
  canvas.addEventListener("keydown", (event) => {
    const by = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
    if (!now || (!by && event.key !== "Escape" && event.key !== "Enter")) return;
    event.preventDefault();
    if (event.key === "Enter") return openCell();
    const last = now.picture.arrays.confusion.shape[0] - 1;
    const within = (at) => Math.max(0, Math.min(last, at));
    choose(by ? (cell ? [within(cell[0] + by[0]), within(cell[1] + by[1])] : [0, 0]) : null);
  });
  evaluate.addEventListener("click", ask);

  async function ask() {
    if (!now) return;
    const {channel} = now;
    evaluate.disabled = true;
    say(result, "computing");
    result.classList.remove("warning");
    try {
      const answer = await fetch(channel.route(`evaluate/${channel.run}`, {token: channel.token, step: channel.live ? channel.savedStep(now.picture) : channel.wish}));
      const {accuracy, count: all, step, problem} = await answer.json();
      if (problem || !answer.ok) throw new Error(problem || "The test part could not be evaluated.");
      const right = Math.round(accuracy * all);
      say(result, `Test accuracy ${withUnit(percent(accuracy), "%")} (${whole(right)} of ${many(all, "image")}), step ${whole(step)}`);
    } catch (error) {
      result.classList.add("warning");
      say(result, error instanceof TypeError || error instanceof SyntaxError ? "The server did not answer; try again." : error.message);
    } finally {
      evaluate.disabled = false;
    }
  }

  function address() {
    const {channel, picture} = now;
    return channel.route(`numbers/${channel.run}/confusion.csv`, {token: channel.token, step: picture.step, image: picture.image});
  }
  function save() {
    savePicture(now.theme, `Mistakes, step ${now.picture.step}`, (LEFT + SIDE) * now.scale, (SIDE + BELOW) * now.scale, paint);
  }

  const pitch = () => (SIDE * now.scale) / now.picture.arrays.confusion.shape[0];
  function under(px, py) {
    if (!now) return null;
    const row = Math.floor((py - 1) / pitch());
    const column = Math.floor((px - LEFT * now.scale) / pitch());
    const size = now.picture.arrays.confusion.shape[0];
    return row >= 0 && column >= 0 && row < size && column < size ? [row, column] : null;
  }
  const countIn = ([row, column]) => now.picture.arrays.confusion.values[row * now.picture.arrays.confusion.shape[0] + column];
  function openCell() {
    if (open && now && cell && countIn(cell) > 0) open({label: cell[0], prediction: cell[1]});
  }
  function choose(next) {
    if (String(next) === String(cell)) return;
    cell = next;
    draw();
  }

  function paint(context) {
    const {theme, scale, picture} = now;
    const {values, shape: [size]} = picture.arrays.confusion;
    const side = pitch();
    const left = LEFT * scale;
    let most = 1;
    values.forEach((errors, at) => { if (at % (size + 1)) most = Math.max(most, errors); });
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const [x, y] = [left + column * side, 1 + row * side];
        const errors = values[row * size + column];
        if (row === column) {
          context.strokeStyle = theme.outline;
          context.lineWidth = 1;
          context.strokeRect(x + 0.5, y + 0.5, side - 2, side - 2);
          continue;
        }
        const shade = theme.count[errors === 0 ? 0 : Math.round(48 + (errors / Math.max(most, FEW)) * 207)];
        context.fillStyle = css(shade);
        context.fillRect(x, y, side - 1, side - 1);
        if (errors === 0 || errors < most * QUIET || side < 18 * scale) continue;
        font(context, theme, 12 * scale);
        write(context, String(errors), x + (side - 1) / 2, y + side / 2, isPale(shade) ? "#1c1e21" : "#ffffff", "center");
      }
    }
    font(context, theme, 13 * scale);
    const every = Math.ceil((15 * scale) / side);
    const name = (i) => (picture.classes[i] ?? String(i));
    for (let i = 0; i < size; i += every) {
      const text = name(i).length > 3 ? `${name(i).slice(0, 3)}` : name(i);
      write(context, text, left - 8 * scale, 1 + (i + 0.5) * side, theme.second, "right");
      if (text.length < 3 || side > 24) write(context, text, left + (i + 0.5) * side, size * side + 13 * scale, theme.second, "center");
    }
    if (cell) frame(context, theme, left + cell[1] * side - 0.5, 0.5 + cell[0] * side, side, side, 2, 1);
  }

  function draw() {
    if (!now) return;
    const {theme, scale, picture} = now;
    reveal(canvas, !table);
    reveal(words, !table);
    classes.show(table);
    if (table) classes.draw(picture);
    else paint(fit(canvas, (LEFT + SIDE + 2) * scale, (SIDE + BELOW + 2) * scale, theme));
    canvas.style.cursor = open && cell && countIn(cell) > 0 ? "pointer" : "";
    const name = (i) => picture.classes[i] ?? String(i);
    say(value, cell && !table ? (cell[0] === cell[1]
      ? `label ${name(cell[0])}, right: ${countIn(cell)}`
      : `label ${name(cell[0])}, predicted ${name(cell[1])}: ${countIn(cell)}`) : "");
  }

  return {
    draw(state) {
      const {unbound, validated} = state.channel;
      const picture = unbound?.validation ? unbound : validated;
      section.classList.toggle("empty", !picture);
      if (!picture?.arrays.confusion) return say(count, "No validation figures yet");
      const {errors, count: all} = picture.validation;
      const same = now?.picture === picture && state.kinds.size && [...state.kinds].every((kind) => ["status", "curves", "connection"].includes(kind));
      now = {...state, picture};
      if (same) return;
      say(count, `${whole(errors)} of ${whole(all)} validation images`);
      mark(canvas, "aria-label", `Mistakes at step ${picture.step}: ${errors} of ${all} validation images; arrow keys read the cells${open ? ", Enter opens their images" : ""}`);
      draw();
    },
  };
}

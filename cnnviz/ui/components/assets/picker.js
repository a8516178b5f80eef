// The part "picker": images of the validation and training parts to choose from, by label, by what the step on screen
// says of them, and by right or wrong.

import {make, mark, reveal, say} from "./elements.js";
import {whole} from "./format.js";
import {LOOK} from "./picker_look.js";
import {createSegments} from "./segments.js";
import {createThumbs} from "./thumbs.js";
import {wear} from "./wear.js";
import {parse} from "./wire.js";

const PAGE = 60;
const SOON = 150; // ms: steps go by quickly on the time line
const ANY = {part: "validation", label: "", prediction: "", right: "", from: 0};

const remembered = new WeakMap(); // by channel: a popover is closed and opened again

/** A list of classes to choose from, or any. */
function classList(label, choose) {
  const list = make("select", {"aria-label": label, onchange: () => choose(list.value)});
  return {
    element: make("label", {className: "classlist"}, make("span", {className: "caption"}, label), list),
    draw(classes, value) {
      if (list.dataset.classes !== String(classes)) {
        list.dataset.classes = classes;
        list.replaceChildren(make("option", {value: ""}, "any"), ...classes.map((name, i) => make("option", {value: String(i)}, name)));
      }
      list.value = value;
    },
  };
}

/** The grid of images with its filters. */
export function createPicker(root, instance) {
  wear(root, LOOK);
  const choose = (more) => { Object.assign(filter, {from: 0}, more); ask(); draw(); };
  const part = createSegments("From", [["validation", "Validation"], ["train", "Training"]], (value) => choose({part: value}));
  const right = createSegments("At this step", [["", "All"], ["1", "Right"], ["0", "Wrong"]], (value) => choose({right: value}));
  const label = classList("Label", (value) => choose({label: value}));
  const prediction = classList("Predicted", (value) => choose({prediction: value}));
  const count = make("span", {role: "status"});
  const back = make("button", {type: "button", className: "text small", onclick: () => turn(-PAGE)}, "Previous");
  const on = make("button", {type: "button", className: "text small", onclick: () => turn(PAGE)}, "Next");
  const reset = make("button", {type: "button", className: "text small reset", onclick: () => choose({...ANY, part: filter.part})}, "Show all");
  const thumbs = createThumbs((name) => {
    instance.channel.look(name);
    instance.trigger?.("image", name);
    draw();
  }, (by) => turn(by * PAGE));
  const note = make("p", {className: "warning", role: "alert", hidden: true});
  root.append(make("div", {className: "picker"},
    make("div", {className: "filterrow"}, part.element, right.element, label.element, prediction.element),
    make("div", {className: "pagerow"}, count, reset, back, on), note, thumbs.element));
  let filter = {...ANY};
  let now = null;
  let found = null; // the answer on screen
  let asked = null;
  let timer = null;
  let mistake = null;

  function turn(by) {
    const from = filter.from + by;
    if (!found || from < 0 || from >= found.total) return false;
    filter.from = from;
    ask();
    return true;
  }

  /** The address of what the filters say, at the step on screen. */
  function address() {
    const {channel} = now;
    const step = channel.live ? "live" : channel.wish;
    const given = Object.entries(filter).filter(([, value]) => value !== "");
    return channel.route(`images/${channel.run}`, {token: channel.token, step, count: PAGE, ...Object.fromEntries(given)});
  }

  async function ask() {
    clearTimeout(timer);
    timer = null;
    const wish = (asked = key());
    mark(root, "aria-busy", "true");
    try {
      const answer = await fetch(address(), {cache: "no-store"});
      if (!answer.ok) throw new Error(await answer.text());
      const message = parse(new Uint8Array(await answer.arrayBuffer()));
      if (wish !== asked) return; // another one was asked for meanwhile
      found = message;
      if (filter.from >= found.total && filter.from > 0) choose({}); // there are fewer at this step
      trouble(null);
    } catch (error) {
      if (wish === asked) trouble(error instanceof TypeError ? "The server did not answer; try again." : error.message);
    }
    mark(root, "aria-busy", null);
    draw();
  }

  const trouble = (text) => { say(note, text ?? ""); reveal(note, Boolean(text)); };

  /** What the images on screen depend on; live follows the newest saved step. */
  function key() {
    const {channel} = now;
    return JSON.stringify([channel.run, channel.token, filter, channel.live ? channel.curves.snapshots.last ?? -1 : channel.wish]);
  }

  function draw() {
    if (!now) return;
    const {channel, theme, scale, width} = now;
    const classes = found?.classes ?? channel.picture?.classes ?? [];
    part.draw(filter.part);
    right.draw(filter.right);
    label.draw(classes, filter.label);
    prediction.draw(classes, filter.prediction);
    const shown = found?.arrays.index.values.length ?? 0;
    const last = filter.from + shown;
    say(count, !found ? "computing" : found.total === 0 ? "None at this step"
      : found.total <= PAGE ? `${whole(found.total)} ${found.total === 1 ? "image" : "images"}`
        : `${whole((found.from ?? filter.from) + 1)} to ${whole(last)} of ${whole(found.total)}`);
    const many = Boolean(found && found.total > PAGE);
    for (const button of [back, on]) mark(button, "style", many ? null : "visibility: hidden");
    back.disabled = filter.from === 0;
    on.disabled = !found || last >= found.total;
    mark(reset, "style", filter.label || filter.prediction || filter.right ? null : "visibility: hidden");
    mark(root, "data-total", found?.total);
    mark(root, "data-shown-step", found?.step);
    if (found) thumbs.draw({found, theme, scale, width, image: channel.image});
  }

  return {
    draw(state) {
      const {channel, mount} = state;
      if (now?.channel !== channel) {
        filter = {...ANY, ...remembered.get(channel)};
        remembered.set(channel, filter);
        found = null;
      }
      now = {...state, scale: state.scale ?? (state.width < 640 ? 1 : channel.scale)};
      const given = JSON.stringify(mount.mistake ?? null);
      if (given !== mistake) {
        mistake = given;
        if (mount.mistake) Object.assign(filter, ANY, {label: String(mount.mistake[0]), prediction: String(mount.mistake[1])});
      }
      root.style.setProperty("--k", now.scale);
      if (key() !== asked && timer === null) timer = setTimeout(ask, asked ? SOON : 0);
      draw();
    },
    destroy: () => clearTimeout(timer),
  };
}

// The drawing pad: ink under the pointer or the arrow keys, and what the network says of it while it is drawn.

import {fit, photograph, Raster} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {percent, withUnit} from "./format.js";
import {Ink} from "./ink.js";
import {LOOK} from "./pad_look.js";
import {paintProbabilities, ranked} from "./probabilities.js";
import {Sender} from "./sender.js";
import {wear} from "./wear.js";

const PAD = 200;
const PITCH = 22;
const ANSWER = 148;
const MOST = 10;
const FEW = 3; // answers where there is no room beside the pad
const STEP = 1 / 28; // of the side, by one press of an arrow key
const START = [0.5, 0.2];
const USE = "Drawing pad: arrow keys move the pen, space puts it down or lifts it, backspace takes a stroke away";

const nothing = () => {};
/** In place of a sender, where what is drawn is for nobody but the page. */
const NOBODY = {offer: nothing, rest: nothing, follow: nothing, forget: nothing, stop: nothing, leave: nothing, shows: () => false, versions: [], count: 1};

/** Where a pointer is on an element, as shares of its sides. */
function place(element, {clientX, clientY}) {
  const {left, top, width, height} = element.getBoundingClientRect();
  return [(clientX - left) / width, (clientY - top) / height];
}

/**
 * A pad. `withAnswer` puts the probabilities beside it; `kept` hears the name of the drawing
 * when it can be linked, `forgotten` is called when it has been deleted. What is drawn on one that is not `shown` goes
 * nowhere by itself; `changed` hears that there is more or less of it.
 */
export function createPad({withAnswer = true, kept, forgotten, shown = true, changed: heard = null}) {
  const ink = new Ink();
  const photo = new Raster();
  const canvas = make("canvas", {tabIndex: 0, role: "application", className: "paper", "aria-label": USE});
  const hint = make("p", {className: "hint", "aria-hidden": "true"}, "Draw here");
  const words = make("p", {className: "said", role: "status"});
  const answers = make("canvas", {role: "img"});
  const hand = make("p", {className: "unseen", "aria-live": "polite"});
  const button = (text, act) => make("button", {type: "button", className: "text small", onclick: act}, text);
  const undo = button("Undo", () => { ink.undo(); changed(); rest(); });
  const clear = button("Clear", () => { ink.clear(); changed(); rest(); });
  const forget = button("Forget", () => void forgetIt());
  const note = make("p", {className: "caption about"});
  const answer = make("div", {className: "answer"}, words, answers);
  const element = make("div", {className: "pad"},
    make("div", {className: "sheet"}, canvas, hint, hand), answer, make("div", {className: "padbuttons"}, undo, clear, forget), note);
  const sender = shown ? new Sender(ink, (text, isProblem) => inform(text, isProblem)) : NOBODY;
  reveal(forget, shown);
  let now = null;
  let pointer = null; // the one that draws
  let cursor = null; // of the arrow keys, in shares of the side
  let isDown = false; // whether the arrow keys draw

  function changed() {
    sender.offer();
    heard?.();
    paint();
  }

  /** The pen is up: say what it says, and keep the drawing if nothing more comes. */
  function rest() {
    sender.rest();
    paint();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!now || pointer !== null || event.button !== 0) return;
    event.preventDefault();
    canvas.focus({preventScroll: true});
    canvas.setPointerCapture(event.pointerId);
    [pointer, cursor, isDown] = [event.pointerId, null, false];
    ink.begin(...place(canvas, event));
    changed();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [event]) ink.to(...place(canvas, one));
    changed();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      rest();
    });
  }

  canvas.addEventListener("keydown", (event) => {
    if (!now || event.altKey || pointer !== null) return;
    const by = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    const undoes = event.key === "Backspace" || (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey));
    if (by) move(by);
    else if (undoes) undo.click();
    else if (event.key === "Delete") clear.click();
    else if (event.key === " " && !event.repeat) lift();
    else if (event.key === "Escape" && cursor) [cursor, isDown] = [null, false];
    else return;
    event.preventDefault();
    event.stopPropagation();
    tell();
    paint();
  });
  canvas.addEventListener("blur", () => { if (isDown) lift(); paint(); });

  function move(by) {
    cursor = (cursor ?? START).map((at, axis) => Math.max(0.04, Math.min(0.96, at + by[axis] * STEP)));
    if (!isDown) return;
    ink.to(...cursor);
    changed();
  }

  function lift() {
    cursor ??= START;
    isDown = !isDown;
    if (isDown) ink.begin(...cursor);
    changed();
    if (!isDown) rest();
  }

  /** Where the pen is, for those who do not see it. */
  function tell() {
    const [x, y] = (cursor ?? START).map((at) => Math.round(at * 100));
    say(hand, cursor ? `Pen ${isDown ? "down" : "up"}, ${x} % across, ${y} % down` : "");
  }

  /** The names by which a drawing is kept: this pad's, or one that a link brought. */
  function keptNames() {
    const {image} = now.channel;
    if (!shown) return [];
    return sender.versions.length || !/^drawing-/.test(image) ? sender.versions : [image];
  }

  /** The picture of a drawing that another page or a link brought, until something is drawn here. */
  function brought() {
    const {image, picture} = now.channel;
    return ink.empty && sender.count === 0 && /^drawing-/.test(image) && picture?.image === image ? picture : null;
  }

  async function forgetIt() {
    const {channel} = now;
    const query = [["token", channel.token], ...keptNames().map((name) => ["image", name])];
    forget.disabled = true;
    try {
      const answer = await fetch(channel.route(`forget/${channel.run}`, query), {method: "POST"});
      if (!answer.ok) throw new Error((await answer.json()).problem);
      ink.clear();
      sender.forget();
      inform(null);
      forgotten?.();
    } catch (error) {
      const isLost = error instanceof TypeError || error instanceof SyntaxError;
      inform(isLost ? "The server did not answer; try again." : error.message, true);
    }
    paint();
  }

  let news = null; // {text, isProblem}
  function inform(text, isProblem = false) {
    news = text && {text, isProblem};
    if (now) paint();
  }

  function paint() {
    const {channel, theme, scale, side} = now;
    const context = fit(canvas, side, side);
    const before = brought();
    ink.paint(context, side);
    if (before) paintBrought(context, before, side);
    if (cursor) {
      const [x, y] = cursor.map((at) => at * side);
      context.strokeStyle = isDown ? theme.accent : "#ffffff";
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x, y, (side / 112) * 5 + 2, 0, 2 * Math.PI);
      context.stroke();
    }
    const busy = pointer !== null;
    reveal(hint, ink.empty && !cursor && !before);
    undo.disabled = clear.disabled = ink.empty || busy;
    const isKept = keptNames().length > 0;
    forget.disabled = !isKept || busy;
    note.classList.toggle("warning", Boolean(news?.isProblem));
    say(note, news?.text ?? (before ? "As the network sees it. Draw to begin another." : isKept ? "Kept for 7 days; seen only by who has the link." : ""));
    const seen = before ?? (channel.picture && sender.shows(channel.picture.image) && !ink.empty ? channel.picture : null);
    const best = seen && ranked(seen, 1, true)[0];
    const said = best ? `${best.name}, ${withUnit(percent(best.value), "%")}` : "";
    mark(words, "aria-live", busy ? "off" : "polite");
    say(words, said || "Nothing drawn");
    mark(element, "data-prediction", best ? best.name : null);
    mark(element, "data-kept", sender.kept);
    mark(element, "data-sent", sender.count);
    if (withAnswer) paintAnswers(seen, theme, scale);
  }

  /** A drawing on the paper, of which only the network's image is known. */
  function paintBrought(context, picture, side) {
    const {canvas: image} = photograph(photo, picture);
    const scale = side / Math.max(image.width, image.height);
    const [wide, high] = [image.width * scale, image.height * scale];
    context.drawImage(image, (side - wide) / 2, (side - high) / 2, wide, high);
  }

  function paintAnswers(seen, theme, scale) {
    const classes = now.channel.picture?.classes ?? [];
    const most = now.isNarrow ? FEW : MOST;
    const rows = seen ? ranked(seen, most, now.isNarrow) : classes.slice(0, most).map((name) => ({name, value: 0, wins: false}));
    mark(answers, "aria-label", seen ? `Probabilities: ${rows.map(({name, value}) => `${name} ${percent(value)} %`).join(", ")}` : "Probabilities: nothing drawn");
    const pitch = PITCH * scale;
    const context = fit(answers, ANSWER * scale, pitch * Math.max(1, rows.length));
    paintProbabilities(context, rows, {theme, scale, width: ANSWER * scale, pitch});
  }

  return {
    element,
    focus: () => canvas.focus(),
    get isEmpty() { return ink.empty; },
    pixels: () => ink.pixels(),
    clear: () => clear.click(),
    /** `side` is that of the square in CSS pixels. */
    draw(state) {
      if (!element.isConnected) return;
      wear(element, LOOK);
      const scale = state.scale ?? 1;
      now = {...state, scale, side: state.side ?? PAD * scale, isNarrow: withAnswer && state.width < (PAD + 16 + ANSWER) * scale};
      element.classList.toggle("narrow", now.isNarrow);
      reveal(answer, withAnswer);
      element.classList.toggle("alone", !withAnswer);
      sender.follow(state.channel, state.kinds);
      const {channel} = state;
      if (state.kinds.has("kept") && channel.image === channel.kept.image) kept?.(channel.image);
      paint();
    },
    destroy: () => sender.stop(),
    leave: () => sender.leave(),
  };
}

/** The part "pad": the pad alone, as in the Image popover. */
export function createPadPart(root, instance) {
  const kept = (name) => instance.trigger?.("image", name);
  const forgotten = () => {
    instance.channel.look(instance.mount.probe);
    kept("");
  };
  const pad = createPad({kept, forgotten});
  root.append(pad.element);
  return {
    draw(state) {
      const scale = innerWidth < 640 ? 1 : state.channel.scale;
      root.style.setProperty("--k", scale);
      pad.draw({...state, scale});
    },
    destroy: () => pad.leave(),
  };
}

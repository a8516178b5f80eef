// One explanation on the page: its name, its map, how long it took or still takes, and what must be known to read it.

import {fit, font, frame, whole, write} from "./draw.js";
import {icon, make, mark, reveal, say} from "./elements.js";
import {duration, imageTitle, significant, size, withUnit} from "./format.js";
import {Heat, planeOf} from "./heat.js";
import {HIGH, LONG, paintHeatBar} from "./heatlegend.js";
import {keyOf} from "./live.js";
import {downloadMenu, savePicture} from "./menu.js";
import {createMethodForm, settingsInWords} from "./methodform.js";
import {css} from "./palette.js";
import {enlarge} from "./shade.js";

const CROSS = "M5.5 5.5l9 9M14.5 5.5l-9 9";
const SLIDERS = "M3 6h7M14 6h3M3 14h3M10 14h7M12 4v4M8 12v4";
const QUESTION = "M7.5 7.8a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M10 14.4v.2M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z";
const PATIENCE = 300; // ms until a map that is not the wished one looks so
const SAVED = 384;

/** The step whose explanations are wanted: live pictures between two saved steps have none. */
function wantedStep({picture, live, wish, savedStep}, channel) {
  return live ? picture ? savedStep.call(channel, picture) : 0 : wish;
}

/**
 * How many rows of a map are worked out: methods that go over the image leave 0 where they have not been. Where the last
 * rows of a partial map are 0 for another reason, they look no different on the pale image.
 */
function doneRows({arrays: {values: {values, shape: [channels, high, wide]}}, over}) {
  if (over) return high;
  const isBlank = (row) => {
    for (let c = 0; c < channels; c++) {
      const from = (c * high + row) * wide;
      if (values.subarray(from, from + wide).some((value) => value)) return false;
    }
    return true;
  };
  let row = high;
  while (row > 0 && isBlank(row - 1)) row--;
  return row;
}

function secondsLeft(seconds) {
  return seconds === null || seconds === undefined ? "" : `, ${withUnit(...duration(Math.max(1, Math.ceil(seconds))))} left`;
}

/** A tile; `on` hears {frame, remove, settings, about, stop, restart, again, point, late}. */
export function createHeatTile(on) {
  const heat = new Heat();
  const tool = (path, label, click) => make("button", {type: "button", className: "quiet", title: label, onclick: click}, icon(path));
  const name = make("button", {type: "button", className: "name", onclick: () => on({frame: true})});
  const remove = tool(CROSS, "Remove", () => on({remove: true}));
  const under = make("span", {className: "caption"});
  const adjust = tool(SLIDERS, "Settings", () => form.toggle());
  const canvas = make("canvas", {tabIndex: 0, role: "application"});
  const words = make("span", {});
  const fill = make("i", {});
  const bar = make("span", {className: "progress", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100}, fill);
  const act = make("button", {type: "button", className: "small act", onclick: () => on(shown.error ? {again: true} : shown.isStopped ? {restart: true} : {stop: shown.share})});
  const about = tool(QUESTION, "How to read it", () => on({about: true}));
  const menu = downloadMenu("this map", {png: () => save(), numbers: () => address()});
  const tools = make("span", {className: "tools"}, about, menu);
  const error = make("p", {className: "warning", role: "alert"});
  const notes = make("p", {className: "caption notes"});
  const form = createMethodForm((settings) => on({settings}), adjust);
  const element = make("section", {className: "heat"},
    make("header", {}, make("h2", {}, name), remove),
    make("p", {className: "under"}, under, adjust), form.element,
    make("div", {className: "pixels"}, canvas),
    make("div", {className: "foot"}, words, bar, act, tools), error, notes);
  let now = null;
  let seen = null; // the last message with values, and the image it is of
  let since = null; // when it began to wait
  let alarm = null;
  const shown = {isStopped: false, share: 0};
  const tile = {element, shown, title: "", array: null, isWhole: false, isWaiting: false, take, draw, valueAt, destroy: () => clearTimeout(alarm)};

  const rowAndColumn = ({offsetX, offsetY}) => {
    const [, high, wide] = now.array.shape;
    const [row, column] = [Math.floor((offsetY / canvas.clientHeight) * high), Math.floor((offsetX / canvas.clientWidth) * wide)];
    return row >= 0 && column >= 0 && row < high && column < wide ? {row, column} : null;
  };
  canvas.addEventListener("pointermove", (event) => now?.array && on({point: rowAndColumn(event), passing: true}));
  canvas.addEventListener("pointerleave", () => on({point: null, passing: true}));
  canvas.addEventListener("click", (event) => {
    if (now?.array) on({point: rowAndColumn(event)});
    on({frame: true});
  });
  canvas.addEventListener("keydown", (event) => {
    const by = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
    if (event.key === "Escape") on({point: null});
    else if (event.key === "Enter" || event.key === " ") on({frame: true});
    else if (by && now?.array) {
      const [, high, wide] = now.array.shape;
      const from = now.cursor ?? {row: high >> 1, column: wide >> 1};
      const step = now.cursor ? by : [0, 0]; // the first arrow puts the cursor into the middle
      on({point: {row: Math.max(0, Math.min(high - 1, from.row + step[0])), column: Math.max(0, Math.min(wide - 1, from.column + step[1]))}});
    } else return;
    event.preventDefault();
  });

  /** See what has come for this wish; before anything is drawn, since scales are shared. */
  function take({channel, entry, wish, stopped, method, title}) {
    const latest = stopped === undefined ? channel.attribution(wish) : null;
    if (latest?.arrays.values && latest !== seen?.message) seen = {message: latest, key: keyOf(wish), input: null};
    const {picture} = channel;
    if (seen && picture?.image === seen.message.image) seen.input = picture.arrays.input;
    const step = wantedStep(channel, channel);
    const isNew = (message) => message.image === channel.image && (channel.live ? message.step >= step : message.step === step);
    const isFresh = Boolean(latest) && isNew(latest);
    const isStopped = stopped !== undefined;
    Object.assign(shown, {
      isStopped, share: isStopped ? stopped : isFresh ? latest.share : 0, left: isFresh ? latest.seconds_left : null,
      error: isFresh ? latest.error : null, isHeard: isFresh,
      isOld: Boolean(seen) && !(seen.key === keyOf(wish) && isNew(seen.message)),
    });
    tile.isWaiting = !isStopped && (isFresh ? !latest.over : !channel.problem); // nothing comes of an image that is gone
    tile.array = seen?.message.arrays.values ?? null;
    tile.isWhole = Boolean(isFresh && latest.over && latest.arrays.values);
    tile.title = title;
    wait();
    now = {channel, entry, wish, method, array: tile.array, picture};
    return tile;
  }

  /** What waits looks so only after a while: most maps come sooner, and nothing should flicker. */
  function wait() {
    if (!tile.isWaiting) since = null;
    else if (since === null) {
      since = performance.now();
      clearTimeout(alarm);
      alarm = setTimeout(() => on({late: true}), PATIENCE + 1);
    }
    shown.isLate = since !== null && performance.now() - since >= PATIENCE;
  }

  /** The value of the map at a pixel, as it is shown. */
  function valueAt({row, column}, which) {
    if (!now?.array) return null;
    return planeOf(now.array, which)[row * now.array.shape[2] + column] ?? null;
  }

  function inWords() {
    const {method, entry, picture} = now;
    const {layer, values} = {layer: seen?.message.layer, values: seen?.message.arrays.values};
    const at = layer && picture?.layers.find(({name: other}) => other === layer);
    const parts = layer ? [at?.shape.length === 3 ? `${layer}, ${size(at.shape.slice(1))}` : layer] : [];
    parts.push(...settingsInWords(method, entry.settings, seen?.message.used, Boolean(layer) || undefined));
    if (values?.shape[0] > 1 && now.look.which === null) parts.push(`sum over ${values.shape[0]} channels`);
    return parts.join(", ") || (seen ? "pixels" : "");
  }

  function paint(context, width, height) {
    const {array, look, limit, theme} = now;
    const input = seen?.input ?? now.picture?.arrays.input ?? null;
    if (!array && !input) {
      context.fillStyle = css(theme.signed[0]);
      return context.fillRect(0, 0, width, height);
    }
    const done = array && !shown.error ? doneRows(seen.message) : 0;
    const picture = heat.update(shown.error ? null : array, input, theme, {...look, limit}, done);
    enlarge(context, theme, picture, 0, 0, width, height);
  }

  function sizeIn(side) {
    const [, high, wide] = (now.array ?? now.picture?.arrays.input)?.shape ?? [1, 1, 1];
    const longest = Math.max(high, wide);
    const exact = whole(side, longest);
    return {width: (exact * wide) / longest, height: (exact * high) / longest, high, wide};
  }

  function draw(state) {
    Object.assign(now, state);
    const {theme, isFramed, cursor, method} = now;
    const {width, height, wide} = sizeIn(now.side);
    const context = fit(canvas, width, height);
    paint(context, width, height);
    const pixel = width / wide;
    if (cursor && now.array) frame(context, theme, cursor.column * pixel, cursor.row * pixel, pixel, pixel, 1.5, 1.5);
    say(name, tile.title);
    mark(name, "title", tile.title);
    mark(name, "aria-pressed", isFramed);
    mark(element, "aria-label", tile.title);
    mark(element, "data-method", now.wish.method);
    mark(element, "data-share", shown.share);
    mark(element, "data-map", tile.isWhole ? "whole" : shown.error ? "error" : shown.isStopped ? "stopped" : seen ? "partial" : "none");
    element.classList.toggle("framed", isFramed);
    canvas.classList.toggle("old", shown.isOld && (shown.isLate || !tile.isWaiting));
    say(under, inWords());
    mark(under, "title", [inWords(), seen?.message.baseline && `baseline: ${seen.message.baseline}`].filter(Boolean).join("; "));
    mark(canvas, "aria-label", `${tile.title}${seen ? ` at step ${seen.message.step}` : ""}; arrow keys read the pixels`);
    mark(remove, "aria-label", `Remove ${tile.title}`);
    mark(adjust, "aria-label", `Settings of ${tile.title}`);
    mark(about, "aria-label", `How to read ${tile.title}`);
    mark(about, "aria-expanded", Boolean(isFramed && now.isAbout));
    reveal(adjust, Boolean(method?.settings.length));
    reveal(about, Boolean(method));
    form.draw({method, settings: now.entry.settings, title: tile.title});
    drawFoot();
  }

  function drawFoot() {
    const {isStopped, share, left, isLate} = shown;
    const message = seen?.message;
    const percent = withUnit(Math.round(share * 100), "%");
    const where = isStopped && message && message.step !== now.channel.step && shown.isOld ? `, step ${message.step}` : "";
    reveal(bar, isLate);
    reveal(act, isLate || isStopped || Boolean(shown.error));
    reveal(tools, act.hidden);
    fill.style.width = `${share * 100}%`;
    mark(bar, "aria-valuenow", Math.round(share * 100));
    mark(bar, "aria-label", `${tile.title}, how much is done`);
    if (isStopped) say(words, `Stopped at ${percent}${where}.`);
    else if (isLate) say(words, shown.isHeard ? `${percent}${secondsLeft(left)}` : "computing");
    else if (tile.isWhole) say(words, took(message));
    else if (!tile.isWaiting) say(words, "");
    say(act, shown.error ? "Try again" : isStopped ? "Start again" : "Cancel");
    say(error, shown.error ?? "");
    reveal(error, Boolean(shown.error));
    const said = shown.error ? "" : (message?.notes ?? []).join(" ");
    say(notes, said);
    mark(notes, "title", said);
  }

  function took({seconds, gap}) {
    const parts = [withUnit(significant(seconds, seconds < 1 ? 1 : 2), "s")];
    if (gap !== null && gap !== undefined) parts.push(`gap ${significant(gap, 2)}`);
    return parts.join(", ");
  }

  function address() {
    const {channel, wish} = now;
    const {step, image} = seen?.message ?? {step: channel.step, image: channel.image};
    return channel.route(`numbers/${channel.run}/attribution.npz`, {
      token: channel.token, step, image, method: wish.method, ...(wish.target === null ? {} : {target: wish.target}),
      settings: JSON.stringify(wish.settings),
    });
  }

  function save() {
    if (!seen) return;
    const {message} = seen;
    const {theme, look, limit, className} = now;
    const {width, height} = sizeIn(SAVED);
    const title = `${tile.title}, ${className}, ${imageTitle(message.image)}, step ${message.step}`;
    const wide = Math.max(width, 3 + title.length * 7.6, 2 * LONG);
    savePicture(theme, title, wide, height + 30 + HIGH, (context) => {
      paint(context, width, height);
      font(context, theme, 14);
      write(context, inWords(), 0, height + 18, theme.second);
      context.translate(0, height + 34);
      paintHeatBar(context, theme, {scale: 1, absolute: look.absolute, limit, mark: null});
    });
  }

  return tile;
}

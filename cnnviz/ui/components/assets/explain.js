// The part "explain": the image and the class at the left, one map a method at the right, all moving with the time line.

import {projector} from "./board.js";
import {Choice, MOST} from "./choice.js";
import {createClassPick} from "./classpick.js";
import {whole} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {EXPLAIN} from "./explainlook.js";
import {significant} from "./format.js";
import {limitOf, planeOf} from "./heat.js";
import {createHeatLooks, FIRST_LOOK, readLook, wordsOfLook} from "./heatlooks.js";
import {HIGH, paintHeatLegend} from "./heatlegend.js";
import {createHeatTile} from "./heattile.js";
import {keyOf} from "./live.js";
import {createMethodAbout, createMethodMenu} from "./methodmenu.js";
import {createNote} from "./note.js";
import {wear} from "./wear.js";

const PHONE = 700;
const LEFT = 200;
const BETWEEN = 40;
const GAP = 20;
const LEAST = 150;
const LARGEST = 240;
const TIGHT = 700; // less room than this, and the legend needs two lines

/** How many tiles stand side by side, and how large they are: as their maps; the two of a pair are not parted. */
function layOut(width, scale, phone, pairs, picture) {
  const longest = picture ? Math.max(...picture.arrays.input.shape.slice(1)) : 1;
  if (phone) return {across: 1, side: whole(Math.min(360, width - 40), longest)};
  const room = width - (LEFT + BETWEEN) * scale;
  const [least, gap] = [LEAST * scale, GAP * scale];
  const most = Math.max(1, Math.min(4, Math.floor((room + gap) / (least + gap))));
  const across = pairs && most === 3 ? 2 : most;
  return {across, isTight: room < TIGHT * scale, side: whole(Math.floor(Math.min(LARGEST * scale, (room - (across - 1) * gap) / across)), longest)};
}

/** The page's main part. */
export function createExplain(root, instance) {
  wear(root, EXPLAIN);
  const choice = new Choice();
  const tiles = new Map(); // by entry: one tile, or two where a second class stands beside
  let look = FIRST_LOOK;
  let framed = null; // {entry, side}
  let cursor = null; // {row, column} of all maps, and the tile it was read in
  let reading = null; // the entry whose method is described
  let now = null;

  const pick = createClassPick(({aim, pair}) => {
    if (pair === undefined) choice.aim(aim);
    else choice.pair(pair);
    draw();
  });
  // By the channel's, which is newer than the one drawn where two things are changed within a frame.
  const turn = (change) => now.channel.set({heatLook: wordsOfLook({...readLook(now.channel.heatLook), ...change})});
  const looks = createHeatLooks(turn);
  const menu = createMethodMenu((method) => {
    choice.add(method);
    draw();
  });
  const about = createMethodAbout(() => {
    reading = null;
    draw();
    tiles.get(framed?.entry)?.[framed.side]?.element.querySelector("[aria-expanded]")?.focus();
  });
  const note = createNote(instance);
  const grid = make("div", {className: "heats"});
  const empty = make("p", {className: "caption", hidden: true}, "No map is chosen. Add a method.");
  const sentence = make("span", {});
  const common = make("select", {"aria-label": "Scale"}, make("option", {}, "own"), make("option", {}, "common"));
  common.addEventListener("change", () => turn({common: common.selectedIndex === 1}));
  const legend = make("canvas", {role: "img"});
  const meaning = make("span", {className: "caption"});
  const value = make("p", {className: "value", "aria-live": "polite"});
  const scale = make("div", {className: "heatscale"},
    make("p", {className: "caption by"}, sentence, common), legend, meaning, menu.element);
  const right = make("div", {className: "right"}, grid, empty, scale, value, about.element);
  root.append(note.element, make("div", {className: "explain"}, pick.element, looks.element, right));

  /** Something was done in a tile. */
  function hear(entry, side, said) {
    const {wish} = now.shown.find((one) => one.entry === entry && one.side === side) ?? {};
    if ("point" in said) {
      const kept = cursor && !cursor.passing ? cursor : cursor?.kept ?? null;
      const point = said.point && {...said.point, entry, side, passing: Boolean(said.passing), kept};
      cursor = point ?? (said.passing ? kept : null);
      return drawTiles();
    }
    if (said.frame) framed = {entry, side};
    if (said.about) {
      reading = reading === entry ? null : entry;
      framed = {entry, side};
    }
    if (said.remove) choice.remove(entry);
    if (said.settings) choice.change(entry, said.settings);
    if (wish && "stop" in said) choice.stop(wish, said.stop);
    if (wish && said.restart) choice.restart(wish);
    if (wish && said.again) choice.again(wish);
    draw();
    if (said.about && reading) about.element.scrollIntoView({block: "nearest"});
  }

  function tileOf(entry, side) {
    if (!tiles.has(entry)) tiles.set(entry, []);
    const pair = tiles.get(entry);
    pair[side] ??= createHeatTile((said) => now && hear(entry, side, said));
    return pair[side];
  }

  /** Put the tiles of what is shown in their order; the others go. */
  function place(shown) {
    const wanted = shown.map(({entry, side}) => tileOf(entry, side));
    for (const [entry, pair] of tiles) {
      for (const side of [0, 1]) {
        if (!pair[side] || wanted.includes(pair[side])) continue;
        pair[side].destroy();
        pair[side].element.remove();
        delete pair[side];
      }
      if (!pair.some(Boolean)) tiles.delete(entry);
    }
    wanted.forEach(({element}, i) => { if (grid.children[i] !== element) grid.insertBefore(element, grid.children[i] ?? null); });
    return wanted;
  }

  const nameOf = (index) => now.picture?.classes[index] ?? (index === null || index === undefined ? "–" : String(index));

  /** The value at the ends of the colours, by tile: of each method by itself, or of all. */
  function limits(wanted) {
    const own = wanted.map(({array}) => (array ? limitOf(planeOf(array, look.which), look.percentile) : 0));
    const most = Math.max(0, ...own);
    return now.shown.map(({entry}) =>
      look.common ? most : Math.max(...own.filter((_, i) => now.shown[i].entry === entry)));
  }

  function drawTiles() {
    const {channel, theme, phone, wanted, picture} = now;
    const {side} = now.layout;
    const ends = limits(wanted);
    wanted.forEach((tile, i) => {
      const {entry, side: of, wish} = now.shown[i];
      tile.draw({
        side, theme, look, cursor, limit: ends[i], isFramed: tile === now.framed, isAbout: reading === entry,
        className: `class ${nameOf(wish.target ?? picture?.prediction)}`,
      });
      if (of) mark(tile.element, "data-side", "expected");
    });
    pick.draw({picture, choice, theme, scale: now.scale, phone, cursor});
    const read = cursor && now.shown.findIndex(({entry, side: of}) => entry === cursor.entry && of === cursor.side);
    const number = cursor && read >= 0 ? wanted[read].valueAt(cursor, look.which) : null;
    mark(value, "aria-live", cursor?.passing ? "off" : "polite"); // a pointer passes over hundreds of pixels
    say(value, number === null ? "" : `${wanted[read].title} [${cursor.row}, ${cursor.column}] = ${significant(number)}${seenAt(picture)}`);
    paintHeatLegend(legend, theme, {
      scale: now.scale, absolute: look.absolute, limit: look.common ? ends[0] ?? 1 : 1,
      mark: number === null ? null : {value: number, limit: ends[read]},
    });
    legend.style.height = `${HIGH * now.scale}px`;
    mark(legend, "aria-label", look.absolute ? "Colours from 0 to the largest" : "Colours from against, blue, to for, orange");
    if (channel.framed !== now.framedWish) channel.set({framed: now.framedWish}); // the code panel shows this one
  }

  /** What the image itself is there. */
  function seenAt(picture) {
    if (!picture) return "";
    const {values, shape: [channels, high, wide]} = picture.arrays.input;
    if (channels !== 1 || cursor.row >= high || cursor.column >= wide) return "";
    return `, image ${significant(values[cursor.row * wide + cursor.column] / 255)}`;
  }

  function drawSentence() {
    const {picture} = now;
    const aimed = nameOf(choice.target ?? picture?.prediction);
    const pairs = now.shown.some(({side}) => side === 1);
    const what = look.percentile < 100 ? `${look.percentile}th percentile` : "largest value";
    say(sentence, !picture ? "Each divided by" : `${pairs ? `For ${aimed} against ${nameOf(choice.expected(picture))}` : `For class ${aimed}${choice.target === null ? ", the prediction" : ""}`}, each divided by`);
    say(common.options[0], pairs ? `its method's ${what}` : `its own ${what}`);
    say(common.options[1], `the ${what} of all`);
    common.selectedIndex = look.common ? 1 : 0;
    say(meaning, look.absolute ? "either way" : "against \u00b7 for");
  }

  /** The look that the address says, or the one there was. */
  function readOn(channel) {
    if (channel.heatLook === null) channel.heatLook = wordsOfLook(look);
    look = readLook(channel.heatLook);
  }

  /** The controls of the look stand beside the maps, on a phone after them: the keyboard meets them in that order. */
  function placeLooks(phone) {
    if (phone === now.phone) return;
    if (phone) right.after(looks.element);
    else right.before(looks.element);
  }

  function draw() {
    const {channel, mount, width} = now;
    const {picture} = channel;
    const phone = width < PHONE;
    placeLooks(phone);
    readOn(channel);
    const size = projector(width);
    root.classList.toggle("phone", phone);
    root.style.setProperty("--k", size);
    if (channel.scale !== size) channel.set({scale: size}); // the time line is drawn alike
    choice.settle(picture);
    note.draw(choice.refused === null || channel.problem ? "" : `There is no class ${choice.refused} here: the prediction is explained.`);
    const methods = mount.methods ?? [];
    const shown = choice.shown(picture);
    const wanted = place(shown);
    const pairs = shown.some(({side}) => side === 1);
    Object.assign(now, {picture, phone, scale: size, layout: layOut(width, size, phone, pairs, picture), shown, wanted});
    shown.forEach(({entry, wish}, i) => {
      const method = methods.find(({name}) => name === entry.method);
      const own = method?.title ?? channel.attribution(wish)?.title ?? entry.method;
      const twin = shown.some((other) => other.entry !== entry && other.entry.method === entry.method);
      const title = `${own}${twin ? ` (${shown.findIndex((one) => one.entry === entry) + 1})` : ""}`;
      wanted[i].take({channel, entry, wish, method, stopped: choice.stopped.get(keyOf(wish)),
        title: pairs ? `${title}, ${nameOf(wish.target ?? picture?.prediction)}` : title});
    });
    const at = shown.findIndex(({entry, side}) => entry === framed?.entry && side === framed?.side);
    framed = shown[Math.max(0, at)] ?? null;
    now.framed = wanted[Math.max(0, at)] ?? null;
    now.framedWish = framed && channel.framed && keyOf(channel.framed) === keyOf(framed.wish) ? channel.framed : framed?.wish ?? null;
    scale.classList.toggle("tight", Boolean(now.layout.isTight));
    grid.style.setProperty("--side", `${now.layout.side}px`);
    grid.style.setProperty("--across", now.layout.across);
    reveal(empty, !shown.length);
    menu.draw({methods, choice, most: MOST});
    looks.draw({look, tiles: wanted, framed: now.framed, colours: wanted.some(({array}) => array?.shape[0] === 3)});
    about.draw(reading && shown.some(({entry}) => entry === reading) ? methods.find(({name}) => name === reading.method) : null);
    drawSentence();
    drawTiles();
  }

  return {
    draw(frame) {
      const {channel, kinds} = frame;
      const known = now?.channel === channel && now.seen === channel.picture;
      now = {...now, ...frame, seen: channel.picture};
      choice.follow(channel);
      if (known && kinds.size && [...kinds].every((kind) => kind === "curves" || kind === "status")) return;
      draw();
    },
    destroy() {
      for (const pair of tiles.values()) for (const tile of pair) tile?.destroy();
      choice.leave();
    },
  };
}

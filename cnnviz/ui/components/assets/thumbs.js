// A grid of small images to choose one of, by pointer or arrow keys.

import {fit, Raster, whole} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {imageTitle} from "./format.js";

const TILE = 44;
const GAP = 8;

/** The image at a place of an answer, as `photograph` draws a picture. */
export function pixelsOf({values, shape: [, channels, high, wide]}, n, words) {
  const plane = high * wide;
  const start = n * channels * plane;
  for (let i = start, to = 0; to < plane; i++, to++) {
    const [red, green, blue] = channels >= 3 ? [values[i], values[i + plane], values[i + 2 * plane]] : [values[i], values[i], values[i]];
    words[to] = (255 << 24) | (blue << 16) | (green << 8) | red;
  }
}

/** Thumbnails; `choose` hears the name of an image, `turn` of −1 or 1 when the arrow keys leave the page. */
export function createThumbs(choose, turn, title = "Images") {
  const element = make("div", {className: "thumbs", role: "listbox", "aria-label": title});
  const tiles = [];
  let across = 1;
  let names = [];
  let drawn = [];
  let current = 0; // the one that Tab reaches

  function tileOf(n) {
    if (tiles[n]) return tiles[n];
    const canvas = make("canvas", {"aria-hidden": "true"});
    const word = make("span", {"aria-hidden": "true"});
    const more = make("span", {className: "more", "aria-hidden": "true", hidden: true});
    const button = make("button", {type: "button", role: "option", tabIndex: -1}, canvas, word, more);
    button.addEventListener("click", () => { focusOn(n, false); choose(names[n]); });
    return (tiles[n] = {button, canvas, word, more, raster: new Raster()});
  }

  function focusOn(n, really = true) {
    current = n;
    tiles.forEach(({button}, i) => { button.tabIndex = i === n ? 0 : -1; });
    if (really) tiles[n].button.focus();
  }

  element.addEventListener("keydown", (event) => {
    const by = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across, Home: -Infinity, End: Infinity}[event.key];
    const page = {PageUp: -1, PageDown: 1}[event.key];
    if (by === undefined && !page) return;
    event.preventDefault();
    const next = current + by;
    if (page || (Math.abs(by) === 1 && (next < 0 || next >= names.length))) {
      if (turn(page ?? by)) current = by === -1 ? Infinity : 0;
    } else if (!Number.isFinite(by)) focusOn(by < 0 ? 0 : names.length - 1);
    else if (next >= 0 && next < names.length) focusOn(next);
  });

  function drawTile(n, {found, scale, image, side, notes}) {
    const {button, canvas, word, more, raster} = tileOf(n);
    const {pixels, index, label, prediction} = found.arrays;
    const [, , high, wide] = pixels.shape;
    const longest = Math.max(high, wide);
    raster.update([pixels, n], wide, high, (words) => pixelsOf(pixels, n, words));
    fit(canvas, (side * wide) / longest, (side * high) / longest)
      .drawImage(raster.canvas, 0, 0, (side * wide) / longest, (side * high) / longest);
    const name = `${found.part}-${index.values[n]}`;
    const [is, said] = [label.values[n], prediction.values[n]];
    const classOf = (number) => found.classes[number] ?? String(number);
    const verdict = said < 0 ? "" : said === is ? ", right" : `, predicted ${classOf(said)}, wrong`;
    const sure = notes ? `, ${notes[n].more} sure` : "";
    say(word, notes ? notes[n].text : said >= 0 && said !== is ? `as ${classOf(said)}` : "");
    say(more, notes?.[n].more ?? "");
    reveal(more, Boolean(notes));
    mark(button, "aria-label", `${imageTitle(name)}, label ${classOf(is)}${verdict}${sure}`);
    mark(button, "title", `${imageTitle(name)}, label ${classOf(is)}${verdict}${sure}`);
    mark(button, "aria-selected", name === image);
    mark(button, "data-image", name);
    button.style.width = `${TILE * scale}px`;
    return name;
  }

  return {
    element,
    /** `notes` are what to write below each: {text, more}; else what a wrong one is taken for. */
    draw({found, scale, width, image, notes = null}) {
      const key = [found, scale, width, image];
      if (key.every((part, i) => part === drawn[i])) return;
      drawn = key;
      const {pixels} = found.arrays;
      const [count, , high, wide] = pixels.shape;
      const side = whole(TILE * scale, Math.max(high, wide), 0.7);
      across = Math.max(1, Math.floor((width + GAP) / (TILE * scale + GAP)));
      const held = element.contains(element.getRootNode().activeElement);
      names = Array.from({length: count}, (_, n) => drawTile(n, {found, scale, image, side, notes}));
      const shown = tiles.slice(0, count).map(({button}) => button);
      if (shown.length !== element.children.length) element.replaceChildren(...shown);
      if (!count) return;
      const chosen = names.indexOf(image);
      focusOn(Math.min(count - 1, held || chosen < 0 ? current : chosen), held);
    },
  };
}

// One class of a set in the making: its name, its pictures, and the ways by which more of them come.

import {createCamera, SIDE as CAMERA_SIDE} from "./camera.js";
import {fit, Raster} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {SIDE as INK_SIDE} from "./ink.js";
import {createPad} from "./pad.js";
import {createSure} from "./sure.js";
import {pixelsOf} from "./thumbs.js";

const SHOWN = 60; // pictures of a class, the newest
const TILE = 44;
const WAYS = [["camera", "Camera"], ["pad", "Draw"], ["files", "Files"]];

/** A pad with a button that adds what is drawn. */
function createPadBox(add) {
  const button = make("button", {type: "button", className: "outlined", disabled: true, onclick: () => {
    add(pad.pixels());
    pad.clear();
    pad.focus();
  }}, "Add the drawing");
  const pad = createPad({withAnswer: false, shown: false, changed: () => { button.disabled = pad.isEmpty; }});
  return {element: make("div", {className: "drawing"}, pad.element, button), draw: pad.draw, destroy: pad.leave};
}

/**
 * The card of a class. `on` hears rename(label, name), add(label, kind, side, pixels), files(label, files),
 * remove(label, picture), back(label), drop(label) and way(label, kind or null).
 */
export function createOwnClass(on) {
  let label = 0;
  let source = null; // {kind, element, draw, destroy}
  const name = make("input", {type: "text", className: "name", maxLength: 60, autocomplete: "off", spellcheck: false});
  const count = make("span", {className: "caption", role: "status"});
  const undo = make("button", {type: "button", className: "small", hidden: true, onclick: () => on.back(label)}, "Bring back");
  const sure = createSure("Remove class", "Its pictures go.", "Remove them", () => on.drop(label));
  const drop = make("button", {type: "button", className: "small", onclick: () => on.drop(label)}, "Remove class");
  const input = make("input", {type: "file", accept: "image/*", multiple: true, hidden: true, tabIndex: -1, "aria-hidden": "true"});
  const ways = WAYS.map(([kind, title]) => make("button", {type: "button", className: "outlined", name: kind, onclick: () => go(kind)}, title));
  const place = make("div", {className: "source"});
  const list = make("ul", {className: "pictures"});
  const element = make("section", {className: "ownclass"}, make("header", {}, name, count, undo, drop, sure.element), make("div", {className: "ways"}, ...ways, input), place, list);
  const tiles = new Map(); // by the picture's name
  let leaving = null; // {picture, at}: what is being removed, and where it stands

  name.addEventListener("change", () => on.rename(label, name.value));
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    if (files.length) on.files(label, files);
  });
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) on.files(label, [...event.dataTransfer.files]);
  });

  function go(kind) {
    if (kind === "files") input.click();
    else on.way(label, source?.kind === kind ? null : kind);
  }

  /** Open a way for pictures to come, or shut it. */
  function use(kind) {
    if ((source?.kind ?? null) === kind) return;
    source?.destroy();
    source = null;
    if (kind === "camera") source = {kind, draw() {}, ...createCamera((pixels) => on.add(label, "photograph", CAMERA_SIDE, pixels))};
    if (kind === "pad") source = {kind, ...createPadBox((pixels) => on.add(label, "drawing", INK_SIDE, pixels))};
    place.replaceChildren(...(source ? [source.element] : []));
    for (const way of ways) if (way.name !== "files") mark(way, "aria-expanded", way.name === kind);
  }

  function tileOf(picture) {
    if (!tiles.has(picture)) {
      const canvas = make("canvas", {"aria-hidden": "true"});
      const button = make("button", {type: "button", title: "Remove", onclick: () => remove(picture)}, canvas);
      tiles.set(picture, {canvas, button, element: make("li", {}, button), raster: new Raster()});
    }
    return tiles.get(picture);
  }

  function remove(picture) {
    leaving = {picture, at: [...list.children].indexOf(tiles.get(picture).element)};
    on.remove(label, picture);
  }

  /** The focus goes on from a picture that is gone: to the one in its place, or else to what brings it back. */
  function goOn(pictures) {
    if (!leaving || pictures.includes(leaving.picture)) return;
    const next = list.children[Math.min(leaving.at, list.children.length - 1)];
    (next?.querySelector("button") ?? undo).focus({preventScroll: true});
    leaving = null;
  }

  function drawPictures(pictures, thumbs, title, scale) {
    const shown = pictures.slice(-SHOWN).reverse();
    const items = shown.map((picture, at) => {
      const {canvas, button, element: item, raster} = tileOf(picture);
      mark(button, "aria-label", `Remove picture ${pictures.length - at} of ${title}`);
      const small = thumbs.get(picture);
      if (!small) return item;
      const [, high, wide] = small.shape;
      const times = (TILE * scale) / Math.max(high, wide);
      raster.update([small], wide, high, (words) => pixelsOf({values: small.values, shape: [1, ...small.shape]}, 0, words));
      fit(canvas, wide * times, high * times).drawImage(raster.canvas, 0, 0, wide * times, high * times);
      return item;
    });
    for (const known of tiles.keys()) if (!pictures.includes(known)) tiles.delete(known);
    if (items.length !== list.children.length || items.some((item, at) => item !== list.children[at])) list.replaceChildren(...items);
    reveal(list, items.length > 0);
  }

  return {
    element,
    draw({at, title, pictures, coming, thumbs, way, canDrop, canUndo, state}) {
      label = at;
      mark(element, "aria-label", `Class ${title}`);
      mark(name, "aria-label", `Name of class ${at + 1}`);
      if (name.getRootNode().activeElement !== name) name.value = title;
      const more = coming ? `, ${coming} coming` : "";
      say(count, `${pictures.length} picture${pictures.length === 1 ? "" : "s"}${more}`);
      drop.disabled = !canDrop;
      const isSure = canDrop && pictures.length > 0; // an empty class is soon made again
      reveal(drop, !isSure);
      reveal(sure.element, isSure);
      reveal(undo, canUndo);
      mark(undo, "aria-label", `Bring back the picture removed from ${title}`);
      use(way);
      drawPictures(pictures, thumbs, title, state.scale);
      goOn(pictures);
      source?.draw({...state, side: Math.min(200 * state.scale, state.width - 40)});
    },
    destroy: () => use(null),
  };
}

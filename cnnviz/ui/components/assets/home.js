// The part "home": one image through the network at a glance, or what is drawn on the pad in its place.

import {projector} from "./board.js";
import {answerUnit, contributionsOf} from "./contributions.js";
import {fit, photograph, Raster, whole} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {imageTitle, many, percent, size} from "./format.js";
import {LOOK} from "./home_look.js";
import {downloadMenu, savePicture} from "./menu.js";
import {createNote} from "./note.js";
import {createPad} from "./pad.js";
import {CAPTION, layOut, paintCaption, paintReading} from "./reading.js";
import {Atlas} from "./tiles.js";
import {wear} from "./wear.js";

const PHONE = 700;
const DESK = {image: 176, tile: 30, gap: 4, answer: 230};
const HAND = {image: 92, tile: 26, gap: 4, answer: 124};
const PAD_ON_PHONE = 232;
const SMALL = 48; // what the network sees of a drawing
const QUIET = ["status", "curves"];

const isDrawing = (image) => /^(pad|drawing)-/.test(image);
const titleOf = (image) => (isDrawing(image) ? "Your drawing" : imageTitle(image));

/** The picture of the page; Python has the buttons below it. */
export function createHome(root, instance) {
  wear(root, LOOK);
  const atlas = new Atlas();
  const photo = new Raster();
  const note = createNote(instance);
  const canvas = make("canvas", {role: "img"});
  const image = make("canvas", {role: "img"});
  const small = make("canvas", {role: "img"});
  const smallWords = make("span", {className: "caption"});
  const seen = make("div", {className: "seen"}, image, make("div", {className: "smaller"}, small, smallWords));
  const menu = downloadMenu("the picture", {png: () => save(), numbers: () => numbers()});
  const computing = make("p", {className: "caption computing", role: "status"}, "computing");
  const stage = make("div", {className: "stage"}, seen, make("div", {className: "network"}, canvas), computing, menu);
  root.append(note.element, stage);
  let pad = null;
  let now = null;
  let asked = null; // the unit whose numbers tell what speaks for the answer

  /** The drawing is gone: back to the run's own image. */
  function forgotten() {
    instance.channel.look(instance.mount.probe);
    instance.trigger?.("image", "");
  }

  function openPad(isOpen, {channel, mount}) {
    if (isOpen === Boolean(pad)) return;
    if (isOpen) {
      pad = createPad({withAnswer: false, kept: (name) => instance.trigger?.("image", name), forgotten});
      seen.prepend(pad.element);
      requestAnimationFrame(() => pad?.focus());
      return;
    }
    pad.destroy();
    pad.element.remove();
    pad = null;
    if (isDrawing(channel.image)) channel.look(mount.image);
  }

  /** Ask for the weights of the predicted class; the answer comes with every picture from then on. */
  function askForAnswer(channel, picture, kinds) {
    const unit = answerUnit(picture);
    const key = JSON.stringify([channel.run, unit]);
    if (key === asked && !kinds.has("connection")) return;
    if (channel.connection.send(JSON.stringify({unit}))) asked = key;
  }

  function numbers() {
    const {channel, picture} = now;
    return channel.route(`numbers/${channel.run}/maps.npz`, {token: channel.token, step: channel.savedStep(picture), image: picture.image});
  }

  function paintImage(context, side) {
    const {canvas: raster} = photograph(photo, now.picture);
    const longest = Math.max(raster.width, raster.height);
    const [wide, high] = [(side * raster.width) / longest, (side * raster.height) / longest];
    context.drawImage(raster, (side - wide) / 2, (side - high) / 2, wide, high);
  }

  function paint(context) {
    const {layout, picture, theme, scale, said} = now;
    paintReading(context, layout, {picture, theme, scale, atlas, said: said?.byChannel});
    paintCaption(context, theme, scale, caption(), layout.left / 2, layout.height);
  }

  function caption() {
    const {picture, phone} = now;
    const shape = size(picture.arrays.input.shape.slice(1));
    return [isDrawing(picture.image) ? "your drawing" : "the image", pad && !phone ? "" : shape];
  }

  function save() {
    const {layout, picture, theme, scale, channel} = now;
    const title = `${titleOf(picture.image)}, ${channel.status?.label ?? channel.run}, step ${picture.step}`;
    savePicture(theme, title, layout.width, layout.height + CAPTION * scale, (context) => {
      paint(context);
      context.translate(0, (layout.height - layout.left) / 2);
      paintImage(context, layout.left);
    });
  }

  function draw() {
    const {channel, picture, theme, scale, phone, layout, kinds} = now;
    const [best] = [...layout.rows].sort((a, b) => b.value - a.value);
    const about = `${titleOf(picture.image)} at step ${picture.step}`;
    mark(canvas, "aria-label", `${about}, through ${many(layout.columns.length, "layer")}: the answer is ${best.name}, ${percent(best.value)} %`);
    mark(root, "data-prediction", best.name);
    mark(root, "data-image", picture.image);
    mark(root, "data-said", now.said ? now.said.byChannel.reduce((sum, one) => sum + one, 0).toFixed(3) : null);
    paint(fit(canvas, layout.width, layout.height + CAPTION * scale));
    stage.style.setProperty("--high", `${layout.height}px`);
    stage.style.setProperty("--wide", `${layout.left}px`);
    const isInPlace = pad && !phone; // the pad stands where the image was
    reveal(image, !isInPlace);
    reveal(small.parentElement, Boolean(isInPlace));
    const [, high, wide] = picture.arrays.input.shape;
    const side = whole(isInPlace ? SMALL * scale : layout.left, Math.max(high, wide));
    const target = isInPlace ? small : image;
    paintImage(fit(target, side, side), side);
    mark(target, "aria-label", `${about}, as the network sees it`);
    say(smallWords, isDrawing(picture.image) ? `the network sees ${size([high, wide])}` : "shown until you draw");
    drawPad(now);
  }

  function drawPad({channel, theme, kinds, mount, scale, phone, layout}) {
    pad?.draw({channel, theme, kinds, mount, scale, side: phone ? PAD_ON_PHONE : layout.left});
  }

  return {
    draw(state) {
      const {channel, theme, width, kinds, mount} = state;
      const {picture} = channel;
      const phone = width < PHONE;
      const scale = projector(width);
      if (channel.scale !== scale) channel.set({scale});
      root.style.setProperty("--k", scale);
      root.classList.toggle("phone", phone);
      note.draw();
      openPad(Boolean(mount.pad), state);
      root.classList.toggle("drawing", Boolean(pad));
      reveal(computing, !picture && !channel.problem);
      stage.classList.toggle("empty", !picture && !now); // a run that begins leaves the picture before it in place
      if (!picture) {
        if (now) drawPad({...now, channel, mount, theme, kinds});
        return;
      }
      askForAnswer(channel, picture, kinds);
      if (now?.picture === picture && kinds.size && [...kinds].every((kind) => QUIET.includes(kind))) return;
      const sizes = phone ? HAND : DESK;
      const [left, tile, gap, answer] = [sizes.image, sizes.tile, sizes.gap, sizes.answer].map((pixels) => pixels * scale);
      const layout = layOut(channel, picture, {width, left, tile, gap, answer, phone});
      const last = layout.columns.at(-1);
      const said = last && contributionsOf(channel.toldUnit, picture, last.layer);
      // Those of the picture before stand until the new ones come, a moment later, unless the answer is another.
      const isSame = now?.picture.run === picture.run && now.picture.prediction === picture.prediction;
      now = {...state, picture, phone, scale, layout, said: said === undefined && isSame ? now.said : said};
      draw();
    },
    destroy() {
      pad?.leave();
      const {channel} = instance;
      const own = channel.layer !== null && channel.unit !== null ? {node: channel.layer, unit: channel.unit} : null;
      channel.connection.send(JSON.stringify({unit: own}));
    },
  };
}

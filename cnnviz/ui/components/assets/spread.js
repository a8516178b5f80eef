// How the weights of every layer, or their gradients, are spread: a histogram a layer, negative blue, positive orange.

import {fit, font, write} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {percent, significant, whole, withUnit} from "./format.js";
import {downloadMenu, savePicture, titleOf} from "./menu.js";
import {css} from "./palette.js";

const WIDE = 184; // of one histogram, at least
const GAP = 28;
const HIGH = 72;
const HEAD = 22;
const FOOT = 20;
const ROW = 18;
const STRONG = 95; // of 127: the colour of a bar
const TITLES = {weights: "Weights", gradients: "Gradients"};
const NONE = {
  weights: "No layer of this network has weights.",
  gradients: "No gradients were kept of this step: there are none at step 0, and none in runs of older versions.",
};

/** Where the histograms stand: as many beside each other as have room. */
function layOut(layers, width, scale) {
  const across = Math.max(1, Math.floor((width / scale + GAP) / (WIDE + GAP)));
  const wide = Math.min(WIDE * 1.25, (width / scale - (across - 1) * GAP) / across);
  const tall = HEAD + HIGH + FOOT + ROW;
  return {
    across, wide: wide * scale, top: HEAD * scale, high: HIGH * scale,
    places: layers.map((_, n) => [(n % across) * (wide + GAP) * scale, Math.floor(n / across) * tall * scale]),
    height: Math.ceil(layers.length / across) * tall * scale,
  };
}

/** The histograms of one measure, "weights" or "gradients". */
export function createSpread(box, measure) {
  const canvas = make("canvas", {tabIndex: 0, role: "application"});
  const words = make("p", {className: "value", "aria-live": "polite"});
  const none = make("p", {className: "caption", hidden: true}, NONE[measure]);
  const menu = downloadMenu(`the ${measure}`, {png: () => save(), numbers: () => address()});
  const header = make("header", {}, make("h2", {}, TITLES[measure]), words, menu);
  box.append(header, canvas, none);
  let now = null;
  let chosen = null; // [layer, bin]

  function save() {
    savePicture(now.theme, titleOf(now.channel, {step: now.message.step}, TITLES[measure]), now.width, now.layout.height, paint);
  }
  function address() {
    const {channel, message} = now;
    return channel.route(`numbers/${channel.run}/layers.npz`, {token: channel.token, step: message.step});
  }

  canvas.addEventListener("pointermove", ({offsetX, offsetY}) => choose(under(offsetX, offsetY)));
  canvas.addEventListener("pointerleave", () => choose(null));
  canvas.addEventListener("keydown", (event) => {
    const by = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
    if (!now || (!by && event.key !== "Escape")) return;
    event.preventDefault();
    const within = (at, count) => Math.max(0, Math.min(count - 1, at));
    const middle = (binsOf(0).length - 1) / 2;
    choose(by ? (chosen ? [within(chosen[0] + by[0], now.layers.length), within(chosen[1] + by[1], binsOf(0).length)] : [0, middle]) : null);
  });

  const binsOf = (layer) => now.message.arrays[`${measure}/${now.layers[layer].name}`].values;
  function under(px, py) {
    if (!now) return null;
    const {places, wide, top, high} = now.layout;
    const layer = places.findIndex(([x, y]) => px >= x && px < x + wide && py >= y && py < y + top + high + FOOT);
    if (layer < 0) return null;
    return [layer, Math.floor(((px - places[layer][0]) / wide) * binsOf(layer).length)];
  }
  function choose(next) {
    if (String(next) === String(chosen)) return;
    chosen = next;
    if (now) draw();
  }

  /** One bin in words: the share of the values that lie in it. */
  function saying([layer, bin]) {
    const {name, scale, odd} = now.layers[layer];
    const counts = binsOf(layer);
    const all = counts.reduce((sum, count) => sum + count, 0);
    const edge = (at) => significant((at / counts.length * 2 - 1) * scale);
    const lost = odd ? `, ${whole(odd)} are no numbers` : "";
    return `${name}: ${withUnit(percent(counts[bin] / Math.max(1, all)), "%")} from ${edge(bin)} to ${edge(bin + 1)}${lost}`;
  }

  function paint(context) {
    const {layout: {places, wide, top, high}, layers, theme, scale} = now;
    layers.forEach((layer, n) => {
      const [x, y] = places[n];
      const counts = binsOf(n);
      const most = counts.reduce((a, b) => Math.max(a, b), 1);
      const middle = (counts.length - 1) / 2;
      const each = wide / counts.length;
      font(context, theme, 14 * scale, 600);
      write(context, layer.name, x, y + 8 * scale, layer.name === now.channel.layer ? theme.accent : theme.text);
      const along = context.measureText(layer.name).width;
      font(context, theme, 13 * scale);
      write(context, whole(layer.count), x + along + 6 * scale, y + 8 * scale, theme.second);
      counts.forEach((count, bin) => {
        const tall = count ? Math.max(1, (count / most) * high) : 0;
        context.fillStyle = bin === middle ? theme.bar : css(theme.signed[(bin < middle ? -STRONG : STRONG) & 255]);
        context.fillRect(x + bin * each, y + top + high - tall, Math.max(1, each - 1), tall);
      });
      context.fillStyle = theme.outline;
      context.fillRect(x, y + top + high, wide, 1);
      const foot = y + top + high + 12 * scale;
      const end = significant(layer.scale);
      write(context, layer.scale ? `−${end}` : "", x, foot, theme.second);
      write(context, "0", x + wide / 2, foot, theme.second, "center");
      write(context, layer.scale ? end : "", x + wide, foot, theme.second, "right");
      if (chosen?.[0] !== n) return;
      context.strokeStyle = theme.accent;
      context.lineWidth = 2;
      context.strokeRect(x + chosen[1] * each - 1, y + top - 1, each + 1, high + 2);
    });
  }

  function draw() {
    paint(fit(canvas, now.width, now.layout.height));
    say(words, chosen && chosen[0] < now.layers.length ? saying(chosen) : "");
  }

  return {
    draw(state) {
      const layers = state.message?.[measure] ?? [];
      reveal(none, Boolean(state.message) && !layers.length);
      reveal(canvas, layers.length > 0);
      reveal(menu, layers.length > 0);
      if (!state.message) say(words, "computing");
      if (!layers.length) return;
      now = {...state, layers, layout: layOut(layers, state.width, state.scale)};
      mark(canvas, "aria-label", `${TITLES[measure]} of ${layers.map(({name, scale}) => `${name}, up to ${significant(scale)}`).join("; ")}; up and down choose a layer, left and right a bin`);
      draw();
    },
  };
}

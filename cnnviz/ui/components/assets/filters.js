// The filters of every convolution of the shown picture.

import {fit, frame} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {significant, size} from "./format.js";
import {KernelPainter, kernelsOf, kernelUnder, layOutKernels, weightAt} from "./kernels.js";
import {downloadMenu, savePicture} from "./menu.js";

/** The section with all filters of the shown picture. */
export function createFilters(section) {
  const canvas = make("canvas", {role: "img"});
  const words = make("p", {className: "value", "aria-hidden": "true"});
  const none = make("p", {className: "caption", hidden: true}, "This network has no convolution.");
  const title = make("h2", {}, "Filters");
  const menu = downloadMenu("the filters", {png: () => save(), numbers: () => now.channel.numbersOf(now.picture, "filters.npz")});
  const painter = new KernelPainter();
  let now = null;
  const scroller = make("div", {className: "scroller"}, canvas);
  section.append(make("header", {}, title, words, menu), scroller, none);

  function save() {
    savePicture(now.theme, `Filters, step ${now.picture.step}`, now.layout.width, now.layout.height, paint);
  }

  canvas.addEventListener("pointermove", ({offsetX, offsetY}) => say(words, under(offsetX, offsetY)));
  canvas.addEventListener("pointerleave", () => say(words, ""));

  function under(px, py) {
    const hit = now && kernelUnder(now.layout, px, py);
    if (!hit) return "";
    const {block: {filter}, index} = hit;
    return `${filter.name}[${index.join(", ")}] = ${significant(weightAt(now.picture, filter, index))}`;
  }

  function paint(context) {
    const {layout, channel, theme} = now;
    painter.paint(context, {...now, chosen: channel.layer});
    const one = layout.blocks.find(({filter}) => filter.name === channel.layer);
    if (one) frame(context, theme, one.x, one.y + one.top - 2, one.grid, one.down * (one.h + one.gap) - one.gap + 4, 2.5, 1);
  }

  return {
    draw(state) {
      const picture = state.channel.unbound;
      const filters = picture ? kernelsOf(picture) : [];
      section.classList.toggle("empty", !picture);
      reveal(none, Boolean(picture) && filters.length === 0);
      reveal(canvas, filters.length > 0);
      if (!filters.length) return;
      const idle = now?.picture === picture && [...state.kinds].every((kind) => ["status", "curves", "connection"].includes(kind));
      if (idle && state.kinds.size) return;
      now = {...state, picture};
      const {theme, scale, width} = state;
      now.layout = layOutKernels(filters, {theme, scale, room: width});
      const isWide = now.layout.width > width; // then the keyboard must reach what scrolls
      mark(scroller, "tabindex", isWide ? 0 : null);
      mark(scroller, "role", isWide ? "group" : null);
      mark(scroller, "aria-label", isWide ? "Filters, wider than their column" : null);
      mark(canvas, "aria-label", `Filters of ${filters.map(({name, shape}) => `${name}, ${size(shape)}`).join("; ")}`);
      paint(fit(canvas, now.layout.width + 2, now.layout.height + 4));
    },
  };
}

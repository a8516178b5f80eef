// What augmentation makes of a few images: each as it is, and varied, as the sliders say.

import {many} from "./format.js";
import {make, mark, reveal, say} from "./elements.js";
import {TileSheet} from "./tilesheet.js";

const TILE = 56;
const TILE_PHONE = 34;

/** The sheet; `again` is called for other random numbers. */
export function createVaried(again) {
  const canvas = make("canvas", {role: "img"});
  const words = make("span", {className: "caption", role: "status"});
  const button = make("button", {type: "button", className: "small", onclick: () => again()}, "Draw again");
  const element = make("div", {className: "varied"}, canvas, make("p", {}, words, " ", button));
  let sheet = null;
  let drawn = null;
  return {
    element,
    draw({varied, unvaried: problem, theme, scale, width, isPhone, isVarying}) {
      reveal(element, Boolean(varied || problem));
      words.classList.toggle("warning", Boolean(problem));
      say(words, problem ?? (isVarying ? "At the left the image, then as eight epochs may see it." : "Nothing is varied yet: every epoch sees the same images."));
      reveal(button, Boolean(isVarying));
      reveal(canvas, Boolean(varied));
      if (!varied) return;
      if (drawn !== varied) [sheet, drawn] = [new TileSheet(varied.arrays.images), varied];
      const {rows, columns} = varied;
      const gap = 5 * scale;
      const room = Math.floor((width + gap) / columns - gap);
      const tile = Math.max(20, Math.min(Math.round((isPhone ? TILE_PHONE : TILE) * scale), room));
      sheet.paint(canvas, Array.from({length: rows * columns}, (_, n) => n), {tile, gap, columns, theme});
      mark(canvas, "aria-label", `${many(rows, "image")}, each as it is and ${many(columns - 1, "time")} varied`);
    },
  };
}

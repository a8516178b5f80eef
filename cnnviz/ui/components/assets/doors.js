// The part "doors": the ways from Home to the other pages, each with a picture made of what is on screen.

import {contributionsOf} from "./contributions.js";
import {fit, Raster, whole} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {LOOK} from "./home_look.js";
import {shownChannels} from "./layers.js";
import {columnsOf} from "./reading.js";
import {wear} from "./wear.js";

const SIDE = 72;
const TITLES = {inside: "Look inside", explain: "Explain"};

/** Signed numbers of a map as a raster, on the scale of their largest. */
function mapRaster(raster, key, {values, high, wide, scale}, theme) {
  return raster.update([...key, theme.name, theme.signed], wide, high, (words) => {
    for (let i = 0; i < words.length; i++) {
      const q = Math.round((values[i] / (scale || 1)) * 127);
      words[i] = theme.signed[Math.max(-127, Math.min(127, q)) & 255];
    }
  });
}

/** The strongest map of the last filters: what the way to "Look inside" shows. */
function strongestMap(channel, picture) {
  const columns = columnsOf(picture, false);
  const column = columns.findLast(({isPool}) => !isPool) ?? columns.at(-1);
  if (!column) return null;
  const {name, shape: [, high, wide]} = column.layer;
  const [unit] = shownChannels(channel, picture, column.layer, 1);
  const {values} = picture.arrays[`map/${name}`];
  return {values: values.subarray(unit * high * wide, (unit + 1) * high * wide), high, wide, scale: 127};
}

/** What speaks for the answer, place by place; else the first layer's strongest map, which is signed too; undefined: not yet known. */
function reasons(channel, picture) {
  const last = columnsOf(picture, false).at(-1);
  const said = last && contributionsOf(channel.toldUnit, picture, last.layer);
  if (said === undefined) return undefined;
  if (said) return {values: said.byPlace, high: said.high, wide: said.wide, scale: Math.max(...said.byPlace.map(Math.abs))};
  const first = picture.layers.find((layer) => layer.shape.length === 3 && picture.arrays[`map/${layer.name}`]);
  if (!first) return null;
  const [, high, wide] = first.shape;
  const [unit] = shownChannels(channel, picture, first, 1);
  return {values: picture.arrays[`map/${first.name}`].values.subarray(unit * high * wide, (unit + 1) * high * wide), high, wide, scale: 127};
}

/** What the way to "Explain" asks. */
function question({classes, prediction, label}) {
  const name = (index) => classes[index] ?? String(index);
  return label !== null && label !== undefined && label !== prediction
    ? `Ask why it said ${name(prediction)} to a ${name(label)}.`
    : `Ask which pixels made it say ${name(prediction)}.`;
}

/** Cards that are links; Python goes there without loading the page anew. */
export function createDoors(root, instance) {
  wear(root, LOOK);
  const doors = ["inside", "explain"].map((page) => {
    const canvas = make("canvas", {"aria-hidden": "true"});
    const words = make("span", {className: "caption"}, page === "inside" ? "Follow one pixel through every layer, number by number." : "");
    const link = make("a", {className: "door", "data-page": page}, make("span", {className: "doorpicture"}, canvas),
      make("span", {}, make("b", {}, TITLES[page]), words));
    link.addEventListener("click", (event) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || !instance.trigger) return;
      event.preventDefault();
      instance.trigger("door", page);
    });
    return {page, link, canvas, words, raster: new Raster()};
  });
  root.append(make("nav", {className: "doors", "aria-label": "Further"}, ...doors.map(({link}) => link)));

  return {
    draw({channel, mount, theme, width}) {
      const {picture} = channel;
      const scale = width < 640 ? 1 : channel.scale;
      root.style.setProperty("--k", scale);
      for (const {page, link, canvas, words, raster} of doors) {
        reveal(link, !mount.doors || mount.doors.includes(page));
        mark(link, "href", `${mount.base}/${page}${location.search}`);
        if (!picture) continue;
        const map = (page === "inside" ? strongestMap : reasons)(channel, picture);
        if (page === "explain") say(words, question(picture));
        if (!map) continue;
        const side = whole(SIDE * scale, Math.max(map.high, map.wide));
        const key = [page, picture, channel.toldUnit, map.high, map.wide];
        const {canvas: small} = mapRaster(raster, key, map, theme);
        const longest = Math.max(map.high, map.wide);
        fit(canvas, side, side).drawImage(small, 0, 0, (side * map.wide) / longest, (side * map.high) / longest);
      }
    },
  };
}

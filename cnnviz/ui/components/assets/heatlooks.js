// How the maps are looked at: signed or absolute, how much is clipped, which channel, how much of the image shows through.

import {make, mark, reveal, say} from "./elements.js";
import {NONE, withUnit} from "./format.js";
import {agreement} from "./heat.js";
import {createSegments} from "./segments.js";

export const FIRST_LOOK = {absolute: false, percentile: 100, blend: 0.82, which: null, common: false};
const CLIPS = [100, 99, 95, 90];
const CHANNELS = ["red", "green", "blue"];
const inPercent = ({blend}) => Math.round(blend * 100);

/** A look in an address, `absolute,clip:95,blend:40,red,common`: what differs from the first one. */
export function wordsOfLook(look) {
  return [
    look.absolute && "absolute",
    look.percentile !== FIRST_LOOK.percentile && `clip:${look.percentile}`,
    inPercent(look) !== inPercent(FIRST_LOOK) && `blend:${inPercent(look)}`,
    look.which !== null && CHANNELS[look.which],
    look.common && "common",
  ].filter(Boolean).join(",");
}

/** The look that an address names, the inverse of `wordsOfLook`; words that name nothing are passed over. */
export function readLook(text) {
  const look = {...FIRST_LOOK};
  for (const word of text.split(",")) {
    const [name, digits] = word.split(":");
    const number = /^\d{1,3}$/.test(digits) ? Number(digits) : NaN;
    if (word === "absolute" || word === "common") look[word] = true;
    else if (name === "clip" && CLIPS.includes(number)) look.percentile = number;
    else if (name === "blend" && number <= 100) look.blend = number / 100;
    else if (CHANNELS.includes(word)) look.which = CHANNELS.indexOf(word);
  }
  return look;
}

const known = new WeakMap(); // agreements by both arrays: ranking some thousand pixels takes a moment

function agreementOf(one, other) {
  if (!known.has(one)) known.set(one, new WeakMap());
  const ofOne = known.get(one);
  if (!ofOne.has(other)) ofOne.set(other, agreement(one, other));
  return ofOne.get(other);
}

/** As correlations are written. */
function twoDecimals(value) {
  if (value === null) return NONE;
  const text = Math.abs(value).toFixed(2);
  return value < 0 && text !== "0.00" ? `\u2212${text}` : text;
}

/** The controls; `change` hears what of the look is another now. */
export function createHeatLooks(change) {
  const values = createSegments("Values", [[false, "Signed"], [true, "Absolute"]], (absolute) => change({absolute}));
  const clip = createSegments("Clip above percentile", CLIPS.map((one) => [one, String(one)]), (percentile) => change({percentile}));
  const which = createSegments("Channels", [[null, "Sum"], [0, "Red"], [1, "Green"], [2, "Blue"]], (one) => change({which: one}));
  const blended = make("span", {});
  const blend = make("input", {type: "range", min: 0, max: 100, step: 1, "aria-label": "Blend from image to map, percent"});
  const blending = make("div", {className: "choice"},
    make("p", {className: "caption apart"}, make("span", {}, "Blend"), blended), blend,
    make("p", {className: "caption apart small", "aria-hidden": "true"}, make("span", {}, "image"), make("span", {}, "map")));
  const rows = make("dl", {className: "agreement"});
  const agreeing = make("div", {
    className: "choice", title: "Spearman's rank correlation of how much each pixel matters; pixels that are 0 in both maps are left out",
  }, make("p", {className: "caption"}, "Rank correlation with this map"), rows);
  const element = make("div", {className: "how"}, values.element, clip.element, which.element, blending, agreeing);
  blend.addEventListener("input", () => change({blend: Number(blend.value) / 100}));

  /** One row a map that is not the framed one. */
  function drawAgreement(tiles, framed) {
    const others = tiles.filter((tile) => tile !== framed);
    reveal(agreeing, others.length > 0 && tiles.some((tile) => tile.isWhole || tile.isWaiting));
    while (rows.children.length > 2 * others.length) rows.lastChild.remove();
    while (rows.children.length < 2 * others.length) rows.append(make("dt"), make("dd"));
    others.forEach((tile, i) => {
      say(rows.children[2 * i], tile.title);
      const number = rows.children[2 * i + 1];
      const isReady = tile.isWhole && framed?.isWhole;
      const words = tile.isWaiting || framed?.isWaiting ? "computing" : twoDecimals(isReady ? agreementOf(framed.array, tile.array) : null);
      say(number, words);
      number.classList.toggle("pending", words === "computing");
    });
  }

  return {
    element,
    draw({look, colours, tiles, framed}) {
      values.draw(look.absolute);
      clip.draw(look.percentile);
      which.draw(look.which);
      reveal(which.element, colours);
      if (Number(blend.value) !== inPercent(look)) blend.value = inPercent(look);
      mark(blend, "style", `--share: ${look.blend}`);
      say(blended, withUnit(inPercent(look), "%"));
      drawAgreement(tiles, framed);
    },
  };
}

// Numbers as formulas show them: a fixed count of decimals, a true minus, no sign on what rounds to zero.

import {NONE, significant} from "./format.js";

const ODD = {NaN: "NaN", Infinity: "∞", "-Infinity": "\u2212∞"};

const WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/** A value with so many decimals. */
export function fixed(value, places = 4) {
  if (!Number.isFinite(value)) return ODD[value] ?? NONE;
  const size = Math.abs(value);
  if (size >= 1e6) return value.toExponential(3).replace("-", "\u2212").replace("e+", "e");
  if (size > 0 && size < 10 ** -places) return significant(value);
  const text = value.toFixed(size >= 1000 ? Math.min(places, 2) : places);
  return /^-[0.]*$/.test(text) ? text.slice(1) : text.replace("-", "\u2212");
}

/** How many decimals numbers need of which this is the largest, to be short and yet differ. */
export function placesFor(most) {
  if (most >= 100) return 0;
  if (most >= 10) return 1;
  return most >= 0.1 || most === 0 ? 2 : most >= 0.01 ? 3 : 4;
}

/** A value with so many decimals and never more. */
export function short(value, places) {
  if (!Number.isFinite(value)) return ODD[value] ?? NONE;
  const text = Math.abs(value) >= 1e5 ? value.toExponential(0).replace("e+", "e") : value.toFixed(places);
  return /^-[0.]*$/.test(text) ? text.slice(1) : text.replace("-", "\u2212");
}

/** A small count as a word. */
export function counted(count) {
  return WORDS[count] ?? count.toLocaleString("en-US");
}

// Numbers and names as a person reads them.

export const NONE = "–";
const NARROW = "\u202f";

/** A true minus, and no sign on what rounds to zero. */
function signed(text) {
  return /^-[0.,]*$/.test(text) ? text.slice(1) : text.replace("-", "\u2212");
}

/** Three significant digits, thousands grouped. */
export function significant(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size >= 10 ** (digits - 1)) return signed(Number(value.toPrecision(digits)).toLocaleString("en-US"));
  if (size < 1e-6) return "0";
  return signed(value.toPrecision(digits));
}

/** A share as a percentage with one decimal, without the sign. */
export function percent(share) {
  if (share === null || share === undefined || !Number.isFinite(share)) return NONE;
  return share >= 0.9995 ? "100" : (share * 100).toFixed(1);
}

/** A whole number, thousands grouped. */
export function whole(value) {
  return value === null || value === undefined ? NONE : Math.round(value).toLocaleString("en-US");
}

/** So many of a kind: "1 layer", "16 layers". */
export function many(count, what) {
  return `${whole(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** Seconds as value and unit: seconds, minutes or hours. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return [NONE, ""];
  const all = Math.max(0, Math.round(seconds));
  const two = (part) => String(part).padStart(2, "0");
  if (all < 60) return [String(all), "s"];
  if (all < 3600) return [`${Math.floor(all / 60)}:${two(all % 60)}`, "min"];
  return [`${Math.floor(all / 3600)}:${two(Math.floor(all / 60) % 60)}`, "h"];
}

/** A value and its unit with a narrow space between. */
export function withUnit(value, unit) {
  return unit && value !== NONE ? `${value}${NARROW}${unit}` : value;
}

const FROM_OUTSIDE = {pad: "Drawing", drawing: "Drawing", upload: "Picture"};

/** "validation-12" as it is written in a title: "Validation image 12"; what a person gave has no number. */
export function imageTitle(image) {
  const outside = FROM_OUTSIDE[image?.split("-")[0]];
  if (outside) return outside;
  const match = /^([a-z]+)-(\d+)$/.exec(image ?? "");
  if (!match) return "Image";
  return `${match[1][0].toUpperCase()}${match[1].slice(1)} image ${match[2]}`;
}

/** A layer's or a filter's size: "26×26", "10×26×26". */
export function size(shape) {
  return shape.join("×");
}

// Colours: the theme's roles, and look-up tables from values to pixels.

const ROLES = {
  light: {
    ground: "#ffffff", text: "#1c1e21", second: "#55595f", third: "#6f747b", accent: "#5a3fd0", wash: "#efecfb",
    hairline: "#e3e3de", outline: "#c9c9c3", bar: "#b9bcc0", grid: "#ecece8", warning: "#9a5b00", box: "#f4f4f1",
    lines: ["#5a3fd0", "#6f747b", "#bd5a1c", "#2a86a4", "#8f6a00", "#a8437f"],
  },
  dark: {
    ground: "#15171a", text: "#ecebe8", second: "#b3b8be", third: "#949aa1", accent: "#a698ff", wash: "#2b2745",
    hairline: "#2e3338", outline: "#4a5057", bar: "#5d646c", grid: "#24282c", warning: "#f0b35a", box: "#22262b",
    lines: ["#a698ff", "#949aa1", "#e7a044", "#6cbfd2", "#d9c25a", "#e58fc0"],
  },
};
const FROM_STREAMLIT = {
  ground: "--st-background-color",
  text: "--st-text-color",
  accent: "--st-primary-color",
};

export const UNKNOWN = 0; // the pixel of what is not a number: none, so that the hatch below it is seen
const NOT_A_NUMBER = 128; // the byte −128, which stands for it

const normal = document.createElement("canvas").getContext("2d");

/** A CSS colour as [r, g, b], or null where it is none. */
function rgb(colour) {
  if (!colour) return null;
  normal.fillStyle = "#010203";
  normal.fillStyle = colour;
  const match = /^#(..)(..)(..)$/.exec(normal.fillStyle);
  if (!match || (normal.fillStyle === "#010203" && colour !== "#010203")) return null;
  return match.slice(1).map((part) => parseInt(part, 16));
}

/** "light" or "dark", by the ground that Streamlit says the page has. */
function themeName(style) {
  const ground = rgb(style.getPropertyValue("--st-background-color").trim());
  if (!ground) return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return 0.299 * ground[0] + 0.587 * ground[1] + 0.114 * ground[2] < 128 ? "dark" : "light";
}

/** Colours as pixels of an ImageData: one little-endian RGBA word each. */
function pixels(colours) {
  const words = new Uint32Array(colours.length / 3);
  for (let i = 0; i < words.length; i++) {
    words[i] = (255 << 24) | (colours[3 * i + 2] << 16) | (colours[3 * i + 1] << 8) | colours[3 * i];
  }
  return words;
}

/** For every byte of an int8 its pixel: paper at 0, one arm up, the other down. */
function signedPixels(positive, negative) {
  const up = pixels(positive);
  const down = pixels(negative);
  const words = new Uint32Array(256);
  for (let q = -128; q < 128; q++) words[q & 255] = q < 0 ? down[Math.min(-q, 127)] : up[q];
  words[NOT_A_NUMBER] = UNKNOWN;
  return words;
}

const tables = {};

/** Remember the palettes of a mount; they are the same for all parts. */
export function learn(arrays) {
  for (const name of ["light", "dark"]) {
    const of = (arm) => arrays[`palette/${name}/${arm}`]?.values;
    if (tables[name] || !of("positive")) continue;
    tables[name] = {signed: signedPixels(of("positive"), of("negative")), count: pixels(of("count"))};
  }
}

/** The theme the page has now: its name, the colours of all roles, the pixel tables, the font. */
export function themeOf(element) {
  const style = getComputedStyle(element);
  const name = themeName(style);
  const theme = {name, ...ROLES[name], ...tables[name], font: style.fontFamily || "system-ui, sans-serif"};
  for (const [role, variable] of Object.entries(FROM_STREAMLIT)) {
    const value = style.getPropertyValue(variable).trim();
    if (rgb(value)) theme[role] = value;
  }
  return theme;
}

/** A pixel word as a CSS colour. */
export function css(word) {
  return `rgb(${word & 255} ${(word >> 8) & 255} ${(word >> 16) & 255})`;
}

/** Whether dark text reads better on this pixel than light text. */
export function isPale(word) {
  return 0.299 * (word & 255) + 0.587 * ((word >> 8) & 255) + 0.114 * ((word >> 16) & 255) > 140;
}

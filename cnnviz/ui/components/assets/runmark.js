// By what a run is known among others: a colour, and from the seventh on the same colours broken, in lines and in swatches.

/** The colour of a run, by its number. */
export const colourOf = (theme, at) => theme.lines[at % theme.lines.length];

const isBroken = (theme, at) => at >= theme.lines.length;

/** The dashes of its lines, for `setLineDash`. */
export const dashOf = (theme, at, scale) => (isBroken(theme, at) ? [6 * scale, 3 * scale] : []);

/** Show on a swatch how the lines of a run are drawn. */
export function paintSwatch(swatch, theme, at) {
  const colour = colourOf(theme, at);
  const look = isBroken(theme, at) ? `repeating-linear-gradient(90deg, ${colour} 0 3px, transparent 3px 4.5px)` : colour;
  if (swatch.look === `${theme.name} ${at}`) return;
  swatch.look = `${theme.name} ${at}`;
  swatch.style.background = look;
}

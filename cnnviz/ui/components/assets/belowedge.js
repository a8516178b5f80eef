// Where a page ends for a person: the time line lies over what is below.

/** The time line's upper edge, in pixels from the top of the window. */
export function lowestFree() {
  const bar = document.querySelector('[data-testid="stBottomBlockContainer"]');
  return bar ? Math.min(innerHeight, bar.getBoundingClientRect().top) : innerHeight;
}

// What was changed on the way, as small triangles over the steps: hover or focus says which, a click goes there.

import {make, mark, reveal, say} from "./elements.js";
import {whole} from "./format.js";

const APART = 10; // marks nearer to each other are one
const NEAR = 5; // from here a pointer is on a mark's line

/** Marks as they have room, by `x`, where a step stands: [{x, step, words}], from left to right; `own` is the step they say. */
export function gathered(marks, x, apart = APART) {
  const found = [];
  for (const {step, own = step, words} of marks) {
    const last = found.at(-1);
    const line = `Step ${whole(own)}: ${words}`;
    if (last && x(step) - last.x < apart) last.words += `\n${line}`;
    else found.push({x: x(step), step, words: line});
  }
  return found;
}

/** The marks of a drawing, to be laid over it; `onGo` hears the step of a mark that is clicked. */
export function createMarks(onGo) {
  const tip = make("div", {className: "tip", role: "tooltip", hidden: true});
  const buttons = [];
  const element = make("div", {className: "marks"}, tip);
  let shown = [];
  let wide = 0;

  function tell(group) {
    reveal(tip, Boolean(group));
    if (!group) return;
    say(tip, group.words);
    tip.style.left = "0";
    const room = wide - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(room, group.x - tip.offsetWidth / 2))}px`;
  }

  function button(at) {
    const one = make("button", {type: "button", className: "mark"});
    one.addEventListener("pointerdown", (event) => event.stopPropagation()); // which would begin a drag
    one.addEventListener("pointerenter", () => tell(shown[at]));
    one.addEventListener("focus", () => tell(shown[at]));
    for (const name of ["pointerleave", "blur"]) one.addEventListener(name, () => tell(null));
    one.addEventListener("keydown", (event) => { if (event.key === "Escape") tell(null); });
    one.addEventListener("click", () => onGo(shown[at].step));
    element.insertBefore(one, tip);
    return one;
  }

  return {
    element,
    /** `top` is where the tips of the triangles end; steps outside of `first` to `last` have none. */
    draw(marks, {x, first, last, top, width}) {
      shown = gathered(marks.filter(({step}) => step >= first && step <= last), x);
      wide = width;
      while (buttons.length < shown.length) buttons.push(button(buttons.length));
      buttons.forEach((one, at) => {
        const group = shown[at];
        reveal(one, Boolean(group));
        if (!group) return;
        mark(one, "aria-label", group.words);
        one.style.transform = `translate(${group.x}px, ${top}px)`;
      });
      if (!shown.length) tell(null);
    },
    /** Say what the mark at a place says, null for none. */
    point(px) {
      tell(px === null ? null : shown.find((group) => Math.abs(group.x - px) <= NEAR));
    },
  };
}

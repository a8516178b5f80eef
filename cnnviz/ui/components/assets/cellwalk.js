// Walking over a map cell by cell, row by row.

import {icon, make, mark} from "./elements.js";

const PER_SECOND = 8;
const FIRST = "M5.5 5v10M14.5 5v10l-7-5z";
const PLAY = "M7 4.5v11l9-5.5z";
const PAUSE = "M7 5v10M13 5v10";
const LAST = "M14.5 5v10M5.5 5v10l7-5z";

/** Three buttons; `where()` gives {at, count} and `go(at)` goes to a cell. */
export function createWalk({where, go}) {
  const button = (path, label, act) => make("button", {type: "button", className: "quiet", title: label, "aria-label": label, onclick: act}, icon(path));
  const play = button(PLAY, "Walk over the map", () => (timer ? stop() : start()));
  const element = make("span", {className: "walk"},
    button(FIRST, "First cell", () => { stop(); go(0); }), play,
    button(LAST, "Last cell", () => { stop(); go(where().count - 1); }));
  let timer = null;

  function start() {
    const {at, count} = where();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return go((at + 1) % count); // one press, one step
    if (at >= count - 1) go(0);
    timer = setInterval(() => {
      const now = where();
      if (now.at >= now.count - 1) return stop();
      go(now.at + 1);
    }, 1000 / PER_SECOND);
    show();
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    show();
  }
  function show() {
    mark(play, "aria-label", timer ? "Stop walking" : "Walk over the map");
    mark(play.querySelector("path"), "d", timer ? PAUSE : PLAY);
  }
  return {element, stop};
}

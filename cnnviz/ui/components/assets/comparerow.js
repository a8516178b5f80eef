// The columns of all runs in a row that scrolls: those in view are drawn, and buttons lead to the others.

import {createCompareColumn} from "./comparecolumns.js";
import {make, mark, reveal, say} from "./elements.js";

const LEAST = 250; // px of a column
const GAP = 28;
const EDGE = 4; // px around them, for what is framed

/** The row and its `pager`; `look` hears the name of an image that is chosen in one of them. */
export function createCompareRow(look) {
  const element = make("div", {className: "columns"});
  const words = make("span", {role: "status"});
  const back = make("button", {type: "button", className: "text small", onclick: () => turn(-1)}, "Previous");
  const on = make("button", {type: "button", className: "text small", onclick: () => turn(1)}, "Next");
  const pager = make("div", {className: "pager"}, words, back, on);
  const runs = [];
  let now = null;
  let seen = "";

  element.addEventListener("scroll", () => {
    if (now && String(inView()) !== seen) draw(new Set(["view"]));
  });

  function turn(by) {
    const {pitch, fit} = now;
    element.scrollTo({left: (Math.round(element.scrollLeft / pitch) + by * fit) * pitch});
  }

  /** The first and the last column in view, by number. */
  function inView() {
    const {pitch} = now;
    const first = Math.floor((element.scrollLeft + 1) / pitch);
    const last = Math.ceil((element.scrollLeft + element.clientWidth - EDGE - 1) / pitch) - 1;
    return [first, Math.min(runs.length - 1, Math.max(first, last))];
  }

  function drawPager(first, last) {
    reveal(pager, now.fit < runs.length);
    say(words, first === last ? `Run ${first + 1} of ${runs.length}` : `Runs ${first + 1} to ${last + 1} of ${runs.length}`);
    back.disabled = first === 0;
    on.disabled = last === runs.length - 1;
    mark(element, "data-seen", `${first} ${last}`);
  }

  function draw(kinds) {
    const [first, last] = inView();
    seen = String([first, last]);
    drawPager(first, last);
    runs.forEach((run, at) => run.draw({...now.state, kinds, room: now.room}, at, at >= first && at <= last));
  }

  function measure({width, scale, joint}) {
    const gap = GAP * scale;
    const whole = width - EDGE;
    const fit = Math.max(1, Math.min(joint.channels.length, Math.floor((whole + gap) / (LEAST * scale + gap))));
    const room = Math.floor((whole - (fit - 1) * gap) / fit);
    element.style.setProperty("--room", `${room}px`);
    return {fit, room, pitch: room + gap};
  }

  function leave() {
    const gone = runs.pop();
    gone.destroy();
    gone.element.remove();
  }

  return {
    element,
    pager,
    draw(state) {
      while (runs.length > state.joint.channels.length) leave();
      while (runs.length < state.joint.channels.length) {
        runs.push(createCompareColumn(look));
        element.append(runs.at(-1).element);
      }
      now = {...measure(state), state};
      draw(state.kinds);
    },
    destroy() {
      while (runs.length) leave();
    },
  };
}

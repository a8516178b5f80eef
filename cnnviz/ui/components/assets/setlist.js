// The list of data sets, and the ways to sets of one's own.

import {make, mark, reveal, say} from "./elements.js";
import {size, withUnit} from "./format.js";

const shapeWords = ([channels, high, wide]) => `${size([high, wide])} ${channels === 1 ? "grey" : channels === 3 ? "colour" : `${channels} channels`}`;

/** What a set is, in a few words. */
export const setWords = ({shape, classes}) => `${shapeWords(shape)}, ${classes} classes`;

/** The list; `on` hears choose(name) and go(mode), "zip" or "own". */
export function createSetList(on) {
  const known = make("ul", {className: "setlist"});
  const own = make("ul", {className: "setlist"});
  const ownHead = make("h3", {}, "Your own");
  const ways = [["zip", "Bring in pictures"], ["own", "Make your own"]].map(([mode, title]) =>
    make("button", {type: "button", className: "outlined", name: mode, onclick: () => on.go(mode)}, title));
  const element = make("nav", {className: "sets", "aria-label": "Data sets"}, known, ownHead, own, make("div", {className: "ways"}, ...ways));
  const rows = new Map(); // by the set's name

  function rowOf(name) {
    if (!rows.has(name)) {
      const title = make("b", {});
      const words = make("span", {className: "caption"});
      const state = make("span", {className: "caption state"});
      const button = make("button", {type: "button", onclick: () => on.choose(name)}, title, state, words);
      rows.set(name, {title, words, state, button, element: make("li", {}, button)});
    }
    return rows.get(name);
  }

  function fill(list, sets, chosen, shares) {
    const shown = sets.map((set) => {
      const row = rowOf(set.name);
      say(row.title, set.title);
      say(row.words, setWords(set));
      const share = shares.get(set.name);
      say(row.state, share !== undefined ? withUnit(String(Math.floor(100 * share)), "%") : set.is_there ? "" : "not here yet");
      mark(row.button, "aria-current", set.name === chosen ? "true" : null);
      mark(row.button, "data-there", set.is_there);
      return row.element;
    });
    if (shown.length !== list.children.length || shown.some((item, at) => item !== list.children[at])) list.replaceChildren(...shown);
  }

  return {
    element,
    /** `shares` are how much of a set is fetched, by its name. */
    draw({sets, chosen, mode, shares}) {
      const name = mode === "set" ? chosen : null;
      fill(known, sets.filter((set) => !set.is_own), name, shares);
      fill(own, sets.filter((set) => set.is_own), name, shares);
      reveal(ownHead, own.children.length > 0);
      for (const way of ways) mark(way, "aria-current", way.name === mode ? "true" : null);
    },
  };
}

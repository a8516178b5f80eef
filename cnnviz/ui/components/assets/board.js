// The part "board": curves and mistakes at the left, maps and filters at the right; on a phone one of them at a time.

import {LOOK} from "./board_look.js";
import {createCurves} from "./curves.js";
import {createDetails} from "./details.js";
import {make, mark, reveal} from "./elements.js";
import {createMaps} from "./maps.js";
import {createMistakes} from "./mistakes.js";
import {createNote} from "./note.js";
import {wear} from "./wear.js";
import {createWorst} from "./worst.js";

const PHONE = 700;
const LEFT = 352;
const BETWEEN = 40;
const ALL = ["maps", "curves", "filters", "mistakes"];
const TITLES = {maps: "Maps", curves: "Curves", filters: "Layers", mistakes: "Mistakes"};

/** How much larger everything is drawn for a projector, by the width of the content. */
export function projector(width) {
  return width >= 1600 ? 1.5 : width >= 1400 ? 1.25 : 1;
}

let serial = 0;

/** Two views of one section as one. */
const both = (...views) => ({draw: (state) => views.forEach((view) => view.draw(state))});

/** Lays out the four sections in the room there is. */
export function createBoard(root, instance) {
  wear(root, LOOK);
  const id = `cnnviz-${++serial}`;
  const sections = Object.fromEntries(ALL.map((name) => [name, make("section", {className: name, id: `${id}-${name}`, "aria-label": TITLES[name]})]));
  const tabs = ALL.map((name) => make("button", {type: "button", role: "tab", id: `${id}-tab-${name}`, name}, TITLES[name]));
  const tablist = make("div", {className: "tabs", role: "tablist", "aria-label": "What to show", hidden: true}, ...tabs);
  const note = createNote(instance);
  const board = make("div", {className: "board"},
    make("div", {className: "side"}, sections.curves, sections.mistakes),
    make("div", {className: "main"}, sections.maps, sections.filters));
  root.append(note.element, tablist, board);
  const views = {
    maps: createMaps(sections.maps), curves: createCurves(sections.curves),
    filters: createDetails(sections.filters), mistakes: both(
      createMistakes(sections.mistakes, (cell) => instance.trigger?.("cell", cell)), createWorst(sections.mistakes, look)),
  };
  function look(image) {
    instance.channel.look(image);
    instance.trigger?.("image", image);
  }
  const owed = Object.fromEntries(ALL.map((name) => [name, new Set()])); // what happened while a section was not shown
  let chosen = "maps";
  let now = null;

  const choose = (name, focus) => {
    chosen = name;
    draw(new Set(["view"]));
    if (focus) tabs[ALL.indexOf(name)].focus();
  };
  for (const tab of tabs) tab.addEventListener("click", () => choose(tab.name));
  tablist.addEventListener("keydown", (event) => {
    const by = {ArrowLeft: -1, ArrowRight: 1, Home: -ALL.length, End: ALL.length}[event.key];
    if (!by) return;
    event.preventDefault();
    const at = ALL.indexOf(chosen) + by;
    choose(ALL[Math.abs(by) === 1 ? (at + ALL.length) % ALL.length : by < 0 ? 0 : ALL.length - 1], true);
  });

  function draw(kinds) {
    const {channel, width} = now;
    const phone = width < PHONE;
    const scale = projector(width);
    root.classList.toggle("phone", phone);
    root.style.setProperty("--k", scale);
    if (channel.scale !== scale) channel.set({scale}); // numbers and time line are drawn alike
    reveal(tablist, phone);
    note.draw();
    for (const name of ALL) {
      const visible = !phone || name === chosen;
      const tab = tabs[ALL.indexOf(name)];
      mark(tab, "aria-selected", name === chosen);
      mark(tab, "aria-controls", `${id}-${name}`);
      tab.tabIndex = name === chosen ? 0 : -1;
      mark(sections[name], "role", phone ? "tabpanel" : null);
      mark(sections[name], "aria-labelledby", phone ? tab.id : null);
      reveal(sections[name], visible);
      for (const kind of kinds) owed[name].add(kind);
      if (!visible) continue;
      const left = name === "curves" || name === "mistakes";
      const room = phone ? width : left ? LEFT * scale : width - (LEFT + BETWEEN) * scale;
      const since = owed[name];
      owed[name] = new Set();
      views[name].draw({...now, scale, phone, width: Math.floor(room), kinds: since});
    }
  }

  return {
    draw(state) {
      now = state;
      draw(state.kinds);
    },
  };
}

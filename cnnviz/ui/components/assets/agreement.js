// Which images one run has right and another wrong: a table of all pairs, and the images of the pair that is chosen.

import {make, mark, reveal, say} from "./elements.js";
import {whole} from "./format.js";
import {paintSwatch} from "./runmark.js";
import {createThumbs} from "./thumbs.js";
import {parse} from "./wire.js";

const AGAIN = 700; // ms between two questions, while trainings bring new steps

/** Names without the words with which all of them begin. */
function shortened(names) {
  const parts = names.map((name) => name.split(" "));
  const alike = parts[0].findIndex((word, at) => parts.some((one) => one[at] !== word || one.length === at + 1));
  return parts.map((one) => one.slice(Math.max(0, alike)).join(" "));
}

/** The section; `look` hears the name of an image that is chosen. */
export function createAgreement(section, look) {
  const title = make("h2", {}, "Where they differ");
  const reading = make("span", {className: "reading"});
  const note = make("p", {className: "warning", role: "status", hidden: true});
  const table = make("table", {className: "pairs"});
  const words = make("p", {className: "caption"});
  const thumbs = createThumbs(look, () => false, "Images that one has right and the other wrong");
  section.append(make("header", {}, title, reading), note, make("div", {className: "apart"},
    make("div", {className: "scroller"}, table), make("div", {className: "shown"}, words, thumbs.element)));
  let pair = [0, 1]; // who is right, who is wrong
  let now = null;
  let found = null;
  let asked = null;
  let isBusy = false;
  let timer = null;

  /** The runs and the saved steps on screen, as a question; null where one has none yet. */
  function question() {
    const {joint} = now;
    const steps = joint.channels.map((channel) => (channel.picture ? channel.savedStep(channel.picture) : null));
    if (steps.some((step, at) => step === null || !joint.channels[at].curves.snapshots.values.includes(step))) return null;
    return new URLSearchParams({token: joint.first.token, runs: joint.channels.map(({run}) => run).join(","), steps: steps.join(","), right: pair[0], wrong: pair[1]}).toString();
  }

  async function ask() {
    const wanted = now && question();
    if (!wanted || wanted === asked || isBusy) return;
    asked = wanted;
    isBusy = true;
    const {first} = now.joint;
    let trouble = "";
    try {
      const answer = await fetch(`${first.base}/compared/${first.run}/agreement?${wanted}`, {cache: "no-store"});
      if (!answer.ok) throw new Error(await answer.text());
      found = parse(new Uint8Array(await answer.arrayBuffer()));
    } catch (error) {
      trouble = error instanceof TypeError ? "The server did not answer; choose another step." : error.message;
      found = null;
    }
    isBusy = false;
    say(note, trouble);
    reveal(note, trouble !== "");
    draw();
    clearTimeout(timer);
    timer = setTimeout(ask, AGAIN);
  }

  function choose(right, wrong) {
    pair = [right, wrong];
    ask();
    draw();
  }

  function drawTable() {
    const {joint: {names}, theme} = now;
    const heads = shortened(names);
    const count = names.length;
    const {values} = found.arrays.table;
    const swatch = (at) => { const one = make("i", {className: "swatch", "aria-hidden": "true"}); paintSwatch(one, theme, at); return one; };
    const cell = (row, column) => {
      const number = whole(values[row * count + column]);
      if (row === column) return make("td", {className: "own"}, "–");
      const button = make("button", {type: "button"}, number);
      button.addEventListener("click", () => choose(row, column));
      mark(button, "aria-pressed", pair[0] === row && pair[1] === column);
      mark(button, "aria-label", `${number} ${number === "1" ? "image" : "images"} that ${names[row]} has right and ${names[column]} wrong`);
      return make("td", {}, button);
    };
    table.replaceChildren(
      make("caption", {}, "Images that the run of the row has right and that of the column wrong"),
      make("thead", {}, make("tr", {}, make("th", {scope: "col"}, "Right"), ...names.map((name, at) => make("th", {scope: "col", title: name}, swatch(at), heads[at])), make("th", {scope: "col"}, "All right"))),
      make("tbody", {}, ...names.map((name, row) => make("tr", {}, make("th", {scope: "row"}, swatch(row), name),
        ...names.map((_, column) => cell(row, column)), make("td", {}, whole(values[row * count + row]))))));
  }

  function draw() {
    if (!now) return;
    const {joint: {names, channels}, theme, scale, width} = now;
    reveal(section, channels.length > 1);
    reveal(table, Boolean(found));
    reveal(thumbs.element, Boolean(found));
    mark(section, "data-steps", found?.steps.join(","));
    const waiting = channels.some(({isEmpty}) => isEmpty) ? "not told, as one of them has no saved step" : "computing";
    say(reading, found ? `${whole(found.total)} validation images` : note.hidden ? waiting : "");
    if (!found || found.arrays.table.shape[0] !== names.length) return;
    if (table.found !== found || table.pair !== `${pair} ${names} ${theme.name}`) drawTable();
    Object.assign(table, {found, pair: `${pair} ${names} ${theme.name}`});
    const shown = found.arrays.index.values.length;
    const all = found.arrays.table.values[found.right * names.length + found.wrong];
    say(words, shown ? `Right in ${names[found.right]}, wrong in ${names[found.wrong]}: ${shown < all ? `the first ${shown} of ${whole(all)}` : whole(all)}` : `There is none that ${names[found.right]} has right and ${names[found.wrong]} wrong.`);
    thumbs.draw({found, theme, scale, width: Math.max(200, width - 460), image: channels[0].image});
  }

  return {
    draw(state) {
      now = state;
      pair = pair.every((at) => at < state.joint.channels.length) ? pair : [0, 1];
      if (state.joint.channels.length > 1) ask();
      draw();
    },
    destroy: () => clearTimeout(timer),
  };
}

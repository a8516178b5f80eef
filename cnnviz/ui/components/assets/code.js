// The part "code": a button, and the panel with the lines of PyTorch or Captum that give what is on screen.

import {lowestFree} from "./belowedge.js";
import {coloured} from "./colouring.js";
import {CODE, LOOK} from "./code_look.js";
import {createCopy} from "./copying.js";
import {icon, make, mark, reveal, say} from "./elements.js";
import {wear} from "./wear.js";

const BRACKETS = "M7 6l-4.5 4L7 14M13 6l4.5 4L13 14";
const CROSS = "M5 5l10 10M15 5L5 15";
const SETTLE = 200; // ms: a view that moves is asked for when it rests, or this often
const TITLES = {picture: "this picture", filters: "these weights", unit: "this map", attribution: "this explanation", network: "this network", data: "this data set"};

/** What of the channel is on screen, as the server is asked for its code. */
export function wishOf(channel) {
  const {picture, layer, unit, cell, maps} = channel;
  const onPage = (name) => [...channel.parts].some(({part}) => part === name);
  if (onPage("builder")) return channel.network ? {what: "network", network: channel.network} : null;
  if (onPage("data")) return channel.words ? {what: "data", ...Object.fromEntries(Object.entries(channel.words).filter(([, text]) => text !== null))} : null;
  if (!picture) return null;
  const view = {step: channel.live && !picture.saved ? "live" : picture.step, image: channel.image};
  if (onPage("explain") && maps.length) {
    const {method, target, settings} = channel.framed ?? maps[0];
    return {what: "attribution", ...view, method, ...(target === null ? {} : {target}), settings: JSON.stringify(settings ?? {})};
  }
  if (onPage("inside") && layer !== null && unit !== null) {
    const [, row, column] = cell?.layer === layer && cell.index[0] === unit ? cell.index : [];
    return {what: "unit", ...view, node: layer, unit, ...(row === undefined ? {} : {row, column})};
  }
  return {what: onPage("inside") && channel.aspect ? channel.aspect : "picture", ...view};
}

/** The button in the title row, and its panel. */
export function createCode(root) {
  wear(root, CODE + LOOK);
  const button = make("button", {type: "button", className: "text", "aria-expanded": "false"}, icon(BRACKETS), "Code");
  const title = make("h2", {});
  const close = make("button", {type: "button", className: "quiet", "aria-label": "Close", title: "Close"}, icon(CROSS));
  const code = make("code", {});
  const copy = createCopy(code, () => text);
  const lines = make("pre", {tabIndex: 0}, code);
  const note = make("p", {className: "caption", role: "status"});
  const panel = make("aside", {className: "codepanel", hidden: true, "aria-label": "Code"},
    make("header", {}, title, copy, close), note, lines);
  root.append(make("div", {className: "codebutton"}, button), panel);
  let now = null;
  let text = "";
  let asked = null;
  let timer = null;

  button.addEventListener("click", () => open(panel.hidden));
  close.addEventListener("click", () => open(false));
  const escape = (event) => {
    if (event.key !== "Escape" || panel.hidden || event.defaultPrevented) return;
    open(false);
    event.preventDefault();
  };
  addEventListener("keydown", escape);

  function open(visible) {
    const held = panel.contains(root.getRootNode().activeElement);
    reveal(panel, visible);
    mark(button, "aria-expanded", visible);
    if (visible) {
      place();
      asked = null;
      want(0);
      close.focus({preventScroll: true});
    } else if (held) button.focus({preventScroll: true});
  }

  /** The panel ends above the time line, which stays free. */
  function place() {
    panel.style.setProperty("--below", `${innerHeight - lowestFree()}px`);
  }

  function want(wait = SETTLE) {
    if (panel.hidden || !now || timer !== null) return;
    timer = setTimeout(() => { timer = null; void ask(); }, wait);
  }

  async function ask() {
    const wish = panel.hidden ? null : wishOf(now.channel);
    if (!wish) return;
    const key = JSON.stringify(wish);
    if (key === asked) return;
    if (wish.image?.startsWith("pad-")) return tell("The code follows when the drawing has been kept, a moment after the pen rests.");
    asked = key;
    const {channel} = now;
    try {
      const answer = await fetch(channel.route(`code/${channel.run}`, {token: channel.token, ...wish}), {cache: "no-store"});
      const said = await answer.text();
      if (key !== asked) return;
      if (!answer.ok) throw new Error(said);
      text = said;
      mark(panel, "data-what", wish.what);
      mark(panel, "data-step", wish.step);
      say(title, `Code for ${TITLES[wish.what]}`);
      code.replaceChildren(...text.trimEnd().split("\n").map((line) => make("span", {className: "line"}, ...coloured(line))));
      tell("");
    } catch (error) {
      if (key !== asked) return;
      tell(error instanceof TypeError ? "The server did not answer; try again." : error.message, true);
    }
  }

  function tell(words, isProblem = false) {
    say(note, words);
    note.classList.toggle("warning", isProblem);
    reveal(note, words !== "");
  }

  return {
    draw(state) {
      now = state;
      root.style.setProperty("--k", state.channel.scale);
      if (panel.hidden) return;
      place();
      want();
    },
    destroy() {
      clearTimeout(timer);
      removeEventListener("keydown", escape);
    },
  };
}

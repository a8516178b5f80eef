// One layer of the editor: its line with its numbers, what is wrong with it, and opened its settings and arithmetic.

import {createArithmetic, createGlyph, createNumbers, crossed} from "./accounts.js";
import {icon, make, mark, reveal, say} from "./elements.js";
import {createLayerForm, settingsInWords} from "./layerform.js";

const GRIP = "M7.5 5h.01M12.5 5h.01M7.5 10h.01M12.5 10h.01M7.5 15h.01M12.5 15h.01";
export const PLUS = "M10 4.5v11M4.5 10h11";
const ACTIONS = [["up", "Move up"], ["down", "Move down"], ["repeat", "Duplicate"], ["remove", "Remove"]];

let serial = 0;

/** A button between two layers that adds one there. */
export function createGap(add) {
  const button = make("button", {type: "button", className: "gap", "aria-haspopup": "menu", onclick: () => add(button)}, icon(PLUS));
  return button;
}

/**
 * The card of a layer. `on` hears what is done: add(place, opener), toggle(id), act(action, id), set(id, changes),
 * rename(id, name), rest(), mend(id, mend), grab(event, id).
 */
export function createCard(id, on) {
  const gap = createGap(() => on.add(now.place, gap));
  const grip = make("button", {type: "button", className: "grip", "data-grip": "", onpointerdown: (event) => on.grab(event, id)}, icon(GRIP));
  const glyph = createGlyph();
  const title = make("b", {});
  const kindTitle = make("span", {className: "kind"});
  const words = make("span", {className: "words"});
  const numbers = createNumbers();
  const head = make("button", {type: "button", className: "head", "data-head": "", "aria-expanded": false, onclick: () => on.toggle(id)},
    glyph.element, make("span", {className: "who"}, title, " ", kindTitle, words), ...numbers.cells);
  const shape = make("p", {className: "shape caption"});
  const wrong = make("p", {className: "warning"});
  const remedies = make("div", {className: "remedies"});
  const name = make("input", {type: "text", maxLength: 60, spellcheck: false, autocomplete: "off", id: `cnnviz-name-${++serial}`});
  name.addEventListener("input", () => on.rename(id, name.value));
  name.addEventListener("change", on.rest);
  const about = make("p", {className: "caption about"});
  const buttons = ACTIONS.map(([action, label]) => make("button", {type: "button", className: "small", value: action, onclick: () => on.act(action, id)}, label));
  const arithmetic = createArithmetic();
  const naming = make("div", {className: "setting"}, make("label", {for: name.id}, "Name"), name, make("small", {}, "As its weights are called."));
  const fields = make("div", {className: "settings"}, naming);
  const body = make("div", {className: "body", id: `cnnviz-body-${serial}`, hidden: true}, about,
    fields, arithmetic.element, make("div", {className: "acts"}, ...buttons));
  mark(head, "aria-controls", body.id);
  const element = make("li", {className: "card", "data-id": id}, gap,
    make("div", {className: "line"}, grip, head), shape, make("div", {className: "wrong", role: "group"}, wrong, remedies), body);
  let now = null;
  let form = null;

  function drawRemedies(mends) {
    remedies.replaceChildren(...(mends ?? []).map((mend) =>
      make("button", {type: "button", className: "outlined fix", onclick: () => on.mend(id, mend)}, mend.words)));
    remedies.mends = mends;
  }

  return {
    element,
    head,
    get name() { return name; },
    /** `state`: {layer, kind, place, count, verdict, mends, isOpen, image}. */
    draw(state) {
      now = state;
      const {layer, kind, place, count, verdict, mends, isOpen, image} = state;
      const {account = null, problem = null, field = null} = verdict ?? {};
      const inWords = settingsInWords(kind?.settings ?? [], layer.settings);
      mark(element, "data-works", problem ? "no" : account ? "yes" : "unknown");
      element.classList.toggle("open", isOpen);
      say(title, layer.name);
      say(kindTitle, kind?.title ?? layer.kind);
      say(words, inWords);
      reveal(words, inWords !== "");
      numbers.draw(account);
      glyph.draw(account?.shape, image);
      say(shape, account ? crossed(account.shape_text) : problem ? "" : verdict ? "Not reached: a layer before it cannot work" : "");
      reveal(shape, !problem || account !== null);
      say(wrong, problem ?? "");
      reveal(wrong.parentElement, Boolean(problem));
      if (remedies.mends !== mends) drawRemedies(mends);
      const gives = account ? `gives ${numbers.cells[0].textContent}, ${numbers.cells[1].textContent} ${numbers.cells[1].textContent === "1" ? "parameter" : "parameters"}` : problem ? "" : "not reached";
      mark(head, "aria-label", [layer.name, kind?.title ?? layer.kind, inWords, gives, problem].filter(Boolean).join(", "));
      mark(head, "aria-expanded", isOpen);
      mark(gap, "aria-label", `Add a layer before ${layer.name}`);
      mark(gap, "title", "Add a layer here");
      mark(grip, "aria-label", `Move ${layer.name}, ${place + 1} of ${count}, with the arrow keys`);
      mark(wrong.parentElement, "aria-label", `What is wrong with ${layer.name}`);
      reveal(body, isOpen);
      if (!isOpen) return;
      if (!form) fields.append(...(form = createLayerForm(kind, (changes) => on.set(id, changes), on.rest)).elements);
      form.draw(layer.settings, field);
      if (name.value !== layer.name) name.value = layer.name;
      say(about, kind?.about ?? "");
      reveal(arithmetic.element, account !== null);
      arithmetic.draw(account);
      buttons[0].disabled = place === 0;
      buttons[1].disabled = place === count - 1;
      for (const button of buttons) mark(button, "aria-label", `${button.textContent} ${layer.name}`);
    },
  };
}

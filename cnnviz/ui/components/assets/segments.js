// A choice of a few words side by side.

import {make, mark} from "./elements.js";

/** Segments under a label, of [value, title] each; `onChoose` hears the value that is chosen. */
export function createSegments(label, options, onChoose) {
  const values = options.map(([value]) => value);
  const buttons = options.map(([, title]) => make("button", {type: "button", role: "radio"}, title));
  const group = make("div", {className: "segments", role: "radiogroup", "aria-label": label}, ...buttons);
  const element = make("div", {className: "choice"}, make("p", {className: "caption", "aria-hidden": "true"}, label), group);
  buttons.forEach((button, at) => button.addEventListener("click", () => onChoose(values[at])));
  group.addEventListener("keydown", (event) => {
    const by = {ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1}[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const at = (buttons.indexOf(event.target) + by + buttons.length) % buttons.length;
    onChoose(values[at]);
    buttons[at].focus();
  });
  return {
    element,
    draw(chosen) {
      buttons.forEach((button, at) => {
        mark(button, "aria-checked", values[at] === chosen);
        button.tabIndex = values[at] === chosen ? 0 : -1;
      });
    },
  };
}

// The images of a cell of a confusion matrix, below it: of its own run, at the step on screen.

import {make, reveal, say} from "./elements.js";
import {createPicker} from "./picker.js";

/** The section with them, closed until `show`; `look` hears the name of an image that is chosen, `closed` that it was closed. */
export function createCellImages(section, look, closed) {
  const title = make("h3", {});
  const close = make("button", {type: "button", className: "text small"}, "Close");
  const body = make("div", {});
  const box = make("div", {className: "cellimages", role: "group", tabIndex: -1}, make("header", {}, title, close), body);
  section.append(box);
  reveal(section, false);
  let cell = null; // {label, prediction}
  let picker = null;
  let now = null;

  close.addEventListener("click", () => shut());
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    shut();
  });

  function shut() {
    leave();
    closed();
  }

  function leave() {
    picker?.destroy();
    picker = cell = null;
    reveal(section, false);
  }

  function draw() {
    if (!picker || !now) return;
    const {label, prediction} = cell;
    const name = (number) => now.channel.unbound?.classes[number] ?? String(number);
    say(title, label === prediction ? `${name(label)}, right` : `${name(label)}, taken for ${name(prediction)}`);
    box.setAttribute("aria-label", `Images of label ${name(label)}, predicted ${name(prediction)}`);
    picker.draw({...now, mount: {mistake: [label, prediction]}});
  }

  return {
    /** Show the images of a cell, {label, prediction}. */
    show(next) {
      leave();
      cell = next;
      const root = make("div", {});
      body.replaceChildren(root);
      picker = createPicker(root, {channel: {look}});
      reveal(section, true);
      draw();
      box.focus();
    },
    draw(state) {
      if (now && now.channel !== state.channel) leave(); // the column is another run's
      now = state;
      draw();
    },
    destroy: leave,
  };
}

// The validation images that the step on screen gets most wrong, as pictures to open.

import {Answers} from "./answers.js";
import {make, mark, reveal, say} from "./elements.js";
import {percent, whole, withUnit} from "./format.js";
import {createThumbs} from "./thumbs.js";

/** The block below the confusion matrix; `open` hears the name of an image that is chosen. */
export function createWorst(section, open) {
  const step = make("span", {className: "reading"});
  const note = make("p", {className: "warning", role: "status", hidden: true});
  const none = make("p", {className: "caption", hidden: true}, "None of the validation images that were looked at is wrong.");
  const thumbs = createThumbs(open, () => false, "Worst mistakes");
  const box = make("div", {className: "worst"}, make("header", {}, make("h3", {}, "Worst mistakes"), step), note, none, thumbs.element);
  section.append(box);
  const answers = new Answers("worst", () => now && draw());
  let now = null;

  function draw() {
    const {channel, scale, width, theme} = now;
    answers.want(channel);
    const {message: found, trouble} = answers;
    const count = found?.arrays.index.values.length ?? 0;
    mark(box, "data-step", found?.step);
    say(step, found ? `step ${whole(found.step)}, lowest probability of the label first` : "computing");
    say(note, trouble);
    reveal(note, trouble !== "");
    reveal(none, Boolean(found) && count === 0);
    reveal(thumbs.element, count > 0);
    if (!found) return;
    thumbs.draw({found, theme, scale, width, image: channel.image, notes: notesOf(found)});
  }

  return {
    draw(state) {
      now = state;
      reveal(box, Boolean(state.channel.unbound || state.channel.validated));
      draw();
    },
  };
}

/** Under every picture, what it is and is taken for, and how sure the network is. */
function notesOf({arrays: {label, prediction, probability}, classes}) {
  const name = (number) => classes[number] ?? String(number);
  return Array.from(label.values, (is, n) => ({
    text: `${name(is)} → ${name(prediction.values[n])}`, more: withUnit(percent(probability.values[n]), "%"),
  }));
}

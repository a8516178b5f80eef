// Which image is explained, what the network takes it for, and for which class it is explained.

import {fit, frame, photograph, Raster, whole} from "./draw.js";
import {make, mark, reveal, say} from "./elements.js";
import {imageTitle, percent, withUnit} from "./format.js";

const SIDE = 200;
const WORTH_SAYING = 0.01;
const MOST = 20; // buttons; the rest of many classes is in a list

const nameOf = (picture, index) => (index === null || index === undefined ? "–" : picture.classes[index] ?? String(index));

/** The classes that get a button: all of few, or the most probable of many beside label and target. */
function offered(picture, target) {
  const {values} = picture.arrays.probabilities;
  const all = Array.from(values.keys());
  if (all.length <= MOST) return all;
  const best = [...all].sort((a, b) => values[b] - values[a]).slice(0, MOST / 2);
  return [...new Set([...best, picture.label, target])].filter((index) => index !== null).sort((a, b) => a - b);
}

/** The picture, label and prediction, and a button a class; `on` hears {aim: class or null} and {pair: whether}. */
export function createClassPick(on) {
  const photo = new Raster();
  const canvas = make("canvas", {role: "img"});
  const label = make("b", {});
  const prediction = make("b", {});
  const right = make("span", {});
  const labelled = make("span", {}, "Label ", label);
  const verdict = make("p", {className: "verdict"}, labelled, make("span", {}, "Predicted ", prediction, right));
  const buttons = make("div", {className: "classbuttons", role: "group", "aria-label": "Explain class"});
  const others = make("select", {"aria-label": "Another class"});
  const against = make("button", {type: "button", className: "wide against"});
  const element = make("div", {className: "whom"}, make("div", {className: "whose"}, canvas, verdict),
    make("div", {className: "choice"}, make("p", {className: "caption"}, "Explain class"), buttons, others, against));
  let now = null;
  let brought = ""; // what was pressed when the strip was last moved to show it

  others.addEventListener("change", () => on({aim: Number(others.value)}));
  against.addEventListener("click", () => on({pair: !now.choice.paired}));
  buttons.addEventListener("click", ({target}) => {
    const button = target.closest("button");
    if (!button) return;
    const index = Number(button.value);
    on({aim: now.choice.target === index ? null : index}); // once more: whatever is predicted
  });

  function drawButtons() {
    const {picture, choice} = now;
    const {values} = picture.arrays.probabilities;
    const explained = choice.target ?? picture.prediction;
    const expected = choice.paired ? choice.expected(picture) : null;
    const classes = offered(picture, choice.target);
    while (buttons.children.length > classes.length) buttons.lastChild.remove();
    while (buttons.children.length < classes.length) {
      buttons.append(make("button", {type: "button"}, make("span", {}), make("small", {})));
    }
    buttons.classList.toggle("named", classes.some((index) => nameOf(picture, index).length > 2));
    classes.forEach((index, i) => {
      const button = buttons.children[i];
      const share = values[index];
      const name = nameOf(picture, index);
      button.value = index;
      say(button.firstChild, name);
      say(button.lastChild, share > WORTH_SAYING ? withUnit(Math.round(share * 100), "%") : "");
      mark(button, "aria-pressed", index === explained || index === expected);
      mark(button, "aria-label", `Class ${name}, ${percent(share)} %`);
      button.title = index === choice.target ? "Once more: explain whatever is predicted" : "";
    });
    bring(buttons.children[classes.indexOf(explained)], `${picture.image} ${explained} ${now.phone}`);
    reveal(others, classes.length < values.length);
    if (others.hidden) return;
    const rest = Array.from(values.keys()).filter((index) => !classes.includes(index));
    others.replaceChildren(make("option", {value: "", selected: true, disabled: true}, "Another class"),
      ...rest.map((index) => make("option", {value: index}, nameOf(picture, index))));
  }

  /** On a phone the buttons are a strip: bring the pressed one into its middle, once. */
  function bring(button, what) {
    if (what === brought || !buttons.clientWidth) return;
    brought = what;
    buttons.scrollLeft = button.offsetLeft - buttons.offsetLeft - (buttons.clientWidth - button.offsetWidth) / 2;
  }

  return {
    element,
    draw(state) {
      const {picture, choice, theme, scale, phone, cursor} = (now = state);
      element.classList.toggle("empty", !picture);
      if (!picture) return;
      const [, high, wide] = picture.arrays.input.shape;
      const longest = Math.max(high, wide);
      const side = whole(phone ? 92 : SIDE * scale, longest);
      const context = fit(canvas, (side * wide) / longest, (side * high) / longest);
      const across = (side * wide) / longest;
      context.drawImage(photograph(photo, picture).canvas, 0, 0, across, (side * high) / longest);
      const pixel = across / wide;
      if (cursor) frame(context, theme, cursor.column * pixel, cursor.row * pixel, pixel, pixel, 1.5, 1.5);
      const known = picture.label !== null && picture.label !== undefined;
      const isWrong = known && picture.label !== picture.prediction;
      reveal(labelled, known);
      say(label, nameOf(picture, picture.label));
      say(prediction, nameOf(picture, picture.prediction));
      say(right, !known ? "" : isWrong ? ", wrong" : ", right");
      mark(canvas, "aria-label", `${imageTitle(picture.image)} at step ${picture.step}${known ? `, label ${nameOf(picture, picture.label)}` : ""}, prediction ${nameOf(picture, picture.prediction)}`);
      drawButtons();
      const [says, meant] = [nameOf(picture, picture.prediction), nameOf(picture, picture.label)];
      reveal(against, isWrong || choice.paired);
      say(against, isWrong ? `${says} against ${meant}` : "Predicted against expected");
      mark(against, "aria-pressed", choice.paired);
      against.title = isWrong ? "For each method the map of the predicted and of the expected class" : "Here the prediction is right: both are the same class";
    },
  };
}

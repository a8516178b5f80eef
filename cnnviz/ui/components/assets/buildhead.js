// Above the layers: the network's name, what images and classes it is for, and what is done with all of it.

import {make, mark, reveal, say} from "./elements.js";
import {size} from "./format.js";
import {entered, fill, numberField} from "./layerform.js";

const SIDES = ["Channels", "Height", "Width"];
const LARGEST = [64, 1024, 1024];

/** `on` hears describe(changes, topic), rest(), choose(data) and the clicks undo(), redo(), train(), toProblem(). */
export function createBuildHead(on, more, below) {
  const name = make("input", {type: "text", className: "name", "aria-label": "Name of the network", maxLength: 80, spellcheck: false, autocomplete: "off"});
  const data = make("select", {id: "cnnviz-build-data"});
  const sides = SIDES.map((label, at) => numberField(label, {low: 1, high: LARGEST[at]}));
  const classes = numberField("Classes", {low: 2});
  const button = (label, onclick, className = "outlined") => make("button", {type: "button", className, onclick}, label);
  const undo = button("Undo", on.undo);
  const redo = button("Redo", on.redo);
  const train = button("Train this network", on.train, "primary");
  const verdict = make("button", {type: "button", className: "small verdict", onclick: on.toProblem});
  const fits = make("span", {className: "caption"});
  const element = make("div", {className: "buildhead"},
    make("div", {className: "bar"}, name, undo, redo, ...more, make("span", {className: "end"}, verdict, fits, train)),
    make("div", {className: "bar images"},
      make("label", {for: data.id}, "Images"), data,
      make("span", {className: "sides"}, sides[0], "×", sides[1], "×", sides[2]),
      make("label", {className: "howmany"}, "Classes ", classes), make("span", {className: "end"}, ...below)));

  name.addEventListener("input", () => on.describe({name: name.value}, "name"));
  data.addEventListener("change", () => on.choose(data.value));
  const shape = () => sides.map(entered);
  for (const side of sides) side.addEventListener("input", () => on.describe({input_shape: shape(), data: null, preset: null}, "shape"));
  classes.addEventListener("input", () => on.describe({classes: entered(classes), data: null, preset: null}, "classes"));
  for (const field of [name, ...sides, classes]) field.addEventListener("change", on.rest);

  return {
    element,
    offer(sets) {
      const options = sets.map(({name: value, title, shape: sized, classes: count}) =>
        make("option", {value}, `${title}: ${size(sized)}, ${count} classes`));
      data.replaceChildren(...options, make("option", {value: ""}, "Other images"));
    },
    draw({now, canUndo, canRedo, problems, isKnown}) {
      if (name.value !== now.name) name.value = now.name;
      data.value = now.data ?? "";
      sides.forEach((side, at) => fill(side, now.input_shape[at]));
      fill(classes, now.classes);
      undo.disabled = !canUndo;
      redo.disabled = !canRedo;
      const works = isKnown && !problems.length;
      train.disabled = !works;
      say(verdict, problems.length === 1 ? "1 thing to mend" : `${problems.length} things to mend`);
      mark(verdict, "title", problems[0] ?? null);
      reveal(verdict, problems.length > 0);
      say(fits, works ? "It works" : "");
    },
  };
}

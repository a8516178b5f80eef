// Settings as they declare themselves, to be moved and seen at once: ranges, choices, boxes to tick.

import {make, mark} from "./elements.js";
import {entered, fill, numberField} from "./layerform.js";

const STEPS = 100; // of a range
const MOST = 100; // whole numbers that a range has; for more there is a field
const NONE = "as they are"; // what 0 in a field stands for

let serial = 0;


/** Between a place on a range, 0 to `STEPS`, and the value there. */
function scaleOf(setting) {
  const {low, high, scale} = setting;
  if (scale === "log") {
    return {
      at: (value) => Math.round((STEPS * Math.log(value / low)) / Math.log(high / low)),
      value: (place) => Number((low * (high / low) ** (place / STEPS)).toPrecision(2)),
      steps: STEPS,
    };
  }
  const step = setting.is_whole || high - low > STEPS ? 1 : (high - low) / STEPS;
  return {
    at: (value) => Math.round((value - low) / step),
    value: (place) => Number((low + place * step).toPrecision(6)),
    steps: Math.round((high - low) / step),
  };
}

/** A control with `read` and `write` of its value. */
function controlOf(setting) {
  const {default: usual, options, label} = setting;
  if (options?.length) {
    const select = make("select", {}, ...options.map((option) => make("option", {}, setting.names?.[option] ?? String(option))));
    return {control: select, read: () => options[select.selectedIndex], write: (value) => { select.selectedIndex = options.indexOf(value); }};
  }
  if (typeof usual === "boolean") {
    const box = make("input", {type: "checkbox"});
    return {control: box, read: () => box.checked, write: (value) => { box.checked = value; }};
  }
  if (setting.is_whole && setting.high > MOST) {
    const field = Object.assign(numberField(label, setting), {placeholder: NONE});
    return {control: field, read: () => entered(field) || usual, write: (value) => fill(field, value === usual ? "" : value)};
  }
  const scale = scaleOf(setting);
  const range = make("input", {type: "range", min: "0", max: String(scale.steps), step: "1"});
  const output = make("output", {});
  const write = (value) => {
    if (scale.value(Number(range.value)) !== value) range.value = String(scale.at(value));
    output.textContent = String(Number(value.toPrecision(3)));
    mark(range, "aria-valuetext", output.textContent);
  };
  return {control: range, output, read: () => scale.value(Number(range.value)), write};
}

/** The fields of `declared` settings; `change` hears {name: value} while one is moved. */
export function createSettingForm(title, declared, change) {
  const rows = declared.map((setting) => {
    const row = controlOf(setting);
    const {control, output} = row;
    control.id = `cnnviz-set-${++serial}`;
    control.name = setting.name;
    const help = make("small", {id: `${control.id}-help`, className: "unseen"}, setting.help);
    mark(control, "aria-describedby", help.id);
    control.addEventListener("input", () => change({[setting.name]: row.read()}));
    const label = make("label", {for: control.id, title: setting.help}, setting.label);
    return {...row, name: setting.name, element: make("div", {className: `field ${control.type}`}, label, control, ...(output ? [output] : []), help)};
  });
  const element = make("div", {className: "fields", role: "group", "aria-label": title}, ...rows.map((row) => row.element));
  return {
    element,
    draw(values) {
      for (const {name, write} of rows) write(values[name]);
    },
  };
}

/** Settings that are not as they always are, for an address: `size:16,colour:grey`; null where all are. */
export function settingsText(declared, values) {
  const said = declared.filter(({name, default: usual}) => values[name] !== usual).map(({name}) => `${name}:${values[name]}`);
  return said.length ? said.join(",") : null;
}

// The settings of a layer, each in a field that keeps what is typed, also where that will not do.

import {make, mark, reveal} from "./elements.js";
import {belongs} from "./stack.js";

const plain = (value) => (value === true ? "yes" : value === false ? "no" : String(value).replace("-", "\u2212"));

/** A value of a setting as people say it. */
const nameOf = (setting, value) => setting.names?.[value] ?? plain(value);

/** Settings as short phrases: those that are always of interest, and what is not as it always is. */
export function settingsInWords(declared, settings) {
  return declared.filter((one) => belongs(one, settings) && (!one.is_advanced || settings[one.name] !== one.default)
    && settings[one.name] !== false).map((one) => {
    const label = one.label.toLowerCase();
    return settings[one.name] === true ? label : `${label} ${nameOf(one, settings[one.name])}`;
  }).join(", ");
}

/** What was entered: a number where it is one, else the text as it is. */
export function entered(control) {
  if (control.type === "checkbox") return control.checked;
  const text = control.value.trim();
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** A field for a number: `label`, what it may be, and its value. */
export function numberField(label, {low, high, step = 1}) {
  return make("input", {type: "number", "aria-label": label, step: String(step), min: low ?? "", max: high ?? "", autocomplete: "off"});
}

/** Write a value into a field, but not over what is being typed and means the same. */
export function fill(control, value) {
  if (control.type === "checkbox") control.checked = value === true;
  else if (entered(control) !== value || control.validity?.badInput) control.value = String(value);
}

function controlOf(setting) {
  if (typeof setting.default === "boolean") return make("input", {type: "checkbox"});
  if (setting.options?.length) {
    return make("select", {}, ...setting.options.map((option) => make("option", {value: String(option)}, nameOf(setting, option))));
  }
  const isWhole = Number.isInteger(setting.default) && Number.isInteger(setting.low ?? 0) && Number.isInteger(setting.high ?? 0);
  return numberField(setting.label, {...setting, step: isWhole ? 1 : 0.05});
}

let serial = 0;

/** The fields of a kind of layer; `change` hears {name: value}, `rest` that a field was left. */
export function createLayerForm(kind, change, rest) {
  const rows = (kind?.settings ?? []).map((setting) => {
    const control = controlOf(setting);
    const help = make("small", {id: `cnnviz-help-${++serial}`}, setting.help);
    control.id = `cnnviz-field-${serial}`;
    control.name = setting.name;
    mark(control, "aria-describedby", help.id);
    control.addEventListener("input", () => {
      const at = setting.options?.length ? control.selectedIndex : -1;
      change({[setting.name]: at >= 0 ? setting.options[at] : entered(control)});
    });
    control.addEventListener("change", rest);
    return {setting, control, element: make("div", {className: "setting"}, make("label", {for: control.id}, setting.label), control, help)};
  });
  return {
    elements: rows.map((row) => row.element),
    draw(settings, wrong) {
      for (const {setting, control, element: row} of rows) {
        const {name} = setting;
        reveal(row, belongs(setting, settings) || name === wrong || settings[name] !== setting.default);
        if (setting.options?.length) control.selectedIndex = setting.options.indexOf(settings[name]);
        else fill(control, settings[name] ?? "");
        mark(control, "aria-invalid", name === wrong ? "true" : null);
      }
    },
  };
}

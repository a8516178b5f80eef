// The settings of a method as a small form, built from what the method declares.

import {make, mark, reveal, say} from "./elements.js";

/** What a setting is now: as chosen, or as the method has it. */
const valueOf = (setting, settings) => settings[setting.name] ?? setting.default;

const plain = (value) => (value === true ? "yes" : value === false ? "no" : String(value).replace("-", "\u2212"));

/**
 * The settings as short phrases, "window 3": all that are chosen, else the first numbers. `used` has what a method
 * chose by itself; without it that is not known, and left out.
 */
export function settingsInWords(method, settings, used = null, onlyChosen = !used) {
  const declared = method?.settings ?? [];
  const chosen = declared.filter(({name, default: own}) => (settings[name] ?? own) !== own);
  const rest = onlyChosen ? [] : declared.filter((setting) => !chosen.includes(setting) && typeof setting.default === "number");
  return [...chosen, ...rest.slice(0, Math.max(0, 2 - chosen.length))].map((setting) => {
    const value = chosen.includes(setting) ? settings[setting.name] : valueOf(setting, used ?? {});
    return value === true ? setting.label.toLowerCase() : `${setting.label.toLowerCase()} ${plain(value)}`;
  });
}

function range({low, high}) {
  if (low === null || low === undefined) return high === null || high === undefined ? "any number" : `${high} or less`;
  return high === null || high === undefined ? `${low} or more` : `${low} to ${high}`;
}

/** What was entered, as a value of the setting's kind; undefined where it will not do. */
function read(setting, control) {
  if (typeof setting.default === "boolean") return control.checked;
  if (setting.options?.length) return setting.options[control.selectedIndex];
  if (typeof setting.default !== "number") return control.value;
  const value = Number(control.value);
  const {low, high} = setting;
  const isWithin = (low ?? -Infinity) <= value && value <= (high ?? Infinity);
  return control.value.trim() !== "" && Number.isFinite(value) && isWithin ? value : undefined;
}

function controlOf(setting, value) {
  if (typeof setting.default === "boolean") return make("input", {type: "checkbox", checked: value});
  if (setting.options?.length) {
    return make("select", {}, ...setting.options.map((option) => make("option", {selected: option === value}, plain(option))));
  }
  return make("input", {type: "text", inputMode: "decimal", value: String(value), autocomplete: "off"});
}

let serial = 0;

/** The form, shut at first; `change` hears of the settings that differ from the method's own. */
export function createMethodForm(change, opener) {
  const element = make("form", {className: "popover", role: "dialog", hidden: true});
  let now = null;
  let built = null;

  const toggle = (visible = element.hidden) => {
    reveal(element, visible);
    mark(opener, "aria-expanded", visible);
    if (visible) { build(); element.querySelector("input, select")?.focus(); }
  };
  mark(opener, "aria-expanded", false);
  mark(opener, "aria-haspopup", "dialog");
  element.addEventListener("submit", (event) => event.preventDefault());
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    toggle(false);
    opener.focus();
  });
  element.addEventListener("focusout", ({relatedTarget}) => {
    if (relatedTarget && !element.contains(relatedTarget) && relatedTarget !== opener) toggle(false);
  });

  function build() {
    const {method, settings} = now;
    built = `${method.name} ${JSON.stringify(settings)}`;
    const rows = method.settings.map((setting) => {
      const id = `cnnviz-setting-${++serial}`;
      const control = controlOf(setting, valueOf(setting, settings));
      const wrong = make("span", {className: "warning", role: "alert"});
      control.id = id;
      control.name = setting.name;
      control.title = setting.help ?? "";
      control.addEventListener("change", () => {
        const value = read(setting, control);
        say(wrong, value === undefined ? `Use ${range(setting)}.` : "");
        if (value === undefined) return;
        const rest = {...now.settings};
        if (value === setting.default) delete rest[setting.name];
        else rest[setting.name] = value;
        now.settings = rest;
        built = `${method.name} ${JSON.stringify(rest)}`; // the form already says so
        change(rest);
      });
      return make("div", {className: "setting"}, make("label", {for: id, title: setting.help ?? ""}, setting.label), control, wrong);
    });
    const reset = make("button", {type: "button", className: "small"}, "As the method has it");
    reset.addEventListener("click", () => { change({}); opener.focus(); toggle(false); });
    const done = make("button", {type: "button", className: "small"}, "Close");
    done.addEventListener("click", () => { toggle(false); opener.focus(); });
    element.replaceChildren(...rows, make("p", {className: "ends"}, reset, done));
  }

  return {
    element,
    toggle,
    draw({method, settings, title}) {
      now = {method, settings};
      mark(element, "aria-label", `Settings of ${title}`);
      if (!method) return reveal(element, false);
      if (!element.hidden && built !== `${method.name} ${JSON.stringify(settings)}`) build();
    },
  };
}

// Networks to begin with: presets, those that were saved, a file; and keeping the one on the page.

import {make, mark, reveal, say} from "./elements.js";
import {createFileBox} from "./sendfile.js";

const EMPTY = {name: "My network", layers: []};

/** Save what a browser has made as a file. */
function handOver(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], {type}));
  make("a", {href: url, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** The name of a file for a network. */
const fileName = (name, ending) => `${name.replace(/[^\w]+/g, "-").replace(/^-+|-+$/g, "").toLowerCase() || "network"}.${ending}`;

/** The network as a file, and as the source of PyTorch where it works; `of` gives its record and channel. */
export function createDownloads(of, tell) {
  function network() {
    const {record} = of();
    handOver(fileName(record.name, "json"), `${JSON.stringify(record, null, 1)}\n`, "application/json");
  }

  async function source() {
    const {record: {name}, channel} = of();
    try {
      const answer = await fetch(channel.route(`code/${channel.run}`, {token: channel.token, what: "network", network: channel.network}), {cache: "no-store"});
      const text = await answer.text();
      if (!answer.ok) return tell(text);
      handOver(fileName(name, "py").replaceAll("-", "_"), text, "text/x-python");
    } catch {
      tell("The server did not answer; try again.");
    }
  }

  const [first, last] = [["Network (JSON)", network], ["PyTorch source", () => void source()]].map(([label, onclick]) =>
    make("button", {type: "button", className: "small", onclick}, label));
  return {
    element: make("span", {className: "files"}, "Download ", first, " ", last),
    draw(isWhole) { last.disabled = !isWhole; },
  };
}

/** A panel that opens below its button, and shuts by Escape or when it is left. */
function createPanel(label, ...content) {
  const button = make("button", {type: "button", className: "outlined", "aria-expanded": false, "aria-haspopup": "dialog"}, label);
  const panel = make("div", {className: "popover panel", role: "dialog", "aria-label": label, hidden: true}, ...content);
  const element = make("div", {className: "opening"}, button, panel);
  const open = (visible) => {
    reveal(panel, visible);
    mark(button, "aria-expanded", visible);
    if (visible) panel.querySelector("button:not([hidden]), input")?.focus();
  };
  button.addEventListener("click", () => open(panel.hidden));
  element.addEventListener("focusout", ({relatedTarget}) => {
    if (relatedTarget && !element.contains(relatedTarget)) open(false);
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    open(false);
    button.focus();
  });
  return {element, button, open, get isOpen() { return !panel.hidden; }};
}

/**
 * "Open": what can be begun with. `on` hears open(record) and preset(name).
 */
export function createOpening(server, on) {
  const presets = make("div", {className: "choices"});
  const kept = make("ul", {className: "kept"});
  const said = make("p", {className: "caption", role: "status"});
  const undo = make("button", {type: "button", className: "small", hidden: true}, "Undo");
  const file = make("div", {});
  const empty = make("button", {type: "button", className: "small", onclick: () => begin(EMPTY)}, "Nothing: no layers yet");
  const heading = (text) => make("h3", {}, text);
  const panel = createPanel("Open", heading("Known networks"), presets, empty, heading("Saved"), kept,
    make("p", {}, said, " ", undo), heading("A file"), file);
  const box = createFileBox(file, {
    accept: ".json",
    use: "A network's file as Download gives it, chosen or dropped here",
    refuse: ({name, size}) => size > 256 * 1024 ? `${name} is larger than 256 KB; a network's file takes a few. Give another.` : null,
    address: (channel) => channel.route(`build/${channel.run}/read`, {token: channel.token}),
    busy: ({name}) => `Reading ${name}`,
    taken: (record) => { begin(record); },
  });

  function begin(record) {
    on.open(record);
    panel.open(false);
    panel.button.focus();
  }

  const tell = (text, bringBack = null) => {
    say(said, text);
    reveal(undo, bringBack !== null);
    undo.onclick = bringBack;
  };

  async function remove(name) {
    const {record} = await server.ask("forget", {name});
    await list();
    tell(`${name} was deleted.`, record && (() => attempt(async () => {
      await server.ask("save", {record, replace: false});
      tell("");
      await list();
    })));
  }

  /** Do what may go wrong; why it did is said in the panel. */
  async function attempt(action) {
    try {
      await action();
    } catch (error) {
      tell(error.message);
    }
  }

  function row({name, about, problem, opens}) {
    const open = make("button", {type: "button", className: "small", disabled: !opens,
      onclick: () => attempt(async () => begin(await server.ask("open", {name})))}, name);
    const drop = make("button", {type: "button", className: "small", "aria-label": `Delete ${name}`, onclick: () => attempt(() => remove(name))}, "Delete");
    return make("li", {}, open, make("span", {className: problem ? "warning" : "caption"}, problem ?? about), drop);
  }

  async function list() {
    const saved = await server.ask("saved", {});
    kept.replaceChildren(...saved.map(row));
    if (!saved.length) kept.append(make("li", {className: "caption"}, "None yet: Save keeps the network on the page"));
  }

  panel.button.addEventListener("click", () => {
    if (!panel.isOpen) return;
    tell("");
    void attempt(list);
  });

  return {
    element: panel.element,
    offer(known) {
      presets.replaceChildren(...known.map(({name, title, about}) => make("button", {type: "button", className: "small", title: about,
        onclick: () => attempt(async () => { await on.preset(name); panel.open(false); panel.button.focus(); })}, title)));
    },
    draw: (state) => box.draw(state),
    destroy: () => box.destroy(),
  };
}

/** "Save": keeps the network under its name; one of that name gives way only when that is meant. */
export function createSaving(server, recordOf) {
  const button = make("button", {type: "button", className: "outlined", onclick: () => save(false)}, "Save");
  const said = make("span", {className: "caption", role: "status"});
  const replace = make("button", {type: "button", className: "small", hidden: true, onclick: () => save(true)}, "Replace it");
  let own = null; // the name under which this network was saved from here

  async function save(isMeant) {
    const record = recordOf();
    reveal(replace, false);
    try {
      const answer = await server.ask("save", {record, replace: isMeant || record.name === own});
      if (!answer.taken) own = answer.name;
      said.classList.toggle("warning", Boolean(answer.problem));
      say(said, answer.taken ? `There is a saved network ${record.name} already.` : answer.problem ? `Saved as ${answer.name}, unfinished. ${answer.problem}` : `Saved as ${answer.name}`);
      reveal(replace, Boolean(answer.taken));
    } catch (error) {
      said.classList.add("warning");
      say(said, error.message);
    }
  }

  return {
    button,
    element: make("p", {className: "saying"}, said, " ", replace),
    /** What was said of it holds no longer. */
    forget() {
      say(said, "");
      reveal(replace, false);
    },
    opened() { own = null; },
  };
}

// The network while it is made: its layers in order, and every step of the way back.

const MOST_STEPS = 500;

let serial = 0;

/** An entry of a record with a number of its own, by which it is known while its name and place change. */
const numbered = (entry) => ({id: ++serial, settings: settingsOf(entry), name: entry.name, kind: entry.kind});

function settingsOf(entry) {
  const {name, kind, ...settings} = entry;
  return settings;
}

/**
 * A network as the editor has it: {name, input_shape, classes, data, preset, layers}, of which every layer is
 * {id, name, kind, settings}. A state is never changed, a new one takes its place, so that each can be gone back to.
 */
export class Stack {
  /** @param {{kinds: object[], presets: object[]}} catalog @param {() => void} changed */
  constructor(catalog, changed) {
    this.kinds = new Map(catalog.kinds.map((kind) => [kind.kind, kind]));
    this.presets = new Map(catalog.presets.map((preset) => [preset.name, preset]));
    this.changed = changed;
    this.states = [];
    this.at = -1;
    this.topic = null;
  }

  get now() { return this.states[this.at]; }
  get canUndo() { return this.at > 0; }
  get canRedo() { return this.at < this.states.length - 1; }

  /** What the server is told, and a file holds. */
  get record() {
    const {name, input_shape, classes, data, layers} = this.now;
    return {name, input_shape, layers: layers.map(({name, kind, settings}) => ({name, kind, ...settings})), classes, data};
  }

  layer(id) { return this.now.layers.find((one) => one.id === id); }
  place(id) { return this.now.layers.findIndex((one) => one.id === id); }

  /** Take over a whole network; where one was there, undo brings that back. */
  open(record, preset = null) {
    const {name, input_shape, classes, data} = record;
    const layers = record.layers.map(numbered);
    this.#take({name, input_shape, classes, data, preset, layers});
  }

  undo() { if (this.canUndo) this.#go(this.at - 1); }
  redo() { if (this.canRedo) this.#go(this.at + 1); }

  /** Put a new layer before the one that is at this place now; its number. */
  insert(at, kind) {
    const declared = this.kinds.get(kind);
    const settings = Object.fromEntries(declared.settings.map((one) => [one.name, one.default]));
    const entry = {id: ++serial, name: this.#freeName(declared.prefix), kind, settings};
    this.#edit({layers: this.now.layers.toSpliced(at, 0, entry)});
    return entry.id;
  }

  /** Put a layer like one after it; its number. */
  repeat(id) {
    const like = this.layer(id);
    const entry = {...like, id: ++serial, name: this.#freeName(this.kinds.get(like.kind)?.prefix ?? like.name)};
    this.#edit({layers: this.now.layers.toSpliced(this.place(id) + 1, 0, entry)});
    return entry.id;
  }

  remove(id) { this.#edit({layers: this.now.layers.filter((one) => one.id !== id)}); }

  /** Move a layer to a place among the others. */
  move(id, to) {
    const layer = this.layer(id);
    const others = this.now.layers.filter((one) => one !== layer);
    const at = Math.max(0, Math.min(others.length, to));
    if (at !== this.place(id)) this.#edit({layers: others.toSpliced(at, 0, layer)});
  }

  /** Change settings of a layer; what no longer belongs to a choice goes back to what it is by itself. */
  set(id, changes) {
    this.#change(id, ({kind, settings}) => {
      const after = {...settings, ...changes};
      for (const one of this.kinds.get(kind)?.settings ?? []) {
        if (!(one.name in changes) && !belongs(one, after)) after[one.name] = one.default;
      }
      return {settings: after};
    }, `${id} ${Object.keys(changes)}`);
  }

  rename(id, name) { this.#change(id, () => ({name}), `${id} its name`); }

  /** Take over all layers as another has worked them out; one that kept its name is still the same. */
  arrange(entries) {
    const left = [...this.now.layers];
    const layers = entries.map((entry, at) => {
      const known = left.find((one) => one.name === entry.name) ?? (entries.length === left.length ? left[at] : null);
      if (!known) return numbered(entry);
      left[left.indexOf(known)] = {};
      return {...numbered(entry), id: known.id};
    });
    this.#edit({layers});
  }

  /** Change what belongs to the whole: its name, its images, its classes. */
  describe(changes, topic = null) { this.#take({...this.now, ...changes}, topic); }

  /** What is entered next is a step of its own, also where it is about the same. */
  rest() { this.topic = null; }

  #change(id, change, topic) {
    this.#edit({layers: this.now.layers.map((one) => (one.id === id ? {...one, ...change(one)} : one))}, topic);
  }

  /** Another network than the preset it began as must not go by that one's name. */
  #edit(changes, topic = null) {
    const {name} = this.now;
    const title = this.presets.get(name)?.title;
    this.#take({...this.now, ...changes, preset: null, name: title ? `My ${title.replaceAll(",", "")}` : name}, topic);
  }

  /** Changes of one topic in a row are one step: a number that is typed. */
  #take(state, topic = null) {
    const joins = topic !== null && topic === this.topic && !this.canRedo && this.at > 0;
    const before = this.states.slice(joins ? 0 : Math.max(0, this.at + 2 - MOST_STEPS), joins ? this.at : this.at + 1);
    this.states = [...before, state];
    this.at = this.states.length - 1;
    this.topic = topic;
    this.changed();
  }

  #go(at) {
    this.at = at;
    this.topic = null;
    this.changed();
  }

  #freeName(prefix) {
    const taken = new Set(this.now.layers.map(({name}) => name));
    for (let number = 1; ; number++) if (!taken.has(`${prefix}${number}`)) return `${prefix}${number}`;
  }
}

/** Whether a setting has a use with these values of the others. */
export function belongs(setting, settings) {
  return Object.entries(setting.only ?? {}).every(([other, values]) => values.includes(settings[other]));
}

// The entry of the component: one instance per place in the page, one part of the view in each.

import {make, mark} from "./elements.js";
import {showOnButton} from "./imagebutton.js";
import {channelOf} from "./live.js";
import {learn, themeOf} from "./palette.js";
import {dress} from "./styles.js";
import {parse} from "./wire.js";

// A part's code comes when it is first mounted: nobody waits for the parts of other pages.
const PARTS = {
  again: async () => (await import("./again.js")).createAgain,
  board: async () => (await import("./board.js")).createBoard,
  builder: async () => (await import("./builder.js")).createBuilder,
  code: async () => (await import("./code.js")).createCode,
  compare: async () => (await import("./compare.js")).createCompare,
  comparebar: async () => (await import("./comparebar.js")).createCompareBar,
  data: async () => (await import("./data.js")).createData,
  doors: async () => (await import("./doors.js")).createDoors,
  explain: async () => (await import("./explain.js")).createExplain,
  file: async () => (await import("./file.js")).createFile,
  home: async () => (await import("./home.js")).createHome,
  inside: async () => (await import("./inside.js")).createInside,
  link: async () => (await import("./link.js")).createLink,
  numbers: async () => (await import("./numbers.js")).createNumbers,
  pad: async () => (await import("./pad.js")).createPadPart,
  picker: async () => (await import("./picker.js")).createPicker,
  runfile: async () => (await import("./runfile.js")).createRunFile,
  timeline: async () => (await import("./timeline.js")).createTimeline,
};
const FIRST_PATIENCE = 1500; // ms until Python is told again that its buttons are out of date
const TELLS_PYTHON = ["numbers", "board", "timeline", "link"]; // the first of these that is there

const instances = new WeakMap();

class Instance {
  constructor(parent) {
    if (!(parent instanceof ShadowRoot)) { // the sheet is meant for a part alone
      this.shell = parent.appendChild(make("div"));
      parent = this.shell.attachShadow({mode: "open"});
    }
    dress(parent);
    // Its colour follows the theme, and the transition's end says that the theme has changed.
    this.probe = make("span", {className: "probe", "aria-hidden": "true"});
    this.root = make("div", {className: "cnnviz"}, this.probe);
    parent.append(this.root);
    this.kinds = new Set();
    this.probe.addEventListener("transitionend", () => this.schedule("theme"));
    this.resizing = new ResizeObserver(() => {
      if (this.root.clientWidth !== this.width) this.schedule("resize");
    });
    this.resizing.observe(this.root);
    document.fonts?.ready.then(() => this.schedule("theme"));
  }

  /** Take the data of a call of Streamlit's; the same data come again when only the theme has changed. */
  update(data, trigger) {
    this.trigger = trigger;
    if (data === this.data) return this.draw("theme");
    this.data = data;
    const mount = parse(data);
    learn(mount.arrays);
    this.mount = mount;
    this.told = null;
    this.patience = FIRST_PATIENCE;
    clearTimeout(this.retelling);
    const channel = channelOf(mount);
    if (channel !== this.channel) {
      this.#leave();
      this.channel = channel;
      this.stopListening = channel.on((kind) => this.schedule(kind));
    }
    channel.adopt(mount);
    channel.join(this);
    if (mount.part !== this.part) {
      this.view?.destroy?.();
      this.view = null;
      this.part = mount.part;
      mark(this.root, "data-part", mount.part);
      this.root.replaceChildren(this.probe);
      this.#build(mount.part);
    }
    this.draw("mount");
  }

  async #build(part) {
    const create = await PARTS[part]();
    if (this.gone || this.view || this.part !== part) return;
    this.view = create(this.root, this);
    this.draw("mount");
  }

  /** Draw in the next frame; many reasons make one drawing. */
  schedule(kind) {
    this.kinds.add(kind);
    if (this.frame || this.gone) return;
    this.frame = requestAnimationFrame(() => this.draw());
  }

  draw(kind) {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    if (kind) this.kinds.add(kind);
    this.width = this.root.clientWidth;
    if (!this.width || !this.view || this.gone) return; // drawn when it gets room
    const kinds = this.kinds;
    this.kinds = new Set();
    if (!this.theme || ["mount", "theme"].some((reason) => kinds.has(reason))) this.theme = themeOf(this.root);
    mark(this.root, "data-theme", this.theme.name);
    const {channel, mount, theme, width} = this;
    this.view.draw({channel, mount, theme, width, kinds});
    this.#tell();
    if (this.part === "timeline") showOnButton(channel); // which every page has
    this.#witness([...kinds].at(-1));
  }

  /** Python draws its buttons by the run's state; one part tells it once that they are out of date. */
  #tell() {
    const state = this.channel.status?.state;
    if (!state || state === this.mount.state || state === this.told || this.channel.state === "connecting") return;
    const first = TELLS_PYTHON.find((name) => [...this.channel.parts].some(({part}) => part === name));
    if (this.part !== first) return;
    this.told = state;
    setTimeout(() => this.gone || this.trigger?.("state", state));
    // What is told while Streamlit itself is not connected is lost: tell again, less and less often.
    clearTimeout(this.retelling);
    this.retelling = setTimeout(() => {
      this.told = null;
      this.patience = Math.min(2 * this.patience, 30000);
      this.schedule("state");
    }, this.patience);
  }

  #witness(kind) {
    const {run, picture, curves, openedUnit} = this.channel;
    const step = picture?.step ?? this.channel.step;
    mark(this.root, "data-run", run);
    mark(this.root, "data-state", this.channel.state);
    mark(this.root, "data-step", step);
    mark(this.root, "data-painted", performance.now());
    const {length: points} = curves.train.step;
    const detail = {part: this.part, step, kind, run, points, time: picture?.time, image: picture?.image, unit: openedUnit?.unit};
    dispatchEvent(new CustomEvent("cnnviz:painted", {detail}));
  }

  #leave() {
    this.stopListening?.();
    this.channel?.leave(this);
  }

  destroy() {
    this.gone = true;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.retelling);
    this.resizing.disconnect();
    this.view?.destroy?.();
    this.#leave();
    this.root.remove();
    this.shell?.remove();
  }
}

/** Called by Streamlit to mount a part, and again with new data; returns how to take it away. */
export default function ({data, parentElement, setTriggerValue}) {
  let instance = instances.get(parentElement);
  if (!instance) instances.set(parentElement, (instance = new Instance(parentElement)));
  const call = (instance.call = {});
  instance.update(data, setTriggerValue);
  return () => {
    // Streamlit also cleans up after a call that a later one has overtaken.
    if (instance.call !== call || instances.get(parentElement) !== instance) return;
    instances.delete(parentElement);
    instance.destroy();
  };
}

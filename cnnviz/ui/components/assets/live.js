// One channel per run: what came from the server, what is shown of it, and who wants to know.

import {hush, isEcho, isLeftOver, mirror, readMaps, speakFor} from "./address.js";
import {Connection} from "./connection.js";
import {Pictures} from "./pictures.js";
import {Questions} from "./questions.js";
import {Curves} from "./series.js";
import {parse, split} from "./wire.js";

const ANSWER_LIMIT = 1500; // after this an unanswered question is given up and the newest wish is sent
const TELL_EVERY = 500; // pictures at hand need no answer, but whoever follows should see where we are
const LINGER = 400; // Streamlit may take a part away and put it back at once
const CHOICES = {scale: "measure", curves: "charts", details: "details"}; // what a page that was left keeps, by its name in the address
const OVER = new Set(["finished", "stopped", "failed", "interrupted"]);

export {keyOf} from "./questions.js";

const channels = new Map();

/** The channel of a mount's run, made where there is none. */
export function channelOf(mount) {
  const key = `${mount.base} ${mount.run}`;
  if (!channels.has(key)) channels.set(key, new Channel(mount));
  return channels.get(key);
}

class Channel extends Questions {
  constructor({base, run, token, image, probe}) {
    super();
    Object.assign(this, {base, run, token, image, probe});
    this.curves = new Curves();
    this.pictures = new Pictures();
    this.connection = new Connection({
      url: () => this.#url(),
      pollUrl: (who) => this.route(`poll/${run}`, {...this.#view(), who}),
      onBytes: (bytes) => this.take(parse(bytes)),
      onPolled: (bytes) => { for (const message of split(bytes)) this.take(parse(message)); },
      onState: (state) => this.#connected(state),
    });
    this.listeners = new Set();
    this.parts = new Set();
    this.status = null;
    this.picture = null;
    this.validated = null; // the last picture with validation figures, for live pictures between two snapshots
    this.own = null; // the picture of the run's own image, which comes where the image on screen is gone
    this.problem = null;
    this.zoom = null; // [first, last] step of the curves, or null for all
    this.opened = new Set(); // layers whose every channel is shown
    this.choices = new Map(); // which channels of a wide layer are shown
    this.cell = null; // the value chosen by hand: {layer, index}
    this.aspect = null; // what of the network "Look inside" shows: "filters", or null for the maps
    this.measure = null; // what full colour stands for there: "unit", "network", or null for the layer
    this.charts = null; // what is drawn over the steps: "norms", or null for loss and accuracy
    this.details = null; // what is shown of all layers: "weights", "gradients", "activations", or null for the filters
    this.network = undefined; // the one that is built, as a link's text; undefined where none is, null where it is too large for one
    this.scale = 1; // of everything drawn; the board decides it by its room
    this.newest = -1;
    this.told = -Infinity;
    this.mounted = null;
  }

  get watched() { return this.parts.size > 0; }
  get state() { return this.connection.state; }
  get lost() { return this.state === "connecting" && (this.wasLive || this.connection.failures > 0); }
  get over() { return OVER.has(this.status?.state); }
  get live() { return this.wish === "live"; }

  /** Whether it ended without a step to look at. */
  get isEmpty() { return this.over && this.curves.snapshots.length === 0; }

  /** The picture that tells of filters and mistakes, which do not hang on the image. */
  get unbound() { return this.own ?? this.picture; }

  /** The step the person looks at: the wish, or the newest. */
  get step() {
    if (!this.live) return this.wish;
    return Math.max(this.status?.step ?? 0, this.picture?.step ?? 0, this.curves.train.step.last ?? 0);
  }

  /** Take new mount data of a part; only what Python changed since the last is applied. */
  adopt(mount) {
    const before = this.mounted;
    const {step, layer, unit, picture, scale, curves, details, maps, look, follow, image} = mount;
    this.mounted = {step, layer, unit, picture, scale, curves, details, maps, look, follow, image};
    if (!before) {
      const own = (name) => (isLeftOver(this, name, mount[name]) ? null : mount[name]);
      this.wish = own("step") ?? "live";
      this.layer = own("layer");
      this.follow = Boolean(mount.follow) && !mount.owner;
      this.unit = own("unit");
      this.aspect = mount.picture;
      for (const [name, own] of Object.entries(CHOICES)) this[own] = mount[name] ?? this[own];
      this.begin({maps: own("maps"), target: own("target"), look: own("look")});
    }
    if (mount.token !== this.token) {
      this.token = mount.token;
      this.connection.restart();
    }
    const changed = (name) => before && mount[name] !== before[name] && !isEcho(name, mount[name]);
    if (changed("layer")) this.layer = mount.layer;
    if (changed("unit")) this.open(this.layer, mount.unit);
    if (changed("picture")) this.aspect = mount.picture;
    for (const [name, own] of Object.entries(CHOICES)) if (changed(name)) this[own] = mount[name] ?? this[own];
    if (changed("maps")) this.want(readMaps(mount.maps, mount.target));
    if (changed("look") && mount.look) this.heatLook = mount.look; // the way by the sidebar says none
    if (changed("follow")) this.follow = Boolean(mount.follow) && !mount.owner;
    // What is on the pad is known here alone: Python's image counts where it is a new one.
    const isNews = mount.image !== before?.image && !(this.isOnPad && mount.image === this.kept?.image);
    const otherImage = mount.image !== this.image && isNews && !isEcho("image", mount.image);
    if (otherImage) this.#turnTo(mount.image);
    for (const name of Object.keys(mount.arrays).filter((key) => key.startsWith("first/")).sort()) {
      this.#first(parse(mount.arrays[name].values));
    }
    if (otherImage) this.show(this.wish, true);
    if (changed("step")) this.show(mount.step ?? "live", true);
    speakFor(this, mount.lost);
  }

  /** Messages packed into a mount are older than what a socket brought. */
  #first(message) {
    const known = this.state !== "connecting" || this.wasLive;
    if (message.kind === "picture") {
      if (message.saved) this.pictures.put(message);
      if (message.image === this.image && this.picture?.image !== this.image) this.#draw(message);
    } else if (!known) this.take(message);
  }

  join(part) {
    clearTimeout(this.leaving);
    this.parts.add(part);
    this.connection.start();
  }

  /** A part is gone; with the last one the connection closes and the heavy things go. */
  leave(part) {
    this.parts.delete(part);
    if (this.watched) return;
    clearTimeout(this.leaving);
    this.leaving = setTimeout(() => {
      clearTimeout(this.later);
      this.connection.stop();
      this.pictures.clear();
      this.picture = this.own = this.validated = this.status = this.mounted = null;
      this.choices.clear();
      this.curves.reset();
      this.wasLive = false;
      this.newest = -1;
      hush(this);
    }, LINGER);
  }

  /** Call back with the kind of every change; returns how to stop. */
  on(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(kind) {
    for (const listener of [...this.listeners]) listener(kind);
  }

  /** Take one message of the server. */
  take(message) {
    this.hear(message);
    if (message.kind === "status") {
      this.status = message;
      this.curves.smoothOver(message.steps_per_epoch);
      if (this.follow) this.#followOwner();
    } else if (message.kind === "curves") {
      this.curves.take(message);
      if (message.reset && (this.curves.train.step.last ?? -1) < this.newest) this.newest = -1;
    } else if (message.kind === "picture") {
      this.#picture(message);
    } else if (message.kind === "problem") {
      this.problem = message.text;
      this.#answered();
    }
    this.emit(message.kind);
  }

  #picture(message) {
    if (message.saved) this.pictures.put(message);
    if (this.asked) this.#answered();
    if (message.image !== this.image) {
      if (message.image === this.probe) this.own = message;
      return;
    }
    const otherImage = this.picture?.image !== message.image;
    if (this.live) {
      if (message.step < this.newest) return; // the late answer to an older wish
      this.newest = message.step;
    } else if (message.step !== this.wish && !otherImage) {
      // While a wish is on its way the answers to older ones keep the picture moving; live pictures do not.
      if (!message.saved || this.picture?.step === this.wish) return;
    }
    this.#draw(message);
  }

  #draw(picture) {
    this.picture = picture;
    this.own = this.problem = null;
    if (picture.validation) this.validated = picture;
    else if (this.validated?.step > picture.step) this.validated = null;
  }

  /** Show a step or "live"; by the person, unless said otherwise. */
  show(wish, byItself = false) {
    if (!byItself && this.follow) this.setFollow(false);
    this.wish = wish;
    const known = wish === "live" ? null : this.pictures.get(this.image, wish);
    if (known) this.#draw(known);
    this.#ask(Boolean(known));
    this.emit("view");
    mirror(this);
  }

  /** Show another image, before Python says so too. */
  look(image) {
    if (image === this.image) return;
    this.#turnTo(image);
    this.show(this.wish, true);
  }

  #turnTo(image) {
    Object.assign(this, {image, newest: -1, choices: new Map()});
  }

  /** Stay on the step of the run's owner, or stop doing so. */
  setFollow(follow) {
    this.follow = follow;
    if (follow) this.#followOwner();
    this.emit("view");
    mirror(this);
  }

  #followOwner() {
    const wish = this.status?.owner_step ?? "live";
    if (wish !== this.wish) this.show(wish, true);
  }

  /** Change something of the view that is kept here: layer, zoom, cell. */
  set(values) {
    Object.assign(this, values);
    this.emit("view");
    mirror(this);
  }

  /** Tell the server the newest wish: once a frame at most, and one question at a time. */
  #ask(known) {
    this.known = known;
    if (this.asking) return;
    this.asking = true;
    const tell = () => {
      this.asking = false;
      if (this.watched) this.#tell();
    };
    if (document.hidden) setTimeout(tell, 16);
    else requestAnimationFrame(tell);
  }

  #tell() {
    const now = performance.now();
    const answer = this.asked ? this.asked + ANSWER_LIMIT - now : 0;
    const wait = Math.max(answer, this.known ? this.told + TELL_EVERY - now : 0);
    clearTimeout(this.later);
    if (wait > 0) {
      this.later = setTimeout(() => this.#ask(this.known), wait);
      return;
    }
    this.told = now;
    this.sent = `${this.wish} ${this.image}`;
    if (this.connection.send(JSON.stringify({show: this.wish, image: this.image}))) this.asked = now;
  }

  #answered() {
    this.asked = null;
    if (this.sent && this.sent !== `${this.wish} ${this.image}`) this.#ask(this.known);
  }

  /** A new connection names the view in its address; it is told what else is wanted, and what has changed since. */
  #connected(state) {
    const isThere = state !== "connecting";
    if (isThere) this.wasLive = true;
    this.asked = null;
    if (isThere) this.greet();
    if (isThere && this.addressed !== `${this.wish} ${this.image}`) this.#ask(false);
    this.emit("connection");
  }

  #view() {
    this.addressed = `${this.wish} ${this.image}`;
    return {token: this.token, step: this.wish, ...(this.isOnPad ? {} : {image: this.image})};
  }

  #url() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    return `${scheme}//${location.host}${this.route(`live/${this.run}`, this.#view())}`;
  }
}

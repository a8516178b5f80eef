// What is explained on the page: which methods, with which settings, for which class, and what was stopped.

import {keyOf} from "./live.js";

export const MOST = 8;
const DEFAULTS = ["saliency", "integrated_gradients", "grad_cam", "occlusion"];
const LINGER = 400; // Streamlit may take the page's part away and put it back at once

const remembered = new WeakMap(); // by channel, for when its page is opened again

const same = (one, other) => one.length === other.length && one.every((wish, i) => keyOf(wish) === keyOf(other[i]));

/**
 * The chosen methods in their order. In an address a method that is named twice is meant for both classes, the explained
 * and the expected one.
 */
export class Choice {
  constructor() {
    this.channel = null;
    this.entries = []; // {method, settings}: the same object for as long as its place on the page
    this.target = null; // null: the prediction
    this.paired = false; // beside the explained class the expected one
    this.refused = null; // a class that was asked for and that there is not
    this.stopped = new Map(); // by key: the share at which it was stopped
  }

  /** Take over what the channel wants, where that was said by somebody else: an address, or Python. */
  follow(channel) {
    if (channel === this.channel && channel.maps === this.said) return;
    const fresh = channel !== this.channel;
    if (fresh) {
      this.leave();
      this.channel = channel;
      clearTimeout(channel.withdrawing);
      this.stopped.clear();
    }
    this.said = channel.maps;
    if (channel.maps.length) this.#read(channel.maps);
    else if (fresh && remembered.has(channel)) Object.assign(this, remembered.get(channel));
    else {
      if (!this.entries.length || !fresh) this.entries = DEFAULTS.map((method) => ({method, settings: {}}));
      Object.assign(this, {target: null, paired: false});
    }
    if (channel.aimed !== null) this.target = channel.aimed;
    channel.aimed = this.refused = null;
  }

  #read(maps) {
    const entries = new Map();
    for (const {method, settings} of maps) {
      const key = keyOf({method, settings});
      if (!entries.has(key)) entries.set(key, this.entries.find((entry) => keyOf(entry) === key) ?? {method, settings});
    }
    this.entries = [...entries.values()];
    this.paired = this.entries.length < maps.length && maps.length <= 2 * this.entries.length;
    this.target = maps[0].target ?? null;
  }

  /** The class to set beside the explained one, or null. */
  expected(picture) {
    const label = picture?.label ?? null;
    return label === null || label === (this.target ?? picture.prediction) ? null : label;
  }

  /** What stands on the page, in order: {entry, wish, side}. */
  shown(picture) {
    const other = this.paired ? this.expected(picture) : null;
    const targets = other === null ? [this.target] : [this.target, other];
    return this.entries.slice(0, Math.floor(MOST / targets.length)).flatMap((entry) =>
      targets.map((target, side) => ({entry, side, wish: {method: entry.method, target, settings: entry.settings}})));
  }

  /** Tell the server what is wanted now, where that has changed; of a class that there is not, the prediction. */
  settle(picture) {
    if (picture && this.target >= picture.classes.length) Object.assign(this, {refused: this.target, target: null});
    if (this.channel.image !== this.image) this.stopped.clear();
    this.image = this.channel.image;
    if (this.paired && !picture) return; // whose label is not known yet
    const wanted = this.shown(picture).map(({wish}) => wish).filter((wish) => !this.stopped.has(keyOf(wish)));
    if (same(wanted, this.channel.maps)) return;
    this.said = wanted;
    this.channel.want(wanted);
  }

  /** Whether there is room for one more method, in both classes where they stand side by side. */
  get hasRoom() { return this.entries.length < (this.paired ? MOST / 2 : MOST); }

  has(method, settings = {}) {
    return this.entries.some((entry) => keyOf(entry) === keyOf({method, settings}));
  }

  add(method) {
    if (this.hasRoom && !this.has(method)) this.entries.push({method, settings: {}});
  }

  remove(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
  }

  /** Give a method other settings; whether that makes it another one than all that are there. */
  change(entry, settings) {
    if (this.has(entry.method, settings)) return false;
    entry.settings = settings;
    return true;
  }

  aim(target) {
    Object.assign(this, {target, paired: false, refused: null});
  }

  pair(paired) {
    Object.assign(this, {paired, target: paired ? null : this.target, refused: null});
  }

  stop(wish, share) {
    this.stopped.set(keyOf(wish), share);
  }

  restart(wish) {
    this.stopped.delete(keyOf(wish));
  }

  /** Have an explanation worked out anew that went wrong: wanted by nobody for a moment, it is forgotten. */
  again(wish) {
    this.said = this.channel.maps.filter((other) => keyOf(other) !== keyOf(wish));
    this.channel.want(this.said);
  }

  /** The page is left: nobody wants the maps any more, but they are chosen again when it is opened again. */
  leave() {
    const {channel, entries, target, paired} = this;
    if (!channel) return;
    remembered.set(channel, {entries, target, paired});
    this.channel = null;
    clearTimeout(channel.withdrawing);
    channel.withdrawing = setTimeout(() => channel.maps.length && channel.want([]), LINGER);
  }
}

// Several runs looked at as one: each has its channel, and one wish says at which step all of them stand.

import {isEcho, mirror, speakFor} from "./address.js";
import {channelOf} from "./live.js";
import {nearest} from "./series.js";

const NOBODY = {values: [], last: undefined};
const joints = new Map();

/** The runs of a mount together, made where they are not. */
export function jointOf(mount) {
  const key = [mount.base, ...mount.runs.map(({run}) => run)].join(" ");
  if (!joints.has(key)) joints.set(key, new Joint());
  return joints.get(key);
}

/** The last step that a run takes, as far as it is known. */
const endOf = ({status, curves}) => Math.max(1, status?.planned_steps ?? 0, curves.snapshots.last ?? 0, curves.train.step.last ?? 0);

/** How far a run is. */
const reachOf = ({status, curves}) => Math.max(status?.step ?? 0, curves.snapshots.last ?? 0, curves.train.step.last ?? 0);

/** What the time line needs of a channel, of all runs at once; its steps are those of the longest run. */
class Joint {
  constructor() {
    this.channels = [];
    this.names = [];
    this.wish = "live";
    this.by = null; // "share": at the same share of their training, null: at the same step
    this.follow = false;
    this.hovered = null; // the place under the pointer, on the axis of the curves
    this.listeners = new Set();
    this.kept = [];
  }

  get first() { return this.channels[0]; }
  get live() { return this.wish === "live"; }
  get over() { return this.channels.every(({over}) => over); }
  get lost() { return this.channels.some(({lost}) => lost); }
  get scale() { return this.first?.scale ?? 1; }
  get byShare() { return this.by === "share"; }
  get end() { return Math.max(...this.channels.map(endOf)); }
  get step() { return this.live ? this.#front() : this.wish; }
  get status() { return {planned_steps: this.end, step: this.#front()}; }

  /** The saved steps of all runs, on one axis. */
  get curves() {
    const key = [this.by, ...this.channels.flatMap((channel) => [channel.curves.snapshots.length, endOf(channel)])].join(" ");
    if (this.kept.key !== key) {
      const all = this.channels.flatMap((channel) => Array.from(channel.curves.snapshots.values, (step) => this.#onAxis(channel, step)));
      const values = [...new Set(all)].sort((a, b) => a - b);
      this.kept = {key, snapshots: {values, last: values.at(-1)}};
    }
    const marks = this.channels.flatMap((channel, at) =>
      channel.curves.marks.map(({step, words}) => ({at, own: step, step: this.#onAxis(channel, step), words: `${this.names[at]}: ${words}`})));
    marks.sort((one, other) => one.step - other.step);
    const step = {...NOBODY, last: this.#front()};
    return {snapshots: this.kept.snapshots, marks, epochs: this.#epochs(), train: {step}, validation: {step: NOBODY, accuracy: NOBODY}, validatedAt: () => null};
  }

  /** Take new mount data; all other runs look at what the first one looks at. */
  adopt(mount) {
    const isNew = !this.mounted;
    if (isNew || (mount.at !== this.mounted.at && !isEcho("step", mount.at))) this.wish = mount.at ?? "live";
    if (isNew || (mount.by !== this.mounted.by && !isEcho("by", mount.by))) this.by = mount.by;
    this.mounted = mount;
    this.names = mount.runs.map(({name}) => name);
    this.channels = mount.runs.map((own) => channelOf({...mount, ...own}));
    for (const [at, channel] of this.channels.entries()) {
      if (at > 0) channel.adopt({...mount, ...mount.runs[at], step: null, follow: false, owner: true, arrays: {}});
    }
    speakFor(this.first);
    this.settle();
  }

  /** A part looks at the runs; returns how it leaves. */
  join(part) {
    const {channels} = this;
    for (const channel of channels.slice(1)) channel.join(part);
    const silences = channels.map((channel) => channel.on((kind) => {
      this.settle();
      part.hear(kind);
    }));
    this.listeners.add(part);
    return () => {
      for (const silence of silences) silence();
      for (const channel of channels.slice(1)) channel.leave(part);
      this.listeners.delete(part);
      if (this.listeners.size) return;
      this.first.words = undefined; // the address is that of one run again
      this.mounted = null;
    };
  }

  /** Show a step of the axis, or the newest that all have. */
  show(wish) {
    this.wish = wish;
    this.settle();
    this.emit("view");
  }

  /** Compare at the same step (null), or at the same "share" of the training. */
  compareBy(by) {
    this.by = by;
    this.settle();
    this.emit("view");
  }

  /** Point at a place of the curves, or at none. */
  hover(place) {
    if (place === this.hovered) return;
    this.hovered = place;
    this.emit("hover");
  }

  emit(kind) {
    for (const part of this.listeners) part.hear(kind);
  }

  /** Where a run stands on the axis of the curves: its step, or its share in percent. */
  placeOf(channel, step) { return this.byShare ? (100 * step) / endOf(channel) : step; }

  /** The step of a run at a place of the axis of the curves. */
  stepAt(channel, place) { return this.byShare ? (place * endOf(channel)) / 100 : place; }

  /** The step at which a run is wished to stand, saved or not. */
  targetOf(channel) { return this.byShare ? Math.round((this.step / this.end) * endOf(channel)) : Math.min(this.step, endOf(channel)); }

  /** Have every run show what comes nearest to the wish: its newest step, or a saved one; and the image of the first. */
  settle() {
    if (this.isSettling || !this.channels.length) return;
    this.isSettling = true; // a channel that shows something tells so
    const {first} = this;
    for (const channel of this.channels) {
      const wanted = this.#nearest(channel);
      if (channel.wish !== wanted) channel.show(wanted, true);
      if (channel === first) continue;
      if (first.isOnPad) this.#passOn(channel);
      else if (channel.image !== first.image) channel.look(first.image);
      if (channel.layer !== first.layer) channel.layer = first.layer;
      channel.charts = first.charts;
    }
    first.words = {step: this.live ? null : String(this.wish), by: this.by};
    mirror(first);
    this.isSettling = false;
  }

  /** A drawing that is on the pad only. */
  #passOn(channel) {
    const {drawing} = this.first;
    if (channel.drawing?.frame === drawing.frame) return;
    Object.assign(channel, {image: drawing.name, newest: -1, drawing: {...drawing, isToKeep: false}});
    channel.connection.send(drawing.frame);
  }

  #nearest(channel) {
    const saved = channel.curves.snapshots.values;
    const at = nearest(saved, this.targetOf(channel));
    if (at < 0) return "live";
    const away = (step) => Math.abs(step - this.targetOf(channel));
    const isNewer = this.live && !channel.over && away(reachOf(channel)) < away(saved[at]);
    return isNewer ? "live" : saved[at];
  }

  /** How far all are that still train, on the time line's axis; where none does, its end. */
  #front() {
    const active = this.channels.filter(({over}) => !over);
    const among = active.length ? active : this.channels;
    const reached = among.map((channel) => this.#onAxis(channel, reachOf(channel)));
    return active.length ? Math.min(...reached) : Math.max(...reached);
  }

  #onAxis(channel, step) { return this.byShare ? Math.round((step / endOf(channel)) * this.end) : step; }

  /** The ends of epochs, as far as they are the same for all. */
  #epochs() {
    const all = this.channels.map(({curves}) => curves.epochs);
    const longest = all.reduce((one, other) => (other.length > one.length ? other : one));
    const apart = this.byShare ? 0 : longest.findIndex((end, at) => !all.every((ends) => (ends[at] ?? end) === end));
    return apart < 0 ? longest : longest.slice(0, apart);
  }
}

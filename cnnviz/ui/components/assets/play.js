// Playing through the saved steps.

import {lowerBound} from "./series.js";

const PER_SECOND = 10;

/** Whether the person wants no motion: then one press is one step. */
export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Steps through a channel's snapshots; `onChange` hears when it begins and ends. */
export class Player {
  constructor(channel, onChange) {
    this.channel = channel;
    this.onChange = onChange;
    this.speed = 1;
    this.playing = false;
  }

  toggle() {
    if (this.playing) this.stop();
    else this.start();
  }

  start() {
    const saved = this.channel.curves.snapshots.values;
    if (!saved.length) return;
    if (isStill()) {
      this.#forward();
      return;
    }
    if (this.channel.live || this.channel.step >= saved.at(-1)) this.channel.show(saved[0]);
    this.playing = true;
    this.due = performance.now() + 1000 / PER_SECOND;
    this.frame = requestAnimationFrame((now) => this.#turn(now));
    this.onChange();
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.onChange();
  }

  #turn(now) {
    const pause = 1000 / (PER_SECOND * this.speed);
    if (now >= this.due) {
      this.due = Math.max(this.due + pause, now);
      if (!this.#forward()) return this.stop();
    }
    this.frame = requestAnimationFrame((later) => this.#turn(later));
  }

  /** Go one snapshot on; false at the end. */
  #forward() {
    const saved = this.channel.curves.snapshots.values;
    const at = lowerBound(saved, this.channel.step + 1);
    if (at >= saved.length) return false;
    this.channel.show(saved[at]);
    return true;
  }
}

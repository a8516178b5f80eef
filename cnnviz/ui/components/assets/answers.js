// What is asked by HTTP of the step on screen: one question at a time, and another as soon as that is another step.

import {parse} from "./wire.js";

/** The saved step that is on screen, or the newest; null where there is none, or the one that is wished for is not saved. */
function stepOf({live, wish, curves: {snapshots}}) {
  if (live) return snapshots.last ?? null;
  return snapshots.values.includes(wish) ? wish : null;
}

/** Asks for one kind of message; `heard` is called when there is news: `message`, the last one, and `trouble`, a sentence or "". */
export class Answers {
  constructor(what, heard) {
    Object.assign(this, {what, heard, message: null, trouble: "", asked: null, wanted: null});
  }

  /** Have the message of what a channel shows; the one before stays until it comes. */
  want(channel) {
    const step = stepOf(channel);
    if (step === null) return;
    if (this.channel !== channel) Object.assign(this, {channel, message: null, trouble: ""});
    this.wanted = `${channel.run} ${channel.token} ${step}`;
    if (this.wanted !== this.asked && !this.isBusy) this.#ask(channel, step);
  }

  async #ask(channel, step) {
    const asked = (this.asked = this.wanted);
    this.isBusy = true;
    let message = null;
    let trouble = "";
    try {
      const answer = await fetch(channel.route(`measured/${channel.run}/${this.what}`, {token: channel.token, step}), {cache: "no-store"});
      if (!answer.ok) throw new Error(await answer.text());
      message = parse(new Uint8Array(await answer.arrayBuffer()));
    } catch (error) {
      trouble = error instanceof TypeError ? "The server did not answer; choose another step." : error.message;
    }
    this.isBusy = false;
    if (channel !== this.channel) return this.want(this.channel);
    Object.assign(this, {message: message ?? this.message, trouble});
    this.heard();
    if (this.wanted !== asked) this.want(channel);
  }
}

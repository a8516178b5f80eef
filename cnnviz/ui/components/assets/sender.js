// What is drawn goes to the server as fast as it answers, and is kept there when the pen has rested.

import {SIDE} from "./ink.js";

const PATIENCE = 100; // ms for an answer, where none has told yet how long they take
const LONGEST = 1000;
const SLOW = 300; // ms without an answer until that is said
const REST = 600; // ms without a stroke until a drawing is kept
const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** A name that nobody else's pad has. */
function newName() {
  const numbers = crypto.getRandomValues(new Uint8Array(12));
  return `pad-${Array.from(numbers, (n) => LETTERS[n % LETTERS.length]).join("")}`;
}

/** Sends the ink of one pad; `tell` hears a sentence and whether that is a problem, or null when all is well. */
export class Sender {
  constructor(ink, tell) {
    Object.assign(this, {ink, tell, said: null, latency: PATIENCE / 3, wasEmpty: true});
    this.#another();
  }

  /** What comes is another drawing than what was on the paper before. */
  #another() {
    this.name = newName();
    this.count = 0;
    this.versions = []; // of the drawing, under the names they were kept by: a stroke more makes a new one
    this.isNew = this.isWaiting = this.isKept = false;
  }

  /** The name that the drawing was kept by last, or null. */
  get kept() { return this.versions.at(-1) ?? null; }

  /** The name of what was sent last. */
  get frame() { return `${this.name}-${this.count}`; }

  /** Whether a picture of this image shows this pad's drawing, perhaps a moment old. */
  shows(image) {
    return image === this.kept || image.startsWith(`${this.name}-`);
  }

  /** Something was drawn: send it with the next frame of the screen. */
  offer() {
    if (this.wasEmpty && !this.ink.empty && this.count > 0) this.#another();
    this.wasEmpty = this.ink.empty;
    this.isNew = true;
    this.isKept = false;
    clearTimeout(this.resting);
    this.#soon();
  }

  /** The pen is up. */
  rest() {
    clearTimeout(this.resting);
    if (!this.ink.empty) this.resting = setTimeout(() => this.#keep(), REST);
  }

  /** Take note of what the channel has; another run is shown the drawing too. */
  follow(channel, kinds) {
    const other = this.channel && channel !== this.channel;
    this.channel = channel;
    const {picture} = channel;
    if (picture?.image === this.frame) {
      if (this.isWaiting) this.latency += 0.25 * (performance.now() - this.sentAt - this.latency);
      this.isWaiting = false;
      this.#say(null);
    }
    const {kept} = channel;
    if (kinds.has("kept") && this.shows(kept.frame)) this.versions.push(kept.image);
    if (other && this.count && !this.ink.empty && channel.image !== this.kept) this.isNew = true;
    if (this.isNew) this.#soon();
  }

  /** The drawing is gone; what is drawn next is another one. */
  forget() {
    this.stop();
    this.#another();
    this.wasEmpty = true;
  }

  /** The pad goes while its drawing stays on screen: keep that now. */
  leave() {
    this.stop();
    const isOurs = this.channel && this.channel.image === this.frame;
    if (isOurs && !this.ink.empty && !this.isKept) this.channel.keep();
  }

  stop() {
    clearTimeout(this.resting);
    clearTimeout(this.later);
    clearTimeout(this.slow);
    cancelAnimationFrame(this.frameDue);
    this.frameDue = null;
  }

  #soon() {
    this.frameDue ??= requestAnimationFrame(() => {
      this.frameDue = null;
      this.#send();
    });
  }

  /** One question at a time: what is drawn meanwhile goes as one. */
  #send() {
    if (!this.isNew || !this.channel) return;
    const patience = Math.min(LONGEST, Math.max(PATIENCE, 3 * this.latency));
    const wait = this.isWaiting ? this.sentAt + patience - performance.now() : 0;
    clearTimeout(this.later);
    if (wait > 0) {
      this.later = setTimeout(() => this.#soon(), wait);
      return;
    }
    this.count += 1;
    this.isNew = false;
    this.isWaiting = this.channel.draw(this.frame, SIDE, SIDE, this.ink.pixels());
    if (!this.isWaiting) { // the channel sends it when the connection is back
      this.#say("Not connected to the server: it reads the drawing when it is back.", true);
      return;
    }
    this.sentAt = performance.now();
    clearTimeout(this.slow);
    this.slow = setTimeout(() => this.isWaiting && this.#say("computing"), SLOW);
  }

  #say(text, isProblem = false) {
    if (text === this.said) return;
    this.said = text;
    this.tell(text, isProblem);
  }

  /** What was sent last is kept; a drawing that changes is kept anew: a link shows what it was copied from. */
  #keep() {
    if (this.isNew || this.isWaiting) { // not yet sent or answered
      this.resting = setTimeout(() => this.#keep(), REST);
      return;
    }
    if (this.ink.empty || this.isKept || this.channel.image !== this.frame) return;
    this.isKept = true;
    this.channel.keep();
  }
}

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
    Object.assign(this, {ink, tell, said: null, name: newName(), count: 0, kept: null, keeping: null, latency: PATIENCE / 3});
  }

  /** The name of what was sent last. */
  get frame() { return `${this.name}-${this.count}`; }

  /** Whether a picture of this image shows this pad's drawing, perhaps a moment old. */
  shows(image) {
    return image === this.kept || image.startsWith(`${this.name}-`);
  }

  /** Something was drawn: send it with the next frame of the screen. */
  offer() {
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
    if (this.isWaiting && picture?.image === this.frame) {
      this.latency += 0.25 * (performance.now() - this.sentAt - this.latency);
      this.isWaiting = false;
      this.#say(null);
    }
    if (kinds.has("kept") && this.keeping && channel.image.startsWith("drawing-")) {
      this.kept = channel.image;
      if (this.keeping !== this.frame) this.isNew = true; // drawn on meanwhile: that is not on screen any more
      this.keeping = null;
    }
    // A new connection knows nothing of a pad.
    const isLost = kinds.has("connection") && channel.state === "live" && channel.image.startsWith("pad-");
    if (this.count && !this.ink.empty && (other || isLost) && !(other && channel.image === this.kept)) this.isNew = true;
    if (this.isNew) this.#soon();
  }

  /** The drawing is gone; what is drawn next is another one. */
  forget() {
    this.stop();
    Object.assign(this, {name: newName(), count: 0, kept: null, isNew: false, isWaiting: false, keeping: null});
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
    if (this.channel.state !== "live") { // it is sent when the connection is back
      this.#say("Not connected to the server: it reads the drawing when it is back.", true);
      return;
    }
    this.count += 1;
    this.isNew = false;
    this.isWaiting = this.channel.draw(this.frame, SIDE, SIDE, this.ink.pixels());
    this.sentAt = performance.now();
    clearTimeout(this.slow);
    this.slow = setTimeout(() => this.isWaiting && this.#say("computing"), SLOW);
  }

  #say(text, isProblem = false) {
    if (text === this.said) return;
    this.said = text;
    this.tell(text, isProblem);
  }

  /** What was sent last is kept; a drawing that changes is kept anew, in the place of the one before. */
  #keep() {
    if (this.isNew || this.isWaiting) { // not yet sent or answered
      this.resting = setTimeout(() => this.#keep(), REST);
      return;
    }
    if (this.ink.empty || this.isKept || this.channel.image !== this.frame) return;
    this.isKept = true;
    this.keeping = this.frame;
    this.channel.keep();
  }
}

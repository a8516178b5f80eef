// One connection: a WebSocket that comes back by itself, and asking each second for as long as it cannot be opened.

import {join} from "./wire.js";

export const BLOCKED = "Live connection blocked; refreshing every second."; // what a page says while it asks

const FIRST_WAIT = 250;
const LONGEST_WAIT = 8000;
const WAIT_WHILE_POLLING = 15000;
const OPEN_LIMIT = 5000; // some proxies neither open a socket nor refuse it
const POLL_EVERY = 1000;
const FAILURES_BEFORE_POLLING = 2;
const FORGOTTEN = 5000; // a page in the background asks less often: by then the server may have forgotten it

/**
 * Keeps a server's messages coming, and takes wishes there, by either way.
 *
 * `url` is asked anew at every attempt; `pollUrl` is told the name under which the server remembers what it has sent.
 */
export class Connection {
  /** @param {{url: () => string, pollUrl: (who: string) => string, onBytes: Function, onPolled: Function, onState: Function}} owner */
  constructor(owner) {
    this.owner = owner;
    this.state = "connecting";
    this.failures = 0;
    this.running = false;
    this.wishes = []; // of one who asks, until the next question
    this.wake = () => this.#hurry();
  }

  start() {
    if (this.running) return;
    this.running = true;
    addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.#connect();
  }

  stop() {
    this.running = false;
    removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    this.#quiet();
    this.failures = 0;
    this.#become("connecting");
  }

  /** Begin again, as with a new token. */
  restart() {
    if (!this.running) return;
    this.stop();
    this.start();
  }

  /** Send a wish, if there is a connection; whether there was. */
  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN && !this.polls) this.socket.send(message);
    else if (this.state === "polling") {
      this.wishes.push(message);
      this.#soon();
    } else return false;
    return true;
  }

  #connect() {
    clearTimeout(this.retry);
    this.#drop();
    let heard = false; // some proxies open a socket and end it, or let nothing through
    let socket;
    try {
      socket = new WebSocket(this.owner.url());
    } catch {
      this.#failed(false); // a policy of the page may forbid sockets
      return;
    }
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    this.limit = setTimeout(() => socket.close(), OPEN_LIMIT);
    socket.onopen = () => clearTimeout(this.limit);
    socket.onmessage = ({data}) => {
      if (!heard) {
        heard = true;
        this.failures = 0;
        this.#stopPolling();
        this.#become("live");
      }
      this.owner.onBytes(new Uint8Array(data));
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      clearTimeout(this.limit);
      this.socket = null;
      this.#failed(heard);
    };
  }

  #failed(wasLive) {
    if (!this.running) return;
    this.failures = wasLive ? 0 : this.failures + 1;
    if (!this.polls) this.#become("connecting");
    if (this.failures >= FAILURES_BEFORE_POLLING && !this.polls) {
      this.polls = true;
      this.#poll();
    }
    const longest = this.state === "polling" ? WAIT_WHILE_POLLING : LONGEST_WAIT;
    const wait = Math.min(longest, FIRST_WAIT * 2 ** this.failures) * (0.75 + Math.random() / 2);
    this.retry = setTimeout(() => this.#connect(), wait);
  }

  /** Ask at once, or as soon as the answer to the last question is there. */
  #soon() {
    if (this.asking) this.isHurried = true;
    else this.#poll();
  }

  async #poll() {
    clearTimeout(this.nextPoll);
    const asking = (this.asking = new AbortController());
    this.isHurried = false;
    const now = performance.now();
    if (now - this.askedAt > FORGOTTEN) this.#forgotten();
    this.askedAt = now;
    try {
      this.who ??= crypto.randomUUID?.() ?? String(Math.random()); // the former needs https
      const body = join(this.wishes.splice(0));
      const answer = await fetch(this.owner.pollUrl(this.who), {method: "POST", body, signal: asking.signal, cache: "no-store"});
      if (!answer.ok) throw new Error(String(answer.status));
      const bytes = new Uint8Array(await answer.arrayBuffer());
      if (this.asking !== asking) return;
      this.#become("polling");
      this.owner.onPolled(bytes);
    } catch {
      if (this.asking !== asking) return;
      this.#forgotten(); // and what was on its way is lost
    }
    this.asking = null;
    this.nextPoll = setTimeout(() => this.#poll(), this.isHurried ? 0 : POLL_EVERY);
  }

  /** The server does not know us by this name any more: begin anew. */
  #forgotten() {
    Object.assign(this, {who: null, wishes: []});
    this.#become("connecting");
  }

  #stopPolling() {
    this.polls = false;
    clearTimeout(this.nextPoll);
    this.asking?.abort();
    Object.assign(this, {asking: null, who: null, wishes: []});
  }

  /** A new network or a tab that is looked at again need not wait for the next attempt. */
  #hurry() {
    const busy = this.socket && this.socket.readyState <= WebSocket.OPEN;
    if (this.running && !busy && !document.hidden) this.#connect();
  }

  #drop() {
    clearTimeout(this.limit);
    const socket = this.socket;
    this.socket = null;
    if (socket && socket.readyState <= WebSocket.OPEN) socket.close();
  }

  #quiet() {
    clearTimeout(this.retry);
    this.#stopPolling();
    this.#drop();
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.owner.onState(state);
  }
}

// What the server says of what is on a page: asked for each change, one question at a time, the newest always.

import {parse} from "./wire.js";

const AGAIN = 2000; // ms until a server that did not answer is asked again

/** Questions of a page to the server, at the addresses below `path`. */
export class Server {
  constructor(path = "build") {
    this.path = path;
    this.channel = null;
  }

  /** The answer to a question, which may bring a file: then its words stand in the address.
   *
   * @throws {Error} in the server's words, or with `isLost` where it did not answer.
   */
  async ask(what, question, file = null) {
    let answer;
    try {
      const {channel} = this;
      const address = channel.route(`${this.path}/${channel.run}/${what}`, {...(file && question), token: channel.token});
      answer = await fetch(address, {method: "POST", body: file ?? JSON.stringify(question), cache: "no-store"});
    } catch {
      throw Object.assign(new Error("The server does not answer; what is made here is kept, and it is asked again."), {isLost: true});
    }
    if (answer.headers.get("content-type") === "application/octet-stream") return parse(new Uint8Array(await answer.arrayBuffer()));
    const text = await answer.text();
    try {
      const said = JSON.parse(text);
      if (answer.ok) return said;
      throw new Error(said.problem);
    } catch (error) {
      throw error instanceof SyntaxError ? new Error(text.slice(0, 200)) : error;
    }
  }
}

/** Has states judged, or asks `what` else; `told(judged, state)` hears of each that still counts, or `failed(error)`. */
export class Judge {
  constructor(server, told, failed, what = "judge") {
    Object.assign(this, {server, told, failed, what});
    this.wanted = null; // the newest state that was not asked about
    this.asking = false;
  }

  /** Have a state judged; `recordOf` writes it only when it is sent. */
  want(state, recordOf) {
    this.wanted = {state, recordOf};
    if (!this.asking) void this.#ask();
  }

  async #ask() {
    const {state, recordOf} = this.wanted;
    this.asking = true;
    this.wanted = null;
    try {
      const judged = await this.server.ask(this.what, recordOf());
      if (!this.gone && !this.wanted) this.told(judged, state);
    } catch (error) {
      if (!this.gone) this.failed(error);
      if (error.isLost) {
        this.wanted ??= {state, recordOf};
        await new Promise((done) => { this.later = setTimeout(done, AGAIN); });
      }
    }
    this.asking = false;
    if (this.wanted && !this.gone) void this.#ask();
  }

  end() {
    this.gone = true;
    clearTimeout(this.later);
  }
}

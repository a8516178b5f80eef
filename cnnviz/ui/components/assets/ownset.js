// A set of one's own in the making: classes with names, pictures of each, and what is missing until it can be trained.

import {make, reveal, say} from "./elements.js";
import {whole} from "./format.js";
import {createOwnClass} from "./ownclass.js";
import {createProgress, followWork} from "./progress.js";
import {recall, remember} from "./remembering.js";
import {createSettingForm} from "./settingform.js";
import {createSure} from "./sure.js";

const REMEMBERED = "cnnviz-draft"; // in this browser: the name of the set in the making
const MANY = 20; // pictures of a class that go at once
const THUMBS = 100; // small pictures asked for at once
const FIRST = {title: "My classes", classes: ["Class 1", "Class 2"]};

const AGAIN = 2000; // ms until a server that did not answer is sent them again

/** Pixels on their way to the server, many in one message while it is busy; they wait where it does not answer. */
class Sending {
  #waiting = []; // {label, kind, side, pixels}

  constructor(send, failed) {
    Object.assign(this, {send, failed, busy: false});
  }

  count(label) { return this.#waiting.filter((one) => one.label === label).length; }

  add(picture) {
    this.#waiting.push(picture);
    if (!this.busy) void this.#go();
  }

  async #go() {
    this.busy = true;
    while (this.#waiting.length) {
      const [{label, kind, side}] = this.#waiting;
      const same = this.#waiting.filter((one) => one.label === label && one.kind === kind).slice(0, MANY);
      try {
        await this.send(label, {kind, side}, new Blob(same.map(({pixels}) => pixels)));
      } catch (error) {
        this.failed(error);
        if (error.isLost) await new Promise((done) => { setTimeout(done, AGAIN); });
        if (error.isLost) continue;
      }
      this.#waiting = this.#waiting.filter((one) => !same.includes(one));
    }
    this.busy = false;
  }

  /** What waits is for a set that is no more. */
  forget() { this.#waiting = []; }
}

/** `on` hears made(name) when it has become a data set, and redraw(). */
export function createOwnSet(server, declared, on) {
  let draft = null; // as the server tells it
  let opening = null;
  let way = null; // {label, kind}: where pictures come from
  let now = null;
  let asking = false; // for small pictures
  let reading = null; // which file is on its way
  let working = {stop() {}, name: null, news: null};
  const thumbs = new Map(); // by the picture's name
  const cards = [];
  const title = make("input", {type: "text", className: "name", maxLength: 60, autocomplete: "off", "aria-label": "Name of the data set"});
  const form = createSettingForm("Size and colour", declared, (changes) => change({fitting: {...draft.fitting, ...changes}}));
  const grid = make("div", {className: "ownclasses"});
  const more = make("button", {type: "button", className: "small", onclick: () => addClass()}, "Add a class");
  const note = make("p", {className: "warning", role: "alert", hidden: true});
  const missing = make("p", {className: "caption", role: "status"});
  const finish = make("button", {type: "button", className: "primary", onclick: () => attempt(end)}, "Make the data set");
  const discard = createSure("Throw it all away", "The pictures of all classes go.", "Throw away", () => attempt(throwAway));
  const progress = createProgress(() => attempt(() => server.ask("cancel", {work: working.name})));
  const about = make("p", {className: "caption"});
  const element = make("div", {className: "owning"}, make("header", {className: "bar"}, make("h2", {}, "Make your own"), title, make("div", {className: "end"}, discard.element, finish)),
    about, form.element, note, grid, make("p", {}, more), missing, progress.element);
  const removed = []; // pictures that can be brought back, {label, picture}
  const sending = new Sending(async (label, words, pixels) => {
    take(await server.ask("add", {draft: draft.draft, label, ...words}, pixels));
    tell("");
  }, (error) => { tell(error.message); draw(); });

  function tell(text) {
    say(note, text);
    reveal(note, text !== "");
  }

  async function attempt(action) {
    tell("");
    try {
      await action();
    } catch (error) {
      tell(error.message);
      draw();
    }
  }

  function take(state) {
    draft = state;
    remember(REMEMBERED, state.draft);
    draw();
  }

  /** The set that this browser began before, or a new one. */
  async function open() {
    const name = recall(REMEMBERED);
    try {
      if (name) return take(await server.ask("draft", {draft: name}));
    } catch (error) {
      if (error.isLost) throw error; // else it is finished, or too old
    }
    take(await server.ask("begin", FIRST));
  }

  const change = (changes) => attempt(async () => {
    const {title: called, classes, fitting} = {...draft, ...changes};
    take(await server.ask("change", {draft: draft.draft, title: called, classes, fitting}));
  });

  function addClass() {
    const {classes} = draft;
    let number = classes.length + 1;
    while (classes.includes(`Class ${number}`)) number += 1;
    void change({classes: [...classes, `Class ${number}`]});
  }

  async function addFiles(label, files) {
    const left = [];
    tell("");
    for (const [at, file] of files.entries()) {
      reading = `Reading ${file.name}, ${at + 1} of ${files.length}`;
      draw();
      try {
        take(await server.ask("add", {draft: draft.draft, label, kind: "file"}, file));
      } catch (error) {
        left.push(`${file.name}: ${error.message}`);
        if (error.isLost) break;
      }
    }
    reading = null;
    draw();
    if (left.length) tell(left.length > 1 ? `${left.length} files are left out, the first of them ${left[0]}` : `Left out is ${left[0]}`);
  }

  async function end() {
    const {work} = await server.ask("finish", {draft: draft.draft});
    working.stop();
    working.name = work;
    working.stop = followWork(server, work, (news) => {
      working.news = news;
      if (news.over && news.problem) tell(news.problem);
      if (news.over && news.name) {
        forget();
        on.made(news.name);
      }
      draw();
    });
  }

  async function throwAway() {
    await server.ask("discard", {draft: draft.draft});
    forget();
    await open();
  }

  function forget() {
    remember(REMEMBERED, null);
    [draft, way] = [null, null];
    thumbs.clear();
    sending.forget();
    removed.length = 0;
  }

  const events = {
    rename: (label, name) => change({classes: draft.classes.map((one, at) => (at === label ? name : one))}),
    add: (label, kind, side, pixels) => { sending.add({label, kind, side, pixels}); draw(); },
    files: (label, files) => void addFiles(label, files),
    remove: (label, picture) => attempt(async () => {
      const state = await server.ask("remove", {draft: draft.draft, picture});
      removed.push({label, picture});
      take(state);
    }),
    back: (label) => attempt(async () => {
      const at = removed.findLastIndex((one) => one.label === label);
      const [{picture}] = removed.splice(at, 1);
      take(await server.ask("bringback", {draft: draft.draft, picture}));
    }),
    drop: (label) => attempt(async () => {
      way = null;
      removed.length = 0;
      take(await server.ask("dropclass", {draft: draft.draft, label}));
      thumbs.clear();
    }),
    way: (label, kind) => { way = kind && {label, kind}; draw(); },
  };

  /** Ask for the small pictures that are not here yet. */
  async function fetchThumbs() {
    const wanted = draft.pictures.map(([name]) => name).filter((name) => !thumbs.has(name)).slice(-THUMBS);
    if (!wanted.length || asking) return;
    asking = true;
    try {
      const {arrays} = await server.ask("thumbs", {draft: draft.draft, names: wanted});
      for (const name of wanted) thumbs.set(name, arrays[name] ?? null);
    } catch {
      asking = false;
      return; // asked again with the next change
    }
    asking = false;
    draw();
  }

  function draw() {
    if (!now || !element.isConnected) return;
    reveal(grid, draft !== null);
    if (!draft) {
      opening ??= attempt(open).finally(() => { opening = null; });
      return;
    }
    const {classes, pictures, fitting, days, most} = draft;
    if (title.getRootNode().activeElement !== title) title.value = draft.title;
    say(about, `Name the classes and give each three pictures or more. They stay on this server for ${days} days, until you make the data set or throw them away. There is room for ${whole(most)}.`);
    form.draw(fitting);
    while (cards.length < classes.length) cards.push(createOwnClass(events));
    for (const card of cards.splice(classes.length)) card.destroy();
    if (grid.children.length !== cards.length) grid.replaceChildren(...cards.map((card) => card.element));
    classes.forEach((name, at) => cards[at].draw({
      at, title: name, thumbs, pictures: pictures.filter(([, label]) => label === at).map(([picture]) => picture),
      coming: sending.count(at), way: way?.label === at ? way.kind : null, canDrop: classes.length > 2, canUndo: removed.some(({label}) => label === at), state: now,
    }));
    const isGoing = Boolean(working.news && !working.news.over);
    say(missing, reading ? reading : draft.missing.length ? draft.missing.join(" ") : "Every class has enough. More pictures, and different ones, make it learn better.");
    finish.disabled = draft.missing.length > 0 || isGoing || sending.busy;
    progress.draw(working.news, "Fitting the pictures");
    void fetchThumbs();
  }

  title.addEventListener("change", () => change({title: title.value}));
  return {
    element,
    draw(state) {
      now = state;
      draw();
    },
    /** The page shows something else: the camera goes off. */
    rest() {
      way = null;
      for (const card of cards) card.destroy();
    },
    destroy() {
      working.stop();
      for (const card of cards) card.destroy();
    },
  };
}

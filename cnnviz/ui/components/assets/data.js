// The part "data": the sets to learn from, what is in one of them and what is done to its images, and sets of one's own.

import {isEcho} from "./address.js";
import {projector} from "./board.js";
import {createBringing} from "./bringset.js";
import {DATA} from "./datalook.js";
import {make, mark, reveal} from "./elements.js";
import {Judge, Server} from "./judging.js";
import {createOwnSet} from "./ownset.js";
import {followWork} from "./progress.js";
import {createSetList} from "./setlist.js";
import {settingsText} from "./settingform.js";
import {createSetView} from "./setview.js";
import {wear} from "./wear.js";

const PHONE = 700;
const LEFT = 264;
const BETWEEN = 32;

const NOTHING = {seen: null, means: null, varied: null, problem: null, wrong: null, unvaried: null};

let kept = null; // what is shown, for when the page is opened again: {name, preparation, augmentation, mode, seed}

export function createData(root, instance) {
  wear(root, DATA);
  const {declared, largest} = instance.mount;
  const server = new Server("data");
  server.channel = instance.channel;
  let sets = [];
  let shownMount = null;
  let answers = {...NOTHING}; // to what is asked of the shown set, and why there is none
  let now = null;
  const works = new Map(); // by the set's name: {news, stop, work}

  const list = createSetList({choose: (name) => turnTo({name, mode: "set"}), go: (mode) => turnTo({mode})});
  const view = createSetView(declared, {
    prepare: (changes) => set("preparation", changes),
    vary: (changes) => set("augmentation", changes),
    again() {
      kept.seed += 1;
      ask("vary");
    },
    train: () => instance.trigger?.("train", {name: kept.name, preparation: kept.preparation, augmentation: kept.augmentation}),
    download: () => void download(), cancel: () => void cancel(), remove: () => void remove(),
  });
  const bringing = createBringing(server, declared.fitting, largest, {brought: (name) => void arrive(name), changed: () => void refresh()});
  const owning = createOwnSet(server, declared.fitting, {made: (name) => void arrive(name)});
  const views = {set: view, zip: bringing, own: owning};
  const main = make("div", {className: "dataview"}, ...Object.values(views).map(({element}) => element));
  root.append(make("div", {className: "data"}, list.element, main));

  const judges = {
    show: judge("show", (said) => ({seen: said, problem: null, wrong: null}), (error) => ({wrong: error.message})),
    means: judge("means", (said) => ({means: said}), () => ({})),
    vary: judge("vary", (said) => ({varied: said, unvaried: null}), (error) => (answers.seen ? {unvaried: error.message} : {})),
  };

  /** Has the newest of one kind of question answered; an answer for another set is none. */
  function judge(what, good, bad) {
    const isOf = (question) => question.name === kept.name;
    let asked = null;
    const judging = new Judge(server, (said, question) => isOf(question) && learn(good(said)), (error) => asked && isOf(asked) && learn(bad(error)), what);
    return {want: (question) => { asked = question; judging.want(question, () => question); }, end: () => judging.end()};
  }

  function learn(said) {
    Object.assign(answers, said);
    mark(root, "data-answered", [kept.name, ...["seen", "means", "varied"].filter((kind) => answers[kind])].join(" "));
    draw();
  }

  const chosen = () => sets.find(({name}) => name === kept.name) ?? sets[0];

  function ask(...kinds) {
    const {name, preparation, augmentation, seed} = kept;
    if (!chosen().is_there) return; // the list says so
    for (const kind of kinds) judges[kind].want({name, preparation, augmentation, seed});
  }

  function go(where) {
    if (kept.mode === "own" && where.mode !== "own") owning.rest();
    const isOther = where.name !== undefined && where.name !== kept.name;
    Object.assign(kept, where);
    if (isOther) {
      answers = {...NOTHING};
      ask("show", "means", "vary");
    }
    tellAddress();
    draw();
  }

  /** Go there, and have it in sight: the list may be as long as the page. */
  function turnTo(where) {
    go(where);
    const {top} = main.getBoundingClientRect();
    if (top < 0 || top > innerHeight / 2) main.scrollIntoView({block: "start"});
  }

  function set(kind, changes) {
    kept[kind] = {...kept[kind], ...changes};
    if (kind === "preparation") ask("show", "means");
    ask("vary");
    answers.problem = null;
    tellAddress();
    draw();
  }

  function tellAddress() {
    instance.channel.set({words: {data: kept.name, prepare: settingsText(declared.preparation, kept.preparation), vary: settingsText(declared.augmentation, kept.augmentation)}});
  }

  /** Ask anew which sets there are. */
  async function refresh(...names) {
    try {
      sets = await server.ask("sets", {names: [kept.name, ...names]});
    } catch {
      return; // the next one brings it
    }
    follow();
    draw();
  }

  /** Show a set that has just come. */
  async function arrive(name) {
    await refresh(name);
    go({name, mode: "set"});
  }

  /** Follow what is on its way, also where another page began it. */
  function follow() {
    for (const {name, work} of sets) {
      if (!work || works.has(name)) continue;
      const entry = {work, news: {share: 0, over: false}};
      works.set(name, entry);
      entry.stop = followWork(server, work, (news) => heard(name, news));
    }
  }

  function heard(name, news) {
    works.get(name).news = news;
    if (news.over) {
      works.delete(name);
      if (name === kept.name) answers.problem = news.problem ?? null;
      void refresh().then(() => name === kept.name && !answers.seen && ask("show", "means", "vary"));
    }
    draw();
  }

  const attempt = async (action) => {
    try {
      await action();
    } catch (error) {
      answers.problem = error.message;
      draw();
    }
  };
  const download = () => attempt(async () => {
    const {name} = kept;
    answers.problem = null;
    const {work} = await server.ask("download", {name});
    sets = sets.map((one) => (one.name === name ? {...one, work} : one));
    follow();
    draw();
  });
  const cancel = () => attempt(() => server.ask("cancel", {work: works.get(kept.name)?.work}));
  const remove = () => attempt(async () => {
    await server.ask("delete", {name: kept.name});
    sets = sets.filter(({name}) => name !== kept.name);
    go({name: sets[0].name, mode: "set"});
    await refresh();
  });

  /** Take in what Python says: the sets, and the one that an address or the form names. */
  function adopt(mount) {
    const {start, asked} = mount;
    sets = mount.sets;
    const isNews = asked && asked !== kept?.name && !isEcho("data", asked);
    if (!kept || (isNews && shownMount !== mount)) {
      kept = {mode: "set", seed: 0, ...kept, ...start};
      if (!sets.some(({name}) => name === kept.name)) kept.name = sets[0].name;
      answers = {...NOTHING};
    }
    if (!answers.seen) {
      answers = {...NOTHING};
      ask("show", "means", "vary");
    }
    shownMount = mount;
    tellAddress();
    follow();
  }

  function draw() {
    if (!now) return;
    const {channel, width, theme, kinds} = now;
    const scale = projector(width);
    const isPhone = width < PHONE;
    root.classList.toggle("phone", isPhone);
    root.style.setProperty("--k", scale);
    if (channel.scale !== scale) channel.set({scale});
    const {mode, name} = kept;
    const shares = new Map([...works].map(([key, {news}]) => [key, news.share]));
    list.draw({sets, chosen: name, mode, shares});
    for (const [key, one] of Object.entries(views)) reveal(one.element, key === mode);
    const room = {channel, theme, scale, isPhone, kinds, width: isPhone ? width : width - (LEFT + BETWEEN) * scale};
    if (mode === "set") view.draw({...room, ...answers, set: chosen(), values: kept, news: works.get(name)?.news ?? null});
    else views[mode].draw(room);
  }

  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") event.stopPropagation(); // Streamlit has shortcuts of single letters
  });

  return {
    draw(state) {
      now = state;
      server.channel = state.channel;
      if (state.kinds.has("mount") && state.mount !== shownMount) adopt(state.mount);
      draw();
    },
    destroy() {
      for (const one of Object.values(judges)) one.end();
      for (const {stop} of works.values()) stop();
      bringing.destroy();
      owning.destroy();
      instance.channel.words = undefined; // other pages have no data set in their address
    },
  };
}

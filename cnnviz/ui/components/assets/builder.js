// The part "builder": a network layer by layer, judged by the server at every change.

import {many} from "./format.js";
import {isEcho, mirror} from "./address.js";
import {COLUMNS, createArithmetic, createNumbers} from "./accounts.js";
import {projector} from "./board.js";
import {createBuildHead} from "./buildhead.js";
import {BUILDER} from "./builderlook.js";
import {createDownloads, createOpening, createSaving} from "./buildshelf.js";
import {createDragging} from "./dragging.js";
import {icon, make, mark, reveal, say} from "./elements.js";
import {Judge, Server} from "./judging.js";
import {createKindMenu} from "./kindmenu.js";
import {createCard, PLUS} from "./layercard.js";
import {keepNetwork, keptNetwork} from "./networkkept.js";
import {Stack} from "./stack.js";
import {wear} from "./wear.js";

const PHONE = 640;
const EXAMINED = 3; // wrong layers for which the server looks for what would mend them
const UNKNOWN = {problem: null, layers: [], account: null, link: null}; // until the server has judged it

let kept = null; // the network, for when its page is opened again: {stack, verdicts, judged, open}

export function createBuilder(root, instance) {
  wear(root, BUILDER);
  const server = new Server();
  const judge = new Judge(server, hear, (error) => tell(error.message));
  const cards = new Map(); // by the layer's number
  const mends = new Map(); // likewise, for the state that was judged last
  const live = make("p", {className: "unseen", role: "status"});
  const note = make("p", {className: "warning note", role: "alert", hidden: true});
  const menu = createKindMenu((kind, at) => { open(stack().insert(at, kind), true); });
  const opening = createOpening(server, {open: (record) => begin(record), preset});
  const saving = createSaving(server, () => stack().record);
  const downloads = createDownloads(() => ({record: stack().record, channel: now.channel}), tell);
  const head = createBuildHead({
    undo: () => stack().undo(), redo: () => stack().redo(), rest: () => stack().rest(), choose,
    describe: (changes, topic) => stack().describe(changes, topic),
    train: () => instance.trigger?.("train", {record: stack().record}),
    toProblem,
  }, [opening.element, saving.button], [saving.element, downloads.element]);
  const dropMark = make("div", {className: "dropmark", hidden: true});
  const list = make("ol", {className: "cards", "aria-label": "Layers"});
  const grab = createDragging(list, dropMark, (id, place) => moved(id, place));
  const last = make("button", {type: "button", className: "wide add", "aria-haspopup": "menu"}, icon(PLUS), "Add layer");
  last.addEventListener("click", () => menu.open(stack().now.layers.length, last));
  const totals = createNumbers();
  const sums = createArithmetic();
  const how = make("button", {type: "button", className: "small", "aria-expanded": false, onclick: () => { reveal(sums.element, sums.element.hidden); draw(); }}, "How");
  reveal(sums.element, false);
  const total = make("section", {className: "total", "aria-label": "Whole network"},
    make("div", {className: "line"}, make("span", {className: "who"}, make("b", {}, "Whole network"), " ", how), ...totals.cells), sums.element);
  const titles = make("div", {className: "line titles", "aria-hidden": "true"}, make("span", {className: "who"}, "Layer"),
    ...COLUMNS.map(({name, title}) => make("span", {className: `number ${name}`}, title)));
  const whole = make("p", {className: "warning whole"});
  root.append(make("div", {className: "builder"}, head.element, note, whole, titles,
    make("div", {className: "stack"}, list, dropMark), last, total, menu.element, live));
  let now = null;
  let shown = null; // the mount that was taken in last

  const on = {
    add: (at, opener) => menu.open(at, opener), grab,
    toggle: (id) => open(kept.open === id ? null : id),
    act: (action, id) => act(action, id),
    set: (id, changes) => stack().set(id, changes),
    rename: (id, name) => stack().rename(id, name),
    rest: () => stack().rest(),
    mend(id, {words, layers}) {
      stack().arrange(layers);
      (cards.get(id) ?? cards.values().next().value)?.head.focus(); // its button is gone
      announce(`Done: ${words}`);
    },
  };

  function stack() { return kept.stack; }
  function announce(text) { say(live, text); }

  function tell(text) {
    say(note, text);
    reveal(note, text !== "");
  }

  function open(id, isNew = false) {
    kept.open = id;
    draw();
    if (isNew) cards.get(id).head.focus();
    if (isNew) announce(`${stack().layer(id).name} added, layer ${stack().place(id) + 1} of ${stack().now.layers.length}`);
  }

  /** Begin with another network; what was there is one undo away. */
  function begin(record, known = null) {
    const {input_shape, classes, data} = stack().now;
    saving.opened();
    stack().open({input_shape, classes, data, ...record}, known);
  }

  async function preset(name) {
    const {input_shape, classes, data} = stack().now;
    begin({...await server.ask("preset", {name, input_shape, classes}), data}, name);
  }

  /** Other images: a preset is made anew for them, a network of one's own stays as it is. */
  async function choose(name) {
    const found = now.mount.catalog.data.find((one) => one.name === name);
    if (!found) return stack().describe({data: null});
    const images = {data: found.name, input_shape: found.shape, classes: found.classes};
    const known = stack().now.preset;
    try {
      if (known) return begin({...await server.ask("preset", {...images, name: known}), ...images}, known);
    } catch (error) {
      tell(error.message);
    }
    stack().describe(images);
  }

  function act(action, id) {
    const {name} = stack().layer(id);
    const place = stack().place(id);
    if (action === "repeat") return open(stack().repeat(id), true);
    if (action !== "remove") return moved(id, place + (action === "up" ? -1 : 1));
    stack().remove(id);
    const {layers} = stack().now;
    const next = layers[Math.min(place, layers.length - 1)];
    (next ? cards.get(next.id).head : last).focus();
    announce(`${name} removed; ${many(layers.length, "layer")} ${layers.length === 1 ? "is" : "are"} left`);
  }

  function moved(id, place) {
    stack().move(id, place);
    announce(`${stack().layer(id).name} is layer ${stack().place(id) + 1} of ${stack().now.layers.length}`);
  }

  function toProblem() {
    const id = stack().now.layers.find((one) => kept.verdicts.get(one.id)?.problem)?.id;
    if (id === undefined) return;
    open(id);
    cards.get(id).head.focus();
  }

  /** The network has changed: it is drawn at once, and its numbers follow. */
  function update() {
    tell("");
    saving.forget();
    keepNetwork(stack(), true);
    ask();
    draw();
  }

  function ask() {
    mark(root, "data-draft", "asking");
    judge.want(stack().now, () => stack().record);
  }

  function hear(judged, state) {
    tell("");
    take(judged, state);
    mends.clear();
    mark(root, "data-draft", "judged");
    draw();
    state.layers.filter(({id}) => kept.verdicts.get(id)?.problem).slice(0, EXAMINED).forEach(({id}) => void examine(id, state));
    if (judged.problem) announce(judged.problem);
    else announce(judged.layers.find(({problem}) => problem)?.problem ?? live.textContent);
  }

  function take(judged, state) {
    kept.judged = judged;
    kept.verdicts = new Map(state.layers.map(({id}, at) => [id, judged.layers[at]]));
    instance.channel.set({network: judged.link});
  }

  async function examine(id, state) {
    try {
      const found = await server.ask("mends", {record: stack().record, number: state.layers.findIndex((one) => one.id === id) + 1});
      if (stack().now !== state) return;
      mends.set(id, found);
      draw();
    } catch {
      // the sentence at the layer says what would do
    }
  }

  /** Take in what Python says: the network to begin with, or one that an address names. */
  function adopt(mount) {
    const {catalog, asked, start} = mount;
    const isPreset = catalog.presets.some(({name}) => name === start.record.name) && (!asked || asked === start.record.name);
    const isNews = asked && asked !== instance.channel.network && !isEcho("network", asked);
    const {shown: before, below} = kept ? {} : keptNetwork(asked);
    if (!kept || (isNews && shown !== mount)) {
      kept ??= {stack: new Stack(catalog), verdicts: new Map(), judged: UNKNOWN, open: null};
      stack().changed = () => {};
      if (below) stack().open(below.record, below.preset);
      if (before) {
        stack().open(before.record, before.preset);
        ask();
      } else {
        stack().open(start.record, isPreset ? start.record.name : null);
        take(start.judged, stack().now);
        mark(root, "data-draft", "judged");
      }
      keepNetwork(stack(), Boolean(before?.isEdited));
    } else if (!shown || root.dataset.draft === "asking") ask(); // come back, perhaps to a new server
    stack().changed = update;
    shown = mount;
    menu.fill(catalog.kinds);
    opening.offer(catalog.presets);
    head.offer(catalog.data);
  }

  function drawCards() {
    const {layers, input_shape: image} = stack().now;
    for (const [id, card] of cards) {
      if (stack().layer(id)) continue;
      card.element.remove();
      cards.delete(id);
    }
    layers.forEach((layer, place) => {
      if (!cards.has(layer.id)) cards.set(layer.id, createCard(layer.id, on));
      const card = cards.get(layer.id);
      if (list.children[place] !== card.element) putAt(card.element, place);
      card.draw({
        layer, place, image, count: layers.length, kind: stack().kinds.get(layer.kind), isOpen: kept.open === layer.id,
        verdict: kept.verdicts.get(layer.id), mends: mends.get(layer.id),
      });
    });
  }

  /** Moving an element takes the focus from it. */
  function putAt(element, place) {
    const focused = element.contains(root.getRootNode().activeElement) ? root.getRootNode().activeElement : null;
    list.insertBefore(element, list.children[place] ?? null);
    focused?.focus({preventScroll: true});
  }

  function draw() {
    if (!now) return;
    const {channel, width} = now;
    const scale = projector(width);
    root.classList.toggle("phone", width < PHONE);
    root.style.setProperty("--k", scale);
    if (channel.scale !== scale) channel.set({scale});
    const {judged, verdicts} = kept;
    const problems = [judged.problem, ...stack().now.layers.map(({id}) => verdicts.get(id)?.problem)].filter(Boolean);
    head.draw({now: stack().now, canUndo: stack().canUndo, canRedo: stack().canRedo, problems, isKnown: root.dataset.draft === "judged"});
    opening.draw(now);
    say(whole, judged.problem ?? "");
    reveal(whole, Boolean(judged.problem));
    drawCards();
    totals.draw(judged.account);
    sums.draw(judged.account);
    mark(how, "aria-expanded", !sums.element.hidden);
    downloads.draw(Boolean(judged.account));
  }

  list.addEventListener("keydown", (event) => {
    const id = Number(event.target.closest("[data-id]")?.dataset.id);
    const by = {ArrowUp: -1, ArrowDown: 1}[event.key];
    const onHead = event.target.hasAttribute("data-head");
    const onGrip = event.target.hasAttribute("data-grip");
    if (by && (onGrip || (onHead && event.altKey))) moved(id, stack().place(id) + by);
    else if (by && onHead) cards.get(stack().now.layers[stack().place(id) + by]?.id)?.head.focus();
    else if (event.key === "Delete" && onHead) act("remove", id);
    else return;
    event.preventDefault();
  });
  root.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const isRedo = key === "y" || (key === "z" && event.shiftKey);
    if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
      event.preventDefault();
      if (isRedo) stack().redo();
      else stack().undo();
    }
    if (key !== "escape") event.stopPropagation(); // Streamlit has shortcuts of single letters
  });

  return {
    draw(state) {
      now = state;
      server.channel = state.channel;
      if (state.kinds.has("mount") && state.mount !== shown) adopt(state.mount);
      if (state.channel.network !== kept.judged.link) state.channel.set({network: kept.judged.link});
      mirror(state.channel);
      draw();
    },
    destroy() {
      judge.end();
      opening.destroy();
      stack().changed = () => {};
      instance.channel.network = undefined; // other pages have no network in their address
    },
  };
}

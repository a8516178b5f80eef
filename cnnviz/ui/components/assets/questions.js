// What is asked beside the picture: an opened unit, explanations, and a drawing instead of an image.

import {mirror, readMaps} from "./address.js";
import {lowerBound} from "./series.js";

/** What tells one explanation from another. */
export function keyOf({method, target, settings}) {
  return JSON.stringify([method, target ?? null, Object.entries(settings ?? {}).sort()]);
}

/** The part of a channel that asks; the channel adds who and where (`base`, `run`, `token`, `connection`), the view, `curves` and `emit`. */
export class Questions {
  constructor() {
    this.unit = null; // the opened map of the layer, by number
    this.openedUnit = null; // what the server said of it
    this.toldUnit = null; // the last unit the server spoke of
    this.maps = []; // the explanations wanted: {method, target, settings}
    this.aimed = null; // the class that an address names without the maps that explain it
    this.heatLook = null; // how explanations are drawn, in the address's words; null: nobody has said
    this.attributions = new Map(); // what there is of them, the newest of each
    this.drawing = null; // the last one of a pad: {name, frame, isToKeep}
    this.kept = null; // what the server kept last: {frame, image}, its name on the pad and the one that can be linked
  }

  /** The saved step that a picture stands for, to ask the server about: its own, or the last one before it. */
  savedStep(picture) {
    if (picture.saved) return picture.step;
    const saved = this.curves.snapshots.values;
    return saved[lowerBound(saved, picture.step + 1) - 1] ?? picture.step;
  }

  /** Whether the image on screen is a drawing that this page alone knows. */
  get isOnPad() { return this.drawing !== null && this.image === this.drawing.name; }

  /** Take in an answer, if the message is one. */
  hear(message) {
    if (message.kind === "unit") {
      this.toldUnit = message; // also one that a part asked for without opening it
      if (message.node === this.layer && message.unit === this.unit) this.openedUnit = message;
    } else if (message.kind === "attribution") {
      if (message.image === this.image) this.attributions.set(keyOf({...message, target: message.asked}), message);
    } else if (message.kind === "kept") {
      this.kept = message;
      if (this.drawing?.name === message.frame) this.drawing.isToKeep = false;
      if (this.image !== message.frame) return; // drawn on, or left, meanwhile
      this.image = message.image;
      mirror(this);
    }
  }

  /** Tell a new connection what the one before was told. */
  greet() {
    if (this.unitWish() || this.maps.length) this.say({unit: this.unitWish(), maps: this.maps});
    if (!this.isOnPad) return;
    this.connection.send(this.drawing.frame);
    if (this.drawing.isToKeep) this.say({keep: true});
  }

  /** Open a unit of a layer (null: close it); the server sends its numbers now and for every step and image. */
  open(layer, unit) {
    if (layer !== this.layer || unit !== this.unit) this.openedUnit = null;
    Object.assign(this, {layer, unit});
    this.say({unit: this.unitWish()});
    this.emit("view");
    mirror(this);
  }

  /** Take over what an address says of explanations; a look stays where it says none. */
  begin({maps, target, look}) {
    this.maps = readMaps(maps, target);
    this.aimed = target;
    this.heatLook = look ?? this.heatLook;
  }

  /** Have these explanations worked out, and no others: {method, target, settings}. */
  want(maps) {
    this.maps = maps;
    const kept = new Set(maps.map(keyOf));
    for (const key of this.attributions.keys()) if (!kept.has(key)) this.attributions.delete(key);
    this.say({maps});
    this.emit("view");
    mirror(this);
  }

  /** What there is of an explanation: perhaps of the step before, until that of this one comes. */
  attribution(wish) {
    return this.attributions.get(keyOf(wish));
  }

  /** Show a drawing that is on the pad: a byte a pixel, 0 paper to 255 ink, under a name of the pad's own; whether it went. */
  draw(name, width, height, pixels) {
    const said = new TextEncoder().encode(name);
    const frame = new Uint8Array(1 + said.length + 4 + pixels.length);
    frame[0] = said.length;
    frame.set(said, 1);
    frame.set([width & 255, width >> 8, height & 255, height >> 8], 1 + said.length);
    frame.set(pixels, 5 + said.length);
    if (this.image !== name) Object.assign(this, {image: name, newest: -1, attributions: new Map()});
    this.drawing = {name, frame, isToKeep: false};
    return this.connection.send(frame);
  }

  /** Keep the drawing under a name that can be linked; the server says which. */
  keep() {
    this.drawing.isToKeep = true;
    this.say({keep: true});
  }

  /** The opened unit as the server is told it. */
  unitWish() {
    return this.layer !== null && this.unit !== null ? {node: this.layer, unit: this.unit} : null;
  }

  /** Send a wish, if the socket is open. */
  say(wish) {
    this.connection.send(JSON.stringify(wish));
  }

  /** The address of exact numbers behind a picture: maps.npz, say; `more` is asked besides, or instead. */
  numbersOf(picture, what, more = {}) {
    return this.route(`numbers/${this.run}/${what}`, {token: this.token, step: this.savedStep(picture), image: picture.image, ...more});
  }

  /** The address of one of the run's routes. */
  route(path, query) {
    return `${this.base}/${path}?${new URLSearchParams(query)}`;
  }
}

// The page's address says what is shown, so that copying it shares the view.

const SETTLE = 300; // browsers count how often an address is rewritten, and scrubbing is quick
const REASSERT = [250, 900, 2000]; // Streamlit writes its own query a moment after Python has run

let current = null;
let lost = false;
let timer = null;
const written = new Map();
let place = placeOf(); // what Streamlit answers for: page, run, image
let isInner = Boolean(history.state?.isInner); // whether the entry of the history we are at was made by `goIn`

/** Make this channel the one whose view the address tells; `isLost` where it stands for a run that is not there. */
export function speakFor(channel, isLost = false) {
  current = channel;
  lost = isLost;
  for (const wait of REASSERT) setTimeout(() => current === channel && flush(), wait);
}

/** Write the address soon. */
export function mirror(channel) {
  if (channel !== current || timer !== null) return;
  timer = setTimeout(flush, SETTLE);
}

/** Write the address now. */
export function flush() {
  clearTimeout(timer);
  timer = null;
  if (!current?.watched) return;
  const url = new URL(location.href);
  const wanted = {
    step: current.follow || current.wish === "live" ? null : String(current.wish),
    layer: current.layer,
    unit: current.layer === null || current.unit === null ? null : String(current.unit),
    cell: cellOf(current),
    picture: current.aspect,
    scale: current.measure,
    curves: current.charts,
    details: current.details,
    maps: current.maps.length ? current.maps.map(wordOf).join(",") : null,
    target: current.maps.length ? textOf(current.maps[0].target) : null,
    look: current.maps.length ? current.heatLook || null : null,
    follow: current.follow ? "1" : null,
  };
  if (lost) wanted.run = null;
  if (/^(drawing|upload)-/.test(current.image)) wanted.image = current.image;
  if (current.network !== undefined) wanted.network = current.network;
  Object.assign(wanted, current.words); // what a page of its own kind adds: by name, null where it is not to stand there
  for (const [name, value] of Object.entries(wanted)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
    written.set(`${name}=${value}`, performance.now());
  }
  if (url.href !== location.href) history.replaceState(history.state, "", url);
  place = placeOf();
  isInner = Boolean(history.state?.isInner);
}

function placeOf() {
  const {pathname, searchParams} = new URL(location.href);
  return [pathname, searchParams.get("run"), searchParams.get("image")].join(" ");
}

/** From here on the browser's Back leads to the view on screen, without what is opened now. */
export function goIn() {
  flush();
  history.pushState({...history.state, isInner: true}, "");
  isInner = true;
}

/** Go back to where `goIn` was called; whether there is such a view: what is opened closes by itself then. */
export function goOut() {
  if (!history.state?.isInner) return false;
  history.back();
  return true;
}

/** Back and Forward between a view and what was opened in it are no matter of Streamlit's, which would run the page anew. */
function stepThrough(event) {
  const wasInner = isInner;
  isInner = Boolean(history.state?.isInner);
  if (!current?.watched || !(wasInner || isInner) || placeOf() !== place) return;
  event.stopImmediatePropagation();
  const {searchParams} = new URL(location.href);
  const unit = searchParams.get("unit");
  current.open(searchParams.get("layer") ?? current.layer, unit === null ? null : Number(unit));
  flush();
}
addEventListener("popstate", stepThrough, true);

/** The cell of the opened unit, as `4.7`. */
function cellOf({layer, unit, cell}) {
  if (unit === null || cell?.layer !== layer || cell.index[0] !== unit || cell.index.length < 3) return null;
  return cell.index.slice(1).join(".");
}

const textOf = (value) => (value === null || value === undefined ? null : String(value));

/** An explanation in an address: `occlusion:window=3:stride=1`; all of a page explain the same class. */
function wordOf({method, settings}) {
  return [method, ...Object.entries(settings ?? {}).map(([name, value]) => `${name}=${value}`)].join(":");
}

/** The explanations that an address names, the inverse of `wordOf`; words that name none are passed over. */
export function readMaps(text, target) {
  return (text ?? "").split(",").filter((word) => /^[^:]/.test(word)).slice(0, 8).map((word) => {
    const [method, ...pairs] = word.split(":");
    const settings = pairs.map((pair) => pair.split("=")).filter(([name, value]) => name && value);
    return {method, target: target ?? null, settings: Object.fromEntries(settings.map(([name, value]) => [name, valueOf(value)]))};
  });
}

function valueOf(text) {
  if (text === "true" || text === "false") return text === "true";
  return Number.isFinite(Number(text)) ? Number(text) : text;
}

/** Whether Python's value only repeats what was written here a moment ago. */
export function isEcho(name, value, within = 30000) {
  const text = value === null || value === false ? null : value === true ? "1" : String(value);
  return performance.now() - (written.get(`${name}=${text}`) ?? -Infinity) < within;
}

/** Whether a new run's step or layer is only what the address still said of the run before it. */
export function isLeftOver(channel, name, value) {
  return current !== null && current !== channel && value !== null && isEcho(name, value, Infinity);
}

/** Forget a channel that nobody watches. */
export function hush(channel) {
  if (current === channel) current = null;
}

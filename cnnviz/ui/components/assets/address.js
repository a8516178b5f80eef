// The page's address says what is shown, so that copying it shares the view.

const SETTLE = 300; // browsers count how often an address is rewritten, and scrubbing is quick
const REASSERT = [250, 900, 2000]; // Streamlit writes its own query a moment after Python has run

let current = null;
let timer = null;
const written = new Map();

/** Make this channel the one whose view the address tells. */
export function speakFor(channel) {
  current = channel;
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
    follow: current.follow ? "1" : null,
  };
  for (const [name, value] of Object.entries(wanted)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
    written.set(`${name}=${value}`, performance.now());
  }
  if (url.href !== location.href) history.replaceState(history.state, "", url);
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

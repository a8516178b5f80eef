// The keyboard on every page. Streamlit puts what a popover holds at the end of the document; here Tab meets it right after
// the popover's button, and goes on from there behind the button.

const OPENER = '[data-testid="stPopoverButton"][aria-expanded="true"]';
const HELD = '[data-testid="stPopoverBody"]';
const STOPS = "a[href], button, input, select, textarea, summary, [tabindex]";

/** What Tab comes to below a root, in order, also in the shadow of parts. */
function stops(root) {
  return [...root.querySelectorAll("*")].flatMap((element) =>
    element.shadowRoot ? stops(element.shadowRoot) : isStop(element) ? [element] : []);
}

// While the focus is elsewhere, Streamlit takes what lies in a popover out of the order, and notes where it stood.
const isStop = (element) =>
  element.matches(STOPS) && Number(element.dataset.tabindex ?? element.tabIndex) >= 0 && !element.matches(":disabled") && element.checkVisibility({visibilityProperty: true});

function focused() {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

function follow(event) {
  if (event.key !== "Tab" || event.ctrlKey || event.altKey || event.metaKey) return;
  const [opener, held] = [OPENER, HELD].map((name) => document.querySelector(name));
  const inside = opener && held ? stops(held) : [];
  if (!inside.length) return;
  const at = focused();
  if (!event.shiftKey && [opener, document.body].includes(at)) go(inside[0], event);
  else if (event.shiftKey && at === inside[0]) go(opener, event);
  else if (!event.shiftKey && at === inside.at(-1)) opener.focus(); // from where the browser goes on
}

function go(element, event) {
  event.preventDefault();
  element.focus();
}

addEventListener("keydown", follow, true);

/** Called by Streamlit where the component is mounted; the module listens from when it is loaded. */
export default function () {}

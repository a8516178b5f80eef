// The part "link": copies the address of what is shown.

import {flush} from "./address.js";
import {icon, make, reveal, say} from "./elements.js";

const CHAIN = "M8.5 13.5H7a3.5 3.5 0 0 1 0-7h1.5M11.5 6.5H13a3.5 3.5 0 0 1 0 7h-1.5M7.5 10h5";
const THANKS = 2000;

/** A text button; where the clipboard is refused, the address in a field, selected. */
export function createLink(root) {
  const label = make("span", {"aria-live": "polite"}, "Copy link");
  const button = make("button", {type: "button", className: "text"}, icon(CHAIN), label);
  const field = make("input", {type: "text", readOnly: true, hidden: true, className: "address", "aria-label": "Link"});
  root.append(make("div", {className: "link"}, button, field));
  let timer;

  button.addEventListener("click", async () => {
    flush();
    clearTimeout(timer);
    try {
      await navigator.clipboard.writeText(location.href);
      reveal(field, false);
      say(label, "Copied");
      timer = setTimeout(() => say(label, "Copy link"), THANKS);
    } catch {
      field.value = location.href;
      reveal(field, true);
      field.focus();
      field.select();
    }
  });
  field.addEventListener("blur", () => reveal(field, false));
  return {draw() {}, destroy: () => clearTimeout(timer)};
}

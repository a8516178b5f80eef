// A button that copies code.

import {make, say} from "./elements.js";

const THANKS = 2000;

/** A "Copy" button: what `text` gives is copied or, where the browser refuses, the element `code` is selected. */
export function createCopy(code, text) {
  const label = make("span", {"aria-live": "polite"}, "Copy");
  let thanks = null;
  async function copy() {
    clearTimeout(thanks);
    try {
      await navigator.clipboard.writeText(text());
      say(label, "Copied");
    } catch { // refused: what is selected can be copied by hand
      getSelection().selectAllChildren(code);
      say(label, "Selected");
    }
    thanks = setTimeout(() => say(label, "Copy"), THANKS);
  }
  return make("button", {type: "button", className: "text small", onclick: () => void copy()}, label);
}

// A button for what cannot be undone, which asks once more.

import {make, reveal} from "./elements.js";

/** "`label`", then `warning` with "`doing`" and "Keep"; `act` is called when that was meant. */
export function createSure(label, warning, doing, act) {
  const small = (text, onclick) => make("button", {type: "button", className: "small", onclick}, text);
  const shut = () => reveal(sure, false);
  const sure = make("span", {hidden: true}, `${warning} `, small(doing, () => { shut(); act(); }), " ", small("Keep", shut));
  const element = make("span", {className: "sure"}, small(label, () => reveal(sure, sure.hidden)), " ", sure);
  return {element, shut};
}

// The menu of the kinds of layers, which opens where one is to be added.

import {make, mark, reveal} from "./elements.js";
import {walkByKeys} from "./menulist.js";

/** The menu; `choose(kind, place)` hears what is added where. */
export function createKindMenu(choose) {
  const element = make("div", {className: "menu methods kinds", role: "menu", "aria-label": "Add a layer", hidden: true});
  let opener = null;
  let place = 0;

  function shut(giveBack) {
    if (element.hidden) return;
    reveal(element, false);
    mark(opener, "aria-expanded", false);
    if (giveBack) opener.focus();
  }

  walkByKeys(element, () => shut(true));
  element.addEventListener("click", ({target}) => {
    const item = target.closest("[role=menuitem]");
    if (!item) return;
    shut(false);
    choose(item.value, place);
  });
  element.addEventListener("focusout", ({relatedTarget}) => {
    if (!element.contains(relatedTarget) && relatedTarget !== opener) shut(false);
  });

  return {
    element,
    fill(kinds) {
      element.replaceChildren(...[...kinds].map(({kind, title, about}) => make("button",
        {type: "button", role: "menuitem", tabIndex: -1, value: kind, title: about}, make("b", {}, title), make("small", {}, about))));
    },
    /** Open it below a button, for a place among the layers; pressed once more, the button shuts it. */
    open(at, button) {
      const isOpen = !element.hidden && opener === button;
      shut(false);
      if (isOpen) return;
      [opener, place] = [button, at];
      reveal(element, true);
      mark(button, "aria-expanded", true);
      const origin = element.offsetParent.getBoundingClientRect();
      element.style.top = `${button.getBoundingClientRect().bottom - origin.top + 4}px`;
      element.firstElementChild?.focus({preventScroll: true});
      element.scrollIntoView({block: "nearest"});
    },
  };
}

// The methods there are: a menu to add one, and what must be known to read one.

import {lowestFree} from "./belowedge.js";
import {icon, make, mark, reveal, say} from "./elements.js";
import {walkByKeys} from "./menulist.js";

const PLUS = "M10 4.5v11M4.5 10h11";
const TOP = 64; // of Streamlit's bar
const AIR = 8;

/** "Add method" with its menu; `add` hears of the method's name. */
export function createMethodMenu(add) {
  const button = make("button", {type: "button", className: "wide", "aria-haspopup": "menu", "aria-expanded": "false"}, icon(PLUS), make("span", {}, "Add method"));
  const list = make("div", {className: "menu methods", role: "menu", "aria-label": "Add method", hidden: true});
  const element = make("div", {className: "adding"}, button, list);

  /** Below the button where there is room for all of it, else on the side with more room; what is out of sight comes in. */
  function place() {
    const {top, bottom, height} = button.getBoundingClientRect();
    const free = lowestFree();
    list.style.maxHeight = `${free - TOP - height - 2 * AIR}px`;
    list.classList.toggle("upwards", free - bottom < list.offsetHeight + AIR && free - bottom < top - TOP);
    list.scrollIntoView({block: "nearest"});
  }

  const open = (visible) => {
    reveal(list, visible);
    mark(button, "aria-expanded", visible);
    if (visible) place();
    if (visible) list.querySelector("button:not(:disabled)")?.focus();
  };
  button.addEventListener("click", () => open(list.hidden));
  element.addEventListener("focusout", ({relatedTarget}) => { if (!element.contains(relatedTarget)) open(false); });
  list.addEventListener("click", ({target}) => {
    const item = target.closest("button");
    if (!item || item.disabled) return;
    add(item.value);
    open(false);
    button.focus();
  });
  walkByKeys(list, () => { open(false); button.focus(); });

  return {
    element,
    draw({methods, choice, most}) {
      while (list.children.length > methods.length) list.lastChild.remove();
      while (list.children.length < methods.length) {
        list.append(make("button", {type: "button", role: "menuitem", tabIndex: -1}, make("b", {}), make("small", {})));
      }
      methods.forEach((method, i) => {
        const item = list.children[i];
        item.value = method.name;
        say(item.firstChild, method.title);
        say(item.lastChild, method.about ?? "");
        item.disabled = choice.has(method.name);
      });
      button.disabled = !methods.length || !choice.hasRoom;
      button.title = choice.hasRoom ? "" : `${most} maps at most`;
    },
  };
}

/** What a method does, how its map is read, and what it cannot show. */
export function createMethodAbout(close) {
  const title = make("h2", {});
  const shut = make("button", {type: "button", className: "small"}, "Close");
  const about = make("p", {});
  const formula = make("code", {});
  const read = make("p", {});
  const cannot = make("p", {});
  const paper = make("p", {className: "caption"});
  const part = (heading, ...children) => make("div", {}, make("h3", {}, heading), ...children);
  const element = make("section", {className: "aboutmethod", hidden: true}, make("header", {}, title, shut), about,
    make("div", {className: "parts"}, part("Formula", formula), part("How to read it", read), part("What it cannot show", cannot)), paper);
  shut.addEventListener("click", close);
  element.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  return {
    element,
    draw(method) {
      reveal(element, Boolean(method));
      if (!method) return;
      say(title, method.title);
      mark(element, "aria-label", `How to read ${method.title}`);
      say(about, method.about ?? "");
      say(formula, method.formula ?? "");
      say(read, method.how_to_read ?? "");
      say(cannot, method.cannot_show ?? "");
      say(paper, method.paper ?? "");
    },
  };
}

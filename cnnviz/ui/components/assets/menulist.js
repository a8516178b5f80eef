// A list of choices that is walked through with the arrow keys.

/** Have a menu's items follow the arrow keys; `shut` hears of Escape. */
export function walkByKeys(list, shut) {
  list.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll("[role=menuitem]")].filter((item) => !item.disabled);
    const at = items.indexOf(event.target);
    const to = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1}[event.key];
    if (to !== undefined) items[(to + items.length) % items.length]?.focus();
    else if (event.key === "Escape") shut();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

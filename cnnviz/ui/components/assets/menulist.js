// A list of choices that is walked through with the arrow keys and by first letters.

/** Have a menu's items follow the arrow keys and letters; `shut` hears of Escape. */
export function walkByKeys(list, shut) {
  list.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll("[role=menuitem]")].filter((item) => !item.disabled);
    const at = items.indexOf(event.target);
    const to = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1}[event.key];
    const begun = to === undefined && !event.ctrlKey && !event.metaKey && next(items, at, event.key.toLowerCase());
    if (to !== undefined) items[(to + items.length) % items.length]?.focus();
    else if (begun) begun.focus();
    else if (event.key === "Escape") shut();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** The next item that begins with a letter, from the one in focus on. */
function next(items, at, letter) {
  return [...items.slice(at + 1), ...items.slice(0, at + 1)].find((item) => item.textContent.toLowerCase().startsWith(letter));
}

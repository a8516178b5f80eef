// What a browser keeps of itself: `where` is "localStorage", or "sessionStorage" for what is this tab's alone.

/** The text under a name, or null. */
export function recall(name, where = "localStorage") {
  try {
    return globalThis[where].getItem(name);
  } catch {
    return null;
  }
}

/** Keep a text under a name; null forgets it. */
export function remember(name, text, where = "localStorage") {
  try {
    if (text === null) globalThis[where].removeItem(name);
    else globalThis[where].setItem(name, text);
  } catch {
    // refused, or full: then it lasts as long as the page
  }
}

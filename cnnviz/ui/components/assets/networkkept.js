// The network on the page Build, kept in the browser: none is lost where the page is left, loaded again or shut.

import {recall, remember} from "./remembering.js";

const NAME = "cnnviz-network";

/** Keep the network of a stack for this tab and, where it was edited here, for the browser. */
export function keepNetwork({record, now}, isEdited) {
  const text = JSON.stringify({record, preset: now.preset, isEdited});
  remember(NAME, text, "sessionStorage");
  if (isEdited) remember(NAME, text);
}

/**
 * What was here before, each {record, preset, isEdited} or null: `shown` is to be seen, where the address names none or
 * was only loaded again, as it follows what is typed a moment late; `below` was edited last, and is one undo away.
 */
export function keptNetwork(asked) {
  const [mine, last] = [read("sessionStorage"), read("localStorage")];
  const shown = asked ? (isLoadedAgain(asked) ? mine : null) : mine ?? last;
  const below = mine?.isEdited ? mine : last;
  return {shown, below: JSON.stringify(below?.record) === JSON.stringify(shown?.record) ? null : below};
}

function read(where) {
  try {
    const found = JSON.parse(recall(NAME, where));
    return Array.isArray(found?.record?.layers) ? found : null;
  } catch {
    return null;
  }
}

function isLoadedAgain(asked) {
  const [load] = performance.getEntriesByType("navigation");
  return load?.type === "reload" && new URL(load.name).searchParams.get("network") === asked;
}

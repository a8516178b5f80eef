// One data set: what is in it, what is done to its images, and the way to train on it.

import {make, mark, reveal, say} from "./elements.js";
import {withUnit} from "./format.js";
import {createProgress} from "./progress.js";
import {setWords} from "./setlist.js";
import {createSetRows} from "./setrows.js";
import {createSettingForm} from "./settingform.js";
import {createSure} from "./sure.js";
import {createVaried} from "./varied.js";

/** What was not used of an archive, to be opened. */
function createLeftOut() {
  const summary = make("summary", {});
  const list = make("ul", {});
  const element = make("details", {className: "leftout", hidden: true}, summary, list);
  return {
    element,
    draw(set) {
      reveal(element, Boolean(set.left_out_count));
      if (!set.left_out_count) return;
      say(summary, `${set.left_out_count} file${set.left_out_count === 1 ? " was" : "s were"} left out`);
      const said = set.left_out.length < set.left_out_count ? [...set.left_out, "and more"] : set.left_out;
      if (list.children.length !== said.length) list.replaceChildren(...said.map((text) => make("li", {}, text)));
    },
  };
}

/** `on` hears prepare(changes), vary(changes), again(), train(), download(), cancel() and remove(). */
export function createSetView(declared, on) {
  const title = make("h2", {});
  const facts = make("p", {className: "caption facts"});
  const train = make("button", {type: "button", className: "primary", onclick: () => on.train()}, "Train on this");
  const leftOut = createLeftOut();
  const deleting = createSure("Delete", "Runs that learned it cannot show its images any more.", "Delete for good", () => on.remove());
  const problem = make("p", {className: "warning", role: "alert"});
  const absent = make("p", {className: "caption absent"});
  const fetchIt = make("button", {type: "button", className: "outlined", onclick: () => on.download()});
  const progress = createProgress(() => on.cancel());
  const preparation = createSettingForm("Preparation", declared.preparation, (changes) => on.prepare(changes));
  const augmentation = createSettingForm("Augmentation", declared.augmentation, (changes) => on.vary(changes));
  const rows = createSetRows();
  const varied = createVaried(() => on.again());
  const section = (name, what, ...parts) => make("section", {"aria-label": name}, make("header", {}, make("h3", {}, name), make("span", {className: "caption"}, what)), ...parts);
  const inside = make("div", {className: "inside"},
    section("Preparation", "done to the images once, before training", preparation.element), rows.element,
    section("Augmentation", "done to the training images anew each time they are seen", augmentation.element, varied.element));
  const element = make("div", {className: "setview"},
    make("header", {className: "bar"}, title, make("div", {className: "end"}, deleting.element, train)), facts, leftOut.element,
    problem, absent, make("p", {className: "fetch"}, fetchIt), progress.element, inside);
  let shown = null;

  return {
    element,
    /** `state`: {set, values, seen, means, varied, problem, wrong, news} and what every part draws by. */
    draw(state) {
      const {set, values, seen, news, wrong} = state;
      if (shown !== set.name) deleting.shut();
      shown = set.name;
      say(title, set.title);
      say(facts, [setWords(set), set.rule, set.source, set.is_own ? "" : `Licence: ${set.licence}`].filter(Boolean).map((text) => `${text[0].toUpperCase()}${text.slice(1)}.`).join(" "));
      leftOut.draw(set);
      reveal(deleting.element, Boolean(set.is_mine));
      const isThere = set.is_there || seen !== null;
      reveal(train, isThere);
      train.disabled = Boolean(wrong);
      const text = state.problem ?? (isThere ? wrong : null) ?? "";
      say(problem, text);
      reveal(problem, text !== "");
      const isGoing = Boolean(news && !news.over);
      reveal(absent, !isThere || (!seen && text === ""));
      say(absent, isThere ? "Reading the images." : set.by_hand ? `It is not here yet. Fetch it, or ${set.by_hand}.` : "Its files are gone.");
      reveal(fetchIt.parentElement, !isThere && !isGoing && set.megabytes !== null);
      say(fetchIt, `Download, ${withUnit(String(set.megabytes), "MB")}`);
      progress.draw(news, "Fetching");
      reveal(inside, isThere);
      preparation.draw(values.preparation);
      augmentation.draw(values.augmentation);
      reveal(rows.element, seen !== null);
      if (seen) rows.draw(state);
      varied.draw({...state, isVarying: declared.augmentation.some(({name, default: usual}) => values.augmentation[name] !== usual)});
      mark(element, "data-set", set.name);
    },
  };
}

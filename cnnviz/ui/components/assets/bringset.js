// Pictures from a ZIP archive, one folder a class: sent, read by the server, and what became of them in words.

import {make, reveal, say} from "./elements.js";
import {createProgress, followWork} from "./progress.js";
import {createFileBox} from "./sendfile.js";
import {createSettingForm} from "./settingform.js";

/** `on` hears brought(name) when the person wants to see the new set, and changed() when there is one. */
export function createBringing(server, declared, largest, on) {
  const values = Object.fromEntries(declared.map(({name, default: usual}) => [name, usual]));
  const title = make("input", {type: "text", maxLength: 60, autocomplete: "off", id: "cnnviz-set-title", placeholder: "As the archive"});
  const form = createSettingForm("Size and colour", declared, (changes) => { Object.assign(values, changes); form.draw(values); });
  const progress = createProgress(() => void cancel());
  const said = make("p", {role: "status"});
  const list = make("ul", {className: "leftout"});
  const see = make("button", {type: "button", className: "primary", hidden: true, onclick: () => on.brought(made)}, "See the data set");
  const place = make("div", {});
  const element = make("div", {className: "bringing"}, make("h2", {}, "Bring in pictures"),
    make("p", {className: "caption"}, "A ZIP archive with one folder of pictures for every class, three pictures or more in each. The archive is never unpacked; what is no picture is left out and named."),
    make("div", {className: "fields"}, make("div", {className: "field text"}, make("label", {for: title.id}, "Name"), title)), form.element,
    place, progress.element, said, list, make("p", {}, see));
  const box = createFileBox(place, {
    accept: ".zip",
    use: "A ZIP file, chosen or dropped here",
    refuse({name, size}) {
      tell("");
      if (!name.toLowerCase().endsWith(".zip")) return `${name} is no ZIP file; pack the folders into one.`;
      return size > largest ? `${name} has over ${Math.round(largest / 2 ** 30)} GB; take some of the pictures, or smaller ones.` : null;
    },
    address: (channel, {name}) => channel.route(`data/${channel.run}/zip`, {token: channel.token, name, title: title.value.trim(), ...values}),
    busy: ({name}, share) => `Sending ${name}: ${Math.floor(100 * share)} %`,
    taken({work}) { follow(work); },
  });
  let made = null;
  let work = null;
  let stop = () => {};

  function tell(text, isProblem = false, files = []) {
    said.classList.toggle("warning", isProblem);
    say(said, text);
    list.replaceChildren(...files.map((file) => make("li", {}, file)));
    reveal(list, files.length > 1); // the sentence names the first
    reveal(see, made !== null && text !== "" && !isProblem);
  }

  function follow(name) {
    work = name;
    made = null;
    stop();
    stop = followWork(server, name, (news) => {
      progress.draw(news, "Reading");
      if (!news.over) return;
      made = news.name ?? null;
      tell(news.problem ?? news.sentence, Boolean(news.problem), news.left_out);
      if (made) on.changed();
    });
  }

  async function cancel() {
    try {
      await server.ask("cancel", {work});
    } catch (error) {
      tell(error.message, true);
    }
  }

  form.draw(values);
  return {
    element,
    draw: (state) => box.draw(state),
    destroy() {
      stop();
      box.destroy();
    },
  };
}

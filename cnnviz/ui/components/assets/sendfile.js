// A file chosen or dropped, and sent to the server: a button that takes it, and a line that says how it goes.

import {make, say} from "./elements.js";

/** The box of a file.
 *
 * `accept` names the formats, `use` what to do; `refuse(file)` is a sentence where it need not travel, else null;
 * `address(channel, file)` is where it goes, `busy(file, share)` what is said meanwhile, and `taken(said, channel)`
 * hears what the server answered, and may return a sentence of its own.
 */
export function createFileBox(root, {accept, use, refuse, address, busy, taken}) {
  const input = make("input", {type: "file", accept, hidden: true, tabIndex: -1, "aria-hidden": "true"});
  const button = make("button", {type: "button", className: "outlined"}, "Choose a file");
  const words = make("p", {className: "caption", role: "status"}, use);
  const element = make("div", {className: "file"}, input, button, words);
  root.append(element);
  let channel = null;
  let sending = null;

  function inform(text, isProblem = false) {
    words.classList.toggle("warning", isProblem);
    say(words, text);
    button.disabled = Boolean(sending);
  }

  function end(text, isProblem = false) {
    sending = null;
    inform(text, isProblem);
  }

  function answered(request) {
    let said = null;
    try {
      said = JSON.parse(request.responseText);
    } catch {
      // what no route of ours says: a proxy's page
    }
    if (request.status === 200 && said) return end(taken(said, channel) ?? use);
    end(said?.problem ?? (request.status === 403 ? request.responseText : "The server did not answer; try again."), true);
  }

  /** `fetch` does not tell how much of a file has gone. */
  function send(file) {
    if (!channel || sending) return;
    const refused = refuse(file);
    if (refused) return inform(refused, true);
    const request = (sending = new XMLHttpRequest());
    inform(busy(file, 0));
    request.upload.addEventListener("progress", ({loaded, total}) => sending === request && inform(busy(file, loaded / total)));
    request.addEventListener("load", () => answered(request));
    request.addEventListener("error", () => end("The server did not answer; try again.", true));
    request.open("POST", address(channel, file));
    request.send(file);
  }

  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const [file] = input.files;
    input.value = ""; // so that the same file can be chosen again
    if (file) send(file);
  });
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) send(file);
  });
  return {
    draw(state) {
      channel = state.channel;
    },
    destroy: () => sending?.abort(),
  };
}

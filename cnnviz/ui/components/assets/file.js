// The part "file": a picture from a file, sent to the server, which fits it to the network and says how.

import {make, say} from "./elements.js";

const FORMATS = ".png,.jpg,.jpeg,.gif,.bmp,.webp,.tif,.tiff";
const LARGEST = 20 * 1024 * 1024; // as the server's; a larger file need not travel
const USE = "A PNG, JPEG, GIF, BMP, WebP or TIFF file, chosen or dropped here";

/** A button that also takes what is dropped on it. */
export function createFile(root, instance) {
  const input = make("input", {type: "file", accept: FORMATS, hidden: true, tabIndex: -1, "aria-hidden": "true"});
  const button = make("button", {type: "button", className: "outlined"}, "Choose a file");
  const words = make("p", {className: "caption", role: "status"}, USE);
  const element = make("div", {className: "file"}, input, button, words);
  root.append(element);
  let channel = null;
  let sending = null;

  function inform(text, isProblem = false) {
    words.classList.toggle("warning", isProblem);
    say(words, text);
    button.disabled = Boolean(sending);
  }

  async function send(file) {
    if (!channel || sending) return;
    if (file.size > LARGEST) return inform(`${file.name} has over 20 MB; shrink the picture, or save it as JPEG.`, true);
    sending = new AbortController();
    inform(`Reading ${file.name}`);
    try {
      const address = channel.route(`upload/${channel.run}`, {token: channel.token});
      const answer = await fetch(address, {method: "POST", body: file, signal: sending.signal});
      const said = await answer.json();
      sending = null;
      if (!answer.ok) return inform(said.problem, true);
      channel.look(said.image);
      inform(USE);
      instance.trigger("image", said.image); // Python says by which rule it was fitted
    } catch {
      sending = null;
      inform("The server did not answer; try again.", true);
    }
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

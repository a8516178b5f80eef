// The line above a page's picture: what is wrong, and a way out where there is one.

import {BLOCKED} from "./connection.js";
import {make, reveal, say} from "./elements.js";
import {whole} from "./format.js";
import {nearest} from "./series.js";

/** What leads back to a picture: {text, go}, or null where nothing is known to. */
function wayOut({channel, mount, trigger}) {
  const {curves: {snapshots: {values: saved}}, wish, image, picture} = channel;
  if (!channel.live && saved.length && !saved.includes(wish)) {
    const step = saved[nearest(saved, wish)];
    return {text: `Go to step ${whole(step)}`, go: () => channel.show(step)};
  }
  const isShown = picture?.image === image && (channel.live || picture.step === wish);
  if (isShown || image === mount.probe) return null;
  return {
    text: "Show the run's own image",
    go: () => {
      channel.look(mount.probe);
      trigger?.("image", "");
    },
  };
}

/** What is wrong, and what is seen all the same: the last good picture stays. */
function trouble({problem, picture, live, step}) {
  if (!problem) return "";
  return !picture || live || picture.step === step ? problem : `${problem} The picture is that of step ${whole(picture.step)}.`;
}

/** The note of a part: an `element`, and `draw(refused)`, where `refused` is a sentence of the part's own. */
export function createNote(instance) {
  const words = make("span", {role: "status"});
  let way = null;
  const button = make("button", {type: "button", className: "text small", onclick: () => way?.go()});
  const element = make("div", {className: "note"}, words, button);
  return {
    element,
    draw(refused = "") {
      const {channel} = instance;
      const text = refused || trouble(channel) || (channel.state === "polling" ? BLOCKED : "");
      way = channel.problem ? wayOut(instance) : null;
      say(words, text);
      say(button, way?.text ?? "");
      reveal(button, way !== null);
      reveal(element, text !== "");
    },
  };
}

// How far a job is that the server does, and the way to end it.

import {make, reveal, say} from "./elements.js";
import {duration, withUnit} from "./format.js";

const EVERY = 300; // ms between two questions how far it is
const LOST = 2000; // ms until a server that did not answer is asked again

/** Ask how far a job is until it is over; `heard` gets what the server says. Returns how to ask no more. */
export function followWork(server, work, heard) {
  let timer = null;
  let gone = false;
  async function ask() {
    let wait = EVERY;
    try {
      const news = await server.ask("work", {work});
      if (gone) return;
      heard(news);
      if (news.over) return;
    } catch (error) {
      if (gone) return;
      if (!error.isLost) return heard({over: true, problem: error.message});
      wait = LOST;
    }
    timer = setTimeout(ask, wait);
  }
  void ask();
  return () => {
    gone = true;
    clearTimeout(timer);
  };
}

/** A bar, words and "Cancel"; `cancel` is called when that is pressed. */
export function createProgress(cancel) {
  const bar = make("progress", {max: 1, value: 0});
  const words = make("span", {className: "caption", role: "status"});
  const button = make("button", {type: "button", className: "small", onclick: () => cancel()}, "Cancel");
  const element = make("div", {className: "progress", hidden: true}, bar, words, " ", button);
  return {
    element,
    /** `news` as the server says it, or null where nothing goes on; `what` is said before the first part is done. */
    draw(news, what = "Waiting") {
      reveal(element, news !== null && !news.over);
      if (!news) return;
      bar.value = news.share;
      const left = news.seconds_left === null || news.seconds_left === undefined ? "" : `, ${withUnit(...duration(news.seconds_left))} left`;
      say(words, news.share > 0 ? `${withUnit(String(Math.floor(100 * news.share)), "%")}${left}` : what);
    },
  };
}

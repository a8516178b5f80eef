// The part "numbers": how well it does, how quick it is, and in which state the run is.

import {make, reveal, say} from "./elements.js";
import {duration, NONE, percent, significant} from "./format.js";

const STATES = {
  paused: "Paused",
  evaluating: "Evaluating",
  finished: "Finished",
  stopped: "Stopped",
  interrupted: "Interrupted",
  failed: "Failed",
};

/** One number under its label. */
function metric(label, className = "") {
  const value = make("b", {}, NONE);
  const unit = make("span", {className: "unit"});
  const box = make("div", {className: `metric ${className}`}, make("dt", {}, label), make("dd", {}, value, unit));
  const set = (text, after = "") => {
    say(value, text);
    say(unit, text === NONE ? "" : after);
  };
  return {box, set};
}

/** The run's state in words where it needs saying, else "". */
function inWords({state, place, reason}) {
  if (state === "waiting") return place ? `Waiting, place ${place}` : "Waiting";
  const word = STATES[state] ?? "";
  return word && reason ? `${word}: ${reason}` : word;
}

/** Four numbers in a row and a line for the state. */
export function createNumbers(root) {
  const accuracy = metric("Validation accuracy");
  const loss = metric("Validation loss");
  const speed = metric("Images per second", "throughput");
  const left = metric("Time left");
  const state = make("p", {className: "state", role: "status", hidden: true});
  root.append(make("div", {className: "numbers"}, state,
    make("dl", {}, ...[accuracy, loss, speed, left].map(({box}) => box))));

  return {
    draw({channel}) {
      root.style.setProperty("--k", channel.scale);
      const status = channel.status ?? {};
      const {picture, step} = channel;
      const validated = (picture?.step === step && picture.validation) || channel.curves.validatedAt(step);
      accuracy.set(percent(validated?.accuracy), "%");
      loss.set(significant(validated?.loss));
      speed.set(significant(status.images_per_second));
      left.set(...duration(channel.over ? null : status.seconds_left));
      const words = inWords(status);
      say(state, words);
      reveal(state, words !== "");
      state.classList.toggle("warning", status.state === "failed" || status.state === "interrupted");
    },
  };
}

// The part "numbers": how well it does, how quick it is, and in which state the run is.

import {make, reveal, say} from "./elements.js";
import {duration, NONE, percent, significant, whole} from "./format.js";

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
function inWords({state, place, reason, refused, step, planned_steps: planned}) {
  if (state === "waiting") return ["Waiting", place || reason].filter(Boolean).join(": ");
  const word = STATES[state] ?? "";
  if (refused) return `${word}${word && ". "}Not changed: ${refused}`;
  if (state === "stopped" && !reason) return `${word} at step ${whole(step)} of ${whole(planned)}`;
  return word && reason ? `${word}: ${reason}` : word;
}

/** The last saved step of a run that failed whose figures are numbers, where another one is on screen; else null. */
function soundStep({status, curves, step}) {
  if (status?.state !== "failed") return null;
  const {validation: {step: steps, loss}, snapshots} = curves;
  const sound = steps.values.findLast((saved, at) => Number.isFinite(loss.values[at]) && snapshots.values.includes(saved));
  return sound === undefined || sound === step ? null : sound;
}

/** Four numbers in a row and a line for the state. */
export function createNumbers(root) {
  const accuracy = metric("Validation accuracy");
  const loss = metric("Validation loss");
  const speed = metric("Images per second", "throughput");
  const left = metric("Time left");
  const state = make("p", {role: "status", hidden: true});
  let sound = null;
  let shown = null; // the channel
  const back = make("button", {type: "button", className: "text small", hidden: true, onclick: () => shown.show(sound)});
  root.append(make("div", {className: "numbers"}, make("div", {className: "state"}, state, back),
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
      [shown, sound] = [channel, soundStep(channel)];
      say(back, sound === null ? "" : `Show step ${whole(sound)}, the last sound one`);
      reveal(back, sound !== null);
    },
  };
}

// How the logits become probabilities: the formula with the numbers of the chosen class.

import {fixed} from "./decimals.js";
import {make, mark, reveal, say} from "./elements.js";
import {percent, significant, withUnit} from "./format.js";

const MOST = 12;
const LARGE = 40; // beyond this the powers are shown relative to the largest

/** e to the logits, all taken relative to the largest where they are large: the shares stay the same. */
function powersOf(logits) {
  const most = logits.reduce((one, other) => Math.max(one, other), -Infinity);
  const shift = Math.abs(most) > LARGE ? most : 0;
  const powers = Array.from(logits, (value) => Math.exp(value - shift));
  return {powers, shift, total: powers.reduce((sum, one) => sum + one, 0)};
}

/** The probability of each class, as it is worked out here. */
function sharesOf(logits) {
  if (logits.length === 1) {
    const one = 1 / (1 + Math.exp(-logits[0]));
    return [1 - one, one];
  }
  const {powers, total} = powersOf(logits);
  return powers.map((power) => power / total);
}

/** A power of e, which may be very small or large. */
function sayPower(value) {
  return value !== 0 && (value < 1e-3 || value >= 1e6) ? value.toExponential(2).replace("e+", "e").replace("-", "\u2212") : significant(value, 4);
}

/** The block below the numbers of a logit. */
export function createSoftmax(onChoose) {
  const title = make("h2", {});
  const formula = make("p", {className: "formula"});
  const note = make("p", {className: "caption"});
  const body = make("tbody", {});
  const head = make("thead", {}, make("tr", {}, ...["class", "logit z", "exp(z)", "share"].map((name) => make("th", {scope: "col"}, name))));
  const table = make("table", {className: "classes"}, head, body);
  const element = make("div", {className: "softmax", hidden: true}, title, formula, table, note);

  function drawRows({logits, shares, powers, names, unit}) {
    const order = Array.from(logits.keys());
    const shown = order.length <= MOST ? order : order.sort((a, b) => logits[b] - logits[a]).slice(0, MOST);
    while (body.children.length > shown.length) body.lastChild.remove();
    while (body.children.length < shown.length) {
      const row = make("tr", {}, make("th", {scope: "row"}, make("button", {type: "button", className: "small"})), make("td"), make("td"), make("td"));
      row.querySelector("button").addEventListener("click", () => onChoose(Number(row.dataset.unit)));
      body.append(row);
    }
    shown.forEach((index, n) => {
      const row = body.children[n];
      row.dataset.unit = index;
      row.classList.toggle("chosen", index === unit);
      [names[index] ?? String(index), fixed(logits[index]), sayPower(powers[index]), withUnit(percent(shares[index]), "%")].forEach((text, at) => {
        say(at ? row.children[at] : row.children[0].firstChild, text);
      });
    });
  }

  return {
    element,
    /** Show it for a unit of the logits, or hide it where there is no picture of the same step. */
    draw(picture, unit) {
      reveal(element, Boolean(picture));
      if (!picture) return;
      const logits = picture.arrays.logits.values;
      const given = picture.arrays.probabilities.values;
      const shares = sharesOf(logits);
      const names = picture.classes;
      const equal = shares.every((share, i) => Math.abs(share - given[i]) <= 1e-5);
      mark(element, "data-equal", equal || !picture.probability.is_softmax);
      const two = logits.length === 1;
      const at = two ? 1 : unit;
      const result = withUnit(percent(shares[at]), "%");
      say(title, two ? "After sigmoid" : "After softmax");
      reveal(formula, picture.probability.is_softmax);
      if (!picture.probability.is_softmax) {
        const p = withUnit(percent(given[at]), "%");
        say(title, "Probability");
        reveal(table, false);
        say(note, `${names[at] ?? at}: ${p}. ${picture.probability.meaning}`);
        return;
      }
      const {powers, shift, total} = powersOf(logits);
      const of = shift ? `z \u2212 ${fixed(shift, 2)}` : "z";
      if (two) say(formula, `p(${names[1] ?? 1}) = 1 / (1 + exp(\u2212z)) = 1 / (1 + exp(${fixed(-logits[0])})) = ${sayPower(shares[1])}, and p(${names[0] ?? 0}) = 1 \u2212 ${sayPower(shares[1])} = ${sayPower(shares[0])}`);
      else {
        const exp = (value) => `exp(${fixed(value - shift, 2)})`;
        const terms = logits.length <= MOST ? Array.from(logits, exp).join(" + ") : `sum of all ${logits.length} exp(${of})`;
        say(formula, `p(${names[at] ?? at}) = ${exp(logits[at])} / (${terms}) = ${sayPower(powers[at])} / ${sayPower(total)} = ${sayPower(shares[at])}`);
      }
      say(head.querySelectorAll("th")[2], `exp(${of})`);
      reveal(table, !two);
      if (!two) drawRows({logits, shares, powers, names, unit});
      const hidden = two ? 0 : Math.max(0, logits.length - MOST);
      const rest = hidden ? `The ${MOST} largest of ${logits.length}. ` : "";
      say(note, `${rest}${result}: ${equal ? "equal to PyTorch\u2019s output." : `PyTorch gave ${withUnit(percent(given[at]), "%")}.`} ${picture.probability.meaning}`);
    },
  };
}

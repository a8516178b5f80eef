// The part "compare": curves of all runs on one chart, their numbers, and one column a run, all at the step of one time line.

import {projector} from "./board.js";
import {createAgreement} from "./agreement.js";
import {createCompareColumn} from "./comparecolumns.js";
import {createCompareCurves} from "./comparecurves.js";
import {LOOK} from "./comparelook.js";
import {createCompareTable} from "./comparetable.js";
import {make, mark, reveal} from "./elements.js";
import {createJoining} from "./joining.js";
import {createSegments} from "./segments.js";
import {createSweep} from "./sweep.js";
import {wear} from "./wear.js";

const PHONE = 700;
const LEAST = 250; // px of a column
const GAP = 28;
const SETS = [[null, "Loss and accuracy"], ["norms", "Norms"]];
const IDLE = new Set(["hover", "connection"]); // what changes nothing in the columns

/** The page's main part. */
export function createCompare(root, instance) {
  wear(root, LOOK);
  const sets = createSegments("Curves", SETS, (charts) => instance.channel.set({charts}));
  const part = (name, label) => make("section", {className: name, "aria-label": label});
  const [charts, table, sweep, agreement] = [part("charts", "Curves"), part("standing", "Runs"), part("sweep", "Sweep"), part("agreement", "Where they differ")];
  const why = make("select", {"aria-label": "Why it decided so"});
  const columns = make("div", {className: "columns"});
  const bar = make("div", {className: "bar"}, make("h2", {}, "Side by side"), make("label", {className: "caption"}, "Explain "), why);
  root.append(make("div", {className: "chosen"}, sets.element), charts, table, sweep, bar, columns, agreement);
  const look = (image) => {
    instance.channel.look(image);
    instance.trigger?.("image", image);
  };
  const views = {curves: createCompareCurves(charts), table: createCompareTable(table), sweep: createSweep(sweep), agreement: createAgreement(agreement, look)};
  const runs = [];
  const joining = createJoining(instance);
  let told = null;

  why.addEventListener("change", () => {
    for (const channel of joining.joint.channels) channel.want(why.value ? [{method: why.value, target: null, settings: {}}] : []);
  });

  function offerMethods({mount}) {
    if (!why.options.length) why.append(make("option", {value: ""}, "nothing"), ...mount.methods.map(({name, title}) => make("option", {value: name}, title)));
    const {maps: [chosen]} = joining.joint.first;
    if (why.value !== (chosen?.method ?? "")) why.value = chosen?.method ?? "";
  }

  /** Python draws by how the runs stand; it is told once of each change of one that it has no part for. */
  function tell({mount}, joint) {
    const states = joint.channels.map(({status}) => status?.state).join(" ");
    const known = mount.runs.map(({state}) => state).join(" ");
    if (states.includes("undefined") || joint.channels.some(({status}) => !status) || states === known || states === told) return;
    told = states;
    setTimeout(() => instance.gone || instance.trigger?.("state", states));
  }

  function drawColumns(state) {
    const {joint, scale, width} = state;
    while (runs.length > joint.channels.length) runs.pop().element.remove();
    while (runs.length < joint.channels.length) {
      runs.push(createCompareColumn(look));
      columns.append(runs.at(-1).element);
    }
    const even = (width - (runs.length - 1) * GAP * scale - 4) / runs.length;
    const room = Math.floor(Math.max(LEAST * scale, even));
    const {maps: [chosen]} = joint.first;
    const method = state.mount.methods.find(({name}) => name === chosen?.method) ?? null;
    runs.forEach((run, at) => run.draw({...state, room, method, wish: chosen}, at));
  }

  return {
    draw(given) {
      const joint = joining.take(given);
      const scale = projector(given.width);
      root.style.setProperty("--k", scale);
      for (const channel of joint.channels) if (channel.scale !== scale) channel.scale = scale;
      const state = {...given, joint, scale, phone: given.width < PHONE};
      offerMethods(state);
      sets.draw(joint.first.charts === "norms" ? "norms" : null);
      reveal(bar, joint.channels.some(({picture}) => picture));
      mark(root, "data-runs", joint.channels.map(({run}) => run).join(","));
      mark(root, "data-steps", joint.channels.map(({picture}) => picture?.step ?? "").join(","));
      views.curves.draw(state);
      views.table.draw(state);
      if ([...given.kinds].every((kind) => IDLE.has(kind)) && given.kinds.size) return;
      views.sweep.draw(state);
      drawColumns(state);
      views.agreement.draw(state);
      tell(given, joint);
    },
    destroy() {
      views.sweep.destroy();
      views.agreement.destroy();
      joining.leave();
    },
  };
}

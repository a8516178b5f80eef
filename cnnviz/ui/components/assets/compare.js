// The part "compare": curves of all runs on one chart, their numbers, and one column a run, all at the step of one time line.

import {projector} from "./board.js";
import {createAgreement} from "./agreement.js";
import {createCompareCurves} from "./comparecurves.js";
import {LOOK} from "./comparelook.js";
import {createCompareRow} from "./comparerow.js";
import {createCompareTable} from "./comparetable.js";
import {make, mark, reveal} from "./elements.js";
import {createJoining} from "./joining.js";
import {createSegments} from "./segments.js";
import {createSweep} from "./sweep.js";
import {wear} from "./wear.js";

const PHONE = 700;
const SETS = [[null, "Loss and accuracy"], ["norms", "Norms"]];
const IDLE = new Set(["hover", "connection"]); // what changes nothing in the columns

/** The page's main part. */
export function createCompare(root, instance) {
  wear(root, LOOK);
  const sets = createSegments("Curves", SETS, (charts) => instance.channel.set({charts}));
  const part = (name, label) => make("section", {className: name, "aria-label": label});
  const [charts, table, sweep, agreement] = [part("charts", "Curves"), part("standing", "Runs"), part("sweep", "Sweep"), part("agreement", "Where they differ")];
  const why = make("select", {"aria-label": "Why it decided so"});
  const look = (image) => {
    instance.channel.look(image);
    instance.trigger?.("image", image);
  };
  const row = createCompareRow(look);
  const bar = make("div", {className: "bar"}, make("h2", {}, "Side by side"), row.pager, make("label", {className: "caption"}, "Explain ", why));
  root.append(make("div", {className: "chosen"}, sets.element), charts, table, sweep, bar, row.element, agreement);
  const views = {curves: createCompareCurves(charts), table: createCompareTable(table), sweep: createSweep(sweep), agreement: createAgreement(agreement, look)};
  const joining = createJoining(instance);
  let told = null;

  why.addEventListener("change", () => {
    const {channels, first} = joining.joint;
    const wish = why.value ? [{method: why.value, target: null, settings: {}}] : [];
    for (const channel of channels) channel.want(channel === first ? wish : []); // the others' columns ask where they are in view
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
      const {maps: [wish]} = joint.first;
      row.draw({...state, wish, method: state.mount.methods.find(({name}) => name === wish?.method) ?? null});
      views.agreement.draw(state);
      tell(given, joint);
    },
    destroy() {
      row.destroy();
      views.sweep.destroy();
      views.agreement.destroy();
      joining.leave();
    },
  };
}

// The look of the part "inside".

import {CODE} from "./code_look.js";

export const INSIDE = `${CODE}
.insidebar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px calc(20px * var(--k)); min-height: calc(48px * var(--k)); margin-bottom: calc(10px * var(--k)); }
.insidebar .back { padding-left: 0; }
.insidebar .which { display: inline-flex; align-items: center; gap: 4px; }
.insidebar .which h2 { margin-right: 4px; }
.insidebar .choice { display: inline-flex; align-items: center; gap: 10px; margin: 0; }
.insidebar .choice > .caption { padding: 0; }
.insidebar .segments { display: flex; }
.insidebar .segments button { flex: none; height: calc(34px * var(--k)); padding: 0 calc(13px * var(--k)); border: 1px solid var(--outline); margin-left: -1px; font-size: calc(14px * var(--k)); position: relative; }
.insidebar .segments button:first-child { border-radius: 8px 0 0 8px; margin-left: 0; }
.insidebar .segments button:last-child { border-radius: 0 8px 8px 0; }
.insidebar .segments button[aria-checked="true"] { background: var(--wash); border-color: var(--accent); color: var(--accent); font-weight: 600; z-index: 1; }
.insidebar .legend { margin-left: auto; display: inline-flex; align-items: flex-start; gap: 8px; }
.insidebar .legend .caption { font-size: calc(13px * var(--k)); line-height: calc(12px * var(--k)); white-space: nowrap; min-width: calc(64px * var(--k)); padding-top: calc(15px * var(--k)); }
.insidebar .legend .download { margin: 0; align-self: center; }

.netmap .input .head b, .netmap .answers .head b { line-height: calc(18px * var(--k)); }
.netmap .answers .head { display: flex; align-items: flex-start; justify-content: space-between; min-height: 0; }
.netmap .pick { cursor: pointer; }
.netmap .verdict { margin-top: 8px; font-weight: 600; font-size: calc(14px * var(--k)); line-height: calc(18px * var(--k)); }
.netmap .verdict span { display: block; }
.netmap .field { margin-top: 4px; color: var(--second); font-size: calc(13px * var(--k)); line-height: calc(18px * var(--k)); }
.netmap .field b { display: block; color: var(--accent); font-weight: 600; }
.netmap .sheet { min-width: 100%; }
:is(.netmap, .netfilters) .over { position: absolute; left: 0; top: 0; touch-action: pan-x pan-y; }
:is(.netmap, .netfilters) .over:focus-visible { outline-offset: -2px; }
.chip { position: absolute; left: 0; top: 0; font-size: calc(13px * var(--k)); line-height: calc(20px * var(--k)); white-space: nowrap; color: var(--second); padding: 0 4px; }
button.chip { color: var(--accent); border-radius: 4px; }
button.chip:hover { text-decoration: underline; }
.netfilters .scroller { margin: -5px; max-width: calc(100% + 10px); }
.strip { display: flex; align-items: center; gap: calc(20px * var(--k)); border-top: 1px solid var(--hairline); margin-top: 8px; padding-top: calc(12px * var(--k)); min-height: calc(122px * var(--k)); }
.strip canvas { flex: none; }
.strip .text { flex: 1; min-width: 0; }
.strip p { min-height: calc(20px * var(--k)); }
.strip .value { font-weight: 600; }
button.primary { display: inline-flex; align-items: center; gap: 10px; background: var(--accent); color: var(--on-accent); font-weight: 600; border-radius: 8px; padding: 0 16px; height: calc(38px * var(--k)); white-space: nowrap; }
button.primary kbd { font: inherit; font-size: calc(12px * var(--k)); font-weight: 400; border: 1px solid currentColor; border-radius: 4px; padding: 0 6px; line-height: calc(18px * var(--k)); }

.unit { display: flex; align-items: flex-start; gap: calc(40px * var(--k)); animation: opened 240ms ease-out; }
@keyframes opened { from { transform: translateX(24px); opacity: 0; } }
@media (prefers-reduced-motion: reduce) { .unit { animation: none; } }
.unit .graphside { flex: 0 1 auto; min-width: 0; }
.unit .numbersside { flex: 1; min-width: 0; max-width: calc(480px * var(--k)); margin-left: auto; }
.unit.stacked { flex-direction: column; }
.unit.stacked .numbersside { margin: 0; }
.unit .graph { touch-action: pan-x pan-y; }
.unit .graphside .value { font-weight: 600; padding-top: 4px; }
.cell header { justify-content: space-between; margin-bottom: calc(6px * var(--k)); }
.cell h2 { font-size: calc(17px * var(--k)); }
.walk { display: inline-flex; gap: 4px; }
.cell .origin { white-space: pre-line; font-size: calc(14px * var(--k)); line-height: calc(22px * var(--k)); margin: 4px 0; }
.cell .partner { font-size: calc(13px * var(--k)); color: var(--second); }
.cell .sentence { font-size: calc(15px * var(--k)); line-height: calc(22px * var(--k)); color: var(--second); margin-bottom: 4px; }
.cell .sentence b { color: var(--text); font-weight: 650; font-size: calc(17px * var(--k)); }
.sums { display: grid; grid-template-columns: 1fr auto; gap: calc(3px * var(--k)) 12px; align-items: baseline; border-top: 1px solid var(--hairline); margin-top: 8px; padding-top: calc(8px * var(--k)); font-size: calc(15px * var(--k)); line-height: calc(22px * var(--k)); }
.sums dt { color: var(--second); min-width: 0; overflow-wrap: anywhere; }
.sums dd { text-align: right; font-weight: 600; }
.sums dt.result { color: var(--text); }
.sums dd.result { color: var(--accent); font-size: calc(20px * var(--k)); font-weight: 650; }
.verdictline { font-size: calc(13px * var(--k)); margin-top: 4px; }
.celltwin { position: relative; margin: 10px 0; }
.celltwin pre { padding: 12px 64px 12px 16px; }
.celltwin button { position: absolute; right: 4px; top: 4px; }
.ways { display: flex; flex-wrap: wrap; gap: 0 20px; }
.ways button:empty { display: none; }
.softmax { border-top: 1px solid var(--hairline); margin-top: 12px; padding-top: 12px; }
.softmax .formula { background: var(--box); border-radius: 8px; padding: 10px 14px; margin: 8px 0; overflow-wrap: anywhere; }
.softmax .classes th:first-child { width: 40%; }
.softmax .classes th button.small { color: var(--second); padding: 0; }
.softmax tr.chosen :is(th, td, button.small) { color: var(--accent); font-weight: 600; }

.phone .insidebar { gap: 4px 12px; margin-bottom: 4px; }
.phone .insidebar .segments button { height: 44px; }
.phone .insidebar .which button, .phone .insidebar .back { min-height: 44px; min-width: 44px; justify-content: center; align-items: center; }
.phone .insidebar .legend { margin-left: 0; flex-basis: 100%; }
.phone .insidebar .legend .download { margin-left: auto; }
.phone .insidebar .choice > .caption { min-width: 48px; }
.phone .strip { flex-wrap: wrap; gap: 12px; }
.phone .strip .primary { flex-basis: 100%; height: 44px; justify-content: center; }
.phone .strip kbd { display: none; }
.phone .chip { padding: 12px 8px; margin: -12px -4px; }
.phone .unit { flex-direction: column; gap: 12px; }
.phone .unit > * { width: 100%; max-width: none; margin: 0; }
.phone .walk button, .phone .netrows .passes button { min-height: 44px; min-width: 44px; justify-content: center; align-items: center; }
.netrows .through { gap: 16px; }
.netrows .passes { display: flex; gap: 16px; }
`;

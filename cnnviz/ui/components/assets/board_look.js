// The look of what only the Train page has: choices above curves and filters, histograms, tables, the worst mistakes.

import {THUMBS} from "./thumbs_look.js";

export const LOOK = `${THUMBS}
.chosen { display: flex; align-items: center; gap: 16px; min-height: calc(32px * var(--k)); margin-bottom: calc(8px * var(--k)); }
.chosen .choice > .caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.chosen .segments { display: flex; }
.chosen .segments button { height: calc(28px * var(--k)); padding: 0 calc(12px * var(--k)); border: 1px solid var(--outline); margin-left: -1px; font-size: calc(13px * var(--k)); position: relative; white-space: nowrap; }
.chosen .segments button:first-child { border-radius: 8px 0 0 8px; margin-left: 0; }
.chosen .segments button:last-child { border-radius: 0 8px 8px 0; }
.chosen .segments button:hover { color: var(--accent); }
.chosen .segments button[aria-checked="true"] { background: var(--wash); border-color: var(--accent); color: var(--accent); font-weight: 600; z-index: 1; }
.chosen .segments button:focus-visible { border-radius: 8px; z-index: 2; }
.aspect header { margin-bottom: calc(4px * var(--k)); }
.aspect h2 { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.filters { position: relative; }
.cnnviz:not(.phone) .aspect header { position: absolute; right: 0; top: 0; left: calc(320px * var(--k)); min-height: calc(32px * var(--k)); }
.aspect .value { min-height: 0; color: var(--second); padding-left: 8px; }
.aspect .caption { max-width: 64ch; }
.aspect.empty { display: none; }
.statistics { width: auto; min-width: min(100%, calc(440px * var(--k))); margin-bottom: 8px; font-size: calc(14px * var(--k)); line-height: calc(22px * var(--k)); }
.statistics th, .statistics td { padding-right: 0; }
.statistics td, .statistics thead th:not(:first-child) { padding-left: calc(20px * var(--k)); white-space: nowrap; }
.statistics .hasdead td:last-child { font-weight: 600; }
.statistics .chosenrow th { color: var(--accent); font-weight: 600; }
.worst { margin-top: calc(12px * var(--k)); }
.worst header { margin-bottom: calc(4px * var(--k)); }
.worst h3 { margin: 0; font-size: calc(14px * var(--k)); line-height: calc(20px * var(--k)); font-weight: 600; flex: none; }
.worst .thumbs { gap: calc(8px * var(--k)) calc(14px * var(--k)); }
.worst .thumbs span { color: var(--text); }
.worst .thumbs .more { color: var(--second); padding: 0; font-size: calc(12px * var(--k)); line-height: calc(14px * var(--k)); min-height: 0; }
@media (pointer: coarse) { .chosen .segments button { height: 44px; padding: 0 10px; } }
`;

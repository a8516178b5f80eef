// The look of what only the Compare page has.

import {LOOK as BOARD} from "./board_look.js";

export const LOOK = `${BOARD}
.charts { display: grid; grid-template-columns: 1fr 1fr; gap: 0 calc(32px * var(--k)); }
.swatch { display: inline-block; width: calc(12px * var(--k)); height: calc(12px * var(--k)); border-radius: 3px; margin-right: 8px; flex: none; }
table.runs, table.pairs { border-collapse: collapse; font-size: calc(14px * var(--k)); line-height: calc(20px * var(--k)); }
table.runs { width: 100%; margin: 4px 0 calc(20px * var(--k)); }
table.runs caption, table.pairs caption { text-align: left; color: var(--second); padding: 0 0 4px; }
table.runs th, table.runs td, table.pairs th, table.pairs td { padding: 5px 12px 5px 0; text-align: left; border-bottom: 1px solid var(--hairline); white-space: nowrap; font-weight: 400; }
table.runs thead th, table.pairs thead th { color: var(--second); }
table.runs tbody th, table.pairs tbody th { font-weight: 600; max-width: 30ch; overflow: hidden; text-overflow: ellipsis; }
table.pairs thead th { max-width: 22ch; overflow: hidden; text-overflow: ellipsis; }
table.runs a, .points a { color: inherit; }
table.runs a:hover, .points a:hover { color: var(--accent); }
table.runs .number, table.runs thead th:nth-last-child(-n + 5):not(:last-child) { text-align: right; padding-right: 20px; }
.columns { display: grid; grid-auto-flow: column; grid-auto-columns: var(--room, 250px); gap: calc(28px * var(--k)); overflow-x: auto; padding: 2px; }
.columns .run { min-width: 0; }
.columns .run > header h2 { display: flex; align-items: center; min-width: 0; }
.columns .run > header h2 span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.columns .run .filters, .columns .run .why, .columns .run .mistakes { margin-top: calc(16px * var(--k)); }
.cellimages { margin-top: calc(12px * var(--k)); }
.cellimages header { justify-content: space-between; margin-bottom: 4px; }
.cellimages h3 { margin: 0; font-size: calc(14px * var(--k)); line-height: calc(20px * var(--k)); font-weight: 600; }
.cellimages :is(.filterrow, .reset) { display: none; }
.cellimages .picker { width: auto; max-width: none; min-height: 0; }
.columns .away > :not(header) { visibility: hidden; }
.columns .confusion { flex-direction: column-reverse; align-items: stretch; }
.columns .maps header .caption { white-space: normal; min-width: 0; }
.columns .why .caption { margin-top: 4px; }
.bar { display: flex; align-items: center; gap: 16px; margin: calc(8px * var(--k)) 0; flex-wrap: wrap; }
.bar h2 { margin-right: auto; }
.pager { display: flex; gap: 16px; align-items: baseline; color: var(--second); margin-right: 8px; }
.bar label { display: flex; align-items: center; gap: 16px; }
.bar select { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--outline); border-radius: 8px; padding: 4px 8px; min-height: 32px; }
.agreement { margin-top: calc(24px * var(--k)); }
.apart { display: flex; gap: calc(32px * var(--k)); align-items: flex-start; flex-wrap: wrap; margin-top: 8px; }
.apart .shown { flex: 1 1 240px; min-width: 0; }
.apart .shown .caption { margin-bottom: 8px; }
.pairs td { text-align: right; }
.pairs td button { color: var(--accent); padding: 2px 8px; border-radius: 6px; min-width: 40px; text-align: right; }
.pairs td button:hover { text-decoration: underline; }
.pairs td button[aria-pressed="true"] { background: var(--wash); font-weight: 600; }
.pairs .own { color: var(--third); padding-right: 20px; }
.sweep { margin-bottom: calc(20px * var(--k)); }
.points { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 4px 0 0; padding: 0; }
.points span { color: var(--second); margin-left: 6px; }
.points .best { font-weight: 600; }
.comparebar { display: flex; align-items: center; gap: 16px; }
.comparebar .line { flex: 1; min-width: 0; }
.comparebar .chosen { flex: none; margin: 0; }
@media (max-width: 640px) {
  .comparebar { display: block; }
  .charts { grid-template-columns: 1fr; }
  .columns { scroll-snap-type: x proximity; }
  .columns .run { scroll-snap-align: start; }
  .pairs td button, .pager button, .cellimages header button { min-height: 44px; min-width: 44px; }
}
`;

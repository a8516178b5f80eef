// The look of the picker of images.

import {THUMBS} from "./thumbs_look.js";

export const LOOK = `${THUMBS}
.picker { width: calc(616px * var(--k)); max-width: calc(100vw - 72px); display: grid; gap: 12px; min-height: calc(420px * var(--k)); align-content: start; }
.filterrow { display: flex; flex-wrap: wrap; gap: 12px 20px; align-items: end; }
.filterrow .caption { font-size: calc(13px * var(--k)); line-height: calc(18px * var(--k)); }
.picker .segments { display: flex; border: 1px solid var(--outline); border-radius: 8px; overflow: hidden; width: max-content; margin-top: 4px; }
.picker .segments button { padding: 4px 12px; line-height: 24px; color: var(--text); }
.picker .segments button + button { border-left: 1px solid var(--outline); }
.picker .segments button[aria-checked="true"] { background: var(--wash); color: var(--accent); font-weight: 600; }
.picker .segments button:focus-visible { outline-offset: -3px; border-radius: 8px; }
.classlist { display: grid; gap: 4px; }
.classlist select { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--outline); border-radius: 8px; height: 34px; padding: 0 8px; min-width: 64px; max-width: 140px; }
.classlist select:focus-visible { border-radius: 8px; }
.pagerow { display: flex; gap: 16px; align-items: baseline; color: var(--second); min-height: calc(24px * var(--k)); }
.pagerow [role="status"] { min-width: 15ch; margin-right: auto; }
@media (max-width: 640px) { .filterrow { gap: 12px; } .picker { min-height: 0; } }
@media (pointer: coarse) { .picker .segments button, .classlist select, .pagerow button { min-height: 44px; min-width: 44px; } }
`;

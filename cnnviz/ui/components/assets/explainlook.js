// The look of the part "explain".

export const EXPLAIN = `
.explain { display: grid; grid-template: "whom right" auto "how right" 1fr / calc(200px * var(--k)) minmax(0, 1fr); column-gap: calc(40px * var(--k)); }
.whom { grid-area: whom; }
.how { grid-area: how; }
.explain > .right { grid-area: right; display: block; min-width: 0; }
.explain h2 { min-width: 0; }
.explain select { font: inherit; color: var(--accent); background: var(--ground); border: 0; border-radius: 6px; padding: 2px 0; max-width: 100%; cursor: pointer; }
.whom.empty > * { visibility: hidden; }
.whom.empty .whose canvas { height: calc(200px * var(--k)); }
.whom.empty .verdict { min-height: calc(20px * var(--k)); }
.whom.empty .classbuttons { min-height: calc(86px * var(--k)); }
.verdict { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 12px; margin-top: 8px; color: var(--second); }
.verdict b { color: var(--text); font-weight: 650; }
.choice { margin-top: calc(11px * var(--k)); }
.choice > .caption { padding-bottom: calc(4px * var(--k)); }
.apart { display: flex; justify-content: space-between; gap: 8px; }
.choice > .small { font-size: calc(13px * var(--k)); padding: 0; }
.classbuttons { display: grid; grid-template-columns: repeat(5, 1fr); gap: 6px; }
.classbuttons.named { display: flex; flex-wrap: wrap; }
.classbuttons button { display: flex; flex-direction: column; align-items: center; justify-content: center; min-width: 0; height: calc(40px * var(--k)); border: 1px solid var(--outline); border-radius: 8px; font-size: calc(16px * var(--k)); line-height: calc(18px * var(--k)); }
.classbuttons.named button { padding: 0 10px; flex: 1 0 auto; }
.classbuttons small { font-size: calc(12px * var(--k)); line-height: calc(14px * var(--k)); color: var(--second); white-space: nowrap; }
.classbuttons small:empty { display: none; }
.classbuttons button:hover { border-color: var(--accent); }
.classbuttons button[aria-pressed="true"] { background: var(--wash); border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); color: var(--accent); font-weight: 650; }
.classbuttons button[aria-pressed="true"] small { color: var(--accent); font-weight: 400; }
.classbuttons button:focus-visible, .wide:focus-visible, .segments button:focus-visible { border-radius: 8px; }
button.wide { display: inline-flex; align-items: center; justify-content: center; gap: 8px; height: calc(34px * var(--k)); padding: 0 14px; border: 1px solid var(--outline); border-radius: 8px; font-size: calc(15px * var(--k)); white-space: nowrap; }
button.wide:hover:enabled { border-color: var(--accent); color: var(--accent); }
button.against { width: 100%; margin-top: 8px; }
button.against[aria-pressed="true"] { background: var(--wash); border-color: var(--accent); color: var(--accent); font-weight: 600; }
.segments { display: flex; }
.segments button { flex: 1 1 0; min-width: 0; height: calc(32px * var(--k)); border: 1px solid var(--outline); margin-left: -1px; font-size: calc(14px * var(--k)); }
.segments button:first-child { border-radius: 8px 0 0 8px; margin-left: 0; }
.segments button:last-child { border-radius: 0 8px 8px 0; }
.segments button[aria-checked="true"] { background: var(--wash); border-color: var(--accent); color: var(--accent); font-weight: 600; position: relative; }
.segments button:hover { color: var(--accent); }
.explain input[type="range"] { appearance: none; display: block; width: 100%; height: 20px; margin: 0; background: none; cursor: pointer; }
.explain input[type="range"]::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: linear-gradient(to right, var(--accent) calc(var(--share) * 100%), var(--outline) 0); }
.explain input[type="range"]::-moz-range-track { height: 4px; border-radius: 2px; background: linear-gradient(to right, var(--accent) calc(var(--share) * 100%), var(--outline) 0); }
.explain input[type="range"]::-webkit-slider-thumb { appearance: none; width: 16px; height: 16px; margin-top: -6px; border-radius: 50%; background: var(--accent); }
.explain input[type="range"]::-moz-range-thumb { width: 16px; height: 16px; border: 0; border-radius: 50%; background: var(--accent); }
.agreement { display: grid; grid-template-columns: 1fr auto; gap: calc(4px * var(--k)) 12px; font-size: calc(15px * var(--k)); }
.agreement dt { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.agreement dd { font-weight: 650; text-align: right; }
.agreement dd.pending { font-weight: 400; color: var(--second); }

.heats { display: grid; grid-template-columns: repeat(var(--across), var(--side)); justify-content: space-between; gap: calc(20px * var(--k)) calc(16px * var(--k)); }
.heat { position: relative; min-width: 0; }
.heat header { gap: 4px; min-height: calc(24px * var(--k)); justify-content: space-between; }
.heat .name { display: block; max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 650; text-align: left; }
.heat.framed .name { color: var(--accent); }
.heat .quiet { flex: none; }
.heat .under { display: flex; align-items: center; justify-content: space-between; gap: 4px; min-height: calc(24px * var(--k)); }
.heat .under .caption { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; font-size: calc(13px * var(--k)); }
.pixels { width: var(--side); height: var(--side); display: flex; align-items: flex-start; margin: 4px 0 8px; }
.pixels canvas { touch-action: pan-x pan-y; cursor: crosshair; transition: opacity 120ms; }
.pixels canvas.old { opacity: 0.4; }
.heat.framed .pixels canvas { outline: 2.5px solid var(--accent); outline-offset: 2px; border-radius: 0; }
.heat .pixels canvas:focus-visible { outline: 2px dashed var(--accent); outline-offset: 3px; }
.heat.framed .pixels canvas:focus-visible { outline-style: solid; outline-width: 4px; }
.foot { display: flex; align-items: center; gap: 8px; min-height: calc(26px * var(--k)); font-size: calc(13px * var(--k)); color: var(--second); white-space: nowrap; }
.foot .progress { flex: 1; min-width: 12px; height: 4px; border-radius: 2px; background: var(--hairline); overflow: hidden; }
.foot .progress i { display: block; height: 100%; background: var(--accent); }
.foot .act { margin-left: auto; font-weight: 600; }
.foot .tools { margin-left: auto; display: inline-flex; }
.foot .download { margin: 0; }
.heat .notes { font-size: calc(13px * var(--k)); line-height: calc(18px * var(--k)); white-space: normal; }
.heat .warning { font-size: calc(14px * var(--k)); white-space: normal; }
.popover { position: absolute; left: 0; top: calc(52px * var(--k)); z-index: 6; width: max(100%, 216px); padding: 12px; background: var(--ground); border: 1px solid var(--outline); border-radius: 8px; box-shadow: 0 4px 16px rgb(0 0 0 / 0.12); }
.setting { display: grid; grid-template-columns: 1fr 92px; align-items: center; gap: 4px 8px; margin-bottom: 8px; }
.setting input:not([type="checkbox"]), .setting select { width: 100%; font: inherit; color: var(--text); background: var(--ground); border: 1px solid var(--outline); border-radius: 6px; padding: 4px 8px; }
.setting input[type="checkbox"] { justify-self: end; width: 16px; height: 16px; accent-color: var(--accent); margin: 0; }
.setting .warning { grid-column: 1 / -1; }
.setting .warning:empty { display: none; }
.popover .ends { display: flex; justify-content: space-between; gap: 8px; }

.heatscale { display: flex; align-items: center; gap: 8px; margin-top: calc(16px * var(--k)); padding-bottom: 4px; min-height: calc(48px * var(--k)); }
.heatscale .by { flex: 0 1 auto; min-width: 0; display: flex; flex-wrap: wrap; align-items: center; gap: 0 6px; }
.heatscale > * { flex: none; }
.heatscale canvas { margin: calc(10px * var(--k)) 0 0; }
.heatscale .caption:not(.by) { white-space: nowrap; }
.heatscale.tight { flex-wrap: wrap; }
.heatscale.tight .by { flex-basis: 100%; }
.adding { position: relative; margin-left: auto; padding-left: 8px; }
.menu.methods { width: max-content; max-width: min(560px, 84vw); overflow: auto; scrollbar-width: thin; scroll-margin: 64px 0 calc(100px * var(--k)); }
.menu.upwards { top: auto; bottom: calc(100% + 4px); }
.methods button { display: block; }
.methods b { display: block; font-weight: 600; }
.methods small { color: var(--second); font-size: calc(13px * var(--k)); line-height: calc(18px * var(--k)); white-space: normal; display: block; }
.explain .right > .value { font-variant-numeric: tabular-nums; }
.aboutmethod { border-top: 1px solid var(--hairline); margin-top: 12px; padding-top: 12px; max-width: 1100px; scroll-margin: 16px 0 calc(100px * var(--k)); }
.aboutmethod header { justify-content: space-between; }
.aboutmethod .parts { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 12px 32px; margin: 12px 0; }
.aboutmethod h3 { margin: 0; font-weight: 650; font-size: calc(14px * var(--k)); line-height: calc(20px * var(--k)); }
.aboutmethod code { font-family: var(--st-code-font, ui-monospace, monospace); font-size: calc(13px * var(--k)); }

.phone .explain { display: flex; flex-direction: column; gap: 12px; }
.phone .whose { display: flex; gap: 16px; align-items: flex-start; }
.phone .verdict { flex-direction: column; margin: 0; }
.phone .heats { display: flex; overflow-x: auto; scroll-snap-type: x mandatory; gap: 16px; padding: 0 4px 4px; margin: 0 -4px; scrollbar-width: thin; }
.phone .heat { flex: none; width: var(--side); scroll-snap-align: start; scroll-margin-left: 4px; }
.phone .choice { margin-top: 8px; }
.phone .whom.empty .whose canvas { height: 92px; }
.phone .classbuttons, .phone .classbuttons.named { display: flex; flex-wrap: nowrap; overflow-x: auto; scrollbar-width: none; margin: 0 -4px; padding: 2px 4px; }
.phone .classbuttons button { height: 44px; flex: 1 0 44px; }
.phone .heat .under { min-height: 40px; }
.phone .heat header { min-height: 40px; }
.phone .segments button, .phone button.wide { height: 44px; }
.phone .heatscale { flex-wrap: wrap; }
.phone .how { display: flex; flex-direction: column; }
.phone .adding { margin-left: 0; padding-left: 0; }
.phone .adding .menu { left: 0; right: auto; }
.phone .quiet { padding: 10px; }
.phone .popover { top: 84px; }
@media (prefers-reduced-motion: reduce) { .pixels canvas { transition: none; } }
`;

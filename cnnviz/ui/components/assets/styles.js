// The look, as one sheet that every part's shadow root adopts.

const TEXT = `
:host { display: block; }
.cnnviz {
  --k: 1;
  --ground: var(--st-background-color, #ffffff);
  --text: var(--st-text-color, #1c1e21);
  --accent: var(--st-primary-color, #5a3fd0);
  --on-accent: #ffffff; --second: #55595f; --third: #6f747b; --wash: #efecfb;
  --hairline: #e3e3de; --outline: #c9c9c3; --box: #f4f4f1; --warning: #9a5b00;
  position: relative; color: var(--text); font-family: var(--st-font, inherit);
  font-size: calc(14px * var(--k)); line-height: calc(20px * var(--k)); font-variant-numeric: tabular-nums;
}
.cnnviz[data-theme="dark"] {
  --on-accent: #15171a; --second: #b3b8be; --third: #949aa1; --wash: #2b2745;
  --hairline: #2e3338; --outline: #4a5057; --box: #22262b; --warning: #f0b35a;
}
.cnnviz *, .cnnviz { box-sizing: border-box; }
.cnnviz [hidden] { display: none !important; }
.probe { position: absolute; width: 0; height: 0; background-color: var(--ground); transition: background-color 1ms; }
h2, p, dl, dd, dt { margin: 0; padding: 0; }
h2 { font-size: calc(16px * var(--k)); line-height: calc(22px * var(--k)); font-weight: 650; color: var(--text); }
canvas { display: block; }
header { display: flex; align-items: center; gap: 8px; min-height: calc(24px * var(--k)); }
.caption { color: var(--second); }
.value { color: var(--text); min-height: calc(20px * var(--k)); }
.warning { color: var(--warning); }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }

button, a[role="menuitem"] { font: inherit; color: inherit; background: none; border: 0; padding: 0; margin: 0; cursor: pointer; text-decoration: none; }
button:disabled { cursor: default; opacity: 0.5; }
.icon { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; flex: none; }
button.text { font-size: calc(14px * var(--k)); display: inline-flex; align-items: center; gap: 8px; color: var(--second); border-radius: 8px; padding: 8px; line-height: 20px; }
button.text:hover { color: var(--accent); }
button.outlined { border: 1px solid var(--outline); border-radius: 8px; padding: 7px 15px; line-height: 24px; }
button.outlined:hover { border-color: var(--accent); color: var(--accent); }
button.small { color: var(--accent); padding: 2px 0; text-align: left; font-size: calc(14px * var(--k)); line-height: calc(20px * var(--k)); }
button.small:hover { text-decoration: underline; }
button.quiet { display: inline-flex; color: var(--third); border-radius: 6px; padding: 4px; }
button.quiet:hover, button.quiet[aria-expanded="true"] { color: var(--text); background: var(--box); }
.quiet .icon { width: calc(16px * var(--k)); height: calc(16px * var(--k)); }
.download { position: relative; margin-left: auto; display: inline-flex; }
.menu {
  position: absolute; right: 0; top: calc(100% + 4px); z-index: 5; display: flex; flex-direction: column; min-width: 112px;
  padding: 4px; background: var(--ground); border: 1px solid var(--outline); border-radius: 8px; box-shadow: 0 4px 16px rgb(0 0 0 / 0.12);
}
.menu [role="menuitem"] { text-align: left; padding: 6px 12px; border-radius: 6px; color: var(--text); }
.menu [role="menuitem"]:hover, .menu [role="menuitem"]:focus-visible { background: var(--wash); color: var(--accent); }
.scroller { overflow-x: auto; overflow-y: hidden; max-width: 100%; min-width: 0; scrollbar-width: thin; }
.note { color: var(--warning); padding-bottom: 12px; display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 16px; }

.numbers { display: flex; flex-wrap: wrap; justify-content: flex-end; align-items: center; gap: 8px 28px; }
.numbers dl { display: flex; gap: 8px 36px; }
.numbers dt { font-size: calc(14px * var(--k)); line-height: calc(20px * var(--k)); color: var(--second); white-space: nowrap; }
.numbers dd { font-size: calc(24px * var(--k)); line-height: calc(28px * var(--k)); white-space: nowrap; }
.numbers b { font-weight: 600; }
.numbers .unit { font-size: calc(16px * var(--k)); color: var(--second); padding-left: 5px; }
.numbers .unit:empty { padding: 0; }
.numbers .state { color: var(--second); flex: 0 1 auto; margin-right: auto; max-width: 60ch; }
.numbers .state .warning { color: var(--warning); }
.numbers .state:not(:has(> :not([hidden]))) { display: none; }
@container (max-width: 560px) {
  .numbers dl { width: 100%; justify-content: space-between; gap: 8px; }
  .numbers .throughput { display: none; }
}
.cnnviz[data-part="numbers"] { container-type: inline-size; }

.link { position: relative; display: flex; justify-content: flex-end; }
.address { position: absolute; right: 0; top: 100%; width: min(360px, 90vw); font: inherit; color: var(--text); background: var(--ground); border: 1px solid var(--outline); border-radius: 8px; padding: 8px; z-index: 5; }

.board { display: flex; align-items: flex-start; gap: calc(40px * var(--k)); }
.side { flex: none; width: calc(352px * var(--k)); }
.main { flex: 1; min-width: 0; }
.chart { margin-bottom: calc(6px * var(--k)); }
.chart canvas { cursor: crosshair; touch-action: pan-y; }
.chart h2, .chart .small { flex: none; }
.reading { color: var(--second); font-size: calc(13px * var(--k)); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; min-width: 0; }
.confusion { display: flex; gap: calc(12px * var(--k)); align-items: flex-start; }
.matrix { flex: none; width: calc(234px * var(--k)); }
.mistakes { margin-top: calc(4px * var(--k)); }
.beside { min-width: 0; flex: 1; }
.beside .axes { margin: 8px 0; }
.beside button.small { display: block; }
.beside .value { font-size: calc(13px * var(--k)); }
.beside .value:empty { min-height: calc(20px * var(--k)); }
.classbox { max-height: calc(224px * var(--k)); overflow: auto; scrollbar-width: thin; }
.classes { border-collapse: collapse; width: 100%; font-size: calc(13px * var(--k)); line-height: calc(18px * var(--k)); }
.classes caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.classes th { font-weight: 400; color: var(--second); text-align: left; padding: 0 8px 2px 0; }
.classes thead th { font-size: calc(12px * var(--k)); }
.classes td, .classes thead th:not(:first-child) { text-align: right; padding: 0 0 2px 8px; }

.maps header { margin-bottom: calc(6px * var(--k)); }
.maps .caption { margin-left: auto; white-space: nowrap; align-self: flex-start; line-height: calc(14px * var(--k)); padding-top: calc(14px * var(--k)); font-size: calc(13px * var(--k)); }
.maps header .download { margin-left: 0; align-self: flex-start; }
.maps header canvas { align-self: flex-start; }
.through { display: flex; align-items: flex-start; gap: calc(16px * var(--k)); }
.through .scroller { flex: 1 1 0; padding-bottom: 4px; }
.input { flex: none; width: calc(112px * var(--k)); }
.answers { flex: none; }
.head { height: calc(46px * var(--k)); font-size: calc(12px * var(--k)); line-height: calc(17px * var(--k)); color: var(--second); }
.head b { display: block; font-size: calc(13px * var(--k)); font-weight: 600; color: var(--text); }
.facts { display: grid; grid-template-columns: auto 1fr; gap: 0 8px; margin-top: 8px; width: max-content; min-width: 100%; max-width: calc(100% + 14px * var(--k)); }
.facts dt { color: var(--second); }
.facts dd { text-align: right; font-weight: 600; }
.sheet { position: relative; width: max-content; }
.more { color: var(--accent); font-size: calc(13px * var(--k)); line-height: calc(20px * var(--k)); white-space: nowrap; padding: 0 4px; border-radius: 4px; }
.sheet .more { position: absolute; left: 0; top: 0; }
.more:hover { text-decoration: underline; }
.filters { margin-top: calc(6px * var(--k)); }
.filters header { margin-bottom: calc(4px * var(--k)); }
.filters .value { min-height: 0; color: var(--second); padding-left: 8px; }

.maps.empty .through, .maps.empty header > :not(h2) { display: none; }
.mistakes.empty .matrix, .mistakes.empty .axes, .mistakes.empty button { visibility: hidden; }

.tabs { display: flex; gap: 4px; border-bottom: 1px solid var(--hairline); margin-bottom: 12px; overflow-x: auto; scrollbar-width: none; }
.tabs button { padding: 10px 12px; font-size: 16px; line-height: 24px; color: var(--second); border-bottom: 2px solid transparent; margin-bottom: -1px; white-space: nowrap; }
.tabs button[aria-selected="true"] { color: var(--accent); font-weight: 600; border-bottom-color: var(--accent); }
.tabs button:focus-visible { outline-offset: -3px; }
.phone .board, .phone .side, .phone .main { display: block; width: auto; }
.phone .through { gap: 16px; }
.phone .maps { display: flex; flex-direction: column; }
.phone .maps .through { order: -1; flex-wrap: wrap; margin-bottom: 8px; gap: 4px 16px; }
.phone .input { display: contents; }
.phone .facts { order: 1; flex-basis: 100%; display: flex; width: auto; max-width: none; margin: 0; gap: 4px; }
.phone .facts dd + dt { margin-left: 12px; }
.phone .maps header { order: 1; }
.phone .maps .value { order: 2; margin-top: -20px; padding-right: 190px; }
.phone .maps .rows { order: 3; }
.phone .maps .caption { margin-left: 0; flex: 1; }
.phone .mistakes, .phone .filters { margin-top: 0; }
.phone .confusion { flex-wrap: wrap; }
.rows { margin-top: 4px; }
.rowtop { display: flex; align-items: baseline; justify-content: space-between; }
.rowhead { display: flex; gap: 8px; align-items: baseline; color: var(--second); padding: 4px 0 0; font-size: 14px; }
.rowhead b { color: var(--text); font-weight: 600; }
.rowhead[aria-pressed="true"] b { color: var(--accent); }
.row .scroller { margin: 0 -5px; max-width: none; touch-action: pan-x pan-y; }
.row .scroller:has(canvas:focus-visible) { outline: 2px solid var(--accent); }

.timeline { display: flex; align-items: center; gap: calc(16px * var(--k)); height: calc(76px * var(--k)); padding: 4px 0; }
.play { flex: none; width: calc(40px * var(--k)); height: calc(40px * var(--k)); border: 1px solid var(--outline); border-radius: 50%; display: grid; place-items: center; }
.play:hover:enabled, .speed:hover { border-color: var(--accent); color: var(--accent); }
.play:focus-visible { border-radius: 50%; }
.where { flex: none; width: calc(152px * var(--k)); white-space: nowrap; }
.where b { display: block; font-size: calc(18px * var(--k)); line-height: calc(22px * var(--k)); font-weight: 650; }
.track { flex: 1; min-width: 0; position: relative; touch-action: none; cursor: pointer; user-select: none; }
.track canvas { pointer-events: none; }
.thumb { position: absolute; left: 0; top: 0; width: 16px; height: 16px; border-radius: 50%; background: var(--accent); box-shadow: 0 0 0 2px var(--ground); cursor: grab; }
.thumb::before { content: ""; position: absolute; inset: -14px; }
.thumb:active { cursor: grabbing; }
.plot { position: relative; }
.marks { position: absolute; inset: 0; pointer-events: none; }
.mark { position: absolute; left: -10px; top: -18px; width: 20px; height: 20px; pointer-events: auto; }
.mark::before { content: ""; position: absolute; left: 5px; bottom: 2px; width: 10px; height: 7px; background: var(--text); clip-path: polygon(0 0, 100% 0, 50% 100%); }
.mark:focus-visible { outline-offset: -2px; }
.tip {
  position: absolute; z-index: 6; top: calc(12px * var(--k)); width: max-content; max-width: min(100%, calc(320px * var(--k))); padding: 6px 10px;
  white-space: pre-line; color: var(--text); background: var(--ground); border: 1px solid var(--outline); border-radius: 8px;
}
.track .tip { top: auto; bottom: calc(100% - 10px * var(--k)); }
.thumb:focus-visible { border-radius: 50%; outline-offset: 3px; }
.right { flex: none; display: flex; align-items: center; gap: 12px; }
.live, .speed { min-width: calc(98px * var(--k)); height: calc(40px * var(--k)); padding: 0 14px; border: 1px solid var(--outline); border-radius: 8px; display: inline-flex; align-items: center; justify-content: center; gap: 8px; font-size: calc(16px * var(--k)); color: var(--text); }
.speed { min-width: calc(56px * var(--k)); }
.live i { width: 8px; height: 8px; border-radius: 50%; background: currentColor; }
.live.on { background: var(--wash); border-color: var(--accent); color: var(--accent); font-weight: 600; }
.live:focus-visible, .speed:focus-visible { border-radius: 8px; }
.follow { display: inline-flex; align-items: center; gap: 8px; color: var(--second); cursor: pointer; white-space: nowrap; }
.follow input { appearance: none; margin: 0; width: 32px; height: 18px; border-radius: 9px; background: var(--third); position: relative; cursor: pointer; }
.follow input::before { content: ""; position: absolute; left: 2px; top: 2px; width: 14px; height: 14px; border-radius: 50%; background: var(--ground); }
.follow input:checked { background: var(--accent); }
.follow input:checked::before { left: 16px; }
.follow input:focus-visible { border-radius: 9px; }
.timeline.small { display: grid; grid-template: "play where right" auto "play track right" auto / 44px 1fr auto; gap: 2px 12px; }
.small .play { grid-area: play; width: 44px; height: 44px; }
.small .where { grid-area: where; width: auto; display: flex; justify-content: space-between; align-items: baseline; min-width: 0; }
.small .where b { font-size: 16px; }
.small .where span { font-size: 13px; }
.small .track { grid-area: track; margin: 0 -8px; }
.small .right { grid-area: right; gap: 8px; }
.small .speed { height: 44px; }
.small .live { height: 44px; min-width: 72px; padding: 0 12px; }
.small .follow { flex-direction: column; gap: 2px; font-size: 12px; line-height: 14px; }
`;

let sheet = null;

/** Give the shadow root of a part its look, once. */
export function dress(parent) {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(TEXT);
  }
  if (!parent.adoptedStyleSheets.includes(sheet)) parent.adoptedStyleSheets = [...parent.adoptedStyleSheets, sheet];
}

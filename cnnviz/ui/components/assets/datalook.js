// The look of the part "data".

export const DATA = `
.data { display: grid; grid-template-columns: calc(264px * var(--k)) minmax(0, 1fr); gap: calc(32px * var(--k)); align-items: start; padding-bottom: 32px; }
.dataview { scroll-margin-top: 76px; }
.data h2 { font-size: calc(18px * var(--k)); line-height: calc(24px * var(--k)); }
.data h3 { margin: 0; font-size: calc(16px * var(--k)); line-height: calc(22px * var(--k)); font-weight: 650; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.setlist, .classrows, .pictures, .leftout ul { list-style: none; margin: 0; padding: 0; }
.sets h3 { margin: 16px 0 4px; font-size: calc(14px * var(--k)); }
.setlist button { display: grid; grid-template-columns: 1fr auto; column-gap: 8px; width: 100%; text-align: left; padding: 6px 12px; border-radius: 6px; }
.setlist b { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.setlist .caption { font-size: calc(13px * var(--k)); line-height: calc(18px * var(--k)); }
.setlist .caption:not(.state) { grid-column: 1 / -1; }
.setlist button:hover { background: var(--box); }
.setlist button[aria-current] { background: var(--wash); }
.setlist button[aria-current] b { color: var(--accent); }
.setlist button[data-there="false"] b { color: var(--second); font-weight: 400; }
.ways { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 16px; }
.ways button[aria-current], .ways button[aria-expanded="true"] { background: var(--wash); border-color: var(--accent); color: var(--accent); }
.data button.outlined { padding: 4px 12px; background: var(--ground); }
.data button:focus-visible { border-radius: 8px; }
button.primary { background: var(--accent); color: var(--on-accent); border-radius: 8px; padding: 6px 16px; line-height: 24px; }
.bar { display: flex; flex-wrap: wrap; gap: 4px 16px; min-height: calc(36px * var(--k)); }
.bar .end { margin-left: auto; display: flex; flex-wrap: wrap; align-items: center; gap: 12px; }
.facts.caption { display: block; width: auto; max-width: 90ch; margin: 0 0 12px; }
.data section > header { flex-wrap: wrap; gap: 0 12px; align-items: baseline; margin: 0 0 6px; }
.inside section { margin-bottom: 20px; }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(calc(230px * var(--k)), 1fr)); gap: 4px calc(32px * var(--k)); margin-bottom: 12px; }
.field { display: grid; grid-template-columns: calc(84px * var(--k)) minmax(0, 1fr) calc(40px * var(--k)); align-items: center; gap: 8px; min-height: calc(32px * var(--k)); }
.field label { color: var(--second); white-space: nowrap; }
.field output { text-align: right; }
.field input[type="range"] { width: 100%; margin: 0; accent-color: var(--accent); }
.field input[type="checkbox"] { width: 16px; height: 16px; margin: 0; accent-color: var(--accent); justify-self: start; }
.data input[type="text"], .data input[type="number"], .data select { font: inherit; color: var(--text); background: var(--ground); border: 1px solid var(--outline); border-radius: 6px; padding: 3px 8px; min-width: 0; }
.field input[type="number"], .field select, .field input[type="text"] { grid-column: 2 / -1; width: 100%; }
.data input.name { font-weight: 600; }
.progress { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; margin: 8px 0; }
progress { appearance: none; width: 100%; max-width: 480px; height: 4px; border: 0; border-radius: 2px; overflow: hidden; background: var(--hairline); }
progress::-webkit-progress-bar { background: var(--hairline); }
progress::-webkit-progress-value { background: var(--accent); }
progress::-moz-progress-bar { background: var(--accent); }
.fetch { margin: 12px 0; }
.absent { max-width: 90ch; overflow-wrap: anywhere; }
.sure { display: inline-flex; flex-wrap: wrap; gap: 0 8px; color: var(--second); }
.setview > .warning, .owning > .warning, .bringing > p { margin: 8px 0; max-width: 90ch; }
.leftout { color: var(--second); margin: 0 0 12px; padding: 0 0 0 16px; max-height: 200px; overflow: auto; overflow-wrap: anywhere; }
details.leftout { padding: 0; }
.leftout summary { cursor: pointer; }

.rowtitles, .classrows li { display: grid; align-items: center; column-gap: 12px;
  grid-template-columns: minmax(0, calc(96px * var(--k))) repeat(3, calc(62px * var(--k))) calc(48px * var(--k)) calc(38px * var(--k)) minmax(0, 1fr); }
.rowtitles { color: var(--second); font-size: calc(13px * var(--k)); padding-bottom: 4px; white-space: nowrap; }
.classrows { max-height: calc(436px * var(--k)); overflow-y: auto; scrollbar-width: thin; }
.classrows:focus-visible { outline-offset: 4px; }
.classrows li { min-height: calc(41px * var(--k)); }
.classrows.total { border-top: 1px solid var(--hairline); font-weight: 600; margin: 4px 0 8px; }
.class { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.count { text-align: right; }
.share { display: flex; height: 6px; background: var(--box); }
.rowtitles .share { background: none; }
.share i { display: block; height: 100%; }
.share .train { background: var(--third); }
.share .validation { background: var(--outline); }
.share .test { background: var(--hairline); }
.total .share { visibility: hidden; }
.varied p { margin-top: 6px; }

.ownclasses { display: grid; grid-template-columns: repeat(auto-fill, minmax(calc(300px * var(--k)), 1fr)); gap: 16px; margin: 8px 0; align-items: start; }
.ownclass { border: 1px solid var(--outline); border-radius: 8px; padding: 12px; }
.ownclass > header input { flex: 1; }
.ownclass .ways { margin-top: 4px; }
.ownclass .source:not(:empty) { margin-top: 12px; }
.camera, .drawing { display: grid; gap: 8px; justify-items: start; }
.camera video { width: min(100%, 240px); aspect-ratio: 1; object-fit: cover; transform: scaleX(-1); background: var(--box); }
.camera button.outlined { touch-action: none; user-select: none; -webkit-user-select: none; }
.pictures { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 12px; max-height: calc(210px * var(--k)); overflow-y: auto; scrollbar-width: thin; padding: 2px; }
.pictures button { position: relative; display: block; min-width: 20px; min-height: 20px; }
.pictures button:is(:hover, :focus-visible)::after { content: "×"; position: absolute; inset: 0; display: grid; place-items: center; font-size: 24px; color: #ffffff; background: rgb(0 0 0 / 0.5); }

.phone .data { grid-template-columns: minmax(0, 1fr); }
.phone .dataview { min-height: 80vh; }
.phone .setlist { max-height: 34vh; overflow-y: auto; }
.phone .setlist button, .phone .ways button, .phone button.primary { min-height: 44px; }
.phone .fields { grid-template-columns: minmax(0, 1fr); }
.phone .field { min-height: 44px; }
.phone .data input[type="text"], .phone .data input[type="number"], .phone .data select { min-height: 40px; }
.phone .rowtitles { display: none; }
.phone .classrows { max-height: none; }
.phone .classrows li { grid-template-columns: minmax(0, 1fr) repeat(3, 88px); column-gap: 4px; row-gap: 2px; padding: 4px 0; }
.phone .count { font-size: 13px; }
.phone .count::before { content: attr(title) " "; color: var(--second); font-weight: 400; font-size: 12px; }
.phone .share { grid-column: 1 / -1; }
.phone .classrows li { position: relative; }
.phone .classrows canvas { grid-column: 1 / -1; }
.phone .classrows canvas:last-child { grid-row: 3; margin-left: 48px; }
.phone .classrows canvas:first-of-type { grid-row: 3; }
.phone .ownclasses { grid-template-columns: minmax(0, 1fr); }
`;

// The look of the part "builder".

export const BUILDER = `
.builder { --columns: minmax(0, 1fr) calc(104px * var(--k)) calc(96px * var(--k)) calc(112px * var(--k)) calc(88px * var(--k)) calc(80px * var(--k)); position: relative; padding-bottom: 40px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; margin-bottom: 12px; }
.bar .end { margin-left: auto; display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; }
.bar button.outlined { padding: 5px 13px; background: var(--ground); }
.builder input:not([type="checkbox"]), .builder select { font: inherit; color: var(--text); background: var(--ground); border: 1px solid var(--outline); border-radius: 6px; padding: 5px 8px; min-width: 0; }
.builder input[aria-invalid="true"], .builder select[aria-invalid="true"] { border-color: var(--warning); box-shadow: inset 0 0 0 1px var(--warning); }
.builder input[type="checkbox"] { width: 16px; height: 16px; margin: 0; accent-color: var(--accent); justify-self: start; }
.builder input:focus-visible, .builder select:focus-visible { border-radius: 6px; outline-offset: 0; }
.builder input.name { font-size: calc(16px * var(--k)); font-weight: 600; width: 13em; }
.images select { max-width: min(100%, 22em); }
.images label { color: var(--second); }
.sides, .howmany { display: inline-flex; align-items: center; gap: 6px; }
.bar input[type="number"] { width: 5.2em; }
.files { display: inline-flex; align-items: center; gap: 10px; white-space: nowrap; color: var(--second); }
button.primary { background: var(--accent); color: var(--on-accent); border-radius: 8px; padding: 6px 16px; line-height: 24px; }
button.primary:focus-visible { border-radius: 8px; }
button.verdict { color: var(--warning); }
.opening { position: relative; }
.popover.panel { position: absolute; left: 0; top: calc(100% + 4px); z-index: 6; width: min(460px, 92vw); max-height: 70vh; overflow: auto; padding: 12px 16px 16px; background: var(--ground); border: 1px solid var(--outline); border-radius: 8px; box-shadow: 0 4px 16px rgb(0 0 0 / 0.12); }
.panel h3 { margin: 12px 0 4px; font-size: calc(14px * var(--k)); line-height: 20px; font-weight: 650; }
.panel h3:first-child { margin-top: 0; }
.panel .choices { display: grid; grid-template-columns: 1fr 1fr; gap: 2px 16px; margin-bottom: 2px; }
.kept { list-style: none; margin: 0; padding: 0; }
.kept li { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; align-items: baseline; gap: 0 12px; }
.panel .file { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; }
.builder .note, .builder .whole { padding-bottom: 8px; }

.line { display: grid; grid-template-columns: var(--columns); align-items: center; column-gap: 12px; }
.titles { padding: 0 12px 4px calc(28px + 12px); color: var(--second); font-size: calc(13px * var(--k)); }
.number { text-align: right; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.stack { position: relative; }
.cards { list-style: none; margin: 0; padding: 0; }
.card { position: relative; border: 1px solid var(--hairline); border-radius: 8px; margin-bottom: 8px; background: var(--ground); }
.card.open { border-color: var(--outline); }
.card[data-works="no"] { border-color: var(--warning); }
.card.held { opacity: 0.5; }
.card > .line { grid-template-columns: 28px minmax(0, 1fr); column-gap: 0; }
.grip { display: grid; place-items: center; align-self: stretch; color: var(--third); cursor: grab; touch-action: none; border-radius: 8px 0 0 8px; }
.grip .icon { stroke-width: 2.4; width: 18px; height: 18px; }
.grip:hover { color: var(--accent); }
.head.head { display: grid; grid-template-columns: calc(44px * var(--k)) var(--columns); align-items: center; column-gap: 12px; width: 100%; height: auto; padding: 6px 12px 2px 0; text-align: left; font-size: calc(14px * var(--k)); line-height: calc(20px * var(--k)); color: var(--text); border-radius: 8px; }
.head:hover b { color: var(--accent); }
.head b { display: inline; font-size: calc(16px * var(--k)); font-weight: 650; }
.kind { color: var(--second); padding-left: 4px; }
.words { display: block; color: var(--second); font-size: calc(13px * var(--k)); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.who { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.glyph { width: calc(44px * var(--k)); height: calc(34px * var(--k)); fill: var(--box); stroke: var(--third); stroke-width: 0.8; }
.card[data-works="unknown"] .number, .card[data-works="unknown"] .shape { color: var(--third); }
.shape { padding: 0 12px 6px calc(28px + 44px * var(--k) + 12px); min-height: calc(26px * var(--k)); font-size: calc(13px * var(--k)); }
.card .wrong { padding: 0 12px 8px calc(28px + 44px * var(--k) + 12px); }
.remedies { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 6px; }
.remedies:empty { display: none; }
button.fix { padding: 2px 12px; color: var(--accent); }
button.fix:focus-visible, .bar button.outlined:focus-visible { border-radius: 8px; }

.gap { position: absolute; left: 50%; top: -15px; z-index: 1; width: 44px; height: 22px; margin-left: -22px; display: grid; place-items: center; color: var(--accent); opacity: 0; }
.gap::before { content: ""; position: absolute; inset: 0 11px; border-radius: 50%; background: var(--ground); border: 1px solid var(--outline); }
.gap .icon { position: relative; width: 14px; height: 14px; }
.card:first-child .gap { top: -11px; }
.card:hover .gap, .gap:focus-visible, .gap[aria-expanded="true"], .card:hover + .card .gap { opacity: 1; }
button.wide.add { display: flex; align-items: center; justify-content: center; gap: 8px; width: 100%; height: calc(40px * var(--k)); border: 1px dashed var(--outline); border-radius: 8px; color: var(--accent); }
button.wide.add:hover, button.wide.add:focus-visible { border-color: var(--accent); border-radius: 8px; }
.dropmark { position: absolute; left: 0; right: 0; height: 3px; margin-top: -6px; border-radius: 2px; background: var(--accent); pointer-events: none; }

.body { padding: 4px 16px 12px calc(28px + 44px * var(--k) + 12px); border-top: 1px solid var(--hairline); }
.about { max-width: 72ch; margin: 8px 0 12px; }
.settings { display: grid; grid-template-columns: repeat(auto-fill, minmax(calc(250px * var(--k)), 1fr)); gap: 0 calc(40px * var(--k)); align-items: start; }
.builder .setting { display: grid; grid-template-columns: 1fr calc(108px * var(--k)); align-items: center; gap: 2px 12px; margin-bottom: 12px; }
.builder .setting input:not([type="checkbox"]), .builder .setting select { width: 100%; }
.setting small { grid-column: 1 / -1; color: var(--second); font-size: calc(12px * var(--k)); line-height: calc(16px * var(--k)); }
.arithmetic { margin: 8px 0 0; display: grid; grid-template-columns: auto auto minmax(0, 1fr); gap: 6px 16px; align-items: baseline; }
.arithmetic dt { color: var(--second); white-space: nowrap; }
.arithmetic .result { text-align: right; font-weight: 600; white-space: nowrap; }
.arithmetic .how { overflow-wrap: anywhere; }
.acts { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-top: 12px; }
.total { margin-top: 12px; border-top: 1px solid var(--outline); padding: 10px 12px 0 calc(28px + 12px); font-weight: 600; }
.total .arithmetic { margin-top: 8px; font-weight: 400; max-height: 50vh; overflow: auto; }
.menu.methods.kinds { left: 0; right: auto; top: 0; width: min(760px, 100%); display: grid; grid-template-columns: 1fr 1fr; align-items: start; z-index: 7; scroll-margin: 80px 0 24px; }
.kinds b { display: block; font-weight: 600; }
.kinds small { display: block; color: var(--second); font-size: calc(13px * var(--k)); line-height: calc(18px * var(--k)); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.kinds button { min-width: 0; }

.phone .builder { --columns: minmax(0, 1fr) auto; }
.phone .titles, .phone .head .products, .phone .head .memory, .phone .head .sees, .phone .head .parameters { display: none; }
.phone .head.head { grid-template-columns: 34px minmax(0, 1fr) auto; column-gap: 8px; min-height: 44px; }
.phone .glyph { width: 34px; }
.phone .words { white-space: normal; }
.phone .grip { width: 28px; }
.phone .shape, .phone .card .wrong { padding-left: 28px; }
.phone .body { padding-left: 12px; padding-right: 12px; }
.phone .arithmetic { grid-template-columns: 1fr auto; }
.phone .arithmetic .how { grid-column: 1 / -1; margin-bottom: 6px; color: var(--second); }
.phone .total { padding-left: 12px; }
.phone .total .line { grid-template-columns: 1fr 1fr; row-gap: 4px; }
.phone .total .who { grid-column: 1 / -1; }
.phone .total .number { text-align: left; }
.phone .total .number::before { content: attr(title) " "; font-weight: 400; color: var(--second); }
.phone .menu.methods.kinds { grid-template-columns: 1fr; max-height: 60vh; overflow: auto; }
.phone .bar button, .phone .acts button, .phone .panel button, .phone button.fix { min-height: 44px; }
.phone .bar input, .phone .bar select, .phone .setting input, .phone .setting select { min-height: 44px; }
.phone .builder input.name { width: 100%; }
.phone .bar .end { margin-left: 0; width: 100%; justify-content: space-between; }
.phone .gap { opacity: 1; height: 24px; top: -26px; }
.phone .card { margin-bottom: 28px; }
.phone .card:first-child { margin-top: 28px; }
.phone .card:first-child .gap { top: -26px; }
.phone .popover.panel { position: fixed; inset: auto 8px 8px 8px; top: auto; width: auto; max-height: 80vh; }
`;

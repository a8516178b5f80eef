// The look of the drawing pad.

export const LOOK = `
.pad { display: grid; grid-template: "sheet answer" auto "buttons buttons" auto "about about" auto / auto 1fr; gap: 8px calc(16px * var(--k)); width: max-content; max-width: 100%; min-width: min(calc(364px * var(--k)), 100vw - 72px); }
.pad .sheet { grid-area: sheet; position: relative; width: max-content; }
.pad.alone { min-width: 0; grid-template: "sheet" auto "buttons" auto "about" auto / auto; gap: 4px; }
.pad.narrow { grid-template: "sheet" auto "answer" auto "buttons" auto "about" auto / auto; }
.pad .answer { grid-area: answer; }
.paper { touch-action: none; cursor: crosshair; user-select: none; -webkit-user-select: none; }
.paper:focus-visible { border-radius: 0; }
.hint { position: absolute; inset: 0; display: grid; place-items: center; color: #b3b8be; pointer-events: none; font-size: calc(14px * var(--k)); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.said { font-size: calc(18px * var(--k)); line-height: calc(24px * var(--k)); font-weight: 600; min-height: calc(28px * var(--k)); white-space: nowrap; }
.padbuttons { grid-area: buttons; display: flex; gap: 16px; }
.padbuttons button.small { padding: 4px 0; }
.pad .about { grid-area: about; font-size: calc(13px * var(--k)); line-height: calc(18px * var(--k)); min-height: calc(18px * var(--k)); }
@media (pointer: coarse) { .padbuttons button.small { min-height: 44px; min-width: 44px; } }
`;

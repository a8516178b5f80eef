// The look of Home: the picture, and the doors below it.

export const LOOK = `
.stage { position: relative; min-height: calc(380px * var(--k)); }
.phone .stage { min-height: 340px; }
.stage.empty > :not(.computing) { visibility: hidden; }
.computing { position: absolute; right: calc(32px * var(--k)); bottom: calc(10px * var(--k)); }
.stage > .download { position: absolute; right: 0; bottom: calc(8px * var(--k)); }
.seen { position: absolute; left: 0; top: 0; height: var(--high); width: var(--wide); display: flex; flex-direction: column; justify-content: center; gap: 12px; }
.smaller { display: flex; align-items: center; gap: 8px; min-height: calc(48px * var(--k)); }
.smaller .caption { font-size: calc(13px * var(--k)); line-height: calc(16px * var(--k)); }
.seen .about { width: calc(var(--wide) + 24px); }
.phone.drawing .seen { position: relative; height: auto; width: auto; margin-bottom: 16px; }
.phone.drawing .seen > canvas { position: absolute; left: 0; top: calc(100% + 16px + (var(--high) - var(--wide)) / 2); }
.phone.drawing .seen .about { width: auto; max-width: 264px; }
.phone .smaller { display: none; }
.doors { display: grid; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); gap: calc(24px * var(--k)); padding-top: 8px; }
.door { display: flex; align-items: center; gap: calc(18px * var(--k)); padding: calc(18px * var(--k)) calc(20px * var(--k)); border: 1px solid var(--outline); border-radius: 8px; color: var(--text); text-decoration: none; cursor: pointer; }
.door:hover { border-color: var(--accent); }
.door:hover b { color: var(--accent); }
.door:focus-visible { border-radius: 8px; }
.door b { display: block; font-size: calc(18px * var(--k)); line-height: calc(24px * var(--k)); font-weight: 600; }
.doorpicture { flex: none; width: calc(72px * var(--k)); height: calc(72px * var(--k)); display: grid; place-items: center; }
`;

// The look of code, and of its panel.

/** Lines of code in a quiet box. */
export const CODE = `
pre {
  margin: 0; padding: 16px; background: var(--box); border-radius: 8px; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere;
  font-family: var(--st-code-font, "Source Code Pro"), ui-monospace, monospace; font-size: calc(13px * var(--k)); line-height: calc(20px * var(--k)); color: var(--text); tab-size: 4;
}
pre:focus-visible { border-radius: 8px; }
pre .line { display: block; min-height: calc(20px * var(--k)); padding-left: 4ch; text-indent: -4ch; }
pre .comment { color: var(--second); }
pre .string { color: var(--string, #8a4312); }
pre .keyword { color: var(--accent); }
.cnnviz[data-theme="dark"] pre { --string: #e7a044; }
`;

export const LOOK = `
.codebutton { display: flex; justify-content: flex-end; }
.codebutton button[aria-expanded="true"] { color: var(--accent); }
.codepanel {
  position: fixed; z-index: 20; right: 0; top: 0; bottom: var(--below, 0px); width: calc(480px * var(--k)); max-width: 100vw;
  display: flex; flex-direction: column; gap: 8px; padding: calc(20px * var(--k)); background: var(--ground);
  border-left: 1px solid var(--outline); box-shadow: -8px 0 24px rgb(0 0 0 / 0.08);
}
.codepanel header h2 { margin-right: auto; }
.codepanel pre { flex: 0 1 auto; }
@media (max-width: 640px) {
  .codepanel { left: 0; top: auto; width: auto; max-height: 60vh; border-left: 0; border-top: 1px solid var(--outline); box-shadow: 0 -8px 24px rgb(0 0 0 / 0.12); padding: 12px 16px; }
  .codebutton button { min-height: 44px; }
}
`;

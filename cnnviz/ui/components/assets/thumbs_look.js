// The look of small images to choose from.

export const THUMBS = `
.thumbs { display: flex; flex-wrap: wrap; gap: 8px; align-content: start; }
.thumbs button { display: grid; justify-items: center; gap: 2px; align-content: start; }
.thumbs span { font-size: calc(12px * var(--k)); line-height: calc(16px * var(--k)); min-height: calc(16px * var(--k)); max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--warning); }
.thumbs canvas { outline: 1px solid transparent; }
.thumbs button:hover canvas { outline: 2px solid var(--outline); outline-offset: 1px; }
.thumbs button[aria-selected="true"] canvas { outline: 2.5px solid var(--accent); outline-offset: 2px; }
`;

// A part's own look, beside the sheet that all parts share.

const sheets = new Map();

/** Have the shadow root around an element use a sheet; the same text is one sheet for all. */
export function wear(element, text) {
  const root = element.getRootNode();
  if (!sheets.has(text)) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    sheets.set(text, sheet);
  }
  const sheet = sheets.get(text);
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

// A light colouring of Python: comments, strings and keywords.

import {make} from "./elements.js";

const KEYWORDS = "and as assert class def del elif else except False finally for from if import in is lambda None not or pass raise return True try while with yield";
const TOKEN = new RegExp(`(#[^\\n]*)|("(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*')|\\b(${KEYWORDS.split(" ").join("|")})\\b`, "g");
const CLASSES = ["comment", "string", "keyword"];

/** The text as nodes: plain text, and spans for what is coloured. */
export function coloured(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) nodes.push(text.slice(end, match.index));
    const kind = CLASSES[match.slice(1).findIndex((part) => part !== undefined)];
    nodes.push(make("span", {className: kind}, match[0]));
    end = match.index + match[0].length;
  }
  if (end < text.length) nodes.push(text.slice(end));
  return nodes;
}

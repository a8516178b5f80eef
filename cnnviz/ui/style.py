"""The few looks that Streamlit's theme cannot say."""

import streamlit as st

_SQUARES = (
    '<path opacity=".35" d="M1 1h5v5h-5zM14 1h5v5h-5zM1 14h5v5h-5zM14 14h5v5h-5z"/>'
    '<path d="M7.5 1h5v5h-5zM1 7.5h5v5h-5zM14 7.5h5v5h-5zM7.5 14h5v5h-5z"/>'
    '<path d="M7.5 7.5h5v5h-5zM9 9v2h2v-2z" fill-rule="evenodd"/>'
)
ICON = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" fill="#5a3fd0">{_SQUARES}</svg>'
# The browser shows it as a picture of its own, which knows the system's theme and not the page's colours.
_LOGO = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 104 24" width="104" height="24">
<style>g {{ fill: #5a3fd0 }} text {{ fill: #1c1e21 }}
@media (prefers-color-scheme: dark) {{ g {{ fill: #a698ff }} text {{ fill: #ecebe8 }} }}</style>
<g transform="translate(0 2)">{_SQUARES}</g>
<text x="30" y="17.5" font-family="Source Sans, system-ui, sans-serif" font-size="17" font-weight="600">cnnviz</text>
</svg>"""

_CSS = """
<style>
.stMainBlockContainer { padding-inline: 2.5rem; }
[data-testid="stLayoutWrapper"]:has(> .st-key-keys) { display: none; }
[data-testid="stBottomBlockContainer"] { padding: 0 2.5rem 0.25rem; max-width: none; }
[data-testid="stSidebarNavLink"] { border-radius: 6px; }
[data-testid="stSidebarNavLink"][aria-current="page"] {
  background: light-dark(#efecfb, #2b2745);
}
[data-testid="stSidebarNavLink"][aria-current="page"] span { color: light-dark(#5a3fd0, #a698ff); }
[data-testid="stBaseButton-primary"]:enabled { color: light-dark(#ffffff, #15171a); }
.st-key-title-row .st-key-part-code, .st-key-title-row .st-key-part-link { margin-left: auto; }
.st-key-title-row:has(.st-key-part-code) .st-key-part-link { margin-left: 0; flex: none; width: auto; }
.st-key-control-row .st-key-part-numbers { margin-left: auto; }
.st-key-image-popover button p { display: flex; align-items: center; gap: 8px; font-size: 0; }
.st-key-image-popover button p::before {
  content: ""; width: 24px; height: 24px; image-rendering: pixelated;
  background: var(--image, none) center / contain no-repeat;
}
.st-key-image-popover button p::after { content: var(--image-name, "Image"); font-size: 0.875rem; white-space: nowrap; }
[class*="st-key-row-"] > :has(> .stMarkdown) { flex: 1 1 14rem; min-width: 0; }
[data-testid="stCaptionContainer"] { opacity: 1; }
[data-testid="stCaptionContainer"] p { color: light-dark(#55595f, #b3b8be); }
@media (max-width: 640px) {
  .stMainBlockContainer { padding-inline: 1rem; }
  [data-testid="stBottomBlockContainer"] { padding-inline: 1rem; }
  .st-key-title-row .st-key-study, .st-key-title-row:has(.st-key-study) .st-key-twin { display: none; }
  .st-key-title-row > * { order: 2; }
  .st-key-title-row > :first-child { order: 0; flex-grow: 1; }
  .st-key-title-row > :is(.st-key-part-code, .st-key-part-link) { order: 1; flex: none; width: auto; }
  .st-key-title-row > .st-key-run-popover { flex: 1 1 9rem; min-width: 0; }
  .st-key-run-popover :is(button, [data-testid="stMarkdownContainer"]) { width: 100%; min-width: 0; }
  .st-key-run-popover button p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: left; }
  .st-key-control-row .st-key-part-numbers { flex-basis: 100%; }
  .st-key-control-row { gap: 0.5rem; }
  .st-key-control-row button { padding-inline: 0.5rem; }
  .st-key-stop [data-testid="stMarkdownContainer"],
  :is(.st-key-recipe, .st-key-change, .st-key-again) button [data-testid="stMarkdownContainer"] {
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  }
  :is(.st-key-title-row, .st-key-control-row, [class*="st-key-row-"]) :is(button, a) {
    min-height: 44px; min-width: 44px;
  }
  [class*="st-key-row-"] { column-gap: 0.25rem; }
  [class*="st-key-row-"] > :has(> .stMarkdown) { flex-basis: calc(100% - 3.5rem); }
  [class*="st-key-pick-"] label { min-height: 44px; min-width: 44px; align-items: center; }
  [class*="st-key-row-"] :is(button, a) { padding-inline: 0.4rem; }
}
</style>
"""
_DOT = """
<style>
[data-testid="stSidebarNavLink"][href$="/train"]::after {
  content: ""; width: 8px; height: 8px; border-radius: 50%; margin-left: auto;
  background: light-dark(#5a3fd0, #a698ff);
}
</style>
"""


def apply(*, is_training: bool) -> None:
    """Put the style on the page, and the mark in the sidebar; a dot beside Train says that a run trains."""
    st.html(_CSS + (_DOT if is_training else ""))
    st.logo(_LOGO, size="medium")

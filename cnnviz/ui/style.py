"""The few looks that Streamlit's theme cannot say."""

import streamlit as st

_MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" width="20" height="20" fill="{}">'
    '<path opacity=".35" d="M1 1h5v5h-5zM14 1h5v5h-5zM1 14h5v5h-5zM14 14h5v5h-5z"/>'
    '<path d="M7.5 1h5v5h-5zM1 7.5h5v5h-5zM14 7.5h5v5h-5zM7.5 14h5v5h-5z"/>'
    '<path d="M7.5 7.5h5v5h-5zM9 9v2h2v-2z" fill-rule="evenodd"/></svg>'
)
ICON = _MARK.format("#5a3fd0")
_LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 104 24" width="104" height="24">'
    '<g transform="translate(0 2)">{}</g>'
    '<text x="30" y="17.5" font-family="Source Sans, system-ui, sans-serif" font-size="17" font-weight="600" '
    'fill="#808690">cnnviz</text></svg>'
)

_CSS = """
<style>
.stMainBlockContainer { padding-inline: 2.5rem; }
.stBottomBlockContainer, [data-testid="stBottomBlockContainer"] { padding: 0.25rem 2.5rem 0.5rem; max-width: none; }
@media (max-width: 640px) {
  .stMainBlockContainer { padding-inline: 1rem; }
  [data-testid="stBottomBlockContainer"] { padding-inline: 1rem; }
}
</style>
"""


def apply() -> None:
    """Put the style on the page, and the mark in the sidebar."""
    st.html(_CSS)
    st.logo(_LOGO.format(_MARK.format("#7c66dd")), size="medium")

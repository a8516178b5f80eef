"""Words that several pages use."""

STATES = {
    "waiting": "waiting",
    "training": "training",
    "paused": "paused",
    "finished": "finished",
    "stopped": "stopped",
    "interrupted": "interrupted",
    "failed": "failed",
}
PARTS = {"validation": "Validation", "train": "Training", "test": "Test"}
KINDS = {"drawing": "Drawing", "pad": "Drawing", "upload": "Picture"}
SOURCES = {"data": "The data", "pad": "Draw", "file": "A file"}


def escaped(text: str) -> str:
    """Text as it is, where Markdown would read signs in it."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!:$~|<>" else sign for sign in text)

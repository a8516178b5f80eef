"""What must not happen in a page, gathered while a test goes on."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Page

# Opened at a page's address, Streamlit tries whether that is the server's base path.
STREAMLIT_LOOKS_FOR_ITSELF = r"404.*/(build|data|train|inside|explain|compare|runs)/_stcore/(health|host-config)"


@dataclass
class Trouble:
    """What went wrong in a page: errors on its console, and requests that failed.

    Attributes:
        forgiven: What a test brings about itself, as patterns.
    """

    seen: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=lambda: [STREAMLIT_LOOKS_FOR_ITSELF])

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.seen.append(f"error: {error}"))
        page.on("console", self._said)
        page.on("response", lambda got: got.status >= 400 and self.seen.append(f"{got.status}: {got.url}"))
        page.on("requestfailed", lambda lost: self._failed(lost.failure or "", lost.url))

    def _said(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.seen.append(f"console: {said.text} {said.location['url']}")

    def _failed(self, why: str, url: str) -> None:
        if "ERR_ABORTED" not in why:  # a page that is left ends what it had asked for; so does a download
            self.seen.append(f"failed: {url} {why}")

    def forgive(self, *patterns: str) -> None:
        self.forgiven += patterns

    def left(self) -> list[str]:
        return [one for one in self.seen if not any(re.search(pattern, one) for pattern in self.forgiven)]

"""A headless Chromium, and tabs that note whatever a page does wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Playwright

EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MISSING = "no Chromium on this machine (Debian: apt-get install chromium)"

_ARGUMENTS = [
    "--no-sandbox",  # the tests may run as root in a container, and open nothing but our own pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


def launch(playwright: Playwright) -> Browser:
    """Start the browser."""
    return playwright.chromium.launch(executable_path=EXECUTABLE, args=_ARGUMENTS)


class Tab:
    """A page in the browser, and what went wrong in it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.faults: list[str] = []
        """Errors on the console, uncaught exceptions, what the security policy refused, requests to other hosts."""
        page.on("console", lambda m: self.faults.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self._note_host(request.url))

    def _note_host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(self.url).netloc:
            self.faults.append(f"a request to another host: {url}")

    def go(self, path: str) -> Page:
        """Open a path of the service."""
        self.page.goto(self.url + path, wait_until="load")
        return self.page


@contextmanager
def tab(
    browser: Browser,
    url: str,
    *,
    viewport: dict[str, int] = DESKTOP,
    theme: str = "light",
    scripts: bool = True,
) -> Iterator[Tab]:
    """Open a tab of its own, with an empty profile.

    Args:
        browser: the browser.
        url: where the service is.
        viewport: width and height in CSS pixels.
        theme: `light` or `dark`, as the system would prefer it.
        scripts: whether JavaScript runs.
    """
    context = browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]
        color_scheme=theme,  # type: ignore[arg-type]
        java_script_enabled=scripts,
        locale="en",
        reduced_motion="reduce",
    )
    try:
        yield Tab(context.new_page(), url)
    finally:
        context.close()

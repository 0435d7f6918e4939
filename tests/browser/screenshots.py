"""Take a picture of each kind of page: `python tests/browser/screenshots.py [FOLDER]`.

At phone and desktop width, light and dark; the folder is build/screenshots unless named.
"""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' own modules

from playwright.sync_api import sync_playwright

from browser import chromium
from browser.kinds import KINDS
from conftest import REPOSITORY, serving

_VIEWPORTS = {"phone": chromium.PHONE, "desktop": chromium.DESKTOP}


def main() -> None:
    """Take the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "build/screenshots"
    if chromium.EXECUTABLE is None:
        sys.exit(chromium.MISSING)
    folder.mkdir(parents=True, exist_ok=True)
    with serving() as server, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        for (width, viewport), theme in product(_VIEWPORTS.items(), ("light", "dark")):
            with chromium.tab(browser, server.url, viewport=viewport, theme=theme) as tab:
                for kind, path in KINDS.items():
                    tab.go(path).screenshot(path=folder / f"{kind}-{width}-{theme}.png", full_page=True)
                    sys.stderr.write(".")
                    sys.stderr.flush()
        browser.close()
    sys.stderr.write(f"\n{folder}\n")


if __name__ == "__main__":
    main()

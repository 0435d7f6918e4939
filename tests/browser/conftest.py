"""What the tests in a browser share.

Playwright keeps an event loop while it runs, which other tests would stumble over: so the browser is
started for this folder only.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from browser import chromium
from browser.chromium import Tab
from conftest import Server


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if chromium.EXECUTABLE is None:
        pytest.skip(chromium.MISSING)
    with sync_playwright() as playwright:
        running = chromium.launch(playwright)
        yield running
        running.close()


@pytest.fixture
def tab(browser: Browser, server: Server) -> Iterator[Tab]:
    """A tab on a desktop; it fails the test if a page in it did something wrong."""
    with chromium.tab(browser, server.url) as opened:
        yield opened
    assert not opened.faults

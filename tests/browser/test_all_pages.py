"""Every kind of page: accessible in both themes, whole without JavaScript, nothing from elsewhere, fit for a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from browser import chromium
from browser.kinds import KINDS
from conftest import Server

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_EXPECTED_FAULTS = {
    "not-found": "the server responded with a status of 404",
    "query-page-error": "the server responded with a status of 400",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_and_the_page_does_nothing_wrong(
    browser: Browser, server: Server, kind: str, theme: str
) -> None:
    with chromium.tab(browser, server.url, theme=theme) as tab:
        page = tab.go(KINDS[kind])
        found = Axe().run(page, options=_RULES)
        violations = [
            f"{v['id']}: {node['html'][:200]} {node['failureSummary']}"
            for v in found.response["violations"]
            for node in v["nodes"]
        ]
        assert not violations, "\n".join(violations)
        expected = _EXPECTED_FAULTS.get(kind)
        assert not [fault for fault in tab.faults if expected is None or expected not in fault]


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_the_same_without_javascript(browser: Browser, server: Server, kind: str) -> None:
    with chromium.tab(browser, server.url, scripts=False) as tab:
        page = tab.go(KINDS[kind])
        assert page.locator("main h1").count() == 1
        assert len(page.locator("main").inner_text()) > 40


@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_need_not_scroll_sideways(browser: Browser, server: Server, kind: str) -> None:
    with chromium.tab(browser, server.url, viewport=chromium.PHONE) as tab:
        page = tab.go(KINDS[kind])
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0

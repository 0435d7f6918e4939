"""The validate page as a maintainer uses it: drop a file, read the findings on its lines, mend it, see it clean."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from browser import chromium
from browser.chromium import Tab
from conftest import REPOSITORY, Server

_BROKEN = REPOSITORY / "docs/examples/broken.ttl"
_PATIENCE = 30_000
"""Milliseconds; the first text waits until the project is read."""
_CLEAN = """PREFIX ally: <https://w3id.org/alliance-graph/ontology#>
PREFIX id: <https://w3id.org/alliance-graph/id/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

id:try-group
    a ally:ActorGroup ;
    rdfs:label
        "مجموعة للتجربة"@ar ,
        "group to try"@en ,
        "grupo de prueba"@es ,
        "groupe d’essai"@fr ;
.
"""


def test_findings_stand_on_the_lines_of_a_chosen_file_and_go_when_it_is_mended(tab: Tab) -> None:
    page = tab.go("/validate")
    page.set_input_files("#upload", _BROKEN)
    expect(page.locator("#text")).to_have_value(_BROKEN.read_text(encoding="utf-8"))
    page.get_by_role("button", name="Validate", exact=True).click()
    finding = page.locator(".listing .found").first
    expect(finding).to_be_visible(timeout=_PATIENCE)
    address = page.url
    number = finding.locator(".number")
    line = int(number.inner_text())
    number.click()
    start = page.evaluate("document.getElementById('text').selectionStart")
    assert _BROKEN.read_text(encoding="utf-8")[:start].count("\n") == line - 1
    page.locator("#text").fill(_CLEAN)
    page.get_by_role("button", name="Validate", exact=True).click()
    expect(page.locator("#outcome .found")).to_have_count(0, timeout=_PATIENCE)
    expect(page.locator("#outcome h2")).not_to_contain_text("violations", timeout=_PATIENCE)
    assert page.url.partition("#")[0] == address.partition("#")[0]  # nothing was loaded anew


def test_a_dropped_file_is_taken(tab: Tab) -> None:
    page = tab.go("/validate")
    page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.items.add(new File([text], "mine.ttl", { type: "text/turtle" }));
          document.getElementById("text").dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
        }""",
        _CLEAN,
    )
    expect(page.locator("#text")).to_have_value(_CLEAN)


def test_without_javascript_the_form_does_the_same(browser: Browser, server: Server) -> None:
    with chromium.tab(browser, server.url, scripts=False) as tab:
        page = tab.go("/validate")
        page.locator("#text").fill(Path(_BROKEN).read_text(encoding="utf-8"))
        page.get_by_role("button", name="Validate", exact=True).click()
        expect(page.locator(".listing .found").first).to_be_visible(timeout=_PATIENCE)

"""The query page in a browser: writing with completion, an error and its mending, views, and the same without script."""

from __future__ import annotations

import re
from urllib.parse import quote

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from browser import chromium
from browser.chromium import Tab
from conftest import Server

_BROKEN = "SELECT ?state {\n  ?state a ally:State ? }"


def _editor(page: Page) -> Locator:
    """Return the editor, once it has taken the place of the text area."""
    expect(page.locator("textarea")).to_be_hidden()
    return page.get_by_role("textbox", name=re.compile("SPARQL"))


def _write(page: Page, text: str) -> None:
    """Replace what stands in the editor, by keyboard."""
    _editor(page).click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def _take(page: Page, offered: str) -> None:
    """Take the first name that is offered, by keyboard."""
    expect(page.locator("[role=listbox] [role=option]").first).to_contain_text(offered)
    page.wait_for_timeout(150)  # the editor takes a key that comes at once for one that was meant for the text
    page.keyboard.press("Enter")


def test_an_error_is_marked_where_it_is_and_its_mending_gives_the_answer(tab: Tab) -> None:
    page = tab.go("/query")
    _write(page, _BROKEN)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#status")).to_have_text("There is no answer")
    marked = page.locator(".cm-lintRange-error")
    expect(marked).to_have_text("?")
    expect(marked).to_have_css("background-image", "none")
    marked.hover()
    expect(page.locator(".cm-diagnostic")).to_contain_text("not a valid SPARQL query")
    assert not Axe().run(page).response["violations"]
    _write(page, _BROKEN.replace("? }", "}"))
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#result td a").first).to_be_visible()
    expect(marked).to_have_count(0)
    expect(page.locator("#status")).to_have_text(re.compile(r"Rows: \d+, in \d+ ms"))
    assert quote("ally:State", safe=":") in page.url


def test_names_are_offered_by_their_label_and_taken_by_keyboard(tab: Tab) -> None:
    page = tab.go("/query?lang=fr")
    editor = _editor(page)
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("SELECT ?x { ?x a allianc")
    expect(page.locator(".cm-completionInfo")).to_contain_text("arrangement fondé")
    assert not Axe().run(page).response["violations"]
    _take(page, "ally:Alliance")
    page.keyboard.type(" ; ally:hasPart")
    _take(page, "ally:hasParty")
    page.keyboard.type(" maroc")
    _take(page, "id:morocco")
    expect(editor).to_have_text("SELECT ?x { ?x a ally:Alliance ; ally:hasParty id:morocco}")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#result tbody tr").first).to_be_visible()


def test_tab_leaves_the_editor(tab: Tab) -> None:
    page = tab.go("/query")
    _editor(page).click()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Show as")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(_editor(page)).to_be_focused()


def test_the_reader_goes_from_a_ready_query_to_another_view_and_back(tab: Tab) -> None:
    page = tab.go("/query")
    page.get_by_label("Begin with a ready query").select_option(label="In force on a day")
    page.get_by_role("button", name="Open").click()
    expect(page.locator("#result figure svg:visible").first).to_be_visible()
    page.get_by_label("Show as").select_option("table")
    expect(page.locator("#result figure")).to_have_count(0)
    expect(page.locator("#result tbody tr").first).to_be_visible()
    page.get_by_label("Show as").select_option("timeline")
    page.locator("#result figure svg:visible .span").first.hover()
    expect(page.locator("#result figure .told")).not_to_be_empty()
    page.get_by_label("Show as").select_option("table")
    expect(page.locator("#result figure")).to_have_count(0)
    page.goto(page.url)
    expect(page.get_by_label("Show as")).to_have_value("table")
    expect(page.locator("#result tbody tr").first).to_be_visible()


def test_the_last_of_two_runs_is_shown(tab: Tab) -> None:
    page = tab.go("/query")
    _write(page, "SELECT (COUNT(*) AS ?slow) { ?a ?b ?c . ?d ?e ?f FILTER(?a != ?d) }")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#status")).to_have_text("Asking …")
    _write(page, "ASK {}")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#result td")).to_have_text("yes")


def test_without_script_the_form_does_the_same(browser: Browser, server: Server) -> None:
    with chromium.tab(browser, server.url, scripts=False) as tab:
        page = tab.go("/query?lang=ar")
        area = page.locator("textarea")
        area.fill(_BROKEN)
        page.locator("#ask button").click()
        expect(page.locator("[data-state=failed] pre")).to_contain_text("▲")
        expect(area).to_have_value(_BROKEN)
        area.fill(_BROKEN.replace("? }", "}"))
        page.locator("#ask button").click()
        expect(page.locator("#result td a").first).to_be_visible()
        expect(page.locator("html")).to_have_attribute("dir", "rtl")

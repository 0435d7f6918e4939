"""The search box suggests while one writes, by keyboard as by mouse, and is a plain form without JavaScript."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from browser import chromium
from browser.chromium import Tab
from conftest import Server


def test_a_suggestion_is_chosen_by_keyboard(tab: Tab) -> None:
    page = tab.go("/queries?lang=en")
    box = page.get_by_role("combobox")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("moroc")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("Morocco")
    expect(box).to_have_attribute("aria-expanded", "true")
    assert not Axe().run(page).response["violations"]
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", str(options.first.get_attribute("id")))
    box.press("ArrowUp")
    box.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("Enter")
    page.wait_for_url("**/id/morocco?lang=en")


def test_escape_closes_the_list_and_enter_searches(tab: Tab) -> None:
    page = tab.go("/queries")
    box = page.get_by_role("combobox")
    box.press_sequentially("nato")
    expect(page.get_by_role("listbox")).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("nato")
    box.press("Enter")
    page.wait_for_url("**/search?q=nato")
    expect(page.get_by_role("main").get_by_role("link", name="NATO", exact=True)).to_be_visible()


def test_leaving_the_box_closes_the_list(tab: Tab) -> None:
    page = tab.go("/queries")
    box = page.get_by_role("combobox")
    box.press_sequentially("spain")
    expect(page.get_by_role("listbox")).to_be_visible()
    box.press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_all_results_are_the_last_suggestion(tab: Tab) -> None:
    page = tab.go("/queries?lang=fr")
    page.get_by_role("combobox").press_sequentially("coopération")
    page.get_by_role("option").last.click()
    page.wait_for_url("**/search?lang=fr&q=coop**")
    assert page.get_by_role("main").get_by_role("combobox").input_value() == "coopération"


def test_arabic_is_suggested_and_read_from_right_to_left(tab: Tab) -> None:
    page = tab.go("/queries?lang=ar")
    page.get_by_role("combobox").press_sequentially("الم")
    expect(page.get_by_role("option").filter(has_text="المغرب").first).to_be_visible()
    expect(page.get_by_role("listbox")).to_have_css("direction", "rtl")


def test_without_javascript_it_is_a_form(browser: Browser, server: Server) -> None:
    with chromium.tab(browser, server.url, scripts=False) as tab:
        page = tab.go("/queries?lang=es")
        box = page.get_by_role("searchbox")
        box.fill("marruecos")
        box.press("Enter")
        page.wait_for_url("**/search?lang=es&q=marruecos")
        assert page.get_by_role("main").get_by_role("link", name="Marruecos", exact=True).is_visible()

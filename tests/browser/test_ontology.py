"""The box that narrows the pages of terms, rules and concepts to what one looks for."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from browser import chromium
from conftest import Server


def test_the_box_narrows_the_terms_and_gives_them_back(browser: Browser, server: Server) -> None:
    with chromium.tab(browser, server.url) as tab:
        page = tab.go("/ontology")
        entries = page.locator("article.term:visible")
        every = entries.count()
        page.fill("#filter", "ATOPID")
        expect(page.locator("#Alliance")).to_be_visible()
        expect(page.locator("#Region")).to_be_hidden()
        expect(page.locator(".toc a[href='#Region']")).to_be_hidden()
        expect(page.locator(".filter output")).to_have_text(f"Entries that fit: {entries.count()}")
        page.fill("#filter", "")
        assert entries.count() == every
        assert not tab.faults


def test_a_link_to_what_is_narrowed_away_shows_it(browser: Browser, server: Server) -> None:
    with chromium.tab(browser, server.url) as tab:
        page = tab.go("/ontology")
        page.fill("#filter", "atopid")
        page.locator("#Alliance a[href='/ontology#Arrangement']").click()
        expect(page.locator("#Arrangement")).to_be_in_viewport()


def test_words_are_found_without_their_vowel_signs(browser: Browser, server: Server) -> None:
    with chromium.tab(browser, server.url) as tab:
        page = tab.go("/scheme/modality?lang=ar")
        page.fill("#filter", "واقعة مؤكدة")  # the data write مُؤكَّدة
        expect(page.locator("#asserted-fact")).to_be_visible()
        expect(page.locator("#prediction")).to_be_hidden()

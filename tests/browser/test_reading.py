"""From a word to its place: search, entity, claim, passage."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from browser.chromium import Tab


def test_from_search_to_entity_to_claim_to_passage(tab: Tab, article: Path) -> None:
    page = tab.go("/")
    page.get_by_role("searchbox").or_(page.get_by_role("combobox")).first.fill("United States")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    page.locator("main").get_by_role("link", name="United States", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("United States")
    page.get_by_role("link", name="Morocco has military ties with the United States.", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Morocco has military ties with the United States.")
    page.set_input_files("input[type=file]", article)
    expect(page.locator("[data-says]")).to_have_text("This is the text: every place fits its digest.")
    assert "United States" in page.locator("mark").first.inner_text()
    page.get_by_role("link", name="Section 2, passage 2").click()
    expect(page.locator("h1")).to_have_text("Section 2, passage 2")


def test_another_text_is_not_marked(tab: Tab, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("Another text altogether. " * 200, encoding="utf-8")
    page = tab.go("/claim/s02-p2-1")
    page.set_input_files("input[type=file]", other)
    expect(page.locator("[data-says]")).to_have_text("This is another text: no place in it fits.")
    assert page.locator("mark").count() == 0


def test_a_file_that_is_no_text_is_said_to_be_none(tab: Tab, tmp_path: Path) -> None:
    binary = tmp_path / "picture.txt"
    binary.write_bytes(b"\xff\xfe\x00\x80" * 50)
    page = tab.go("/claim/s02-p2-1")
    page.set_input_files("input[type=file]", binary)
    expect(page.locator("[data-says]")).to_contain_text("not a text file in UTF-8")


def test_a_citation_is_copied(tab: Tab) -> None:
    page = tab.go("/cite")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("pre + .copy").click()
    expect(page.locator("pre + .copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("@misc{alliancegraph-")


def test_paper_is_white_whatever_the_theme(tab: Tab) -> None:
    page = tab.go("/claims")
    for theme in ("light", "dark"):
        page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
        page.emulate_media(media="print")
        colours = page.evaluate(
            "(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.documentElement))"
        )
        assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
        page.emulate_media(media="screen")


def test_the_language_is_switched_to_arabic_and_back(tab: Tab) -> None:
    page = tab.go("/claim/s02-p2-1")
    page.get_by_role("link", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("h1")).not_to_have_text("Morocco has military ties with the United States.")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("dir", "ltr")


def test_the_theme_is_switched_and_stays(tab: Tab) -> None:
    page = tab.go("/claims")
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.locator("[data-theme-switch]").click()
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert light != dark
    tab.go("/sources")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == dark

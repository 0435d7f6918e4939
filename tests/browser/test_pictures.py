"""Pictures in a browser: they lead on, fit the screen, and the slider moves the day."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from browser import chromium
from browser.chromium import Tab
from conftest import Server


def test_a_partner_in_the_network_leads_to_its_page(tab: Tab) -> None:
    page = tab.go("/pictures/network")
    page.locator("figure svg.wide a", has_text="NATO").click()
    expect(page.locator("h1")).to_have_text("NATO")


def test_the_slider_moves_the_day_and_says_what_was_in_force(tab: Tab) -> None:
    page = tab.go("/pictures/timeline?date=1975-06-01")
    told = page.locator("output[data-in-force]")
    drawing = page.locator("figure svg.wide")
    expect(told).to_contain_text("1975-06-01")
    before = drawing.locator(".span:not(.off)").count()
    slider = page.get_by_role("slider", name="Year")
    slider.focus()
    for _ in range(30):
        slider.press("ArrowRight")
    expect(told).to_contain_text("2005-06-01")
    after = drawing.locator(".span:not(.off)").count()
    assert after > before
    expect(told).to_contain_text(f"{after} of ")
    expect(drawing.locator(".day text")).to_have_text("2005-06-01")
    expect(page.locator("input[type=date]")).to_have_value("2005-06-01")
    # The script and the server count alike.
    page.get_by_role("button", name="Show").click()
    expect(page.locator("output[data-in-force]")).to_contain_text(f"{after} of ")


def test_the_slider_marks_a_day_where_none_was_asked_for(tab: Tab) -> None:
    page = tab.go("/pictures/timeline")
    day = page.locator("figure svg.wide .day")
    expect(day).to_be_hidden()
    page.get_by_role("slider", name="Year").press("Home")
    expect(day).to_be_visible()


def test_what_the_pointer_is_on_is_told_and_the_rest_is_faint(tab: Tab) -> None:
    page = tab.go("/pictures/network")
    page.locator("figure .legend li", has_text="peacekeeping").hover()
    strands = page.locator("figure svg.wide path.strand")
    faint = page.locator("figure svg.wide path.strand.faint")
    assert 0 < faint.count() < strands.count()
    page.locator("figure svg.wide .centre").hover()
    expect(page.locator("figure .told")).to_have_text("Morocco")
    expect(faint).to_have_count(0)


def test_a_phone_gets_the_narrow_drawing_with_letters_to_read(browser: Browser, server: Server) -> None:
    with chromium.tab(browser, server.url, viewport=chromium.PHONE) as tab:
        for name in ("network", "matrix", "timeline", "verdicts"):
            page = tab.go(f"/pictures/{name}")
            expect(page.locator("figure svg.wide")).to_be_hidden()
            sizes = page.locator("figure svg.narrow text").evaluate_all(
                "texts => texts.map(t => t.getScreenCTM().a * parseFloat(getComputedStyle(t).fontSize))"
                ".filter(size => size > 0)"
            )
            assert min(sizes) > 8, name
        assert not tab.faults


def test_letters_of_the_matrix_stay_in_their_cells(tab: Tab) -> None:
    page = tab.go("/pictures/matrix")
    outside = page.locator("figure svg.wide").evaluate(
        """svg => [...svg.querySelectorAll('g > text[class^=on-shade]')].filter(text => {
            const cell = text.parentElement.querySelector('rect').getBoundingClientRect();
            const own = text.getBoundingClientRect();
            return own.left < cell.left || own.right > cell.right;
        }).length"""
    )
    assert outside == 0


def test_texts_of_a_network_do_not_overlap_as_the_browser_sets_them(tab: Tab) -> None:
    for path in ("/pictures/network", "/pictures/network?basis=record", "/pictures/network?lang=ar"):
        page = tab.go(path)
        overlaps = page.locator("figure svg.wide").evaluate(
            """svg => {
                const boxes = [...svg.querySelectorAll('.node')].map(node => {
                    const texts = [...node.querySelectorAll('text')].map(text => text.getBoundingClientRect());
                    return {
                        left: Math.min(...texts.map(b => b.left)), right: Math.max(...texts.map(b => b.right)),
                        top: Math.min(...texts.map(b => b.top + 3)), bottom: Math.max(...texts.map(b => b.bottom - 3)),
                    };
                });
                const whole = svg.getBoundingClientRect();
                const clash = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
                return boxes.filter((box, i) => box.left < whole.left - 1 || box.right > whole.right + 1
                    || boxes.slice(i + 1).some(other => clash(box, other))).length;
            }"""
        )
        assert overlaps == 0, path


def test_a_picture_in_a_file_of_its_own_is_shown_whole(tab: Tab) -> None:
    page = tab.go("/pictures/verdicts.svg")
    assert page.locator("text").filter(has_text=re.compile("CC0")).count() == 1
    fill = page.locator(".verdict-corroborated").first.evaluate("rect => getComputedStyle(rect).fill")
    assert fill == "rgb(29, 95, 158)"

"""Ready queries as a reader uses them: fill in the form, read the picture and its table, take the answer along."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from browser.chromium import Tab


def test_a_query_is_asked_again_with_another_value(tab: Tab) -> None:
    page = tab.go("/query/in-force-on")
    page.get_by_label("the day asked about").fill("2026-11-22")
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url("**date=2026-11-22**")
    rows = page.locator("table.answer tbody tr")
    expect(page.locator("main p[role=status]")).to_have_text(f"Rows: {rows.count()}")
    assert page.locator("figure svg").count() > 0
    address = page.get_by_role("link", name="CSV", exact=True).get_attribute("href") or ""
    answer = page.request.get(address)
    assert answer.ok
    assert answer.text().count("\n") - 1 == rows.count()


def test_a_value_of_the_wrong_type_is_told_with_its_mend(tab: Tab) -> None:
    page = tab.go("/query/partners?country=Morocco%20it%20is")
    expect(page.locator("main")).to_contain_text("parameter country")
    expect(page.locator("main")).to_contain_text("id:morocco")
    assert tab.faults == ["Failed to load resource: the server responded with a status of 400 (Bad Request)"]
    tab.faults.clear()


@pytest.mark.parametrize("name", ["network", "matrix", "timeline", "map", "verdicts"])
def test_each_picture_stands_with_its_table_and_its_query(tab: Tab, name: str) -> None:
    page = tab.go(f"/pictures/{name}")
    assert page.locator("figure svg").count() > 0
    assert page.locator("main table tbody tr").count() > 0
    page.locator(".behind summary").first.click()
    expect(page.locator(".behind pre").first).to_contain_text("SELECT")

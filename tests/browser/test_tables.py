"""Tables in a browser: sorted, filtered and saved, by mouse and by keys."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

_COLUMN = """([id, column]) => [...document.getElementById(id).tBodies].map(
    (body) => [...body.rows].filter((row) => !row.matches(".group") && !row.hidden)
        .map((row) => row.cells[column].textContent.trim()))"""


def column(page: Any, table: str, place: int) -> list[list[str]]:
    """The shown texts of a column, group by group."""
    found: list[list[str]] = page.evaluate(_COLUMN, [table, place])
    return found


def test_a_click_on_a_head_sorts_within_groups(one: Path, open_page: Any) -> None:
    page = open_page(one).page
    before = column(page, "table-2", 1)
    head = page.locator("#table-2 thead th").nth(1)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert column(page, "table-2", 1) == [["11", "10", "7", "5", "1"], ["8", "4", "3", "2", "2", "1"], ["3", "2"]]
    assert page.locator("[role=status]").last.text_content() == "Sorted by Shares, descending"
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert column(page, "table-2", 1) == [["1", "5", "7", "10", "11"], ["1", "2", "2", "3", "4", "8"], ["2", "3"]]
    head.locator("button").click()
    assert head.get_attribute("aria-sort") is None
    assert column(page, "table-2", 1) == before


def test_words_sort_by_the_alphabet_and_only_one_head_is_marked(one: Path, open_page: Any) -> None:
    page = open_page(one).page
    page.locator("#table-2 thead button").nth(1).click()
    page.locator("#table-2 thead button").first.click()
    assert page.locator("#table-2 [aria-sort]").count() == 1
    for group in column(page, "table-2", 0):
        assert group == sorted(group, key=str.casefold)


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_heads_are_reached_and_worked_by_keys(one: Path, open_page: Any, key: str) -> None:
    page = open_page(one).page
    page.locator("#table-1").locator("xpath=ancestor::*[@tabindex]").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('th').cellIndex") == 0
    page.keyboard.press("Tab")
    page.keyboard.press(key)
    assert page.locator("#table-1 thead th").nth(1).get_attribute("aria-sort") == "descending"


def test_the_filter_shows_the_rows_with_all_words_and_says_how_many(episode_page: Path, open_page: Any) -> None:
    page = open_page(episode_page).page
    page.locator("summary", has_text="companies").first.click()
    tools = page.locator("details.full .tools").first
    total = sum(map(len, column(page, "table-3-full", 0)))
    tools.locator("input").fill("tokyo  ELECTRONIC")
    shown = column(page, "table-3-full", 2)
    assert {text for group in shown for text in group} == {"Electronic components"}
    count = sum(map(len, shown))
    assert 0 < count < total
    assert tools.locator("output").text_content() == f"{count} of {total} rows"
    # a group without a row left has no heading
    hidden = page.evaluate(
        "[...document.querySelectorAll('#table-3-full tbody')]"
        ".every((body) => body.querySelector('.group').hidden === ![...body.rows].some("
        "(row) => !row.hidden && !row.matches('.group')))"
    )
    assert hidden
    tools.locator("input").fill("no such company")
    assert sum(map(len, column(page, "table-3-full", 0))) == 0
    assert tools.locator("output").text_content() == f"0 of {total} rows"
    tools.locator("input").fill("")
    assert sum(map(len, column(page, "table-3-full", 0))) == total
    assert tools.locator("output").text_content() == ""


def saved(page: Any, table: str) -> tuple[str, list[list[str]]]:
    """The name and the cells of the file that a table's button saves."""
    with page.expect_download() as waiting:
        page.locator(f".save[data-of='{table}']").click()
    raw = Path(waiting.value.path()).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == raw.count(b"\n")
    return waiting.value.suggested_filename, list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def test_a_table_is_saved_with_plain_numbers(one: Path, open_page: Any) -> None:
    name, rows = saved(open_page(one).page, "table-1")
    head, body = rows[0], rows[1:]
    assert name.endswith("-table-1.csv")
    assert head[:5] == ["Group", "Window", "CAAR, %", "95% interval, lower end", "95% interval, upper end"]
    assert {len(row) for row in rows} == {len(head)}
    assert {row[0] for row in body} == {"Exposed", "Beneficiaries", "Controls"}
    for row in body:
        estimate, low, high = (float(cell) for cell in row[2:5])
        assert low <= estimate <= high


def test_all_rows_of_a_folded_table_are_saved_with_their_tickers(episode_page: Path, open_page: Any) -> None:
    page = open_page(episode_page).page
    _, rows = saved(page, "table-3-full")
    total = page.evaluate("document.querySelectorAll('#table-3-full tbody tr:not(.group)').length")
    assert len(rows) == total + 1
    assert rows[0][:5] == ["Group", "Company", "Ticker", "Market", "Sector"]
    toyota = next(row for row in rows if row[2] == "7203.T")
    assert toyota[1] == "Toyota Motor"
    assert float(toyota[rows[0].index("Return, %")]) == pytest.approx(
        float(page.locator("#table-3-full tr", has_text="7203.T").locator("td").nth(3).get_attribute("data-sort"))
    )


def test_texts_that_begin_like_a_formula_are_guarded_and_numbers_are_not(one: Path, open_page: Any) -> None:
    page = open_page(one).page
    hostile = ['=HYPERLINK("x")', "+1+1", "-cmd|' /C calc'!A0", "@SUM(A1)", 'say "so", twice', "−5 at first"]
    page.evaluate(
        """(texts) => { const rows = document.querySelectorAll("#table-1 tbody tr:not(.group)");
        texts.forEach((text, place) => {
            rows[place].cells[0].textContent = text;
            rows[place].cells[1].dataset.sort = "-2.5"; }); }""",
        hostile,
    )
    _, rows = saved(page, "table-1")
    guarded = [f"'{text}" if text[0] in "=+-@" else text for text in hostile]
    assert [row[1] for row in rows[1 : len(hostile) + 1]] == guarded
    assert {row[2] for row in rows[1 : len(hostile) + 1]} == {"-2.5"}


def test_every_button_saves_a_file_of_even_rows(episode_page: Path, open_page: Any) -> None:
    page = open_page(episode_page).page
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    tables = page.evaluate("[...document.querySelectorAll('.save')].map((each) => each.dataset.of)")
    assert len(tables) == len(set(tables)) > 8
    for table in tables:
        _, rows = saved(page, table)
        assert len({len(row) for row in rows}) == 1, table
        assert len(rows) > 1, table
        assert json.dumps(rows[0]).count('""') == 0, table

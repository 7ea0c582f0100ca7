"""The findings on the report's data page, and the mark of a return that a limit cut short."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from eventstudy.prices.quality import Finding
from eventstudy.prices.words import said
from eventstudy.report.build import make_chapters
from eventstudy.report.chapter import Chapter
from eventstudy.report.evidence import read_evidence
from eventstudy.report.model import NumberCell, Section, Table, TextCell, plain
from eventstudy.report.sections import DEFAULT_SECTIONS, ONCE, companies, price_checks

EVENT = "2026-01-06-japan-dual-use-ban"


@pytest.fixture(scope="module")
def results(sample_results: Any) -> Any:
    return replace(sample_results, checks=tuple, limit_closes={})


def chapter_of(results: Any) -> Chapter:
    """The chapter that shows the event."""
    (chapter,) = [each for each in make_chapters(read_evidence(results)) if each.focus.event_id == EVENT]
    return chapter


def data_page(results: Any) -> Section:
    return price_checks.build(chapter_of(results))


def session_of(results: Any, ticker: str) -> date:
    pairs = results.pairs
    (row,) = pairs[(pairs["ticker"] == ticker) & (pairs["event_id"] == EVENT)].to_dict("records")
    return date.fromisoformat(str(row["event_session"])[:10])


def test_the_page_stands_once_at_the_end_of_a_report_on_several_episodes() -> None:
    assert price_checks.build in DEFAULT_SECTIONS
    assert price_checks.build in ONCE


def test_without_findings_the_page_says_so(results: Any) -> None:
    section = data_page(results)
    assert section.finding == "The price checks doubt nothing"
    assert section.blocks[0].reason == "The checks found nothing in these prices."


def test_findings_stand_with_their_sessions_those_near_an_announcement_first(results: Any) -> None:
    day = session_of(results, "6330.T")
    moved = said("check.moved", column=said("column.adj_close"), before=10.0, now=5.0, day=date(2012, 5, 1))
    halved = said("check.moved_after_market", moved=moved, change=-0.5)
    assert halved == "adj_close 10 to 5 on 2012-05-01 (-50.0% after the market)"
    far = Finding("7203.T", date(2012, 5, 1), "jump", halved, (date(2012, 5, 1),))
    near = Finding("6330.T", day, "stretch", "2 values", (day, day + timedelta(days=1)))
    limit = Finding("6330.T", day, "limit_close", "closed at its upper limit", (day,))
    section = data_page(replace(results, checks=lambda: (far, near, limit)))
    told = "The price checks doubt 2 places in the prices, one of them within two weeks of an announcement"
    assert section.finding == told
    (table,) = section.blocks
    assert isinstance(table, Table)
    told = [[cell.text for cell in row.cells] for row in table.groups[0].rows]
    assert told == [
        ["Toyo Engineering", "Stretch in another unit", f"{day} to {day + timedelta(days=1)}", "2 values"],
        [
            "Toyota Motor",
            "Unexplained jump",
            "2012-05-01",
            "Adjusted close 10 to 5 on 2012-05-01 (−50.0% after the market)",
        ],
    ]
    assert table.groups[1].title == "Facts"
    assert table.full == ()


def test_many_findings_are_folded_and_none_is_lost(results: Any) -> None:
    days = [date(2020, 1, 6) + timedelta(days=7 * week) for week in range(40)]
    spread = tuple(
        Finding(f"{code}.T", day, "jump", "moved", (day,)) for code, day in zip(range(7201, 7241), days, strict=True)
    )
    same = tuple(Finding("7203.T", day, "zero_price", "a price of zero or below", (day,)) for day in days)
    (table,) = data_page(replace(results, checks=lambda: (*spread, *same))).blocks
    assert len(table.groups[0].rows) == 8
    assert table.groups[0].rest.startswith("8 of 41 shown; ")
    assert len(table.full[0].rows) == 41
    (zeros,) = [row for row in table.full[0].rows if row.cells[1].text == "Price of zero"]
    assert zeros.cells[2].text == f"40, {days[0]} to {days[-1]}"


def company_table(results: Any) -> Table:
    (table,) = companies.build(chapter_of(results)).blocks
    assert isinstance(table, Table)
    return table


def test_a_return_cut_short_is_marked_beside_the_number(results: Any) -> None:
    day = session_of(results, "6330.T")
    abnormal = results.abnormal_returns
    mine = abnormal[(abnormal["ticker"] == "6330.T") & (abnormal["event_id"] == EVENT)].set_index("tau")["session"]
    after = {tau: date.fromisoformat(str(mine[tau])[:10]) for tau in range(6)}
    assert after[0] == day
    limits = {"6330.T": {after[tau]: 1 for tau in (0, 4, 5)}}
    table = company_table(replace(results, limit_closes=limits))
    note = plain(table.note)
    assert "Cut short by the daily limit" in note
    assert "a at the limit on day 0: read [−1,+1];" in note
    assert note.endswith("b at the limit on days +4 and +5: ask for --window=0,6.")
    (line,) = [
        row
        for group in (table.full or table.groups)
        for row in group.rows
        if isinstance(row.cells[0], TextCell) and row.cells[0].second == "6330.T"
    ]
    marks = {
        column.key: cell.raised
        for column, cell in zip(table.columns, line.cells, strict=True)
        if isinstance(cell, NumberCell)
    }
    assert marks["ar"] == "a"
    assert "b" in marks.values()
    assert "Cut short" not in plain(company_table(results).note)

"""What a notebook shows of results: escaped, marked where simulated, short, in colours of the notebook alone."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

import eventstudy as es
from eventstudy.inference.placebo import OrdinaryDays
from eventstudy.notebook import SIMULATED, card
from eventstudy.results.cards import MOST_EVENTS, MOST_ROWS

VOID = {"br"}


class Cells(HTMLParser):
    """The rows of the tables of a page, which must close every element that it opens."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert tag in {"div", "strong", "span", "table", "thead", "tbody", "tr", "th", "td", *VOID}
        assert {name for name, _ in attrs} <= {"style", "scope"}
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def test_a_study_shows_its_specification_and_means_as_the_tables_have_them(sample_results: es.StudyResults) -> None:
    page = sample_results._repr_html_()
    assert SIMULATED in page
    assert "model market, estimated on sessions [-260,-11]" in page
    head, *rows = Cells(page).rows
    assert head == ["event_id", "role", "shares", "mean", "95% interval", "p", "adjusted p", "reading"]
    groups = sample_results.summary_groups()
    told = groups[(groups["event_id"] != "") & (groups["sector"] == "") & (groups["window"] == "[0,0]")]
    assert [(row[0], row[1], int(row[2])) for row in rows] == list(
        told[["event_id", "role", "n_pairs"]].itertuples(index=False, name=None)
    )
    for row, group in zip(rows, told.itertuples(), strict=True):
        assert float(row[3].rstrip("%").replace("−", "-")) == pytest.approx(100 * group.caar, abs=0.0501)
        low, high = (float(end.replace("−", "-")) for end in row[4].split(" to "))
        assert (low, high) == pytest.approx((100 * group.ci_low, 100 * group.ci_high), abs=0.0501)
        assert row[7] == group.reading.replace("_", " ")


def test_no_colour_of_its_own_and_nothing_from_elsewhere(sample_results: es.StudyResults) -> None:
    page = sample_results._repr_html_()
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb|http|url\(|<script|<style|class=", page)
    assert set(re.findall(r"(?<!-)color:([^;\"]+)", page)) == {"inherit"}
    assert set(re.findall(r"background:([^;\"]+)", page)) == {"transparent"}
    assert len(page) < 20_000


def test_own_returns_have_no_role_and_are_not_simulated() -> None:
    returns, pairs, market = es.example_returns()
    results = es.study_returns(returns, pairs[["event_id", "security_id", "event_session"]], market)
    page = results._repr_html_()
    assert SIMULATED not in page
    head, row = Cells(page).rows
    assert head[0] == "event_id"
    assert row[:2] == ["announcement", "6"]


def test_hostile_names_are_text() -> None:
    returns, pairs, market = es.example_returns()
    pairs = pairs.assign(event_id="<script>alert(1)</script>", role="a & <b>'\"")
    page = es.study_returns(returns, pairs, market)._repr_html_()
    assert Cells(page).rows[1][:1] == ["a & <b>'\""]
    assert "&lt;b&gt;" in page
    hostile = pairs.assign(event_id=["<script>alert(1)</script>"] * 3 + ["other"] * 3)
    page += es.study_returns(returns, hostile, market)._repr_html_()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "<b>" not in page


def test_many_events_are_pooled_and_a_card_stays_short() -> None:
    returns, pairs, market = es.example_returns()
    sessions = returns.index[265:290]
    many = pd.concat([pairs.assign(event_id=f"e{place}", event_session=day) for place, day in enumerate(sessions)])
    assert len(sessions) > MOST_EVENTS
    page = es.study_returns(returns, many, market, es.StudySpec(windows=((0, 0),)))._repr_html_()
    assert [row[:2] for row in Cells(page).rows] == [["role", "shares"], ["exposed", "75"], ["beneficiary", "75"]]
    assert "Pooled over all dates" in page
    few = many[many["event_id"].isin([f"e{place}" for place in range(MOST_EVENTS)])]
    page = es.study_returns(returns, few, market, es.StudySpec(windows=((0, 0),)))._repr_html_()
    assert len(Cells(page).rows) == 1 + MOST_ROWS
    assert f"The first {MOST_ROWS} of 24 rows." in page


def test_what_is_left_out_is_said() -> None:
    returns, pairs, market = es.example_returns()
    returns = returns.assign(S0=float("nan"), S1=float("nan"))
    page = es.study_returns(returns, pairs, market, es.StudySpec(windows=((0, 0),)))._repr_html_()
    assert "4 of 6 pairs used" in page
    assert "2 pairs left out: .attrition" in page


def test_very_many_pairs_show_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventstudy.results.cards.MOST_PAIRS", 5)
    page = es.study_returns(*es.example_returns())._repr_html_()
    assert "6 of 6 pairs used, 1 event; model market" in page
    assert Cells(page).rows == []


def test_other_results(sample_results: es.StudyResults) -> None:
    found = sample_results.cross_section("car ~ role + beta", where="role in ['exposed', 'beneficiary']")
    page = found._repr_html_()
    assert page.count("imulated prices") == 1
    assert [row[0] for row in Cells(page).rows[1:]] == found.table["term"].tolist()
    event_id = sample_results.events[-1].event_id
    contrast = sample_results.role_contrast(event_id)
    assert [row[0] for row in Cells(contrast._repr_html_()).rows[1:]] == [each.name for each in contrast.terms]
    assert "takes 3 shares" in replace(contrast, terms=(), reason="a contrast takes 3 shares")._repr_html_()
    days = sample_results.ordinary_days(event_id, "exposed")
    assert f"of {days.n_dates} ordinary date" in days._repr_html_()
    assert "No p: too few &lt;" in OrdinaryDays(days.statistics, 0.0, float("nan"), 0, 0.0, "too few <")._repr_html_()


def test_catalogues(repository: Any) -> None:
    events = es.read_events(repository / "events.csv")
    rows = Cells(events._repr_html_()).rows
    assert [row[0] for row in rows[1:]] == [event.event_id for event in events[-10:]]
    universe = es.read_universe(repository / "universe.csv")
    assert sum(int(row[3]) for row in Cells(universe._repr_html_()).rows[1:]) == len(universe)


def test_a_card_of_no_rows_has_no_table() -> None:
    page = card("Nothing <here>", ["a & b"], ("one",), [], ["note"])
    assert Cells(page).rows == []
    assert "Nothing &lt;here&gt;" in page
    assert "a &amp; b" in page

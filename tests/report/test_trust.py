"""Part 8: what it says of every test, by assumption and by measurement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.calendars import calendar
from eventstudy.catalogue import EVENT_COLUMNS, UNIVERSE_COLUMNS
from eventstudy.laboratory import SizeResult, study_size
from eventstudy.laboratory.size import SizeCell
from eventstudy.prices.source import PRICE_COLUMNS, PriceHistory, Snapshot
from eventstudy.report.build import build_report, judged_groups
from eventstudy.report.model import Cell, MissingCell, Report, RichCell, Section, Table, plain
from eventstudy.report.sections._standings import Group, assumed_standing
from eventstudy.report.sections.trust import hundredths
from eventstudy.report.wording import numbers
from eventstudy.specification import CLOSED_FORM_TESTS

BAN, EARLIER = "2024-01-09", "2023-03-14"
ROLES = {**{f"E{n}": "exposed" for n in range(7)}, **{f"B{n}": "beneficiary" for n in range(3)}}
TESTS = (*es.StudySpec().tests, "placebo", "wild_bootstrap_t", "mvrm_f")
DATES = 400


class Market:
    """Ten shares of Tokyo that move together, four years; beneficiaries from ``young`` on."""

    def __init__(self, young: str = "2020-01-06", simulated: bool = False) -> None:
        self.young, self.simulated = young, simulated

    def fetch(self, tickers: Sequence[str], start: date | None = None, end: date | None = None) -> PriceHistory:
        rng = np.random.default_rng(11)
        days = pd.DatetimeIndex(calendar("XTKS").sessions)
        days = days[(days >= "2020-01-06") & (days <= "2024-02-29")].rename("date")
        common, sector = rng.normal(0, 0.01, (2, len(days)))
        frames = {}
        for ticker in ("TOPIX", *ROLES):
            own = rng.normal(0, 0.012, len(days))
            returns = common if ticker == "TOPIX" else common + sector + own
            frame = pd.DataFrame(np.nan, index=days, columns=list(PRICE_COLUMNS))
            frame["close"] = frame["adj_close"] = 1000 * np.cumprod(1 + returns)
            frames[ticker] = frame[frame.index >= self.young] if ticker.startswith("B") else frame
        snapshot = Snapshot("a market", "2024-03-01T00:00:00+00:00", "2024-03-01T00:00:00+00:00", f"of {self.young}")
        return PriceHistory(frames, {}, snapshot, simulated=self.simulated)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    folder: Path = tmp_path_factory.mktemp("trust")
    base = {"exchange": "XTKS", "currency": "JPY"}
    lines = [base | {"ticker": "TOPIX", "name": "Index", "sector": "Index", "role": "benchmark"}]
    lines += [
        base | {"ticker": name, "name": f"Share {name}", "sector": role, "role": role, "benchmark": "TOPIX"}
        for name, role in ROLES.items()
    ]
    said = {"title": "Ban", "direction": "restriction", "confidence": "confirmed", "target": "Japan"}
    events = [
        {"event_id": day, "announced_at": f"{day}T16:38:24+08:00", "episode": day[:4]} | said for day in (EARLIER, BAN)
    ]
    for name, columns, rows in (("universe", UNIVERSE_COLUMNS, lines), ("events", EVENT_COLUMNS, events)):
        frame = pd.DataFrame([{column: row.get(column, "") for column in columns} for row in rows])
        frame.to_csv(folder / f"{name}.csv", index=False)
    return es.read_events(folder / "events.csv"), es.read_universe(folder / "universe.csv")


def run(inputs: tuple[Any, Any], market: Market | None = None, *ids: str, **changed: Any) -> es.StudyResults:
    events, universe = inputs
    spec = es.StudySpec(**({"windows": ((-2, -1), (0, 0), (0, 5)), "tests": TESTS} | changed))
    chosen = events.select(list(ids or (BAN,)))
    return es.run_study(chosen, universe, market or Market(), spec, context=events, confounders=(), reported_moves=())


@pytest.fixture(scope="module")
def results(inputs: tuple[Any, Any]) -> es.StudyResults:
    return run(inputs)


@pytest.fixture(scope="module")
def size(results: es.StudyResults) -> SizeResult:
    return study_size(results)


def part(report: Report) -> Section:
    return next(
        section for section in (*report.sections, *report.closing) if section.topic == "Can the tests be trusted here"
    )


def table_of(report: Report) -> Table:
    (table,) = part(report).blocks
    assert isinstance(table, Table)
    return table


def text(cell: Cell) -> str:
    if isinstance(cell, RichCell):
        return plain(cell.runs)
    if isinstance(cell, MissingCell):
        return f"– {cell.reason}"
    return getattr(cell, "text", "")


def column(report: Report, key: str) -> dict[str, str]:
    """Test to what a column says."""
    table = table_of(report)
    place = [each.key for each in table.columns].index(key)
    return {text(row.cells[0]): text(row.cells[place]) for row in table.groups[0].rows}


def muted(report: Report) -> set[str]:
    return {text(row.cells[0]) for row in table_of(report).groups[0].rows if row.muted}


def by_hand(size: SizeResult, exposed: dict[str, int], beneficiary: dict[str, int]) -> SizeResult:
    """The measurement with so many rejections on 400 dates a test instead; every other test rejects on 20."""
    cells = []
    for cell, rejections in zip(size.cells, (exposed, beneficiary), strict=True):
        pvalues = {
            name: np.where(np.arange(DATES) < rejections.get(name, 20), 0.01, 0.5)
            for name in (*CLOSED_FORM_TESTS, "headline")
        }
        cells.append(SizeCell(cell.label, cell.window, cell.members, pvalues, float(DATES)))
    return replace(size, cells=tuple(cells))


def test_without_a_measurement_nothing_is_claimed_to_be_one(results: es.StudyResults) -> None:
    report = build_report(results)
    table = table_of(report)
    assert [each.key for each in table.columns] == [
        "test", "exposed_statistic", "exposed_p", "beneficiary_statistic", "beneficiary_p", "standing", "reason",
    ]  # fmt: skip
    assert (
        table.subtitle == "False alarms: not measured on this panel. The standing follows from what each test assumes"
    )
    assert all(each.paper for each in table.columns)
    assert column(report, "standing") == {
        "Adjusted BMP": "Headline, exposed",
        "Portfolio t": "Headline, beneficiaries",
        "Adjusted Patell": "Holds its level",
        "GRANK-T": "Holds its level",
        "Placebo in time": "Holds its level",
        **dict.fromkeys(
            (
                "GRANK-Z", "Patell Z", "BMP", "Cross-sectional t", "Sign", "Generalised sign", "Wilcoxon",
                "Skewness-adjusted t",
            ),
            "Over-rejects",
        ),
        "Wild cluster bootstrap": "Not applicable",
        **dict.fromkeys(("Rank", "Time-series t", "MVRM F"), "Not measured here"),
    }  # fmt: skip
    assert part(report).finding.startswith(
        "Eight of 17 tests would raise too many false alarms here, because the shares move"
    )
    assert plain(table.note).startswith("Grey rows are shown and never quoted in a sentence.")
    assert build_report(results, size=None) == report


def test_dispersion_and_ranks_stand_beside_the_headline(results: es.StudyResults) -> None:
    by = ("event_id", "role")
    notes = results.group_notes(by).set_index(["role", "window"])["variance_ratio"]
    ranked = run_again(results, ("grank_permutation",)).tests(by).set_index(["role", "window"])["pvalue"]
    said = plain(table_of(build_report(results)).note)
    for role, who in (("exposed", "exposed shares"), ("beneficiary", "beneficiaries")):
        ratio, p = (float(values[role, "[0,0]"]) for values in (notes, ranked))
        assert np.isfinite(ratio)
        assert f"Standardised moves of the {who} vary {ratio:.1f} times as much as on ordinary days, and" in said
        assert f"the permutation of GRANK’s ranks gives them {numbers.p_equals(p)}." in said


def run_again(results: es.StudyResults, tests: tuple[str, ...]) -> es.StudyResults:
    return replace(results, spec=replace(results.spec, tests=tests))


@pytest.mark.parametrize(
    ("name", "n", "correlation", "word"),
    [
        ("grank_z", 4, 0.0, "Not to be trusted"),
        ("grank_z", 4, 0.3, "Over-rejects"),
        ("grank_z", 34, 0.0, "Not measured here"),
        ("calendar_time_t", 34, 0.0, "Not to be trusted"),
        ("mvrm_f", 34, 0.0, "Not measured here"),
        ("bmp_t", 4, 0.0, "Not measured here"),
    ],
)
def test_tests_that_fail_on_their_own_ground(name: str, n: int, correlation: float, word: str) -> None:
    """Few independent shares are no ground for GRANK-Z, nor is any small number of sessions for calendar time."""
    group = Group("exposed", "Exposed", "adjusted_bmp_t", correlation, n, "noise", {}, {}, 0, "")
    standing = assumed_standing(name, [group])
    assert (standing.word, standing.muted) == (word, True)


def test_the_table_prints_the_laboratorys_numbers(results: es.StudyResults, size: SizeResult) -> None:
    report = build_report(results, size=size)
    frame = size.table((0.05,)).set_index(["role", "test"])
    names = {
        "Adjusted BMP": "adjusted_bmp_t", "Portfolio t": "portfolio_t", "Patell Z": "patell_z", "Sign": "sign",
        "Rank": "rank_z", "Skewness-adjusted t": "skewness_adjusted_t",
    }  # fmt: skip
    for role in ("exposed", "beneficiary"):
        shown = column(report, f"{role}_alarms")
        for told, name in names.items():
            found = frame.loc[(role, name)]
            rate, low, high = (hundredths(float(found[which])) for which in ("rate", "low", "high"))
            assert shown[told] == f"{rate} ({low} to {high})"
        assert shown["Placebo in time"] == "– a place among these very dates holds its level by construction"
        assert shown["MVRM F"] == "– not measured"
    # seven shares of one sector shock: tests that take them for independent reject on about a third of the dates
    assert 0.25 < frame.loc[("exposed", "bmp_t"), "rate"] < 0.6
    assert column(report, "standing")["Patell Z"] == "Over-rejects"
    dates = int(frame.loc[("exposed", "bmp_t"), "n_draws"])
    said = plain(table_of(report).note)
    assert f"The exposed shares are measured on {dates} ordinary dates. The beneficiaries are measured on" in said
    over = {test for (_, test), row in frame.iterrows() if row["verdict"] == "over-rejects" and test != "headline"}
    finding = part(report).finding
    assert len(over) == 7 or len(over) == 8
    assert finding.startswith(
        f"{('Seven', 'Eight')[len(over) - 7]} of 14 tests raise false alarms on more than 7.5 in 100 ordinary days of "
        "these shares; the headline test on "
    )
    rates = [
        hundredths(float(frame.loc[key, "rate"]))
        for key in (("exposed", "adjusted_bmp_t"), ("beneficiary", "portfolio_t"))
    ]
    assert finding.endswith(f"{rates[0]} (exposed) and {rates[1]} (beneficiaries)")


def test_verdicts_decide_standing_order_and_grey(results: es.StudyResults, size: SizeResult) -> None:
    """Of 400: 20 is 5% [3.3, 7.6], undecided; 18 is 4.5% [2.9, 7.0], holds; 60 is over, 1 under."""
    holding = dict.fromkeys(CLOSED_FORM_TESTS, 18)
    one = holding | {"patell_z": 60, "sign": 1, "grank_t": 20, "rank_z": 20, "time_series_t": 20}
    other = holding | {"patell_z": 61, "sign": 1, "grank_t": 20, "rank_z": 20, "adjusted_patell_z": 60}
    report = build_report(results, size=by_hand(size, one, other))
    standing = column(report, "standing")
    assert standing["Adjusted BMP"] == "Headline, exposed: holds its level"
    assert standing["Wilcoxon"] == "Holds its level"
    assert standing["Patell Z"] == "Over-rejects"
    assert standing["Sign"] == "Under-rejects"
    assert standing["GRANK-T"] == standing["Rank"] == "Undecided"
    assert standing["Time-series t"] == "Undecided, exposed; holds its level, beneficiaries"
    assert standing["Adjusted Patell"] == "Holds its level, exposed; over-rejects, beneficiaries"
    assert standing["Placebo in time"] == "Holds its level"
    assert standing["MVRM F"] == "Not measured here"
    # an undecided test is grey unless it is made for shares that move together, or holds for the other group
    assert muted(report) == {"Patell Z", "Sign", "Rank", "Adjusted Patell", "MVRM F", "Wild cluster bootstrap"}
    order = list(standing)
    assert order[:2] == ["Adjusted BMP", "Portfolio t"]
    assert order.index("Wilcoxon") < order.index("GRANK-T") < order.index("Patell Z") < len(order) - 1
    assert column(report, "reason")["Wilcoxon"] == "takes the shares for independent"
    assert column(report, "reason")["Patell Z"] == "takes shares that move together for independent"
    assert column(report, "exposed_alarms")["Sign"] == "< 1 (< 1 to 1)"
    assert column(report, "exposed_alarms")["Patell Z"] == "15 (12 to 19)"
    assert part(report).finding == (
        "Two of 14 tests raise false alarms on more than 7.5 in 100 ordinary days of these shares; "
        "the headline test on 4 (exposed) and 4 (beneficiaries)"
    )
    assert [each.key for each in table_of(report).columns if not each.paper] == ["reason"]


def test_grey_is_never_quoted_and_a_headline_that_fails_is_told(results: es.StudyResults, size: SizeResult) -> None:
    everything = dict.fromkeys(CLOSED_FORM_TESTS, 100)
    report = build_report(results, size=by_hand(size, everything, everything))
    said = plain(table_of(report).note)
    for who in ("exposed shares", "beneficiaries"):
        assert f"Even the headline test over-rejects for the {who} here" in said
    assert "adjusted Patell" not in said
    assert column(report, "standing")["Adjusted BMP"] == "Headline, exposed: over-rejects"
    nothing = dict.fromkeys(CLOSED_FORM_TESTS, 18)
    finding = part(build_report(results, size=by_hand(size, nothing, nothing))).finding
    assert finding.startswith("None of 14 tests is found to raise false alarms on more than 7.5 in 100 ordinary days")


def test_a_group_without_dates_keeps_its_standing_by_assumption(inputs: tuple[Any, Any]) -> None:
    results = run(inputs, Market(young="2023-05-01"))
    size = study_size(results)
    (reason,) = size.unmeasured.values()
    assert "99 needed; Share B0 alone has " in reason
    report = build_report(results, size=size)
    keys = [each.key for each in table_of(report).columns]
    assert "exposed_alarms" in keys
    assert "beneficiary_alarms" not in keys
    said = plain(table_of(report).note)
    assert f"False alarms of the beneficiaries are not measured ({reason}): their standing follows from" in said
    rows = {text(row.cells[0]): row for row in table_of(report).groups[0].rows}
    assert getattr(rows["Patell Z"].cells[keys.index("standing")], "second", None) == "for the exposed"
    assert "ordinary days of the exposed shares; the headline test on " in part(report).finding


def test_simulated_dates_are_called_simulated(inputs: tuple[Any, Any]) -> None:
    results = run(inputs, Market(simulated=True))
    report = build_report(results, size=study_size(results, draws=150))
    assert "ordinary days of these simulated shares" in part(report).finding
    assert "on simulated prices of the embedded market" in table_of(report).subtitle


def test_several_episodes_have_the_part_once_over_all_of_them(inputs: tuple[Any, Any]) -> None:
    results = run(inputs, None, EARLIER, BAN)
    size = study_size(results, draws=60)
    asked = judged_groups(results)
    assert (asked.scope, asked.roles) == (("", "", "tightening"), ("exposed", "beneficiary"))
    assert [event.event_id for event in asked.events] == [EARLIER, BAN]
    report = build_report(results, size=size)
    assert all(section.topic != part(report).topic for chapter in report.chapters for section in chapter.sections)
    assert sum(section.topic == part(report).topic for section in report.closing) == 1
    assert part(report).number == ""
    assert "measured on 60 draws of two ordinary dates, their windows apart." in plain(table_of(report).note)
    found = size.table((0.05,)).set_index(["role", "test"]).loc[("exposed", "bmp_t")]
    assert column(report, "exposed_alarms")["BMP"].startswith(f"{hundredths(float(found['rate']))} (")


def test_a_measurement_of_something_else_is_refused(
    inputs: tuple[Any, Any], results: es.StudyResults, size: SizeResult, tmp_path: Path
) -> None:
    earlier = run(inputs, None, EARLIER)
    mean = run(inputs, None, BAN, model=es.MeanAdjusted())
    dearer = run(inputs, Market(young="2020-02-03"))
    window = replace(size, cells=tuple(replace(cell, window=(0, 5)) for cell in size.cells))
    universe = replace(size, origin={**size.origin, "inputs": {"universe": "another"}})
    sectors = replace(size, labels=("role", "sector"))
    for other, told in (
        (study_size(earlier, draws=20), "the size is of other groups than this report's"),
        (sectors, "the size is of other groups than this report's"),
        (replace(size, simulated=True), "measured on simulated prices and the study made on real ones"),
        (window, r"the size is of another window than \[0,0\], which the report reads"),
        (study_size(dearer, draws=20), "the size is measured with prices other than the study's"),
        (universe, "measured with a universe or factors other than the study's"),
        (study_size(mean, draws=20), "measured with a specification other than the study's"),
    ):
        with pytest.raises(es.UsageError, match=told):
            es.write_report(results, tmp_path, size=other)
    assert not list(tmp_path.iterdir())


def test_page_and_paper_carry_the_numbers(results: es.StudyResults, size: SizeResult, tmp_path: Path) -> None:
    page, paper = es.write_report(results, tmp_path, size=size)
    written = page.read_text(encoding="utf-8")
    assert "Exposed: false alarms in 100" in written
    assert "Beneficiaries: false alarms in 100" in written
    assert paper.read_bytes().startswith(b"%PDF")

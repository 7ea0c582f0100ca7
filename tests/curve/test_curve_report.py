"""The curve in the report: what its part says in words, and what its drawing shows."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.curve.joint import JointStatistic, JointTest
from eventstudy.curve.result import TABLE_COLUMNS
from eventstudy.report.build import build_report
from eventstudy.report.figures import sheet_of
from eventstudy.report.model import CurvePlot, CurvePoint, Figure, Report, Section, Table, plain
from eventstudy.report.sections.curve import curve_finding, curve_plot, joint_sentences
from eventstudy.report.svg import Drawn, Words

SIZES = (358, 690, 1120)
HOSTILE = "$x^2$ <b>"


def joint(pvalues: tuple[float, float, float] = (0.12, 0.3, 0.004), **changed: Any) -> JointTest:
    names = ("median_t", "share_significant", "stouffer_z")
    median, share, stouffer = (
        JointStatistic(name, value, p) for name, value, p in zip(names, (1.4, 0.25, 5.0), pvalues, strict=True)
    )
    made = JointTest(median, share, stouffer, 36, 999, 166.5, np.arange(999), np.zeros((999, 3)))
    return replace(made, **changed)


def by_hand(rows: list[tuple[Any, ...]], role: str = "exposed", **changed: Any) -> es.SpecificationCurve:
    """A curve from (model, estimation, window, benchmark, caar, p) alone; intervals are two points wide."""
    table = pd.DataFrame(
        [
            (model, estimation, window, benchmark, 8, caar, caar - 0.01, caar + 0.01, "adjusted_bmp_t", p, 1.0, "")
            for model, estimation, window, benchmark, caar, p in rows
        ],
        columns=list(TABLE_COLUMNS),
    )
    made = es.SpecificationCurve("ban", role, "", table, joint(), False, {})
    return replace(made, **changed)


@pytest.fixture(scope="module")
def four() -> es.SpecificationCurve:
    return by_hand(
        [
            ("mean", "[-140,-11]", "[0,0]", "", -0.004, 0.6),
            ("market", "[-260,-11]", "[0,0]", "own", 0.02, 0.2),
            ("market", "[-260,-11]", "[-1,+1]", "own", 0.076, 0.01),
            ("market", "[-260,-11]", "[-1,+1]", HOSTILE, 0.09, 0.002),
        ]
    )


@pytest.fixture(scope="module")
def study(quiet_inputs: Any, quiet_market: Callable[..., Any]) -> tuple[es.StudyResults, es.SpecificationCurve]:
    events, universe = quiet_inputs
    spec = es.StudySpec(windows=((-2, -1), (0, 0), (0, 5)), tests=(*es.StudySpec().tests, "placebo"))
    results = es.run_study(events, universe, quiet_market(shock=0.1), spec, confounders=(), reported_moves=())
    curve = es.specification_curve(
        events, universe, quiet_market(shock=0.1), event_id="ban", role="exposed",
        models=(es.MeanAdjusted(), es.MarketModel(), es.RobustMarketModel()), estimations=((-260, -11), (-140, -11)),
        windows=((0, 0), (0, 5)),
    )  # fmt: skip
    return results, curve


@pytest.fixture(scope="module")
def report(study: tuple[es.StudyResults, es.SpecificationCurve]) -> Report:
    return build_report(study[0], curve=study[1])


def part(report: Report) -> Section:
    found = report.sections[-1]
    assert found.number == "10"
    return found


def test_the_heading_counts_and_tells_the_median(four: es.SpecificationCurve) -> None:
    """Half of (-0.4, 2, 7.6, 9) lies below (2 + 7.6)/2 = 4.8."""
    assert curve_finding(four) == "Four specifications, two of them told from noise; the median move is +4.8%"
    none = by_hand(
        [("mean", "[-140,-11]", "[0,0]", "", -0.004, 0.6), ("market", "[-140,-11]", "[0,0]", "own", 0.0, 0.5)]
    )
    assert curve_finding(none) == "Two specifications, none of them told from noise; the median move is −0.2%"
    all_told = by_hand(
        [("mean", "[-140,-11]", "[0,0]", "", 0.05, 0.01), ("market", "[-140,-11]", "[0,0]", "own", 0.07, 0.0)]
    )
    assert curve_finding(all_told) == "Two specifications, all of them told from noise; the median move is +6.0%"


def test_the_joint_test_in_words() -> None:
    found = joint_sentences(joint())
    assert found == [
        "Set beside 999 ordinary dates, on each of which the same 36 specifications were run on the same shares: a "
        "median at least as many standard errors from zero comes on 12 in 100 (p = 0.12), as large a share of tests "
        "below 5% in the median's direction on 30 in 100 (p = 0.30), and a Stouffer Z as large on fewer than 1 in 100 "
        "(p = 0.004).",
        "Taken together, they are told from ordinary dates by some of the three measures and not by others.",
        "Windows overlap, so these dates count for about 166.",
    ]
    assert joint_sentences(joint((0.2, 0.3, 0.4)))[1] == (
        "Taken together, the specifications are not told from ordinary dates."
    )
    assert joint_sentences(joint((0.01, 0.02, 0.03)))[1] == (
        "Taken together, the specifications are told from ordinary dates."
    )
    nothing = joint((math.nan,) * 3, reason="only 40 ordinary dates", left_out=(("robust", "no running sums"),))
    assert joint_sentences(nothing) == [
        "The specifications have no joint test: only 40 ordinary dates.",
        "One specification is shown but not in the joint test: no running sums.",
    ]


def test_the_part_of_a_report(report: Report, study: tuple[es.StudyResults, es.SpecificationCurve]) -> None:
    section = part(report)
    curve = study[1]
    assert section.topic == "Under other choices"
    assert section.finding == (
        f"12 specifications, all of them told from noise; the median move is {100 * curve.median_caar:+.1f}%"
    )
    first, second = (plain(paragraph) for paragraph in section.paragraphs)
    assert first.startswith("Around the announcement of 6 January 2026 the exposed shares moved between +")
    assert first.endswith("Those told from noise at 5%, taken one by one, all point up.")
    assert "over [0,0]" in first
    assert "the same eight specifications were run on the same shares" in second
    assert second.endswith(
        "Four specifications are shown but not in the joint test: ordinary days need a model fitted by least squares."
    )
    figure, table = section.blocks
    assert isinstance(figure, Figure)
    assert isinstance(table, Table)
    assert (figure.label, table.label, figure.described_by) == ("Figure 5", "Table 7", table.id)
    assert len(table.groups[0].rows) == 3
    assert len(table.full[0].rows) == 12
    assert table.full_label == "All 12 specifications"


def test_specifications_on_different_shares_are_told(
    study: tuple[es.StudyResults, es.SpecificationCurve],
) -> None:
    results, curve = study
    table = curve.table.assign(n_pairs=[2, *curve.table["n_pairs"][1:]])
    figure = part(build_report(results, curve=replace(curve, table=table))).blocks[0]
    assert isinstance(figure, Figure)
    assert plain(figure.note) == (
        "p is that of each specification's own headline test. Specifications hold between two and four shares: a model "
        "leaves out the shares it has no regressor for."
    )


def test_in_a_report_on_several_episodes_the_part_closes_its_events_chapter(
    two_events: Any, quiet_inputs: Any, quiet_market: Callable[..., Any]
) -> None:
    universe = quiet_inputs[1]
    spec = es.StudySpec(estimation=(-160, -11), windows=((-2, -1), (0, 0), (0, 5)))
    results = es.run_study(two_events, universe, quiet_market(), spec, confounders=(), reported_moves=())
    curve = es.specification_curve(
        two_events, universe, quiet_market(), event_id="ban", role="beneficiary", models=(es.MarketModel(),),
        estimations=((-160, -11),),
    )  # fmt: skip
    report = build_report(results, curve=curve)
    topics = {chapter.name: [section.topic for section in chapter.sections] for chapter in report.chapters}
    assert [name for name, found in topics.items() if "Under other choices" in found] == ["Curbs"]
    section = report.chapters[1].sections[-1]
    assert (section.number, section.anchor) == ("2.10", "chapter-2-other-choices")
    assert plain(section.paragraphs[0]).startswith("Around the announcement of 6 January 2026 the beneficiaries moved")


def test_a_report_without_a_curve_has_no_such_part(study: tuple[es.StudyResults, es.SpecificationCurve]) -> None:
    report = build_report(study[0])
    assert "Under other choices" not in {section.topic for section in report.sections}


def test_a_curve_of_another_event_or_other_prices_is_refused(
    study: tuple[es.StudyResults, es.SpecificationCurve], tmp_path: Any
) -> None:
    results, curve = study
    with pytest.raises(es.UsageError, match="the curve is of other, which this report is not about; give one of ban"):
        es.write_report(results, tmp_path, curve=replace(curve, event_id="other"))
    with pytest.raises(es.UsageError, match="the curve is made on simulated prices and the study on real ones"):
        es.write_report(results, tmp_path, curve=replace(curve, simulated=True))
    assert not list(tmp_path.iterdir())


def test_page_and_paper_carry_the_part(study: tuple[es.StudyResults, es.SpecificationCurve], tmp_path: Any) -> None:
    results, curve = study
    table = curve.table.assign(benchmark=curve.table["benchmark"].replace("own", "<script>alert(1)</script>"))
    page, paper = es.write_report(results, tmp_path, curve=replace(curve, table=table))
    text = page.read_text(encoding="utf-8")
    assert "Under other choices" in text
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert paper.read_bytes().startswith(b"%PDF")


def words_of(drawn: Drawn) -> dict[str, Words]:
    return {element.text: element for element in drawn.elements if isinstance(element, Words)}


@pytest.mark.parametrize("width", SIZES)
def test_the_drawing_names_every_choice_and_the_median(four: es.SpecificationCurve, width: int) -> None:
    drawn = sheet_of(curve_plot(four), width=width).drawn()
    words = words_of(drawn)
    order = [
        "CAAR, %", "Model", "Market model", "Mean-adjusted", "Estimation", "[−260,−11]", "[−140,−11]", "Event window",
        "[−1,+1]", "[0,0]", "Benchmark", "The line's own", HOSTILE, "p < 0.05",
    ]  # fmt: skip
    heights = [float(words[text].y) for text in order]
    assert heights == sorted(heights)
    assert "median +4.8" in words
    assert "not told from noise" in words
    assert "simulated" not in words
    assert "simulated" in words_of(sheet_of(curve_plot(four), width=width, simulated=True).drawn())
    assert all(-1 <= float(each.x) <= width + 1 and 5 <= float(each.y) <= drawn.height for each in words.values())
    page = drawn.page(label="what it says")
    assert "<b>" not in page
    assert re.search(r"#[0-9a-f]{3,8}\b", page, re.IGNORECASE) is None


def test_columns_rise_and_take_their_own_choices(four: es.SpecificationCurve) -> None:
    plot = curve_plot(four)
    assert [point.estimate for point in plot.points] == pytest.approx([-0.4, 2.0, 7.6, 9.0])
    assert [point.told for point in plot.points] == [False, False, True, True]
    taken = [
        [choice.values[pick] if pick >= 0 else None for choice, pick in zip(plot.choices, point.picks, strict=True)]
        for point in plot.points
    ]
    assert taken == [
        ["Mean-adjusted", "[−140,−11]", "[0,0]", None],
        ["Market model", "[−260,−11]", "[0,0]", "The line's own"],
        ["Market model", "[−260,−11]", "[−1,+1]", "The line's own"],
        ["Market model", "[−260,−11]", "[−1,+1]", HOSTILE],
    ]
    one_benchmark = by_hand([("market", "[-260,-11]", "[0,0]", "own", 0.02, 0.2)])
    assert [choice.title for choice in curve_plot(one_benchmark).choices] == ["Model", "Estimation", "Event window"]


def test_nothing_or_very_much_is_still_a_drawing(four: es.SpecificationCurve) -> None:
    plot = curve_plot(four)
    many = tuple(CurvePoint(k / 100, k / 100 - 1, math.nan, (0, 0, 0, -1), k % 2 == 0) for k in range(800))
    for width in SIZES:
        assert sheet_of(replace(plot, points=()), width=width).drawn().elements
        assert sheet_of(replace(plot, points=many), width=width).drawn().elements
    with pytest.raises(ValueError, match="picks: a point has another number than the 4 choices"):
        CurvePlot("exposed", (CurvePoint(0.0, -1.0, 1.0, (0,)),), plot.choices, 0.0, "median 0.0")

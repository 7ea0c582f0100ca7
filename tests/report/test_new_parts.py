"""Lines of time, small paths, formulas and words: drawn and said as their data have it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from types import ModuleType
from xml.etree import ElementTree

import pytest

from eventstudy.report import wording
from eventstudy.report.figures import draw_figure, sheet_of
from eventstudy.report.formulas import FORMULAS
from eventstudy.report.html import render_html
from eventstudy.report.model import (
    Definition,
    Definitions,
    Figure,
    MultiplesPlot,
    Row,
    RowGroup,
    Section,
    SmallPanel,
    SmallPath,
    TextCell,
    TimelinePlot,
    TimelinePoint,
)
from eventstudy.report.svg import Words

NAN = float("nan")


def timeline(days: list[int], above: list[bool]) -> TimelinePlot:
    return TimelinePlot(
        tuple(
            TimelinePoint(date(2026, 1, day), str(place), f"event {place}", up)
            for place, (day, up) in enumerate(zip(days, above, strict=True), start=1)
        ),
        "tightening",
        "relief",
    )


def words_of(plot: TimelinePlot | MultiplesPlot, width: float) -> list[Words]:
    return [each for each in sheet_of(plot, width=width).drawn().elements if isinstance(each, Words)]


@pytest.mark.parametrize("width", [358, 690, 1120])
def test_numbers_of_a_line_of_time_stand_in_order_and_never_on_another(width: float) -> None:
    plot = timeline([1, 2, 2, 3, 3, 4, 20, 31], [True, True, False, True, False, True, True, False])
    numbers = {each.text: (float(each.x), float(each.y)) for each in words_of(plot, width) if each.text.isdigit()}
    assert sorted(numbers, key=int) == [str(place) for place in range(1, 9)]
    places = [numbers[str(place)] for place in range(1, 9)]
    assert [x for x, _ in places] == sorted(x for x, _ in places)
    # the whole span is used: day 1 at the left end, day 31 at the right
    assert places[0][0] == pytest.approx(14)
    assert places[-1][0] == pytest.approx(width - 14)
    assert numbers["7"][0] == pytest.approx(14 + 19 / 30 * (width - 28), abs=0.01)
    for one in range(8):
        for other in range(one):
            across, down = (abs(a - b) for a, b in zip(places[one], places[other], strict=True))
            assert across > 12 or down > 12, (one, other)
    # tightening above the line, relief below it
    assert max(numbers[each][1] for each in "12467") < min(numbers[each][1] for each in "358")


def test_a_line_of_time_tells_every_announcement_once() -> None:
    sheet = sheet_of(timeline([1, 2, 31], [True, False, True]), width=690)
    assert [spot.text for spot in sheet.spots] == ["event 1", "event 3", "event 2"]


def test_small_paths_share_one_scale_and_tell_both_groups() -> None:
    taus = (-1, 0, 1)
    other = SmallPath("beneficiary", "beneficiaries", (0.0, 1.0, NAN))
    panels = tuple(
        SmallPanel(name, "2026", taus, (SmallPath("exposed", "exposed", values), other))
        for name, values in (("One", (0.0, -2.0, -8.0)), ("Two", (0.0, 0.5, 12.0)))
    )
    plot = MultiplesPlot(panels, (("exposed", "Exposed"), ("beneficiary", "Beneficiaries")))
    sheet = sheet_of(plot, width=690)
    told = [spot.text for spot in sheet.spots]
    assert told[1] == "One, day 0: exposed −2.0%, beneficiaries +1.0%"
    # a day that is missing is not told
    assert told[2] == "One, day +1: exposed −8.0%"
    scale = {each.text for each in words_of(plot, 690)}
    assert {"−10", "0", "+10"} <= scale
    assert sheet.spots[0].height == sheet.spots[-1].height


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_is_sound_mathml_and_says_itself_in_words(name: str) -> None:
    root = ElementTree.fromstring(FORMULAS[name].replace("&#82", "&#x20"))
    assert root.tag == "math"
    assert len(root.get("alttext", "").split()) > 5
    counts = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "munderover": 3, "mover": 2}
    for element in root.iter():
        if element.tag in counts:
            assert len(element) == counts[element.tag], element.tag


def test_every_formula_is_explained_and_every_explained_formula_exists() -> None:
    assert {formula for _, _, formula in wording.FORMULA_TEXTS if formula} == set(FORMULAS)
    terms = [term for term, _ in wording.GLOSSARY]
    assert len(set(terms)) == len(terms)
    assert terms == sorted(terms, key=str.casefold)
    # no word is longer explained than a reader has patience for
    assert max(len(text) for _, text in wording.GLOSSARY) < 130


def test_terms_are_a_list_of_definitions_on_the_page(sample: ModuleType) -> None:
    items = (Definition("<b>term", ("what & why",)), Definition("AR", ("a return",), "ar"))
    section = Section("", "Words", "Two words", "words", blocks=(Definitions(items),))
    page = render_html(replace(sample.one_event(), closing=(section,))).decode()
    assert "<dt>&lt;b&gt;term</dt><dd>what &amp; why</dd>" in page
    assert f"<dd>a return{FORMULAS['ar']}</dd>" in page


def test_names_in_other_scripts_carry_their_language(sample: ModuleType) -> None:
    report = sample.one_event()
    table = report.first_page.table
    cells = [
        TextCell("トヨタ自動車", "7203.T"),
        TextCell("北方稀土", "600111.SS"),
        TextCell("信越化学", "4063.T"),
        TextCell("希土"),
    ]
    groups = tuple(RowGroup((Row((cell, *table.groups[0].rows[0].cells[1:])),)) for cell in cells)
    page = render_html(replace(report, first_page=replace(report.first_page, table=replace(table, groups=groups))))
    found = dict(re.findall(r'<span lang="([\w-]+)">([^<]+)</span>', page.decode())[::-1])
    assert found == {"ja": "トヨタ自動車", "zh-Hans": "北方稀土"}
    assert '<span lang="ja">信越化学</span>' in page.decode()
    # Han letters alone, listed nowhere: no language is guessed
    assert ">希土<" in page.decode()


def test_a_figure_off_paper_is_not_drawn_for_paper() -> None:
    figure = Figure("f", "Figure 1", "t", "s", "a", timeline([1, 3], [True, True]), on_paper=False)
    assert set(draw_figure(figure)) == {"narrow", "medium", "wide"}

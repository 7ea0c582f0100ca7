"""What the drawings say, read off the elements they are made of."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from eventstudy.report.figures import draw, draw_all, draw_figure, sheet_of
from eventstudy.report.figures.heatmap import heat_token, split
from eventstudy.report.figures.ordinary import bars_of
from eventstudy.report.model import (
    Figure,
    HeatMap,
    IntervalPlot,
    MultiplesPlot,
    OrdinaryDaysPlot,
    OrdinaryPanel,
    PathsPlot,
    SmallPanel,
    SmallPath,
)
from eventstudy.report.svg import Drawn, Words
from eventstudy.report.tokens import DARK, LIGHT, PRINT

SIZES = (358, 690, 1120)


def drawings(sample: ModuleType) -> dict[str, Any]:
    return {
        "interval": sample.interval_plot(),
        "paths": sample.paths_plot(),
        "ordinary": sample.ordinary_plot(),
        "heat": sample.heat_map(),
    }


def words_of(drawn: Drawn) -> dict[str, Words]:
    return {element.text: element for element in drawn.elements if isinstance(element, Words)}


@pytest.mark.parametrize("kind", ["interval", "paths", "ordinary", "heat"])
@pytest.mark.parametrize("width", SIZES)
def test_a_drawing_is_self_contained_and_themed_by_tokens(sample: ModuleType, kind: str, width: int) -> None:
    drawn = sheet_of(drawings(sample)[kind], width=width).drawn()
    page, paper = drawn.page(label="what it says"), drawn.paper()
    assert drawn.width == width
    assert " id=" not in page
    assert "url(" not in page
    assert "href" not in page
    assert re.search(r"#[0-9a-f]{3,8}\b", page, re.I) is None
    assert "var(" not in paper
    assert 'font-family="Libertinus Serif, Noto Serif JP, Noto Serif SC"' in paper
    assert set(re.findall(r"var\(--([\w-]+)\)", page)) <= set(LIGHT)


@pytest.mark.parametrize("kind", ["interval", "paths", "ordinary", "heat"])
def test_words_stand_inside_the_drawing(sample: ModuleType, kind: str) -> None:
    for width in SIZES:
        drawn = sheet_of(drawings(sample)[kind], width=width).drawn()
        for words in words_of(drawn).values():
            assert -1 <= float(words.x) <= width + 1, words.text
            assert 5 <= float(words.y) <= drawn.height, words.text


def test_words_stand_beside_what_they_name(sample: ModuleType) -> None:
    words = words_of(sheet_of(sample.interval_plot(), width=690).drawn())
    order = ["Sector, number of shares", "Exposed, all", "Beneficiaries, all", "Controls, all", "clear"]
    heights = [float(words[text].y) for text in order]
    assert heights == sorted(heights)
    assert words["Exposed, all"].y == words["16 of 34"].y
    assert words["Exposed, all"].tail == "34"


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_a_notebook_gets_the_same_figure_in_pixels(sample: ModuleType, theme: str, tmp_path: Any) -> None:
    figure = draw(sample.paths_plot(), width=690, theme=theme, simulated=True)
    figure.savefig(tmp_path / "paths.png")
    assert (tmp_path / "paths.png").stat().st_size > 5000
    colours = {"light": LIGHT, "dark": DARK, "print": PRINT}[theme]
    assert figure.get_facecolor()[:3] == pytest.approx(
        [int(colours["paper"][start : start + 2], 16) / 255 for start in (1, 3, 5)]
    )


def test_tokens_are_told_apart_by_colour() -> None:
    assert list(LIGHT) == list(DARK) == list(PRINT)
    assert len(set(LIGHT.values())) == len(LIGHT)


def test_simulated_stands_in_every_drawing_of_a_simulated_report(sample: ModuleType) -> None:
    for kind, drawing in drawings(sample).items():
        for width in SIZES:
            assert "simulated" in words_of(sheet_of(drawing, width=width, simulated=True).drawn()), kind
            assert "simulated" not in words_of(sheet_of(drawing, width=width).drawn()), kind


def test_drawing_twice_gives_the_same_bytes_whoever_draws(sample: ModuleType) -> None:
    report = sample.several_events(3)
    alone, together = draw_all(report, processes=1), draw_all(report, processes=2)
    assert list(alone) == list(together)
    assert alone == together


def test_names_are_letters_not_formulas(sample: ModuleType) -> None:
    plot = sample.interval_plot()
    hostile = ["$x^2$ & <b>", "日本製鉄", "tab\there\x00", "#BF5317", "W" * 300]
    group = plot.groups[0]
    rows = tuple(replace(row, label=label, short_label="") for row, label in zip(group.rows, hostile, strict=True))
    drawn = sheet_of(IntervalPlot((replace(group, rows=rows),)), width=690).drawn()
    texts = list(words_of(drawn))
    for expected in ("$x^2$ & <b>", "日本製鉄", "tab here ", "#BF5317"):
        assert expected in texts
    assert any(text.startswith("WWWW") and text.endswith("…") for text in texts)
    assert "<b>" not in drawn.page()
    assert "&lt;b&gt;" in drawn.paper()
    assert ">#BF5317<" in drawn.page()


def test_nothing_measured_is_still_a_drawing(sample: ModuleType) -> None:
    nan = math.nan
    plot = sample.interval_plot()
    blank = replace(plot.groups[0].total, estimate=nan, low=nan, high=nan, members=(), n=0, up=0, text="–")
    assert sheet_of(IntervalPlot((replace(plot.groups[0], total=blank, rows=()),))).drawn().elements
    panel = sample.paths_plot().panels[0]
    gaps = tuple(nan for _ in panel.taus)
    empty = replace(panel, values=gaps, low=gaps, high=gaps, ordinary_low=(), ordinary_high=(), labels=(), news=())
    for width in SIZES:
        assert sheet_of(PathsPlot((empty,)), width=width).drawn().elements
        assert (
            sheet_of(OrdinaryDaysPlot((OrdinaryPanel("exposed", "E", "", (), nan, ""),)), width=width).drawn().elements
        )
        assert sheet_of(HeatMap((), (), ()), width=width).drawn().elements
        assert sheet_of(IntervalPlot(()), width=width).drawn().elements


@pytest.mark.parametrize("observed", [0.0, 0.004, 0.31, -2.2, 9.0])
def test_coloured_days_over_all_days_is_the_placebo_share(observed: float) -> None:
    # 200 days by a rule of thumb, two of them beyond any axis
    days = [math.tan((k - 100) / 68.0) for k in range(201)] + [40.0, -40.0]
    bars = bars_of(days, observed, 8.0)
    counted = {
        flag: sum((right - left) * high for left, right, high, filled in bars if filled is flag)
        for flag in (True, False)
    }
    expected = sum(abs(day) >= abs(observed) for day in days)
    assert counted[True] == pytest.approx(expected)
    assert counted[False] == pytest.approx(len(days) - expected)
    assert all(not (left < abs(observed) - 1e-9 < right - 1e-6 and filled) for left, right, _, filled in bars)


def test_heat_colours_follow_the_fixed_breaks() -> None:
    values = [-9.0, -8.0, -7.9, -2.0, -1.9, 0.0, 1.9, 2.0, 8.0]
    tokens = ["fall-3", "fall-3", "fall-2", "fall-2", "fall-1", "rise-1", "rise-1", "rise-2", "rise-3"]
    assert [heat_token(value) for value in values] == tokens


def test_a_heat_map_is_split_without_loss(sample: ModuleType) -> None:
    plot = sample.heat_map(5)
    for width in (690, 1120):
        parts = split(plot, width)
        assert sum((part.columns for part in parts), ()) == plot.columns
        assert [sum((part.cells[row] for part in parts), ()) for row in range(len(plot.rows))] == list(plot.cells)
    (narrow,) = split(sample.heat_map(), 358)
    assert len(narrow.columns) == 6
    assert any(column.current for column in narrow.columns)


def test_every_figure_has_a_drawing_for_phone_page_and_paper(sample: ModuleType) -> None:
    for block in sample.one_event().blocks():
        if isinstance(block, Figure):
            made = draw_figure(block)
            assert {"narrow", "medium", "paper"} <= set(made)
            assert made["narrow"][0].width == 358


@pytest.mark.parametrize(("panels", "columns"), [(9, 3), (13, 4)])
def test_many_small_paths_take_half_a_sheet_of_paper(panels: int, columns: int) -> None:
    taus = tuple(range(-10, 11))
    path = SmallPath("exposed", "Exposed", tuple(float(tau) for tau in taus))
    plot = MultiplesPlot(
        tuple(SmallPanel(f"Chips {place}", "September 2024", taus, (path,)) for place in range(panels)),
        (("exposed", "Exposed"),),
    )
    drawn = sheet_of(plot, width=690, compact=True).drawn()
    words = words_of(drawn)
    assert len({float(words[f"Chips {place}"].x) for place in range(panels)}) == columns
    # every date is whole
    assert all(words[f"Chips {place}"].tail == "September 2024" for place in range(panels))
    assert drawn.height < 520

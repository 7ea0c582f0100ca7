"""Labels of Figure 2, measured: none stands on a path or on another label, at any width."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eventstudy as es
from eventstudy.report.build import build_report
from eventstudy.report.figures import figures_of, sheet_of
from eventstudy.report.figures.marks import Line, Outline
from eventstudy.report.figures.sheet import Sheet, text_width
from eventstudy.report.model import PathLabel, PathPanel, PathsPlot, Report

SIZES = ((358, False), (690, False), (1120, False), (690, True))
PATH, OTHER = 2.6, 1.6
TAUS = tuple(range(-10, 11))

Box = tuple[float, float, float, float]


def letters(line: Line) -> Box:
    """Where the letters of a line stand: left, top, right, bottom."""
    wide = text_width(line.text, line.size, bold=line.bold)
    left = line.x - {"start": 0.0, "middle": wide / 2, "end": wide}[line.anchor]
    return left, line.y - 0.74 * line.size, left + wide, line.y + 0.2 * line.size


def strokes(sheet: Sheet) -> Iterator[np.ndarray]:
    """Points a pixel apart of every path and every other path."""
    for mark in sheet.marks:
        if not isinstance(mark, Outline) or mark.fill or mark.width not in (PATH, OTHER):
            continue
        for (_, start), (step, end) in itertools.pairwise(mark.segments):
            if step == "L":
                steps = max(2, int(math.dist(start, end)))
                yield np.linspace(start, end, steps)


def covered(plot: PathsPlot) -> list[str]:
    """The labels that stand on a path or on another label."""
    found = []
    for width, compact in SIZES:
        sheet = sheet_of(plot, width=width, compact=compact)
        labels = [mark for mark in sheet.marks if isinstance(mark, Line) and mark.kind == "halo"]
        assert labels
        points = np.concatenate(list(strokes(sheet)))
        boxes = [letters(label) for label in labels]
        for label, (left, top, right, bottom) in zip(labels, boxes, strict=True):
            inside = (points > (left, top)).all(axis=1) & (points < (right, bottom)).all(axis=1)
            if inside.any():
                found.append(f"{width}: {label.text} on a path")
        for (one, a), (two, b) in itertools.combinations(zip(labels, boxes, strict=True), 2):
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
                found.append(f"{width}: {one.text} on {two.text}")
    return found


def panel_of(seed: int, drift: float, role: str) -> PathPanel:
    """A walk that is steep about the event day, with three labels, an interval and news under it."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 1.0, len(TAUS))
    steps[8:12] += drift
    walk = np.cumsum(steps)
    walk -= walk[9]
    half = 1.5 * np.sqrt(np.abs(np.array(TAUS) + 1.0))
    labels = (
        PathLabel(0, float(walk[10]), f"{walk[10]:+.1f} on day 0", True),
        PathLabel(10, float(walk[20]), f"{walk[20]:+.1f} by day +10", True),
        PathLabel(-3, float(walk[7]), f"{-walk[7]:+.1f} in the two sessions before", False),
    )
    return PathPanel(
        role,
        role.capitalize(),
        "20 shares",
        TAUS,
        tuple(walk.tolist()),
        tuple((walk - half).tolist()),
        tuple((walk + half).tolist()),
        labels=labels,
        news=(1, 3, 6),
        news_text="further news 8, 13, 15 Jan",
    )


@pytest.mark.parametrize("drift", [-6.0, -2.0, 0.0, 2.0, 6.0])
def test_labels_of_steep_paths_stand_clear(drift: float) -> None:
    for seed in range(12):
        plot = PathsPlot((panel_of(seed, drift, "exposed"), panel_of(seed + 100, -drift, "beneficiary")), "sessions")
        assert covered(plot) == [], f"seed {seed}"


def test_what_is_covered_is_found() -> None:
    plot = PathsPlot((panel_of(0, 2.0, "exposed"),), "sessions")
    panel = plot.panels[0]
    # a label for every day leaves no room for all of them
    crowd = tuple(
        PathLabel(tau, value, "a label of many words", False) for tau, value in zip(TAUS, panel.values, strict=True)
    )
    found = covered(replace(plot, panels=(replace(panel, labels=crowd),)))
    assert any("on a path" in each for each in found)
    assert any("on a label of" in each for each in found)


def covered_in(report: Report) -> dict[str, list[str]]:
    plots = {figure.id: figure.drawing for figure in figures_of(report) if isinstance(figure.drawing, PathsPlot)}
    assert plots
    found = {name: covered(plot) for name, plot in plots.items()}
    return {name: labels for name, labels in found.items() if labels}


def test_labels_of_a_report_stand_clear(sample: Any) -> None:
    assert covered_in(sample.one_event()) == {}
    assert covered_in(sample.several_events(3)) == {}


@pytest.mark.slow
def test_labels_of_the_whole_catalogue_stand_clear(repository: Path, sample_prices: Any) -> None:
    events, universe = es.read_events(repository / "events.csv"), es.read_universe(repository / "universe.csv")
    assert covered_in(build_report(es.run_study(events, universe, sample_prices))) == {}

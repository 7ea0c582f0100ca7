"""The report's figures, drawn from their data: for a page, for paper, or in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from eventstudy.processes import halved
from eventstudy.report.model import (
    CurvePlot,
    Drawing,
    Figure,
    HeatMap,
    IntervalPlot,
    MultiplesPlot,
    OrdinaryDaysPlot,
    PathsPlot,
    Report,
    TimelinePlot,
    WaterfallPlot,
)
from eventstudy.report.tokens import MEDIUM, NARROW, WIDE

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure

    from eventstudy.report.figures.sheet import Sheet
    from eventstudy.report.svg import Drawn

Size: TypeAlias = str
Drawings: TypeAlias = "Mapping[str, Mapping[Size, tuple[Drawn, ...]]]"

_WORTH_FORKING = 12
PAGE_SIZES: tuple[Size, ...] = ("narrow", "medium", "wide")
PAPER_SIZES: tuple[Size, ...] = ("paper",)
ALL_SIZES: tuple[Size, ...] = (*PAGE_SIZES, *PAPER_SIZES)
_WIDTHS = {"narrow": NARROW, "medium": MEDIUM, "wide": WIDE}


def draw(
    drawing: Drawing, *, width: float = MEDIUM, theme: str = "light", compact: bool = False, simulated: bool = False
) -> MatplotlibFigure:
    """A figure of the report as matplotlib draws it, to show in a notebook or to save.

    Parameters
    ----------
    drawing : IntervalPlot, PathsPlot or another drawing
        What to draw.
    width : float
        Pixels. The report uses 358, 690 and 1120; below 480 the layout is a phone's.
    theme : str
        ``"light"``, ``"dark"`` or ``"print"``.
    compact : bool
        Lower rows, for a sheet of paper.
    simulated : bool
        Whether to lay the word "simulated" across, as every figure made on the embedded market must.

    Returns
    -------
    matplotlib.figure.Figure
        Without pyplot: nothing to close.

    Examples
    --------
    >>> from eventstudy.report.model import OrdinaryPanel
    >>> panel = OrdinaryPanel("exposed", "Exposed", "4 days", (-1.0, 0.0, 0.4, 2.0), 1.5, "Event day +1.1%")
    >>> draw(OrdinaryDaysPlot((panel,)), width=358).get_size_inches() * 72
    array([358., 156.])
    """
    return sheet_of(drawing, width=width, theme=theme, compact=compact, simulated=simulated).figure()


def sheet_of(
    drawing: Drawing, *, width: float = MEDIUM, theme: str = "light", compact: bool = False, simulated: bool = False
) -> Sheet:
    """A figure of the report on its sheet; parameters as `draw` has them."""
    if isinstance(drawing, IntervalPlot):
        from eventstudy.report.figures.interval import draw_interval

        return draw_interval(drawing, width=width, theme=theme, compact=compact, simulated=simulated)
    if isinstance(drawing, PathsPlot):
        from eventstudy.report.figures.paths import draw_paths

        return draw_paths(drawing, width=width, theme=theme, compact=compact, simulated=simulated)
    if isinstance(drawing, OrdinaryDaysPlot):
        from eventstudy.report.figures.ordinary import draw_ordinary

        return draw_ordinary(drawing, width=width, theme=theme, compact=compact, simulated=simulated)
    if isinstance(drawing, CurvePlot):
        from eventstudy.report.figures.curve import draw_curve

        return draw_curve(drawing, width=width, theme=theme, compact=compact, simulated=simulated)
    if isinstance(drawing, WaterfallPlot):
        from eventstudy.report.figures.waterfall import draw_waterfall

        return draw_waterfall(drawing, width=width, theme=theme, compact=compact, simulated=simulated)
    if isinstance(drawing, TimelinePlot):
        from eventstudy.report.figures.timeline import draw_timeline

        return draw_timeline(drawing, width=width, theme=theme, simulated=simulated)
    if isinstance(drawing, MultiplesPlot):
        from eventstudy.report.figures.multiples import draw_multiples

        return draw_multiples(drawing, width=width, theme=theme, compact=compact, simulated=simulated)
    from eventstudy.report.figures.heatmap import draw_heatmap

    return draw_heatmap(drawing, width=width, theme=theme, compact=compact, simulated=simulated)


def sizes_of(drawing: Drawing) -> tuple[Size, ...]:
    """The sizes a drawing is made in: for the page, and ``"paper"``."""
    if isinstance(drawing, IntervalPlot):
        return ("narrow", "medium", "paper")
    return ("narrow", "medium", "wide", "paper")


def draw_figure(
    figure: Figure, *, simulated: bool = False, sizes: Sequence[Size] = ALL_SIZES
) -> dict[Size, tuple[Drawn, ...]]:
    """One figure in several sizes, each in the parts that may stand on different sheets.

    Parameters
    ----------
    figure : Figure
        With its data.
    simulated : bool
        Whether its prices are.
    sizes : sequence of str
        Which of ``sizes_of`` its drawing.

    Returns
    -------
    dict
        Size to drawings, one or more under one another.
    """
    found: dict[Size, tuple[Drawn, ...]] = {}
    drawing = figure.drawing
    for size in sizes_of(drawing):
        if size not in sizes or (size == "paper" and not figure.on_paper):
            continue
        width, compact = _WIDTHS.get(size, MEDIUM), size == "paper"
        if isinstance(drawing, HeatMap):
            found[size] = _heat_parts(drawing, width, compact, simulated)
            continue
        found[size] = (sheet_of(drawing, width=width, compact=compact, simulated=simulated).drawn(),)
    return found


def _heat_parts(drawing: HeatMap, width: float, compact: bool, simulated: bool) -> tuple[Drawn, ...]:
    from eventstudy.report.figures.heatmap import draw_heatmap, names_width, split

    parts = split(drawing, width, compact=compact)
    column = min((width - names_width(width, compact=compact)) / max(len(parts[0].columns), 1), 78.0)
    return tuple(
        draw_heatmap(
            part, width=width, compact=compact, simulated=simulated, legend=part is parts[-1], column_width=column
        ).drawn()
        for part in parts
    )


def figures_of(report: Report) -> list[Figure]:
    """The report's figures, in its order."""
    return [block for block in report.blocks() if isinstance(block, Figure)]


def worth_forking(report: Report) -> bool:
    """Whether there are figures enough for a second process to gain more than its start costs."""
    return len(figures_of(report)) >= _WORTH_FORKING


def draw_all(report: Report, *, processes: int | None = None, sizes: Sequence[Size] = ALL_SIZES) -> Drawings:
    """Every figure of a report, once, for all renderers.

    Parameters
    ----------
    report : Report
        Its figures' ids are the keys.
    processes : int or None
        Workers; None takes two where there are figures enough to gain by it and the system can fork.
    sizes : sequence of str
        Which sizes; all by default.

    Returns
    -------
    dict
        Figure id to what `draw_figure` gives, in the report's order whoever drew first.
    """
    figures = figures_of(report)
    if processes is None:
        processes = 2 if worth_forking(report) else 1
    one = partial(draw_figure, simulated=report.simulated, sizes=tuple(sizes))
    drawn = halved(one, figures) if processes > 1 else [one(figure) for figure in figures]
    return {figure.id: each for figure, each in zip(figures, drawn, strict=True)}

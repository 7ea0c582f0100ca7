"""Figures as data, until they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from eventstudy.report.model.text import Reading, Role
from eventstudy.report.wording import figures as say


@dataclass(frozen=True)
class IntervalRow:
    """One estimate of an interval plot.

    Parameters
    ----------
    label, short_label : str
        The name, and a shorter one for narrow drawings (empty: the same).
    n : int
        Shares behind it.
    estimate, low, high : float
        Per cent; NaN where there is none (an estimate without an interval is drawn as a mark alone).
    text : str
        The estimate as printed: ``"+5.1"``.
    reading : str
        Filled mark when clear, dot in ring when suggestive or uneven, ring when noise or not testable.
    up : int
        Shares that rose against the market.
    members : tuple of float
        Every share's own value in per cent, drawn as thin ticks.
    one_share : bool
        A single company: its interval is dotted.
    """

    label: str
    n: int
    estimate: float
    low: float
    high: float
    text: str
    reading: Reading
    up: int
    members: tuple[float, ...] = ()
    short_label: str = ""
    one_share: bool = False


@dataclass(frozen=True)
class IntervalGroup:
    """A role: its own row, then its sectors' in the order they should stand."""

    role: Role
    total: IntervalRow
    rows: tuple[IntervalRow, ...] = ()


@dataclass(frozen=True)
class IntervalPlot:
    """Figure 1: estimates with intervals, grouped by role, on one axis."""

    groups: tuple[IntervalGroup, ...]
    row_head: str = say.ROW_HEAD
    estimate_head: str = say.ESTIMATE_HEAD
    breadth_head: str = say.BREADTH_HEAD


@dataclass(frozen=True)
class PathLabel:
    """A number told at a point of a path: ``text`` such as "+5.1 on day 0"; ``mark`` draws the role's mark there."""

    tau: int
    value: float
    text: str
    mark: bool = True


@dataclass(frozen=True)
class PathPanel:
    """The cumulated abnormal return of one role, per cent, zero at the close of tau -1.

    All sequences are as long as ``taus``; NaN where there is none. ``news`` are the sessions of later events of
    the catalogue, ``news_text`` names them once ("further news 9, 13, 15 Jan"). ``other`` is a second path, dashed,
    with its name in ``other_text``.
    """

    role: Role
    title: str
    subtitle: str
    taus: tuple[int, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    ordinary_low: tuple[float, ...] = ()
    ordinary_high: tuple[float, ...] = ()
    labels: tuple[PathLabel, ...] = ()
    news: tuple[int, ...] = ()
    news_text: str = ""
    reading: Reading = "noise"
    other: tuple[float, ...] = ()
    other_text: str = ""


@dataclass(frozen=True)
class PathsPlot:
    """Figure 2: one panel a role, all on the same vertical axis."""

    panels: tuple[PathPanel, ...]
    axis_text: str = say.SESSIONS_AXIS


@dataclass(frozen=True)
class OrdinaryPanel:
    """Studentised means of one role on ordinary days, and the event day's.

    Bars at least as far from zero as ``observed`` are coloured: coloured over all is the placebo p.
    ``label`` is what stands at the mark: "Event day +5.1%: 5 in 100 moved as far".
    """

    role: Role
    title: str
    subtitle: str
    statistics: tuple[float, ...]
    observed: float
    label: str
    reading: Reading = "noise"


@dataclass(frozen=True)
class OrdinaryDaysPlot:
    """Figure 3: one histogram a role."""

    panels: tuple[OrdinaryPanel, ...]


@dataclass(frozen=True)
class HeatRow:
    """A sector of the heat map, under its role's mark."""

    role: Role
    label: str
    short_label: str = ""


@dataclass(frozen=True)
class HeatColumn:
    """An event of the heat map: ``name`` in two or three words, ``date`` as "6 Jan"; ``current`` is framed."""

    year: str
    name: str
    date: str
    current: bool = False


@dataclass(frozen=True)
class HeatCell:
    """A number of the heat map: ``told`` where p < 0.05 (then filled), ``stands`` where it survives adjustment."""

    value: float
    text: str
    told: bool = False
    stands: bool = False


@dataclass(frozen=True)
class HeatMap:
    """Figure 4: sectors by events; ``cells[row][column]``, None where nothing could be measured."""

    rows: tuple[HeatRow, ...]
    columns: tuple[HeatColumn, ...]
    cells: tuple[tuple[HeatCell | None, ...], ...]

    def __post_init__(self) -> None:
        if len(self.cells) != len(self.rows) or any(len(line) != len(self.columns) for line in self.cells):
            raise ValueError(f"cells must be {len(self.rows)} rows of {len(self.columns)}; give None where empty")


@dataclass(frozen=True)
class CurveChoice:
    """A block of the dot matrix under a specification curve: what may be chosen, and the values it was given."""

    title: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class CurvePoint:
    """One specification: its estimate and interval in per cent, and which value of each choice it takes.

    ``picks`` has one index a choice, -1 where the choice does not bear on it. ``told`` fills the mark.
    """

    estimate: float
    low: float
    high: float
    picks: tuple[int, ...]
    told: bool = False


@dataclass(frozen=True)
class CurvePlot:
    """A specification curve: estimates from the lowest to the highest, their choices as a dot matrix below.

    ``middle_text`` names the median at its line ("median +4.8"), ``head`` what is measured.
    """

    role: Role
    points: tuple[CurvePoint, ...]
    choices: tuple[CurveChoice, ...]
    middle: float
    middle_text: str
    head: str = say.ESTIMATE_HEAD

    def __post_init__(self) -> None:
        if any(len(point.picks) != len(self.choices) for point in self.points):
            raise ValueError(f"picks: a point has another number than the {len(self.choices)} choices; give one each")


@dataclass(frozen=True)
class WaterfallBar:
    """A part of a sum, in per cent; ``total`` is the sum itself, which begins at zero, ``rest`` what is left of it."""

    label: str
    value: float
    text: str
    total: bool = False
    rest: bool = False


@dataclass(frozen=True)
class WaterfallPanel:
    """One group's bars, each beginning where the one before ends."""

    role: Role
    title: str
    subtitle: str
    bars: tuple[WaterfallBar, ...]


@dataclass(frozen=True)
class WaterfallPlot:
    """What moves are made of: one panel a group, all on one scale."""

    panels: tuple[WaterfallPanel, ...]


@dataclass(frozen=True)
class TimelinePoint:
    """One announcement on a line of time: its ``number`` in the table, above the line or below.

    ``text`` is told to those who point at it; ``current`` is set bold.
    """

    day: date
    number: str
    text: str
    above: bool = True
    current: bool = False


@dataclass(frozen=True)
class TimelinePlot:
    """Announcements in time order; ``above`` and ``below`` name the two sides of the line."""

    points: tuple[TimelinePoint, ...]
    above: str
    below: str


@dataclass(frozen=True)
class SmallPath:
    """One line of a small panel, as long as the panel's ``taus``; NaN where there is none."""

    role: Role
    name: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class SmallPanel:
    """A few cumulated abnormal returns around one event, per cent, zero at the close of tau -1."""

    title: str
    subtitle: str
    taus: tuple[int, ...]
    paths: tuple[SmallPath, ...]


@dataclass(frozen=True)
class MultiplesPlot:
    """Small panels on one scale; ``roles`` names the lines once, above them all."""

    panels: tuple[SmallPanel, ...]
    roles: tuple[tuple[Role, str], ...]


Drawing: TypeAlias = (
    IntervalPlot | PathsPlot | OrdinaryDaysPlot | HeatMap | CurvePlot | WaterfallPlot | TimelinePlot | MultiplesPlot
)

"""Size: how often each test rejects where nothing happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.inference.headline import headline_test
from eventstudy.laboratory.assumptions import beyond_claims
from eventstudy.laboratory.chunks import ROWS, SUMMED_ROWS, chunk_sizes, in_threads
from eventstudy.laboratory.draws import Draws
from eventstudy.laboratory.pseudo_events import OwnPanel, PseudoGroup
from eventstudy.laboratory.rates import LEVELS, binomial_band, rejection_rate, verdict, wilson_interval
from eventstudy.laboratory.simulated import (
    SCENARIO_LABELS,
    Chunk,
    Scenario,
    by_running_sums,
    families,
    scenario_chunks,
    simulated_draws,
)
from eventstudy.laboratory.statistics import HEADLINE, draw_statistics
from eventstudy.panel.windows import Window, window_label, window_length
from eventstudy.results.group_tables import CLOSED_FORM
from eventstudy.specification import StudySpec

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Tested = list[dict[str, FloatArray]]
OWN_LABELS = ("role", "sector")
Label = tuple[object, ...]
_DRAWN = ("rate", "low", "high")


@dataclass(frozen=True, eq=False)
class SizeCell:
    """The p of every test on every draw of one group and window.

    Attributes
    ----------
    label : tuple
        Of the group, in the order of ``SizeResult.labels``.
    window : (int, int)
        The window.
    members : int
        N.
    pvalues : dict of str to (B,) float
        Test to p; ``headline`` is the headline rule.
    effective : float
        Independent draws among the B.
    dates : int
        Separate dates of one draw.
    """

    label: Label
    window: Window
    members: int
    pvalues: dict[str, FloatArray]
    effective: float
    dates: int = 1


@dataclass(frozen=True, eq=False)
class SizeResult:
    """Rejection rates of every test in every group and window.

    Attributes
    ----------
    labels : tuple of str
        Names of the columns that tell groups apart.
    cells : tuple of SizeCell
        One a group and window.
    simulated : bool
        Whether the prices were.
    unmeasured : mapping of label to str
        Groups asked for that have no cell, and why.
    origin : mapping
        What a study was made of, where it is a study's groups that were measured; empty otherwise.

    Examples
    --------
    >>> from eventstudy.laboratory import Scenario, simulated_size
    >>> found = simulated_size([Scenario(members=10)], draws=200, tests=["portfolio_t"])
    >>> found.table((0.05,))[["test", "verdict"]].values.tolist()
    [['portfolio_t', 'undecided'], ['headline', 'undecided']]
    >>> list(found.wide().columns[-2:]), len(found.kept()), len(found.figure().axes)
    (['portfolio_t', 'headline'], 2, 0)
    """

    labels: tuple[str, ...]
    cells: tuple[SizeCell, ...]
    simulated: bool
    unmeasured: Mapping[Label, str] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)

    def table(self, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """One row a group, window, test and level.

        Returns
        -------
        DataFrame
            The group's columns, then ``n_members``; ``n_dates`` of one draw; ``window``; ``test``; ``speaks``, whether
            the headline rule picks this test for the group; ``level``; ``n_draws``, pseudo-events that have a p;
            ``effective``, how many of them are independent; ``rate``, the share with p at or below the level; ``low``,
            ``high``, its 95% Wilson interval; ``verdict``, one of ``holds``, ``over-rejects``, ``under-rejects``,
            ``undecided``.
        """
        records: list[tuple[object, ...]] = []
        for cell in self.cells:
            speaker = headline_test(cell.members * cell.dates, cell.dates)
            for test, pvalues in cell.pvalues.items():
                share = cell.effective / max(len(pvalues), 1)
                for level in levels:
                    rate, count = rejection_rate(pvalues, level)
                    low, high = wilson_interval(rate, count * share)
                    records.append(
                        (
                            *cell.label,
                            cell.members,
                            cell.dates,
                            window_label(cell.window),
                            test,
                            test in (HEADLINE, speaker),
                            level,
                            count,
                            count * share,
                            rate,
                            low,
                            high,
                            verdict(low, high, level),
                        )
                    )
        columns = [
            *self.labels, "n_members", "n_dates", "window", "test", "speaks", "level", "n_draws", "effective", "rate",
            "low", "high", "verdict",
        ]  # fmt: skip
        return pd.DataFrame.from_records(records, columns=columns)

    def kept(self, level: float = 0.05, coverage: float = 0.99) -> pd.DataFrame:
        """In how many cells each test stays in the band of its level, apart by what it claims robustness to.

        Parameters
        ----------
        level : float
            Nominal level.
        coverage : float
            Of the band, over all cells of a test at once.

        Returns
        -------
        DataFrame
            One row a family of cells: ``test``; ``speaker``, the test itself or the one that speaks as headline;
            ``claimed``, whether it claims to keep its level there; ``beyond``, what these laws do that it claims no
            robustness to; ``cells`` and ``inside``, how many there are and how many lie in the band; ``low`` and
            ``high``, its ends; ``least``, ``mean`` and ``most`` of their rates. Empty for measurements on prices, whose
            law nobody knows.
        """
        columns = ["test", "speaker", "claimed", "beyond", "cells", "inside", "low", "high", "least", "mean", "most"]
        if self.labels != SCENARIO_LABELS:
            return pd.DataFrame(columns=columns)
        rates: dict[tuple[str, str, tuple[str, ...]], list[float]] = {}
        for cell in self.cells:
            for test, pvalues in cell.pvalues.items():
                speaker = headline_test(cell.members, 1) if test == HEADLINE else test
                family = (test, speaker, beyond_claims(speaker, cell.members, cell.label))
                rates.setdefault(family, []).append(rejection_rate(pvalues, level)[0])
        draws = min(len(pvalues) for cell in self.cells for pvalues in cell.pvalues.values())
        low, high = binomial_band(level, draws, len(self.cells), coverage)
        order = list(self.cells[0].pvalues)
        records = [
            (test, speaker, not beyond, "; ".join(beyond), len(found), sum(low <= rate <= high for rate in found),
             low, high, np.nanmin(found), np.nanmean(found), np.nanmax(found))
            for (test, speaker, beyond), found in rates.items()
        ]  # fmt: skip
        records.sort(
            key=lambda record: (order.index(record[0]), record[1] == "adjusted_bmp_t", len(record[3]), record[3])
        )
        return pd.DataFrame.from_records(records, columns=columns)

    def wide(self, level: float = 0.05) -> pd.DataFrame:
        """Rejection rates at one level, one row a group and window, one column a test."""
        frame = self.table((level,))
        keys = [*self.labels, "n_members", "window"]
        tests = list(dict.fromkeys(frame["test"]))
        made = frame.set_index([*keys, "test"])["rate"].unstack("test")
        order = frame[keys].drop_duplicates()
        return made.loc[[tuple(row) for row in order.to_numpy()], tests].reset_index().rename_axis(columns=None)

    def figure(self, window: Window | None = None, level: float = 0.05, width: float = 690.0) -> Figure:
        """Rates by test as dots with their intervals, against the level and the band in which it counts as held.

        Parameters
        ----------
        window : (int, int), optional
            Whose rates; all windows by default.
        level : float
            Nominal level.
        width : float
            Pixels.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from eventstudy.report.figures.rates import draw_rates

        frame = self.table((level,))
        if window is not None:
            frame = frame[frame["window"] == window_label(window)]
        names = list(dict.fromkeys(frame["test"]))
        columns = [[frame.loc[frame["test"] == name, column].tolist() for name in names] for column in _DRAWN]
        band = (level / 2.0, level * 1.5)
        return draw_rates(names, *columns, level=level, band=band, width=width, simulated=self.simulated).figure()


def _pvalues(draws: Draws, tests: Sequence[str]) -> list[dict[str, FloatArray]]:
    """By window, test to p."""
    return [
        {name: found.pvalue for name, found in draw_statistics(draws.sample(number), tests).items()}
        for number in range(len(draws.windows))
    ]


def _joined(parts: Sequence[list[dict[str, FloatArray]]], number: int) -> dict[str, FloatArray]:
    """The chunks of one window, end to end."""
    return {name: np.concatenate([part[number][name] for part in parts]) for name in parts[0][number]}


def check_tests(tests: Sequence[str] | None) -> tuple[str, ...]:
    """The tests named, each once, or all closed-form ones.

    Raises
    ------
    ValueError
        If one is unknown.

    Examples
    --------
    >>> check_tests(["bmp_t", "bmp_t"])
    ('bmp_t',)
    """
    chosen = tuple(CLOSED_FORM) if tests is None else tuple(dict.fromkeys(tests))
    unknown = [name for name in chosen if name not in CLOSED_FORM]
    if unknown:
        raise ValueError(f"tests: {', '.join(unknown)} unknown; choose from {', '.join(CLOSED_FORM)}")
    return chosen


def own_size(
    panel: OwnPanel, draws: int | None = None, seed: int = 0, tests: Sequence[str] | None = None
) -> SizeResult:
    """Size on the user's own prices: every test, on announcements that never were.

    Parameters
    ----------
    panel : OwnPanel
        Groups and dates.
    draws : int or None
        Dates drawn a group, without replacement; None takes all.
    seed : int
        Of the dates.
    tests : sequence of str, optional
        Names of closed-form tests; all by default. The headline is always added.

    Returns
    -------
    SizeResult
        Windows of neighbouring dates overlap, so of B dates B/L count as independent.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.laboratory import own_panel, own_size
    >>> universe = es.read_universe().select(sector="Autos & parts", role="exposed")
    >>> spec = es.StudySpec(windows=((0, 0),))
    >>> panel = own_panel(es.read_events(), universe, es.SamplePrices(), spec)
    >>> found = own_size(panel, draws=100, tests=["portfolio_t"])
    >>> found.wide()[["sector", "n_members"]].values.tolist()
    [['Autos & parts', 12]]
    """
    names = check_tests(tests)
    cells: list[SizeCell] = []
    for group in panel.groups:
        cells += group_cells(panel, group, (group.role, group.sector), draws, seed, names)
    return SizeResult(OWN_LABELS, tuple(cells), panel.simulated)


def group_cells(
    panel: OwnPanel, group: PseudoGroup, label: Label, draws: int | None, seed: int, names: Sequence[str]
) -> list[SizeCell]:
    """One cell a window: the group on its dates, or on so many of them."""
    jobs = [(group, chunk) for chunk in group_chunks(panel, group, draws, seed)]
    parts = in_threads(lambda job: _pvalues(panel.draws(*job), names), jobs)
    dates = sum(len(chunk) for _, chunk in jobs)
    return [
        SizeCell(
            label=label,
            window=window,
            members=len(group.tickers),
            pvalues=_joined(parts, number),
            effective=dates / window_length(window),
        )
        for number, window in enumerate(panel.spec.windows)
    ]


def group_chunks(panel: OwnPanel, group: PseudoGroup, draws: int | None, seed: int) -> list[IntArray]:
    """The group's positions on its dates, in chunks."""
    positions = group.drawn(draws, seed)
    rows = SUMMED_ROWS if panel.by_running_sums(group, positions) else ROWS
    ends = np.cumsum(chunk_sizes(len(positions), len(group.tickers), rows))
    return np.split(positions, ends[:-1])


def simulated_size(
    scenarios: Sequence[Scenario],
    spec: StudySpec | None = None,
    draws: int = 2_000,
    seed: int = 0,
    tests: Sequence[str] | None = None,
) -> SizeResult:
    """Size on panels drawn from stated laws.

    Parameters
    ----------
    scenarios : sequence of Scenario
        The laws.
    spec : StudySpec, optional
        Model, estimation window and windows; by default the market model and [0, 0].
    draws : int
        Independent draws B of each.
    seed : int
        A scenario's draws depend on the seed and on its place in the sequence; scenarios that differ in day 0 alone
        share all other days.
    tests : sequence of str, optional
        Names of closed-form tests; all by default. The headline is always added.

    Returns
    -------
    SizeResult

    Examples
    --------
    >>> from eventstudy.laboratory import Scenario, simulated_size
    >>> found = simulated_size([Scenario(members=10, correlation=0.3)], draws=500, tests=["bmp_t", "adjusted_bmp_t"])
    >>> found.wide().iloc[0][["bmp_t", "adjusted_bmp_t"]].gt(0.1).tolist()
    [True, False]
    """
    spec = StudySpec(windows=((0, 0),)) if spec is None else spec
    names = check_tests(tests)
    pvalues: dict[int, list[dict[str, FloatArray]]] = {}
    for places in families(scenarios):
        laws = [scenarios[place] for place in places]
        fast = by_running_sums(laws[0], spec, draws)

        def studied(chunk: Chunk, laws: Sequence[Scenario] = laws, fast: bool = fast) -> list[Tested]:
            return [_pvalues(one, names) for one in simulated_draws(laws, spec, chunk, running_sums=fast)]

        parts = in_threads(studied, scenario_chunks(laws[0], draws, (seed, places[0])))
        for number, place in enumerate(places):
            chunks = [part[number] for part in parts]
            pvalues[place] = [_joined(chunks, window) for window in range(len(spec.windows))]
    cells = [
        SizeCell(scenario.label, window, scenario.members, pvalues[place][number], float(draws))
        for place, scenario in enumerate(scenarios)
        for number, window in enumerate(spec.windows)
    ]
    return SizeResult(SCENARIO_LABELS, tuple(cells), True)

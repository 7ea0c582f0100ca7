"""Power: how often each test would have seen an effect, and the smallest it sees four times in five."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy._arrays import FloatArray
from eventstudy.inference.headline import headline_test
from eventstudy.laboratory.chunks import in_threads
from eventstudy.laboratory.draws import Draws
from eventstudy.laboratory.pseudo_events import OwnPanel
from eventstudy.laboratory.rates import rejection_rate, verdict, wilson_interval
from eventstudy.laboratory.simulated import (
    SCENARIO_LABELS,
    Chunk,
    Scenario,
    by_running_sums,
    scenario_chunks,
    simulated_draws,
)
from eventstudy.laboratory.size import OWN_LABELS, Label, check_tests, group_chunks
from eventstudy.laboratory.statistics import HEADLINE, draw_statistics
from eventstudy.panel.windows import Window, window_label, window_length
from eventstudy.specification import StudySpec

EFFECTS = (0.0, 0.0025, 0.005, 0.0075, 0.01, 0.0125, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.075, 0.1)
TARGET = 0.8


@dataclass(frozen=True, eq=False)
class PowerCell:
    """The p of every test on every draw of one group and window, under every effect.

    Attributes
    ----------
    label : tuple
        Of the group, in the order of ``PowerResult.labels``.
    window : (int, int)
        The window.
    members : int
        N.
    pvalues : dict of str to (E, B) float
        Test to p; ``headline`` is the headline rule.
    effective : float
        Independent draws among the B.
    """

    label: Label
    window: Window
    members: int
    pvalues: dict[str, FloatArray]
    effective: float


@dataclass(frozen=True, eq=False)
class PowerResult:
    """Power of every test in every group and window.

    Attributes
    ----------
    labels : tuple of str
        Names of the columns that tell groups apart.
    effects : tuple of float
        Added to the return of day 0, decimal, ascending, 0 first.
    cells : tuple of PowerCell
        One a group and window.
    simulated : bool
        Whether the prices were.

    Examples
    --------
    >>> from eventstudy.laboratory import Scenario, simulated_power
    >>> found = simulated_power([Scenario(members=10)], draws=200, tests=["portfolio_t"])
    >>> list(found.table().columns)[-4:]
    ['effective', 'rate', 'low', 'high']
    >>> found.detectable()[["test", "verdict"]].values.tolist()
    [['portfolio_t', 'undecided'], ['headline', 'undecided']]
    """

    labels: tuple[str, ...]
    effects: tuple[float, ...]
    cells: tuple[PowerCell, ...]
    simulated: bool

    def table(self, level: float = 0.05) -> pd.DataFrame:
        """One row a group, window, test and effect.

        Returns
        -------
        DataFrame
            The group's columns, then ``n_members``; ``window``; ``test``; ``effect``; ``level``; ``n_draws``;
            ``effective``; ``rate``, the share with p at or below the level; ``low``, ``high``, its 95% Wilson interval.
        """
        records: list[tuple[object, ...]] = []
        for cell in self.cells:
            for test, pvalues in cell.pvalues.items():
                share = cell.effective / max(pvalues.shape[1], 1)
                for effect, row in zip(self.effects, pvalues, strict=True):
                    rate, count = rejection_rate(row, level)
                    ends = wilson_interval(rate, count * share)
                    key = (*cell.label, cell.members, window_label(cell.window), test)
                    records.append((*key, effect, level, count, count * share, rate, *ends))
        columns = [
            *self.labels, "n_members", "window", "test", "effect", "level", "n_draws", "effective", "rate", "low",
            "high",
        ]  # fmt: skip
        return pd.DataFrame.from_records(records, columns=columns)

    def detectable(self, level: float = 0.05) -> pd.DataFrame:
        """One row a group, window and test: its size, and the smallest effect that it sees four times in five.

        Returns
        -------
        DataFrame
            The group's columns, then ``n_members``; ``window``; ``test``; ``speaks``, whether the headline rule picks
            this test; ``size``, the rate without effect; ``verdict`` on it; ``mde``, decimal, by interpolation between
            the effects, missing where 80% is not reached. The mde of a test that over-rejects is no merit.
        """
        records: list[tuple[object, ...]] = []
        for cell in self.cells:
            speaker = headline_test(cell.members, 1)
            for test, pvalues in cell.pvalues.items():
                rates = np.array([rejection_rate(row, level)[0] for row in pvalues])
                _, count = rejection_rate(pvalues[0], level)
                low, high = wilson_interval(float(rates[0]), count * cell.effective / max(pvalues.shape[1], 1))
                records.append(
                    (
                        *cell.label,
                        cell.members,
                        window_label(cell.window),
                        test,
                        test in (HEADLINE, speaker),
                        float(rates[0]),
                        verdict(low, high, level),
                        detectable_effect(np.array(self.effects), rates),
                    )
                )
        columns = [*self.labels, "n_members", "window", "test", "speaks", "size", "verdict", "mde"]
        return pd.DataFrame.from_records(records, columns=columns)


def detectable_effect(effects: FloatArray, rates: FloatArray, target: float = TARGET) -> float:
    """The smallest effect with the power wanted, on the straight line between the effects around it.

    Parameters
    ----------
    effects : (E,) float
        Ascending.
    rates : (E,) float
        Power under each.
    target : float
        Power wanted.

    Returns
    -------
    float
        NaN where the largest effect does not reach it.

    Examples
    --------
    >>> detectable_effect(np.array([0.0, 0.01, 0.02]), np.array([0.05, 0.6, 1.0])).__round__(4)
    0.015
    """
    reached = np.flatnonzero(rates >= target)
    if not len(reached):
        return math.nan
    after = int(reached[0])
    if after == 0:
        return float(effects[0])
    share = (target - rates[after - 1]) / (rates[after] - rates[after - 1])
    return float(effects[after - 1] + share * (effects[after] - effects[after - 1]))


def _check_effects(effects: Sequence[float]) -> tuple[float, ...]:
    """Ascending, with 0 in front: the size stands beside every power."""
    if any(not math.isfinite(effect) or effect < 0 for effect in effects):
        raise ValueError(f"effects: {tuple(effects)} holds a negative or missing one; write decimals such as 0.01")
    return tuple(sorted({0.0, *map(float, effects)}))


def _pvalues(
    draws: Draws, effects: Sequence[float], deviation: float, tests: Sequence[str]
) -> list[dict[str, FloatArray]]:
    """By window, test to (E, B) p."""
    found: list[dict[str, list[FloatArray]]] = [{} for _ in draws.windows]
    for effect in effects:
        moved = draws.with_effect(effect, deviation)
        for number, kept in enumerate(found):
            for name, one in draw_statistics(moved.sample(number), tests).items():
                kept.setdefault(name, []).append(one.pvalue)
    return [{name: np.stack(rows) for name, rows in kept.items()} for kept in found]


def _joined(parts: Sequence[list[dict[str, FloatArray]]], number: int) -> dict[str, FloatArray]:
    """The chunks of one window, end to end."""
    return {name: np.concatenate([part[number][name] for part in parts], axis=1) for name in parts[0][number]}


def own_power(
    panel: OwnPanel,
    effects: Sequence[float] = EFFECTS,
    deviation: float = 1.0,
    draws: int | None = None,
    seed: int = 0,
    tests: Sequence[str] | None = None,
) -> PowerResult:
    """Power on the user's own prices: an effect added on days on which nothing happened.

    Parameters
    ----------
    panel : OwnPanel
        Groups and dates.
    effects : sequence of float
        Added to every member's return of day 0, decimal; 0 is always among them.
    deviation : float
        Factor of the abnormal return of day 0 before the effect is added.
    draws, seed, tests
        As in :func:`own_size`.

    Returns
    -------
    PowerResult

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.laboratory import own_panel, own_power
    >>> universe = es.read_universe().select(sector="Autos & parts", role="exposed")
    >>> spec = es.StudySpec(windows=((0, 0),))
    >>> panel = own_panel(es.read_events(), universe, es.SamplePrices(), spec)
    >>> found = own_power(panel, effects=(0.0, 0.1), draws=50, tests=["portfolio_t"])
    >>> float(found.table().query("effect == 0.1")["rate"].iloc[0])
    1.0
    """
    names, chosen = check_tests(tests), _check_effects(effects)
    cells = []
    for group in panel.groups:
        jobs = [(group, chunk) for chunk in group_chunks(panel, group, draws, seed)]
        parts = in_threads(lambda job: _pvalues(panel.draws(*job), chosen, deviation, names), jobs)
        dates = sum(len(chunk) for _, chunk in jobs)
        for number, window in enumerate(panel.spec.windows):
            cells.append(
                PowerCell(
                    label=(group.role, group.sector),
                    window=window,
                    members=len(group.tickers),
                    pvalues=_joined(parts, number),
                    effective=dates / window_length(window),
                )
            )
    return PowerResult(OWN_LABELS, chosen, tuple(cells), panel.simulated)


def simulated_power(
    scenarios: Sequence[Scenario],
    spec: StudySpec | None = None,
    effects: Sequence[float] = EFFECTS,
    draws: int = 2_000,
    seed: int = 0,
    tests: Sequence[str] | None = None,
) -> PowerResult:
    """Power on panels drawn from stated laws.

    Parameters
    ----------
    scenarios, spec, draws, seed, tests
        As in :func:`simulated_size`.
    effects : sequence of float
        Added to every member's return of day 0, decimal; 0 is always among them.

    Returns
    -------
    PowerResult

    Examples
    --------
    >>> from eventstudy.laboratory import Scenario, simulated_power
    >>> found = simulated_power([Scenario(members=10)], effects=(0.0, 0.05), draws=200, tests=["portfolio_t"])
    >>> found.table()[["effect", "test"]].values.tolist()
    [[0.0, 'portfolio_t'], [0.05, 'portfolio_t'], [0.0, 'headline'], [0.05, 'headline']]
    """
    spec = StudySpec(windows=((0, 0),)) if spec is None else spec
    names, chosen = check_tests(tests), _check_effects(effects)
    cells = []
    for place, scenario in enumerate(scenarios):
        fast = by_running_sums(scenario, spec, draws)

        def studied(chunk: Chunk, scenario: Scenario = scenario, fast: bool = fast) -> list[dict[str, FloatArray]]:
            drawn = next(simulated_draws([scenario], spec, chunk, running_sums=fast))
            return _pvalues(drawn, chosen, 1.0, names)

        parts = in_threads(studied, scenario_chunks(scenario, draws, (seed, place)))
        for number, window in enumerate(spec.windows):
            cells.append(PowerCell(scenario.label, window, scenario.members, _joined(parts, number), float(draws)))
    return PowerResult(SCENARIO_LABELS, chosen, tuple(cells), True)

"""The rank tests as their papers have them: plain AR, the event alone divided, no factor for a constant sum."""

from __future__ import annotations

import inspect
import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import stats

from eventstudy.inference.moments import Moments
from eventstudy.inference.rank import DayRanks, daily_deviation, rank_z
from eventstudy.inference.sample import GroupSample

RELATIVE = 1e-10  # sums of a few hundred ranks
NAN = float("nan")


def in_loops(sample: GroupSample, restandardise: str | None, on: str, sum_correction: bool) -> float:
    """Z observation by observation and day by day (METHODS 5.2)."""
    arrays = sample.arrays
    first = sample.window.window[0] - int(arrays.panel.taus[0])
    chosen = range(first, first + sample.length)
    days = arrays.panel.estimation_returns.shape[1]
    values = np.full((sample.n, days + sample.length), NAN)
    for place, row in enumerate(sample.rows):
        for day in range(days):
            residual = arrays.fit.residuals[row, day]
            values[place, day] = residual if on == "ar" else arrays.abnormal.estimation_sar[row, day]
        for place_of_day, day in enumerate(chosen):
            source = arrays.abnormal.ar if on == "ar" else arrays.abnormal.sar
            values[place, days + place_of_day] = source[row, day]
    present = np.isfinite(values).sum(axis=0)
    if restandardise is not None and (present[days:] >= 4).all():
        for day in range(0 if restandardise == "day" else days, days + sample.length):
            there = np.isfinite(values[:, day])
            values[:, day] /= np.std(values[there, day], ddof=1) if there.sum() >= 4 else NAN
    total, count = np.zeros(days + sample.length), np.zeros(days + sample.length)
    for line in values:
        there = np.isfinite(line)
        total[there] += stats.rankdata(line[there]) / (there.sum() + 1) - 0.5
        count[there] += 1
    used = count > 0
    t, length = int(used.sum()), sample.length
    variance = length * float(np.sum(total[used] ** 2 / count[used])) / t
    if sum_correction:
        variance *= (t - length) / (t - 1)
    return float(np.sum(total[days:] / np.sqrt(count[days:]))) / math.sqrt(variance)


def test_corrado_1989_by_hand(panels: ModuleType) -> None:
    # K - (T + 1)/2 of the days, T = 5: 0 -1 1 -2 | 2 and -1 0 1 -2 | 2; means -1/2 -1/2 1 -2 | 2
    # S² = (1/4 + 1/4 + 1 + 4 + 4)/5 = 1.9; Z = 2/√1.9, whatever the standard errors
    estimation = [[1.0, -1.0, 2.0, -2.0], [-1.0, 1.0, 2.0, -2.0]]
    sample = panels.hand_sample([3.0, 30.0], sigma=[1.0, 10.0], residuals=estimation)
    found = rank_z(sample, restandardise=None, on="ar")
    assert found.statistic == pytest.approx(2 / math.sqrt(1.9), rel=1e-12)
    assert (found.name, found.distribution) == ("rank_z", "N(0,1)")


def test_leverage_is_in_sar_alone(panels: ModuleType) -> None:
    """A residual's deviation differs from day to day, so that plain AR rank otherwise on a fitted panel."""
    study = panels.random_study(2)
    group = study.sample(np.arange(study.arrays.panel.n_observations), 0)
    plain = rank_z(group, restandardise=None, on="ar").statistic
    assert plain == pytest.approx(rank_z(group, restandardise=None).statistic, abs=0.3)
    assert plain != rank_z(group, restandardise=None).statistic


@pytest.fixture(scope="module")
def study(panels: ModuleType) -> Any:
    """Gaps, two calendars, unequal clusters."""
    return panels.random_study(3)


@pytest.mark.parametrize("sum_correction", [True, False])
@pytest.mark.parametrize("on", ["sar", "ar"])
@pytest.mark.parametrize("restandardise", ["day", "event", None])
def test_in_loops(panels: ModuleType, study: Any, restandardise: str | None, on: str, sum_correction: bool) -> None:
    compared = 0
    for rows in panels.groups_of(study)[::3]:
        for number in range(3):
            sample = study.sample(rows, number)
            found = rank_z(sample, restandardise=restandardise, on=on, sum_correction=sum_correction)
            if found.reason:
                continue
            expected = in_loops(sample, restandardise, on, sum_correction)
            assert found.statistic == pytest.approx(expected, rel=RELATIVE, abs=1e-12)
            compared += 1
    assert compared >= 12


def test_defaults_are_the_statistic_of_the_tables(panels: ModuleType) -> None:
    chosen = {name: item.default for name, item in list(inspect.signature(rank_z).parameters.items())[1:]}
    assert chosen == {"restandardise": "day", "on": "sar", "sum_correction": True}


@pytest.mark.parametrize("length", [1, 2, 5])
def test_factor_for_a_constant_sum(panels: ModuleType, length: int) -> None:
    rng = np.random.default_rng(length)
    sample = panels.hand_sample(
        rng.normal(size=5), residuals=rng.normal(size=(5, 30)), event_sar=rng.normal(size=(5, length)), length=length
    )
    t = 30 + length
    ratio = rank_z(sample).statistic / rank_z(sample, sum_correction=False).statistic
    assert ratio == pytest.approx(math.sqrt((t - 1) / (t - length)), rel=1e-12)


def test_which_days_are_divided(panels: ModuleType) -> None:
    estimation = np.array([[1.0, 2.0, NAN], [2.0, 4.0, 1.0], [3.0, 6.0, 2.0], [4.0, 8.0, 3.0]])
    event = np.array([1.0, 3.0, 5.0, 7.0])
    # sd of 1 2 3 4 is √(5/3); the last day has three values alone; sd of 1 3 5 7 is 2√(5/3)
    one = math.sqrt(5 / 3)
    np.testing.assert_allclose(daily_deviation(Moments.of_columns(estimation)), [one, 2 * one, NAN], rtol=1e-14)

    def ranks(values: np.ndarray, restandardise: str | None) -> list[tuple[list[float], list[float]]]:
        sample = panels.hand_sample(values, residuals=estimation)
        return [
            (found.total.round(12).tolist(), found.present.tolist())
            for row in range(4)
            for found in [
                DayRanks.of(GroupSample(sample.arrays, np.array([row]), 0), sample.state, restandardise=restandardise)
            ]
        ]

    # every day: i/√(5/3) twice and (2i - 1)/(2√(5/3)): U = 2.5 2.5 1 over four, less a half; the last day is left out
    assert ranks(event, "day") == [([0.125, 0.125, 0.0, -0.25], [1.0, 1.0, 0.0, 1.0])] * 4
    # the event alone, 0.39 1.16 1.94 2.71: below all days, but above the third day of the second row
    assert ranks(event, "event")[0] == ([0.0, 0.25, 0.0, -0.25], [1.0, 1.0, 0.0, 1.0])
    assert ranks(event, "event")[1] == ([0.1, 0.3, -0.3, -0.1], [1.0] * 4)
    assert ranks(event, "event")[2:] == [([0.1, 0.3, -0.1, -0.3], [1.0] * 4)] * 2
    # nothing: 1 2 | 1 and 2 4 1 | 3, 3 6 2 | 5, 4 8 3 | 7
    undivided = [([-0.125, 0.25, 0.0, -0.125], [1.0, 1.0, 0.0, 1.0])] + [([-0.1, 0.3, -0.3, 0.1], [1.0] * 4)] * 3
    assert ranks(event, None) == undivided
    # equal values have no deviation: nothing is divided
    level = np.full(4, 1.5)
    assert ranks(level, "day") == ranks(level, None)


def test_other_words(panels: ModuleType) -> None:
    sample = panels.hand_sample([1.0, 2.0])
    with pytest.raises(ValueError, match="restandardise: 'all' unknown; choose from day, event, None"):
        rank_z(sample, restandardise="all")
    with pytest.raises(ValueError, match="on: 'car' unknown; choose from sar, ar"):
        rank_z(sample, on="car")


@pytest.mark.slow
@pytest.mark.parametrize("length", [1, 10])
def test_size_of_independent_observations(panels: ModuleType, length: int) -> None:
    """Without the factor the variance of a long window is taken too large, by (T - 1)/(T - L)."""
    rng = np.random.default_rng(length)
    draws, days, n = 3_000, 60, 10
    rejected = np.zeros(2)
    for _ in range(draws):
        values = rng.normal(size=(n, days + length))
        sample = panels.hand_sample(
            values[:, days:].sum(axis=1), residuals=values[:, :days], event_sar=values[:, days:], length=length
        )
        found = (rank_z(sample), rank_z(sample, sum_correction=False))
        rejected += [result.pvalue < 0.05 for result in found]
    with_factor, without = rejected / draws
    assert 0.038 < with_factor < 0.062
    assert without <= with_factor
    # 2 (1 - Φ(1.96 √(69/60))) = 3.6% at L = 10
    assert length == 1 or 0.022 < without < 0.048

"""GRANK-Z, and the permutation p that stands beside GRANK-T: by hand, in loops, and under no effect."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import stats

import eventstudy as es
from eventstudy.inference.grank import generalised_rank, grank_permutation, grank_t, grank_z
from eventstudy.inference.sample import GroupSample

RELATIVE = 1e-10  # sums of a few hundred ranks
DRAWS = 3_000  # of a size: standard error 0.4% at 5%
NAN = float("nan")
ESTIMATION = [[1.0, -1.0, 2.0, -2.0], [-1.0, 1.0, 2.0, -2.0]]
STATISTICS = (grank_t, grank_z, grank_permutation)


def test_two_observations(panels: ModuleType) -> None:
    # both rank their event 5th of T = 5: Ū = 5/6 - 1/2 = 1/3; Z = √(12 · 2 · 6/4) · 1/3 = 2
    found = grank_z(panels.hand_sample([3.0, 3.0], residuals=ESTIMATION))
    assert found.statistic == pytest.approx(2.0, rel=1e-14)
    assert found.pvalue == pytest.approx(math.erfc(math.sqrt(2.0)), rel=1e-12)
    assert (found.name, found.distribution, found.n_pairs, found.reason) == ("grank_z", "N(0,1)", 2, "")


def test_place_among_all_days(panels: ModuleType) -> None:
    # the same: ranks of the days 3 2 4 1 and 2 3 4 1, Ū = -1/12 -1/12 1/6 -1/3 and 1/3 of the event:
    # the fourth day lies as far out as the event, p = 2/5; Z² = (2/9)/((1/5) 76/144) = 40/19
    found = grank_permutation(panels.hand_sample([3.0, 3.0], residuals=ESTIMATION))
    assert found.pvalue == pytest.approx(2 / 5, rel=1e-15)
    assert found.statistic == pytest.approx(math.sqrt(40 / 19), rel=1e-12)
    assert (found.name, found.distribution) == ("grank_permutation", "permutation, 5 days")


def test_where_ranks_leave_no_t_the_row_gives_the_permutation_p(panels: ModuleType) -> None:
    # U: 0 -1/4 | 1/4 and -1/4 0 | 1/4: Ū = -1/8 -1/8 1/4, Z² = 3 (1/16)/(3/32) = 2 = T - 1; no day as far out
    found = grank_t(panels.hand_sample([9.0, 9.0], residuals=[[1.0, -1.0], [-1.0, 1.0]]))
    assert found.statistic == pytest.approx(math.sqrt(2.0), rel=1e-12)
    assert found.pvalue == pytest.approx(1 / 3, rel=1e-15)
    assert (found.name, found.distribution, found.reason) == ("grank_t", "permutation, 3 days", "")


def test_observations_that_move_as_one_reach_no_t_but_a_small_p(panels: ModuleType) -> None:
    # Ū is uniform on the T = 200 ranks: Z² = 3 (T - 1)/(T + 1) at most, t(198) of it has p = 0.083; the lowest
    # day lies as far out as the highest, so p = 2/200
    days = np.linspace(-1.0, 1.0, 199)
    sample = panels.hand_sample([5.0, 5.0, 5.0], residuals=[days, days, days])
    assert generalised_rank(sample).z == pytest.approx(math.sqrt(3 * 199 / 201), rel=RELATIVE)
    assert grank_t(sample).pvalue == pytest.approx(0.083, abs=0.002)
    assert grank_permutation(sample).pvalue == pytest.approx(2 / 200, rel=1e-12)


def in_loops(sample: GroupSample, restandardise: str | None) -> tuple[float, float, float]:
    """t, Z of uniform ranks and permutation p, observation by observation and day by day (METHODS 5.3)."""
    estimation = sample.arrays.abnormal.estimation_sar[sample.rows].copy()
    event = sample.scar.copy()
    if restandardise is not None and len(event) >= 4:
        event = event / np.std(event, ddof=1)
        if restandardise == "day":
            for day in range(estimation.shape[1]):
                there = ~np.isnan(estimation[:, day])
                spread = np.std(estimation[there, day], ddof=1) if there.sum() >= 4 else NAN
                estimation[:, day] = estimation[:, day] / spread
    total, count = np.zeros(estimation.shape[1] + 1), np.zeros(estimation.shape[1] + 1)
    for row in range(len(event)):
        there = ~np.isnan(estimation[row])
        ranks = stats.rankdata(np.append(estimation[row, there], event[row]))
        where = np.append(np.flatnonzero(there), estimation.shape[1])
        total[where] += ranks / (len(ranks) + 1) - 0.5
        count[where] += 1
    used = count > 0
    squares = total[used] ** 2 / count[used]
    days, mean = int(used.sum()), total[-1] / count[-1]
    z = math.sqrt(count[-1]) * mean / math.sqrt(squares.sum() / days)
    t = z * math.sqrt((days - 2) / (days - 1 - z**2))
    uniform = math.sqrt(12 * count[-1] * (days + 1) / (days - 1)) * mean
    return t, uniform, float(np.sum(squares >= squares[-1] * (1 - 1e-12)) / days)


@pytest.mark.parametrize("restandardise", ["day", "event", None])
@pytest.mark.parametrize("n", [3, 4, 12])
def test_in_loops(panels: ModuleType, n: int, restandardise: str | None) -> None:
    for seed in range(4):
        rng = np.random.default_rng(100 * n + seed)
        residuals = rng.normal(size=(n, 40)) + 0.5 * rng.normal(size=40)
        residuals[rng.random(residuals.shape) < 0.1] = NAN
        sample = panels.hand_sample(rng.normal(size=n), residuals=residuals)
        t, uniform, p = in_loops(sample, restandardise)
        assert grank_t(sample, restandardise=restandardise).statistic == pytest.approx(t, rel=RELATIVE)
        assert grank_z(sample, restandardise=restandardise).statistic == pytest.approx(uniform, rel=RELATIVE)
        assert grank_permutation(sample, restandardise=restandardise).pvalue == pytest.approx(p, rel=RELATIVE)


def test_on_a_study_with_gaps_and_two_calendars(panels: ModuleType) -> None:
    evidence = panels.random_study(5)
    for rows in panels.groups_of(evidence):
        for number in range(3):
            sample = evidence.sample(rows, number)
            if sample.n < 2:
                continue
            _, uniform, p = in_loops(sample, "day")
            assert grank_z(sample).statistic == pytest.approx(uniform, rel=RELATIVE)
            assert grank_permutation(sample).pvalue == pytest.approx(p, rel=RELATIVE)


def test_the_event_alone_divided_is_another_statistic(panels: ModuleType) -> None:
    rng = np.random.default_rng(0)
    sample = panels.hand_sample(3 * rng.normal(0.4, 1.0, 8), residuals=rng.normal(size=(8, 60)))
    values = {word: grank_t(sample, restandardise=word).statistic for word in ("day", "event", None)}
    assert len({round(value, 6) for value in values.values()}) == 3
    # asked again after other options, the first answer stands
    assert grank_t(sample, restandardise="day").statistic == values["day"]
    for statistic in STATISTICS:
        with pytest.raises(ValueError, match="restandardise: 'paper' unknown; choose from day, event, None"):
            statistic(sample, restandardise="paper")


@pytest.mark.parametrize(
    ("car", "residuals", "reason"),
    [
        ([], None, "fewer than two observations"),
        ([1.0], None, "fewer than two observations"),
        ([1.0, 1.0], [[1.0, 1.0]] * 2, "ranks do not vary"),
        ([1.0, 1.0], [[NAN, NAN]] * 2, "ranks do not vary"),
        # U = 1/6 and -1/6: Ū = 0 on both days
        ([1.0, -1.0], [[0.0]] * 2, "ranks do not vary"),
    ],
)
def test_no_statistic(panels: ModuleType, car: list[float], residuals: Any, reason: str) -> None:
    sample = panels.hand_sample(car, residuals=residuals)
    for statistic in STATISTICS:
        found = statistic(sample)
        assert math.isnan(found.statistic)
        assert math.isnan(found.pvalue)
        assert (found.reason, found.distribution, found.n_pairs) == (reason, "", len(car))


def test_in_the_tests_table() -> None:
    returns, pairs, market = es.example_returns()
    assert "grank_z" in es.StudySpec().tests
    assert "grank_permutation" not in es.StudySpec().tests
    spec = es.StudySpec(windows=((0, 0),), tests=("grank_z", "grank_permutation"))
    results = es.study_returns(returns, pairs, market, spec)
    _, uniform, p = in_loops(results.evidence.sample(np.arange(6), 0), "day")
    table = results.tests(by=("event_id",))
    assert table["test"].tolist() == ["grank_z", "grank_permutation"]
    assert table["statistic"].iloc[0] == pytest.approx(uniform, rel=RELATIVE)
    assert table["pvalue"].iloc[1] == pytest.approx(p, rel=RELATIVE)
    assert table["distribution"].tolist() == ["N(0,1)", "permutation, 251 days"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "rho", "low", "high"),
    # GRANK-Z needs independent observations, and many: the deviation they are divided by is one number for all
    [(10, 0.0, 0.060, 0.085), (34, 0.0, 0.042, 0.067), (10, 0.2, 0.23, 0.29), (34, 0.2, 0.45, 0.54)],
)
def test_size(panels: ModuleType, n: int, rho: float, low: float, high: float) -> None:
    """GRANK-T of every day divided rejects 2-7%, the permutation p 4-5.5%, correlated or not."""
    rng = np.random.default_rng(n + int(100 * rho))
    rejected = np.zeros(4)
    for _ in range(DRAWS):
        draw = math.sqrt(rho) * rng.normal(size=101) + math.sqrt(1 - rho) * rng.normal(size=(n, 101))
        sample = panels.hand_sample(draw[:, 100], residuals=draw[:, :100])
        undivided = grank_z(sample, restandardise=None)
        found = (grank_z(sample), undivided, grank_t(sample), grank_permutation(sample))
        rejected += [result.pvalue < 0.05 for result in found]
    of_z, of_undivided, of_t, of_permutation = rejected / DRAWS
    assert low < of_z < high
    assert n > 10 or of_undivided < of_z
    assert rho or 0.038 < of_undivided < 0.062
    assert 0.02 < of_t < 0.07
    # 5 of 101 days at most: 4.95%, with a Monte Carlo error of 0.4%
    assert 0.037 < of_permutation < 0.062


@pytest.mark.slow
def test_size_of_the_event_alone_divided(panels: ModuleType) -> None:
    """As published the test rejects 9% at N = 34, ρ = 0.45: its divisor estimates √(1 - ρ)."""
    rng = np.random.default_rng(45)
    rejected = np.zeros(2)
    for _ in range(DRAWS):
        draw = math.sqrt(0.45) * rng.normal(size=251) + math.sqrt(0.55) * rng.normal(size=(34, 251))
        sample = panels.hand_sample(draw[:, 250], residuals=draw[:, :250])
        rejected += [grank_t(sample, restandardise=word).pvalue < 0.05 for word in ("event", "day")]
    published, ours = rejected / DRAWS
    assert 0.07 < published < 0.12
    assert 0.02 < ours < 0.07

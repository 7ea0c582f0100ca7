"""Wild cluster bootstrap-t for groups pooled over several dates, with the null imposed (Webb 2023)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.inference.base import StatisticResult, missing
from eventstudy.inference.group_state import Summarised
from eventstudy.inference.reasons import because
from eventstudy.inference.sample import GroupSample

NAME, NULL = "wild_bootstrap_t", "mean CAR is zero"
FEWEST_CLUSTERS = 5
DRAWS = 9_999
WEBB = np.array([-math.sqrt(1.5), -1.0, -math.sqrt(0.5), math.sqrt(0.5), 1.0, math.sqrt(1.5)])


@dataclass(frozen=True)
class WildBootstrap:
    """Outcome of one bootstrap.

    Attributes
    ----------
    statistic, pvalue : float
        t and its p, (1 + #{|t*| ≥ |t|})/(1 + B).
    standard_error : float
        Cluster standard error of the CAAR.
    critical : float
        The ⌈0.95 (B + 1)⌉-th smallest |t*|.
    clusters : int
        Number of clusters after those with overlapping windows were merged.
    effective : float
        1/Σ (N_c/N)², the effective number of clusters.
    """

    statistic: float
    pvalue: float
    standard_error: float
    critical: float
    clusters: int
    effective: float


def merged_clusters(sample: GroupSample) -> tuple[IntArray, ...]:
    """Rows of each cluster after clusters with overlapping windows became one."""
    date = sample.state.date
    if sample.state.n_dates == len(date):
        return sample.clusters
    return tuple(
        np.concatenate([sample.clusters[place] for place in np.flatnonzero(date == one).tolist()])
        for one in range(sample.state.n_dates)
    )


def cluster_weights(count: int, rng: np.random.Generator, draws: int) -> FloatArray:
    """(B, C) weights with mean zero and variance one: Webb's six below 12 clusters, Rademacher's two from 12.

    Examples
    --------
    >>> np.unique(cluster_weights(12, np.random.default_rng(0), 50))
    array([-1.,  1.])
    """
    if count < 12:
        # the numbers that ``rng.choice`` draws, without its checks
        return np.asarray(WEBB[rng.integers(0, len(WEBB), size=(draws, count))])
    return np.asarray(rng.integers(0, 2, size=(draws, count)) * 2.0 - 1.0, dtype=np.float64)


def wild_bootstrap(totals: FloatArray, sizes: FloatArray, seed: Sequence[int], draws: int = DRAWS) -> WildBootstrap:
    """Bootstrap-t of a mean over C clusters.

    Parameters
    ----------
    totals, sizes : (C,) float
        ΣCAR and number of observations of each cluster.
    seed : sequence of int
        Of the draws; equal seeds give equal results.
    draws : int
        B.

    Returns
    -------
    WildBootstrap
        Webb's six weights below 12 clusters, Rademacher's two from 12.

    Examples
    --------
    >>> found = wild_bootstrap(np.array([0.2, 0.3, 0.1, 0.4, 0.2]), np.array([5.0, 5.0, 5.0, 5.0, 5.0]), seed=(0,))
    >>> round(found.statistic, 3), found.clusters, round(found.pvalue, 3)
    (4.707, 5, 0.028)
    """
    share = sizes / sizes.sum()
    mean = totals / sizes
    count = len(sizes)

    def statistic(means: FloatArray) -> tuple[FloatArray, FloatArray]:
        overall = means @ share
        squares = ((means - overall[:, None]) ** 2) @ share**2
        error = np.sqrt(count / (count - 1.0) * squares)
        return np.divide(overall, error, out=np.full(len(overall), np.inf), where=error > 0), error

    observed, error = statistic(mean[None, :])
    rng = np.random.default_rng(seed)
    drawn = np.abs(statistic(cluster_weights(count, rng, draws) * mean)[0])
    own = abs(float(observed[0]))
    # a draw that only rescales the sample reproduces |t| up to rounding: it counts as equal
    equal = (drawn >= own * (1.0 - 1e-12)) & (drawn <= own * (1.0 + 1e-12))
    place = math.ceil(0.95 * (draws + 1)) - 1
    drawn = np.partition(np.where(equal, own, drawn), place)
    beyond = int((drawn >= own).sum())
    return WildBootstrap(
        statistic=float(observed[0]),
        pvalue=(1.0 + beyond) / (1.0 + draws),
        standard_error=float(error[0]),
        critical=float(drawn[place]),
        clusters=count,
        effective=float(1.0 / (share**2).sum()),
    )


def sample_bootstrap(group: Summarised, seed: Sequence[int]) -> WildBootstrap | None:
    """The bootstrap of a group, None below five clusters or where cluster means do not vary."""
    state = group.state
    if state.n_dates < FEWEST_CLUSTERS:
        return None
    totals, sizes = np.zeros((2, state.n_dates))
    np.add.at(totals, state.date, state.totals)
    np.add.at(sizes, state.date, state.sizes)
    outcome = wild_bootstrap(totals, sizes, seed)
    # equal means leave a rounding error of a deviation
    return outcome if outcome.standard_error > 1e-12 * abs(state.caar) else None


def wild_bootstrap_t(group: Summarised, outcome: WildBootstrap | None) -> StatisticResult:
    """The bootstrap as a row of the tests table.

    Examples
    --------
    >>> import pandas as pd
    >>> import eventstudy as es
    >>> from eventstudy.inference.bootstrap import sample_bootstrap, wild_bootstrap_t
    >>> returns, pairs, market = es.example_returns()
    >>> days = range(265, 295, 5)
    >>> many = [pairs.assign(event_id=f"e{day}", event_session=returns.index[day]) for day in days]
    >>> spec = es.StudySpec(windows=((0, 0),))
    >>> results = es.study_returns(returns, pd.concat(many), market, spec)
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> wild_bootstrap_t(sample, sample_bootstrap(sample, (0,))).distribution
    'wild bootstrap, 6 dates'
    """
    if outcome is None:
        few = group.state.n_dates < FEWEST_CLUSTERS
        reason = because("none.dates", needed=FEWEST_CLUSTERS) if few else because("none.date_means")
        return missing(group, NAME, NULL, reason)
    law = f"wild bootstrap, {outcome.clusters} dates"
    # dates of unequal size count for fewer
    if outcome.effective < outcome.clusters - 0.05:
        law += f" ({outcome.effective:.1f} effective)"
    return StatisticResult(NAME, NULL, outcome.statistic, outcome.pvalue, law, group.n)

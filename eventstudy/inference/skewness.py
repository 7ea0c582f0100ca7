"""Skewness-adjusted t: the t with the third moment of the sample taken out (Hall 1992)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from eventstudy._arrays import FloatArray
from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.group_state import Summarised
from eventstudy.inference.moments import Moments
from eventstudy.inference.reasons import because
from eventstudy.inference.sample import observed

NAME = "skewness_adjusted_t"
FEWEST = 3  # γ divides by N - 2
DRAWS = 9_999


def hall_t(values: FloatArray, centre: float = 0.0) -> FloatArray:
    """Hall's transformed t of each row, for the mean against ``centre``.

    Parameters
    ----------
    values : (..., N) float
        Samples, N at least 3.
    centre : float
        Mean under the null.

    Returns
    -------
    (...,) float
        √N (S + γS²/3 + γ²S³/27 + γ/(6N)) with S = (mean - centre)/sd, divisor N - 1, and
        γ = N/((N - 1)(N - 2)) Σ((x - mean)/sd)³. Infinite where all values of a row are equal and differ from
        ``centre``, NaN where they equal it.

    Notes
    -----
    The cubic term of Hall 1992 makes it increase with S; Johnson 1978, as in Lyon, Barber & Tsai 1999, leaves it out.

    Examples
    --------
    Mean 1, sd √3, γ = √3: S = 1/√3, and √3 S (1 + 1/3 + 1/27) + √3 √3/18.

    >>> hall_t(np.array([0.0, 0.0, 3.0])).round(6)
    np.float64(1.537037)
    """
    mean = values.mean(axis=-1)
    apart = values - mean[..., None]
    squares = apart * apart
    moments = Moments(float(values.shape[-1]), mean, squares.sum(axis=-1), (squares * apart).sum(axis=-1))
    return hall_t_of(moments, centre)


def hall_t_of(moments: Moments[Any], centre: float = 0.0) -> FloatArray:
    """Hall's transformed t from a sample's moments; see :func:`hall_t`.

    Examples
    --------
    >>> hall_t_of(Moments.of(np.array([0.0, 0.0]) ) + Moments.of(np.array([3.0]))).round(6)
    np.float64(1.537037)
    """
    count, mean = moments.count, np.asarray(moments.mean)
    spread = np.sqrt(np.asarray(moments.m2) / (count - 1.0))
    # values that are equal up to rounding are all as large as their mean
    flat = ~(spread > 1e-12 * np.abs(mean))
    safe = np.where(flat, 1.0, spread)
    skew = count / ((count - 1.0) * (count - 2.0)) * (np.asarray(moments.m3) / safe**3)
    s = (mean - centre) / safe
    adjusted = math.sqrt(count) * (s + skew * s**2 / 3.0 + skew**2 * s**3 / 27.0 + skew / (6.0 * count))
    limit = np.where(mean == centre, np.nan, np.copysign(np.inf, mean - centre))
    return np.asarray(np.where(flat, limit, adjusted))[()]


def bootstrap_pvalue(values: FloatArray, seed: Sequence[int], draws: int = DRAWS) -> float:
    """Two-sided p of Hall's t with critical values from resampling, each tail by itself.

    Parameters
    ----------
    values : (N,) float
        The sample; its order is irrelevant.
    seed : sequence of int
        Of the draws.
    draws : int
        B samples of N values with replacement.

    Returns
    -------
    float
        min(1, 2 (1 + min(#{t* ≤ t}, #{t* ≥ t}))/(1 + B)), t* Hall's t of a resample about the sample's mean: the tails
        of a skewed law differ, so neither stands for the other (Lyon, Barber & Tsai 1999 take critical values alike).
    """
    ordered = np.sort(values)
    rng = np.random.default_rng(seed)
    drawn = hall_t(ordered[rng.integers(0, len(ordered), size=(draws, len(ordered)))], float(ordered.mean()))
    own = float(hall_t(ordered))
    # a resample that lies at the mean counts for neither tail
    beyond = min(int((drawn <= own).sum()), int((drawn >= own).sum()))
    return min(1.0, 2.0 * (1.0 + beyond) / (1.0 + draws))


def skewness_adjusted_t(
    group: Summarised, *, on: str = "car", seed: Sequence[int] | None = None, draws: int = DRAWS
) -> StatisticResult:
    """Hall's t of the CARs or BHARs, t(N - 1) or bootstrap; for independent observations.

    Parameters
    ----------
    group : GroupSample or GroupState
        One group over one window. BHARs and resampling want the observations themselves.
    on : {"car", "bhar"}
        What is averaged. BHARs are skewed, and want the bootstrap.
    seed : sequence of int, optional
        With it critical values are resampled, ``draws`` times; without it they are those of t(N - 1).
    draws : int
        B.

    Returns
    -------
    StatisticResult
        NaN with the reason below three observations, or where they are all equal.

    Raises
    ------
    ValueError
        If ``on`` is another word, or a state is given where observations are wanted.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.skewness import skewness_adjusted_t
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = skewness_adjusted_t(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (3.3, '0.02', 't(5)')
    """
    if on not in ("car", "bhar"):
        raise ValueError(f"on: {on!r} unknown; choose from car, bhar")
    null = f"mean {on.upper()} is zero"
    values = observed(group, on) if on == "bhar" or seed is not None else None
    if group.n < FEWEST:
        return missing(group, NAME, null, because("none.three_observations"))
    statistic = float(hall_t_of(group.state.car if values is None or on == "car" else Moments.of(values)))
    if not math.isfinite(statistic):
        return missing(group, NAME, null, because("none.equal", measure=on.upper()))
    if seed is None or values is None:
        return t_result(group, NAME, null, statistic, group.n - 1)
    pvalue = bootstrap_pvalue(values, seed, draws)
    return StatisticResult(NAME, null, statistic, pvalue, f"bootstrap, {draws} draws", group.n)

"""Rejection rates: their intervals, and whether a test holds its size."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from eventstudy._arrays import FloatArray
from eventstudy.inference.base import t_quantile

LEVELS = (0.01, 0.05, 0.10)


def wilson_interval(rate: float, effective: float, coverage: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a rate over so many independent draws (Wilson 1927).

    Parameters
    ----------
    rate : float
        Share of draws.
    effective : float
        Number of independent draws, not necessarily whole.
    coverage : float
        Of the interval.

    Returns
    -------
    (float, float)
        NaN where there are no draws.

    Examples
    --------
    Ten of a hundred: (0.1 + z²/200 ± z √(0.09/100 + z²/40000))/(1 + z²/100), z = 1.96.

    >>> [round(end, 4) for end in wilson_interval(0.1, 100)]
    [0.0552, 0.1744]
    """
    if not effective > 0 or math.isnan(rate):
        return math.nan, math.nan
    z = t_quantile(math.inf, 0.5 + coverage / 2.0)
    share = z * z / effective
    centre = rate + share / 2.0
    half = z * math.sqrt(rate * (1.0 - rate) / effective + share / (4.0 * effective))
    return max((centre - half) / (1.0 + share), 0.0), min((centre + half) / (1.0 + share), 1.0)


def verdict(low: float, high: float, level: float = 0.05) -> str:
    """Whether a test holds its size, from the interval of its rejection rate.

    Parameters
    ----------
    low, high : float
        Interval of the rate.
    level : float
        Nominal level; a size within half of it on either side is held, [2.5%, 7.5%] at 5%.

    Returns
    -------
    str
        ``holds``, ``over-rejects``, ``under-rejects``; ``undecided`` where the interval crosses a bound; empty where
        there is none.

    Examples
    --------
    >>> verdict(0.04, 0.06), verdict(0.08, 0.2), verdict(0.0, 0.02), verdict(0.04, 0.08)
    ('holds', 'over-rejects', 'under-rejects', 'undecided')
    """
    least, most = level / 2.0, level * 1.5
    if math.isnan(low) or math.isnan(high):
        return ""
    if low > most:
        return "over-rejects"
    if high < least:
        return "under-rejects"
    return "holds" if least <= low and high <= most else "undecided"


def binomial_band(level: float, draws: int, cells: int = 1, coverage: float = 0.99) -> tuple[float, float]:
    """Rates that a test of exactly this level stays within, in all of so many cells at once.

    Parameters
    ----------
    level : float
        Nominal level.
    draws : int
        Independent draws of each cell.
    cells : int
        Cells looked at together (Bonferroni).
    coverage : float
        Of the band, over all cells.

    Returns
    -------
    (float, float)
        From quantiles of the binomial law.

    Examples
    --------
    >>> binomial_band(0.05, 2000), binomial_band(0.05, 2000, cells=180)
    ((0.038, 0.063), (0.0315, 0.0705))
    """
    tail = (1.0 - coverage) / (2.0 * cells)
    count = np.arange(draws + 1)
    below = special.bdtr(count, draws, level)
    least, most = np.searchsorted(below, tail), np.searchsorted(below, 1.0 - tail)
    return float(count[least]) / draws, float(count[most]) / draws


def rejection_rate(pvalues: FloatArray, level: float) -> tuple[float, int]:
    """Share of the draws that have a p with p at or below the level, and how many have one.

    Examples
    --------
    >>> rejection_rate(np.array([0.01, 0.05, 0.2, np.nan]), 0.05)
    (0.6666666666666666, 3)
    """
    known = pvalues[np.isfinite(pvalues)]
    return (float((known <= level).mean()) if len(known) else math.nan), len(known)

"""Wilcoxon's signed rank test: positive CARs against negative ones, by the size of their ranks (Wilcoxon 1945)."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from eventstudy._arrays import FloatArray
from eventstudy.inference.base import StatisticResult, missing, normal_pvalue
from eventstudy.inference.rank import midranks
from eventstudy.inference.reasons import because
from eventstudy.inference.sample import GroupSample

NAME, NULL = "wilcoxon", "CARs lie symmetrically about zero"
LARGEST_EXACT = 50


@lru_cache(maxsize=LARGEST_EXACT)
def signed_rank_law(count: int) -> FloatArray:
    """Probabilities of the sum of positive ranks, 0 … N(N + 1)/2, when every sign is a coin.

    Parameters
    ----------
    count : int
        N values without ties.

    Returns
    -------
    (N(N + 1)/2 + 1,) float
        Read-only. Rank r is in the sum or not, so the law of the first r ranks is half that of the first r - 1, and
        half of it moved by r.

    Examples
    --------
    >>> signed_rank_law(3) * 8
    array([1., 1., 1., 2., 1., 1., 1.])
    """
    law = np.zeros(count * (count + 1) // 2 + 1)
    law[0] = 1.0
    for rank in range(1, count + 1):
        moved = np.zeros_like(law)
        moved[rank:] = law[:-rank]
        law = (law + moved) / 2.0
    law.setflags(write=False)
    return law


def rank_sums(values: FloatArray) -> tuple[float, float, bool]:
    """Of (N,) values, none of them zero: ranks of the positive ones by size, squares of all ranks, and whether any tie.

    Examples
    --------
    3 of the ranks 1 to 3 is positive; of -1, 1 and 2 those that tie have the rank 3/2:

    >>> rank_sums(np.array([-1.0, -2.0, 3.0])), rank_sums(np.array([-1.0, 1.0, 2.0]))
    ((3.0, 14.0, False), (4.5, 13.5, True))
    """
    positive, negative = np.sort(values[values > 0]), np.sort(-values[values < 0])
    below = np.searchsorted(negative, positive)
    # a negative one of the same size stands next
    tied = any((each[1:] == each[:-1]).any() for each in (positive, negative))
    tied = tied or bool((np.append(negative, np.inf)[below] == positive).any())
    if tied:
        ranks = midranks(np.abs(values)[None, :])[0]
        return float(ranks[values > 0].sum()), float((ranks**2).sum()), True
    count, above = len(values), len(positive)
    return float(above * (above + 1) // 2 + int(below.sum())), float(count * (count + 1) * (2 * count + 1) // 6), False


def wilcoxon(sample: GroupSample) -> StatisticResult:
    """Sum of the ranks of positive CARs by absolute size; zeros are dropped.

    Exact for up to 50 CARs without ties, else the normal law with the variance of the ranks as they are, without
    continuity correction. The reference law is ``signed rank(N)`` or ``N(mean,variance)`` of that sum. For independent
    observations of a symmetric law: at a correlation of 0.2 ten of them reject 25%.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.wilcoxon import wilcoxon
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = wilcoxon(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (21.0, '0.03', 'signed rank(6)')
    """
    values = sample.car[sample.car != 0.0]
    count = len(values)
    if count < 2:
        return missing(sample, NAME, NULL, because("none.two_differ"))
    total, squares, tied = rank_sums(values)
    mean, variance = count * (count + 1) / 4.0, squares / 4.0
    if count > LARGEST_EXACT or tied:
        pvalue = normal_pvalue((total - mean) / math.sqrt(variance))
        return StatisticResult(NAME, NULL, total, pvalue, f"N({mean:g},{variance:g})", sample.n)
    law = signed_rank_law(count)
    smaller = round(min(total, 2.0 * mean - total))
    pvalue = min(1.0, 2.0 * float(law[: smaller + 1].sum()))
    return StatisticResult(NAME, NULL, total, pvalue, f"signed rank({count})", sample.n)

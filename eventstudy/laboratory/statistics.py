"""The tests over many draws at once; each equals the package's own statistic on every draw.

The definitions are those of ``eventstudy.inference``, cited there. A test without an array version is computed by
its own function, draw by draw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from eventstudy._arrays import BoolArray, FloatArray
from eventstudy.inference.headline import headline_test
from eventstudy.inference.rank import midranks
from eventstudy.inference.skewness import FEWEST as FEWEST_FOR_SKEWNESS
from eventstudy.inference.skewness import hall_t
from eventstudy.inference.wilcoxon import LARGEST_EXACT, signed_rank_law
from eventstudy.laboratory.draws import DrawSample
from eventstudy.results.group_tables import CLOSED_FORM

HEADLINE = "headline"


@dataclass(frozen=True, eq=False)
class DrawStatistic:
    """One test on B draws.

    Attributes
    ----------
    statistic, pvalue : (B,) float
        NaN where the draw has none.
    """

    statistic: FloatArray
    pvalue: FloatArray


def _t(statistic: FloatArray, dof: FloatArray) -> DrawStatistic:
    """Two-sided p of t(dof)."""
    known = np.isfinite(statistic) & (dof > 0)
    statistic = np.where(known, statistic, np.nan)
    return DrawStatistic(statistic, 2.0 * special.stdtr(np.where(known, dof, np.nan), -np.abs(statistic)))


def _normal(statistic: FloatArray) -> DrawStatistic:
    """Two-sided p of N(0, 1)."""
    statistic = np.where(np.isfinite(statistic), statistic, np.nan)
    return DrawStatistic(statistic, 2.0 * special.ndtr(-np.abs(statistic)))


def _over(one: FloatArray, other: FloatArray, where: BoolArray) -> FloatArray:
    """Quotient where it is wanted, NaN elsewhere."""
    found: FloatArray = np.divide(one, other, out=np.full(len(one), np.nan), where=where)
    return found


def _mean_over_error(sample: DrawSample, values: FloatArray) -> FloatArray:
    """Mean over sd/√N; NaN where values do not vary."""
    mean, spread = sample.mean(values), sample.spread(values)
    return _over(mean, spread / np.sqrt(sample.n), spread > 1e-12 * np.abs(mean))


def _cross_sectional_t(sample: DrawSample) -> DrawStatistic:
    return _t(_mean_over_error(sample, sample.car), sample.n - 1.0)


def _time_series_t(sample: DrawSample) -> DrawStatistic:
    mean, count = sample.mean_residuals
    days = (count > 0).sum(axis=1).astype(np.float64)
    centre = np.where(days > 0, mean.sum(axis=1) / np.maximum(days, 1.0), 0.0)
    squares = (np.where(count > 0, mean - centre[:, None], 0.0) ** 2).sum(axis=1)
    error = np.sqrt(squares / np.maximum(days - 1.0, 1.0)) * np.sqrt(sample.length)
    return _t(_over(sample.mean(sample.car), error, (days >= 2) & (error > 0)), days - 1.0)


def _portfolio_t(sample: DrawSample) -> DrawStatistic:
    day, dof = sample.day_variance
    variance = day * sample.mean_k
    sound = np.isfinite(variance) & (variance > 0)
    return _t(_over(sample.mean(sample.car), np.sqrt(np.where(sound, variance, 1.0)), sound), dof)


def _patell(sample: DrawSample) -> FloatArray:
    sound = sample.quality > 0
    return _over(sample.scar.sum(axis=1), np.sqrt(np.where(sound, sample.quality, 1.0)), sound)


def _patell_z(sample: DrawSample) -> DrawStatistic:
    return _normal(_patell(sample))


def _adjusted_patell_z(sample: DrawSample) -> DrawStatistic:
    return _normal(np.where(sample.n >= 2, _patell(sample) / np.sqrt(sample.inflation), np.nan))


def _bmp_t(sample: DrawSample) -> DrawStatistic:
    return _t(_mean_over_error(sample, sample.scar), sample.n - 1.0)


def _adjusted_bmp_t(sample: DrawSample) -> DrawStatistic:
    apart = np.where(sample.correlation < 1, 1.0 - sample.correlation, np.nan)
    # one date: ν is N - 1 whatever the correlation
    return _t(_mean_over_error(sample, sample.scar) * np.sqrt(apart / sample.inflation), sample.n - 1.0)


def _rank_z(sample: DrawSample) -> DrawStatistic:
    length, (mean, count) = sample.length, sample.day_ranks
    full = (count[:, -length:] > 0).all(axis=1)
    total = (count > 0).sum(axis=1).astype(np.float64)
    variance = (count * mean**2).sum(axis=1) / np.maximum(total, 1.0)
    variance *= length * (total - length) / np.maximum(total - 1.0, 1.0)
    sound = full & (sample.n >= 2) & (variance > 0)
    weighed = (np.sqrt(count[:, -length:]) * mean[:, -length:]).sum(axis=1)
    return _normal(_over(weighed, np.sqrt(np.where(sound, variance, 1.0)), sound))


def _generalised_rank(sample: DrawSample) -> tuple[FloatArray, FloatArray, BoolArray]:
    """(B,) Z of the window among its days, their number, and where both can be had."""
    mean, count = sample.window_ranks
    total = (count > 0).sum(axis=1).astype(np.float64)
    variance = (count * mean**2).sum(axis=1) / np.maximum(total, 1.0)
    sound = (sample.n >= 2) & (variance > 0) & (total > 2)
    z = _over(np.sqrt(count[:, -1]) * mean[:, -1], np.sqrt(np.where(sound, variance, 1.0)), sound)
    return z, total, sound


def _grank_t(sample: DrawSample) -> DrawStatistic:
    z, total, sound = _generalised_rank(sample)
    left = total - 1.0 - z**2
    has_t = sound & (left > 1e-9 * total)
    result = _t(z * np.sqrt(_over(total - 2.0, left, has_t)), total - 2.0)
    bare = sound & ~has_t
    if bare.any():
        # no t: the permutation p of Z
        mean, count = sample.window_ranks
        squares = count * mean**2
        beyond = ((count > 0) & (squares >= squares[:, -1:] * (1.0 - 1e-12))).sum(axis=1)
        result.statistic[bare], result.pvalue[bare] = z[bare], beyond[bare] / total[bare]
    return result


def _grank_z(sample: DrawSample) -> DrawStatistic:
    _, total, sound = _generalised_rank(sample)
    mean, count = sample.window_ranks
    scale = np.sqrt(12.0 * count[:, -1] * (total + 1.0) / np.maximum(total - 1.0, 1.0))
    return _normal(np.where(sound, scale * mean[:, -1], np.nan))


def _sign(sample: DrawSample) -> DrawStatistic:
    positive = (sample.car > 0).sum(axis=1)
    count = positive + (sample.car < 0).sum(axis=1)
    tail = special.bdtr(np.minimum(positive, count - positive).astype(np.float64), count, 0.5)
    known = count >= 2
    return DrawStatistic(np.where(known, positive, np.nan), np.where(known, np.minimum(1.0, 2.0 * tail), np.nan))


def _generalized_sign_z(sample: DrawSample) -> DrawStatistic:
    expected = sample.mean(sample.rising)
    spread = sample.n * expected * (1.0 - expected)
    sound = (sample.n >= 2) & (spread > 0)
    positive = (sample.car > 0).sum(axis=1)
    return _normal(_over(positive - sample.n * expected, np.sqrt(np.where(sound, spread, 1.0)), sound))


def _wilcoxon(sample: DrawSample) -> DrawStatistic:
    size = np.abs(sample.car)
    count = size.shape[1]
    ordered = np.sort(size, axis=1)
    # zeros and ties change the law: those draws are left to the package's own function
    plain = (ordered[:, 0] > 0) & (np.diff(ordered, axis=1) > 0).min(axis=1, initial=True)
    ranks = midranks(size)
    total = np.where(sample.car > 0, ranks, 0.0).sum(axis=1)
    mean = count * (count + 1) / 4.0
    if count > LARGEST_EXACT:
        pvalue = 2.0 * special.ndtr(-np.abs(total - mean) / np.sqrt((ranks**2).sum(axis=1) / 4.0))
    else:
        below = np.cumsum(signed_rank_law(count))
        smaller = np.rint(np.minimum(total, 2.0 * mean - total)).astype(np.int64)
        pvalue = np.minimum(1.0, 2.0 * below[np.where(plain, smaller, 0)])
    return _mended(sample, "wilcoxon", DrawStatistic(total, pvalue), plain & (sample.n == count) & (count >= 2))


def _skewness_adjusted_t(sample: DrawSample) -> DrawStatistic:
    full = sample.n == sample.car.shape[1]
    if sample.car.shape[1] < FEWEST_FOR_SKEWNESS or not full.any():
        return one_by_one(sample, "skewness_adjusted_t")
    return _mended(sample, "skewness_adjusted_t", _t(hall_t(sample.car), sample.n - 1.0), full)


def _mended(sample: DrawSample, name: str, result: DrawStatistic, sound: BoolArray) -> DrawStatistic:
    """The result, with the package's own where the array version does not hold."""
    for draw in np.flatnonzero(~sound).tolist():
        own = CLOSED_FORM[name](sample.draws.group(draw, sample.number))
        result.statistic[draw], result.pvalue[draw] = own.statistic, own.pvalue
    return result


ARRAY_TESTS: dict[str, Callable[[DrawSample], DrawStatistic]] = {
    "cross_sectional_t": _cross_sectional_t,
    "time_series_t": _time_series_t,
    "portfolio_t": _portfolio_t,
    "patell_z": _patell_z,
    "bmp_t": _bmp_t,
    "adjusted_patell_z": _adjusted_patell_z,
    "adjusted_bmp_t": _adjusted_bmp_t,
    "rank_z": _rank_z,
    "grank_t": _grank_t,
    "grank_z": _grank_z,
    "sign": _sign,
    "generalized_sign_z": _generalized_sign_z,
    "wilcoxon": _wilcoxon,
    "skewness_adjusted_t": _skewness_adjusted_t,
}


def one_by_one(sample: DrawSample, name: str) -> DrawStatistic:
    """A test by the package's own function, draw by draw.

    Parameters
    ----------
    sample : DrawSample
        B draws over one window.
    name : str
        A key of ``CLOSED_FORM``.

    Returns
    -------
    DrawStatistic
    """
    results = [CLOSED_FORM[name](sample.draws.group(draw, sample.number)) for draw in range(sample.draws.count)]
    return DrawStatistic(
        np.array([result.statistic for result in results], dtype=np.float64),
        np.array([result.pvalue for result in results], dtype=np.float64),
    )


def draw_statistics(sample: DrawSample, names: Sequence[str]) -> dict[str, DrawStatistic]:
    """Every named test, and the headline, on all draws over one window.

    Parameters
    ----------
    sample : DrawSample
        B draws.
    names : sequence of str
        Keys of ``CLOSED_FORM``.

    Returns
    -------
    dict
        The named tests, then ``headline``: on each draw the test that speaks for so many observations on one date.
    """
    found = {name: ARRAY_TESTS[name](sample) if name in ARRAY_TESTS else one_by_one(sample, name) for name in names}
    speaks = {int(n): headline_test(int(n), 1) for n in np.unique(sample.n)}
    spoken = {name: found[name] if name in found else ARRAY_TESTS[name](sample) for name in set(speaks.values())}
    statistic, pvalue = np.full(len(sample.n), np.nan), np.full(len(sample.n), np.nan)
    for n, name in speaks.items():
        rows = sample.n == n
        statistic[rows], pvalue[rows] = spoken[name].statistic[rows], spoken[name].pvalue[rows]
    found[HEADLINE] = DrawStatistic(statistic, pvalue)
    return found

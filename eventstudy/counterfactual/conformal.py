"""Conformal inference: the event's days among all stretches of days, under an effect taken off."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eventstudy._arrays import FloatArray
from eventstudy.counterfactual.base import CounterfactualPanel, Estimator

STATISTICS = ("total", "absolute", "scaled")
# as far as an interval is sought, in deviations of the daily effect
_FARTHEST, _EXACTNESS = 64.0, 1e-2
# no day counts for quieter than this share of an average one: a line through few loud days can fall below zero
_QUIETEST = 0.25


@dataclass(frozen=True)
class ConformalResult:
    """Test and interval by exact permutations of blocks.

    Attributes
    ----------
    pvalue : float
        Of no effect; a multiple of 1/n_shifts.
    ci_low, ci_high : float
        Effect summed over the window that is not rejected, if it is the same on each day; infinite where none is
        rejected.
    n_shifts : int
        T0 + L cyclic shifts, the identity among them.
    statistic : str
        ``total``, ``absolute`` or ``scaled``.

    Examples
    --------
    >>> from eventstudy.counterfactual.base import CounterfactualPanel
    >>> from eventstudy.counterfactual.means import DifferenceInMeans
    >>> panel = CounterfactualPanel(np.append([0.01, -0.01] * 20, 0.05)[None], np.zeros((1, 41)), 40)
    >>> found = conformal(panel, DifferenceInMeans())
    >>> round(found.pvalue, 4), round(found.ci_low, 2), round(found.ci_high, 2), found.n_shifts
    (0.0244, 0.04, 0.06, 41)
    """

    pvalue: float
    ci_low: float
    ci_high: float
    n_shifts: int
    statistic: str


def shift_statistics(residuals: FloatArray, length: int, statistic: str = "total") -> FloatArray:
    """S of every cyclic shift; the first is the identity, whose window is the last ``length`` days.

    Parameters
    ----------
    residuals : (S,) float
        Of all days.
    length : int
        L, days of the window.
    statistic : {"total", "absolute"}
        |Σ_W û| or Σ_W |û|.

    Examples
    --------
    >>> shift_statistics(np.array([1.0, -2.0, 4.0]), 2).tolist()
    [2.0, 5.0, 1.0]
    """
    values = np.abs(residuals) if statistic == "absolute" else residuals
    ring = np.concatenate([values, values[: length - 1]])
    total = np.concatenate([[0.0], np.cumsum(ring)])
    sums = np.abs(total[length:] - total[:-length])
    return np.roll(sums, length % len(residuals))


def usual_size(residuals: FloatArray, loudness: FloatArray) -> FloatArray:
    """How large a residual usually is on a day as loud as each: the line of |û| on loudness, never falling.

    Parameters
    ----------
    residuals, loudness : (S,) float
        Of all days, the window's too: the days are treated alike.

    Returns
    -------
    (S,) float
        At least a quarter of the mean |û|; that mean on every day where loud days are no worse, and one where all
        residuals are zero.

    Examples
    --------
    Residuals of 1 on quiet days and 3 on days twice as loud:

    >>> usual_size(np.array([1.0, -1.0, 3.0, -3.0]), np.array([1.0, 1.0, 2.0, 2.0])).tolist()
    [1.0, 1.0, 3.0, 3.0]
    """
    size = np.abs(residuals)
    level = float(size.mean())
    if level == 0.0:
        return np.ones(len(size))
    off = loudness - loudness.mean()
    square = float(off @ off)
    slope = max(float(off @ size) / square, 0.0) if square > 0 else 0.0
    found: FloatArray = np.maximum(level + slope * off, _QUIETEST * level)
    return found


def scaled_statistics(residuals: FloatArray, length: int, loudness: FloatArray) -> FloatArray:
    """|Σ_W û|/√(Σ_W d²) of every cyclic shift, d the usual size of a residual on a day as loud.

    Examples
    --------
    >>> scaled_statistics(np.array([1.0, -1.0, 3.0, -3.0]), 1, np.array([1.0, 1.0, 2.0, 2.0])).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    usual = shift_statistics(usual_size(residuals, loudness) ** 2, length)
    return shift_statistics(residuals, length) / np.sqrt(usual)


def conformal_pvalue(
    residuals: FloatArray, length: int, statistic: str = "total", loudness: FloatArray | None = None
) -> float:
    """Share of cyclic shifts whose statistic is at least the event's.

    Raises
    ------
    ValueError
        If the statistic is unknown, or is ``scaled`` and no loudness is given.

    Examples
    --------
    >>> conformal_pvalue(np.array([0.1, -0.2, 0.1, 0.5]), 1)
    0.25
    """
    if statistic not in STATISTICS:
        raise ValueError(f"statistic: {statistic!r} unknown; choose from {', '.join(STATISTICS)}")
    if statistic == "scaled":
        if loudness is None:
            raise ValueError("loudness: none given for the scaled statistic; give one number a day")
        return share_beyond(scaled_statistics(residuals, length, loudness))
    return share_beyond(shift_statistics(residuals, length, statistic))


def share_beyond(statistics: FloatArray) -> float:
    """Share of shifts whose statistic is at least that of the first, the identity.

    Examples
    --------
    >>> share_beyond(np.array([2.0, 1.0, 2.0, 3.0]))
    0.75
    """
    # equal up to rounding is equal: running sums round differently at each place
    slack = 1e-12 * (float(statistics.sum()) + np.finfo(np.float64).tiny)
    return float((statistics >= statistics[0] - slack).mean())


def conformal(
    panel: CounterfactualPanel,
    estimator: Estimator,
    level: float = 0.05,
    statistic: str = "total",
    interval: bool = True,
) -> ConformalResult:
    """Test of no effect, and the effects that are not rejected.

    Parameters
    ----------
    panel : CounterfactualPanel
        Days before and of the window.
    estimator : Estimator
        Refitted on all days for every effect tried.
    level : float
        One minus the confidence of the interval.
    statistic : {"total", "absolute", "scaled"}
        |Σ_W û| looks for a lasting effect, Σ_W |û| for any; ``scaled`` is |Σ_W û| over what is usual on days as loud,
        by the donors.
    interval : bool
        Whether to invert the test; without, the bounds are NaN.

    Returns
    -------
    ConformalResult

    Raises
    ------
    ValueError
        If the level is not between 0 and 1.

    Notes
    -----
    Chernozhukov, Wüthrich & Zhu (2021): the hypothesised effect is taken off the treated, *all* days are fitted, and p
    is the share of the T0 + L cyclic shifts of the residuals with a statistic at least as large. The interval is
    inverted over an effect that is equal on each day, outwards from the estimate to the first rejection.

    Volatility comes in spells, so that days are not alike, and |Σ_W û| then rejects too often. Donors tell how loud a
    day was and the event does not touch them: ``scaled`` compares each stretch with what is usual on days as loud. What
    is usual is learnt from all days alike, which keeps the test exact where days with their loudness are exchangeable.

    Examples
    --------
    >>> import numpy as np
    >>> from eventstudy.counterfactual.base import CounterfactualPanel
    >>> from eventstudy.counterfactual.conformal import conformal
    >>> from eventstudy.counterfactual.synthetic_control import SyntheticControl
    >>> rng = np.random.default_rng(0)
    >>> market = rng.normal(0, 0.01, 101)
    >>> donors = market + rng.normal(0, 0.005, (30, 101))
    >>> panel = CounterfactualPanel((market - 0.03 * (np.arange(101) == 100))[None, :], donors, n_before=100)
    >>> found = conformal(panel, SyntheticControl())
    >>> round(found.pvalue, 4), found.ci_low < -0.03 < found.ci_high
    (0.0099, True)
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level: {level} is no probability; write a number between 0 and 1, such as 0.05")
    length = panel.n_after

    def pvalue(daily: float) -> float:
        return conformal_pvalue(estimator.residuals(panel.without(daily)), length, statistic, loudness)

    own, loudness = estimator.residuals(panel), panel.loudness
    p = conformal_pvalue(own, length, statistic, loudness)
    if not interval:
        return ConformalResult(p, math.nan, math.nan, len(own), statistic)
    middle = float(estimator.fit(panel).att.mean())
    spread = float(np.sqrt(np.mean(own[: panel.n_before] ** 2)) / math.sqrt(length)) or 1e-6
    low = middle - edge(lambda far: pvalue(middle - far) > level, spread)
    high = middle + edge(lambda far: pvalue(middle + far) > level, spread)
    return ConformalResult(p, length * low, length * high, len(own), statistic)


def edge(kept: Callable[[float], bool], spread: float) -> float:
    """Distance from the middle at which effects begin to be rejected; infinite where they never are.

    Examples
    --------
    >>> round(edge(lambda far: far < 0.3, spread=0.1), 2)
    0.3
    """
    inside, outside = 0.0, spread
    while kept(outside):
        inside, outside = outside, 2.0 * outside
        if outside > _FARTHEST * spread:
            return math.inf
    while outside - inside > _EXACTNESS * spread:
        tried = 0.5 * (inside + outside)
        inside, outside = (tried, outside) if kept(tried) else (inside, tried)
    return outside

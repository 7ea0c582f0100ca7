"""All specifications at once, against ordinary dates: Simonsohn, Simmons & Nelson (2020), with time as the permutation.

In an experiment they shuffle treatment. An event study has one event, and what could have been otherwise is its date:
every specification is run on every ordinary date, so that each date gives a whole curve, with the dependence between
specifications that the event's own curve has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.inference.base import t_quantile
from eventstudy.inference.placebo import FEWEST_DATES
from eventstudy.inference.reasons import because

STATISTICS = ("median_t", "share_significant", "stouffer_z")
JOINT_COLUMNS = ("statistic", "value", "pvalue", "n_specifications", "n_dates", "reason")
_SMALLEST = float(np.finfo(np.float64).tiny)  # a tail that underflows would make Z infinite


@dataclass(frozen=True)
class JointStatistic:
    """One statistic of a whole curve.

    Attributes
    ----------
    name : str
        ``median_t``, ``share_significant`` or ``stouffer_z``.
    value : float
        On the event.
    pvalue : float
        (1 + #{|value on a date| ≥ |value|})/(1 + B); NaN where there are too few dates.
    """

    name: str
    value: float
    pvalue: float


@dataclass(frozen=True, eq=False)
class JointTest:
    """Whether the curve as a whole is told from an ordinary date's.

    Attributes
    ----------
    median_t, share_significant, stouffer_z : JointStatistic
        Median of the portfolio t's; share of them with p < 0.05 in the direction of that median; Σz/√J.
    n_specifications : int
        J, the specifications that have a portfolio t and a law on ordinary dates.
    n_dates : int
        B, ordinary dates with a full study in every one of them, as far as they were drawn.
    effective : float
        B/L with L the longest window: dates whose windows do not overlap.
    dates : (B,) int
        Those dates, as days since 1970: an announcement on them at the event's own hour.
    ordinary : (B, 3) float
        The three statistics on each date.
    left_out : tuple of (str, str)
        Specifications that are in the curve but not in this test, each with its reason.
    reason : str
        Why there is no p, where there is none.

    Examples
    --------
    >>> median = JointStatistic("median_t", -2.4, 0.01)
    >>> share, z = JointStatistic("share_significant", 0.75, 0.02), JointStatistic("stouffer_z", -9.1, 0.01)
    >>> test = JointTest(median, share, z, 12, 500, 83.3, np.arange(500), np.zeros((500, 3)))
    >>> [each.name for each in test.statistics]
    ['median_t', 'share_significant', 'stouffer_z']
    >>> test.to_frame()["pvalue"].tolist()
    [0.01, 0.02, 0.01]
    """

    median_t: JointStatistic
    share_significant: JointStatistic
    stouffer_z: JointStatistic
    n_specifications: int
    n_dates: int
    effective: float
    dates: IntArray
    ordinary: FloatArray
    left_out: tuple[tuple[str, str], ...] = ()
    reason: str = ""

    @property
    def statistics(self) -> tuple[JointStatistic, JointStatistic, JointStatistic]:
        """The three, in the order of the paper."""
        return self.median_t, self.share_significant, self.stouffer_z

    def to_frame(self) -> pd.DataFrame:
        """One row a statistic: statistic, value, pvalue, n_specifications, n_dates, reason."""
        rows = [
            (each.name, each.value, each.pvalue, self.n_specifications, self.n_dates, self.reason)
            for each in self.statistics
        ]
        return pd.DataFrame.from_records(rows, columns=list(JOINT_COLUMNS))


def curve_statistics(t: FloatArray, dof: FloatArray) -> FloatArray:
    """Median t, share significant in its direction, and Stouffer's Z of each curve.

    Parameters
    ----------
    t : (B, J) float
        Portfolio t of each of J specifications in each of B curves, unitless. CAARs of windows of different length
        cannot be put in one median; each over its own standard error can.
    dof : (J,) float
        Degrees of freedom of each specification, the same in all curves.

    Returns
    -------
    (B, 3) float
        A median of zero counts as a rise. Z = Σ_j Φ⁻¹(F_d(t_j))/√J is not N(0, 1), as specifications share their
        returns: its law is that of the ordinary dates.

    Examples
    --------
    >>> curve_statistics(np.array([[0.0, 1.0, 3.0]]), np.array([np.inf, np.inf, np.inf])).round(4)
    array([[1.    , 0.3333, 2.3094]])
    """
    median = np.median(t, axis=1)
    direction = np.where(median >= 0, 1.0, -1.0)
    critical = np.array([t_quantile(float(d)) for d in dof])
    share = ((direction[:, None] * t) > critical).mean(axis=1)
    finite = np.isfinite(dof)
    tail = np.where(finite, special.stdtr(np.where(finite, dof, 1.0), -np.abs(t)), special.ndtr(-np.abs(t)))
    z = np.sign(t) * -special.ndtri(np.maximum(tail, _SMALLEST))
    return np.column_stack([median, share, z.sum(axis=1) / math.sqrt(t.shape[1])])


def joint_test(
    observed: FloatArray,
    dof: FloatArray,
    dates: IntArray,
    ordinary: FloatArray,
    longest: int,
    left_out: tuple[tuple[str, str], ...] = (),
    reason: str = "",
) -> JointTest:
    """The event's curve against those of ordinary dates.

    Parameters
    ----------
    observed : (J,) float
        Portfolio t of each specification on the event.
    dof : (J,) float
        Its degrees of freedom.
    dates : (B,) int
        Ordinary dates, as days since 1970.
    ordinary : (B, J) float
        The same t on each of them.
    longest : int
        Sessions L of the longest window.
    left_out
        Specifications that are not among the J.
    reason : str
        What to say where B is below 99.

    Returns
    -------
    JointTest
        Exact where dates are exchangeable: all three statistics are the same function of the t's of a date.
    """
    n_dates = len(ordinary)
    if not len(observed):
        median, share, stouffer = (JointStatistic(name, math.nan, math.nan) for name in STATISTICS)
        why = because("none.no_law")
        return JointTest(median, share, stouffer, 0, 0, 0.0, dates[:0], np.empty((0, 3)), left_out, why)
    values = curve_statistics(observed[None, :], dof)[0]
    laws = curve_statistics(ordinary, dof) if n_dates else np.empty((0, 3))
    if n_dates < FEWEST_DATES:
        pvalues = np.full(3, np.nan)
    else:
        pvalues = (1.0 + (np.abs(laws) >= np.abs(values)).sum(axis=0)) / (1.0 + n_dates)
        reason = ""
    median, share, stouffer = (
        JointStatistic(name, float(value), float(pvalue))
        for name, value, pvalue in zip(STATISTICS, values, pvalues, strict=True)
    )
    return JointTest(median, share, stouffer, len(observed), n_dates, n_dates / longest, dates, laws, left_out, reason)

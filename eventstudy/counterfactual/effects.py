"""Effects of several groups and their differences, with bands that hold for all at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy._arrays import FloatArray
from eventstudy.counterfactual.base import CounterfactualFit
from eventstudy.counterfactual.conformal import shift_statistics


@dataclass(frozen=True, eq=False)
class SimultaneousEffects:
    """Effects with one band.

    Attributes
    ----------
    effect, se : (C,) float
        Summed over the window; deviation of such sums over stretches of days before.
    ci_low, ci_high : (C,) float
        Effect ± critical value × se: all of them cover at once with the stated confidence.
    pvalue : (C,) float
        Adjusted for all: share of stretches in which some group moved as far as this one, in its own deviations.
    critical : float
        The critical value.
    """

    effect: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    pvalue: FloatArray
    critical: float


def simultaneous_effects(
    fits: Sequence[CounterfactualFit], contrasts: FloatArray | None = None, level: float = 0.05
) -> SimultaneousEffects:
    """Summed effects of groups that share their days, and contrasts between them.

    Parameters
    ----------
    fits : sequence of G CounterfactualFit
        On the same days.
    contrasts : (C, G) float, optional
        Rows such as exposed minus beneficiary; by default each group.
    level : float
        One minus the joint confidence.

    Returns
    -------
    SimultaneousEffects

    Raises
    ------
    ValueError
        If days differ or shapes do not fit.

    Notes
    -----
    Residuals of the days before, jointly for all groups, are summed over every cyclic stretch of L days. A fit follows
    its own days too well and the window's less so: residuals are enlarged by √(T0/(T0 − k)), and by √(1 + k/T0) for
    predicting, k the numbers fitted. The critical value is that quantile of the largest |sum|/se over all rows.

    Examples
    --------
    >>> before = np.array([0.01, -0.01] * 20)
    >>> fit = CounterfactualFit("did", np.append(before, 0.05), np.zeros(41), np.ones(1), 40, 0.0)
    >>> found = simultaneous_effects([fit])
    >>> found.effect.round(3).tolist(), found.critical, found.ci_low.round(3).tolist()
    ([0.05], 1.0, [0.04])
    """
    days, length = fits[0].n_before, len(fits[0].att)
    if any(fit.n_before != days or len(fit.att) != length for fit in fits):
        raise ValueError("fits: of different days; give fits on one panel's days")
    rows = np.eye(len(fits)) if contrasts is None else np.asarray(contrasts, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != len(fits):
        raise ValueError(f"contrasts: shape {rows.shape} for {len(fits)} fits; give one column a fit")
    enlarged = np.stack([fit.effect[:days] * enlargement(fit) for fit in fits])
    residuals = rows @ enlarged
    effect = rows @ np.array([fit.att.sum() for fit in fits])
    sums = np.stack([shift_statistics(row, length) for row in residuals])
    se = np.sqrt(np.mean(sums**2, axis=1))
    ratio = np.divide(sums, se[:, None], out=np.zeros_like(sums), where=se[:, None] > 0)
    largest = ratio.max(axis=0)
    place = min(math.ceil((1.0 - level) * (days + 1)), days)
    critical = float(np.sort(largest)[place - 1])
    own = np.divide(np.abs(effect), se, out=np.full(len(effect), math.nan), where=se > 0)
    beyond = (largest[None, :] >= own[:, None] * (1.0 - 1e-12)).sum(axis=1)
    pvalue = np.where(se > 0, (1.0 + beyond) / (1.0 + days), math.nan)
    return SimultaneousEffects(effect, se, effect - critical * se, effect + critical * se, pvalue, critical)


def enlargement(fit: CounterfactualFit) -> float:
    """By how much an error of the window exceeds a residual of the days before, in deviations."""
    days, used = float(fit.n_before), min(fit.dof_used, fit.n_before - 1.0)
    return math.sqrt(days / (days - used) * (1.0 + used / days))

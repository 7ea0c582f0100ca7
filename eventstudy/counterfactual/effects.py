"""Effects of several groups and their differences, with bands that hold for all at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy._arrays import FloatArray
from eventstudy.counterfactual.base import CounterfactualPanel, Estimator
from eventstudy.counterfactual.conformal import edge, scaled_statistics, share_beyond


@dataclass(frozen=True, eq=False)
class SimultaneousEffects:
    """Effects with one band.

    Attributes
    ----------
    effect : (C,) float
        Summed over the window.
    ci_low, ci_high : (C,) float
        All of them cover at once with the stated confidence; infinite where there are too few days to reject anything.
    pvalue : (C,) float
        Adjusted for all: share of shifts in which some row moved as far as this one for what is usual.

    Examples
    --------
    >>> from eventstudy.counterfactual.means import DifferenceInMeans
    >>> quiet = np.array([0.01, -0.01] * 20)
    >>> days = [np.append(quiet, 0.05), np.append(quiet[::-1], 0.0)]
    >>> panels = [CounterfactualPanel(each[None], np.zeros((1, 41)), 40) for each in days]
    >>> found = simultaneous_effects(panels, DifferenceInMeans(), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]]))
    >>> found.effect.round(3).tolist(), found.pvalue.round(3).tolist()
    ([0.05, 0.0, 0.05], [0.024, 1.0, 0.024])
    """

    effect: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    pvalue: FloatArray


def simultaneous_effects(
    panels: Sequence[CounterfactualPanel],
    estimator: Estimator,
    contrasts: FloatArray | None = None,
    level: float = 0.05,
) -> SimultaneousEffects:
    """Summed effects of groups that share their days, and contrasts between them.

    Parameters
    ----------
    panels : sequence of G CounterfactualPanel
        One a group, on the same days.
    estimator : Estimator
        Refitted on all days for every effect tried.
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
        If days differ, shapes do not fit, or the level is not between 0 and 1.

    Notes
    -----
    One conformal test of all groups' effects together, each equal on the days of the window: they are taken off, every
    group is fitted on all days, and a shift's statistic is the largest over rows of |Σ_W û|/√(Σ_W d²), d the usual size
    of that row's residual on a day as loud (see :func:`~eventstudy.counterfactual.conformal.conformal`), each row
    divided by the root mean square of its own over all shifts. A band is the extent, in its row, of the effects that
    are not rejected. It is sought along Σr/(r'Σr), Σ the covariance of the groups' residuals: on the way no other row
    moves farther in its own deviations, so that p is largest for the row's value, but for what deviations and usual
    sizes themselves change with the effects tried: a few per cent of a band's width.

    Residuals of the days before with one in the window of a fit that has not seen it will not do: the former are too
    small, by more than their degrees of freedom say where returns have fat tails.

    Examples
    --------
    >>> from eventstudy.counterfactual.means import DifferenceInMeans
    >>> treated = np.append([0.01, -0.01] * 20, 0.05)[None]
    >>> panel = CounterfactualPanel(treated, np.zeros((1, 41)), 40)
    >>> found = simultaneous_effects([panel], DifferenceInMeans())
    >>> found.effect.round(3).tolist(), found.pvalue.round(3).tolist(), (found.ci_low.round(2)).tolist()
    ([0.05], [0.024], [0.04])
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level: {level} is no probability; write a number between 0 and 1, such as 0.05")
    days, length = panels[0].n_before, panels[0].n_after
    if any(panel.n_before != days or panel.n_after != length for panel in panels):
        raise ValueError("panels: of different days; give panels on the same days")
    rows = np.eye(len(panels)) if contrasts is None else np.asarray(contrasts, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != len(panels):
        raise ValueError(f"contrasts: shape {rows.shape} for {len(panels)} panels; give one column a panel")
    loudness = np.mean([panel.loudness for panel in panels], axis=0)

    def pvalue(daily: FloatArray) -> float:
        tried = [panel.without(float(each)) for panel, each in zip(panels, daily, strict=True)]
        residuals = rows @ np.stack([estimator.residuals(panel) for panel in tried])
        return share_beyond(_largest(residuals, length, loudness))

    fits = [estimator.fit(panel) for panel in panels]
    daily = np.array([fit.att.mean() for fit in fits])
    before = np.stack([fit.effect[:days] for fit in fits])
    spread = np.atleast_2d(before @ before.T) / days
    bounds, p = np.empty((2, len(rows))), np.empty(len(rows))
    for number, row in enumerate(rows):
        variance = float(row @ spread @ row)
        toward = spread @ row / variance if variance > 0 else row / float(row @ row)
        middle = float(row @ daily)
        p[number] = pvalue(daily - middle * toward)
        for side, sign in enumerate((-1.0, 1.0)):
            kept = _kept(pvalue, daily, sign * toward, level)
            bounds[side, number] = length * (middle + sign * edge(kept, math.sqrt(variance / length) or 1e-6))
    return SimultaneousEffects(length * (rows @ daily), bounds[0], bounds[1], p)


def _kept(
    pvalue: Callable[[FloatArray], float], daily: FloatArray, toward: FloatArray, level: float
) -> Callable[[float], bool]:
    """Whether effects so far from the estimates, in one direction, are not rejected."""
    return lambda far: pvalue(daily + far * toward) > level


def _largest(residuals: FloatArray, length: int, loudness: FloatArray) -> FloatArray:
    """(S,) largest statistic over rows of each shift, every row in its own deviations."""
    found = np.stack([scaled_statistics(row, length, loudness) for row in residuals])
    own = np.sqrt(np.mean(found**2, axis=1, keepdims=True))
    ratio: FloatArray = np.divide(found, own, out=np.zeros_like(found), where=own > 0).max(axis=0)
    return ratio

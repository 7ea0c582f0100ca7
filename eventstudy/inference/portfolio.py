"""Portfolio tests: the group as one portfolio, with the variance of its own residual."""

from __future__ import annotations

import math
import warnings

import numpy as np

from eventstudy._arrays import IntArray
from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.correlation import ClusterSums, common_columns
from eventstudy.inference.sample import GroupSample

NULL = "mean CAR is zero"


def portfolio_variance(sample: GroupSample) -> tuple[float, float]:
    """V, the variance of the CAAR under no effect, and its degrees of freedom.

    Returns
    -------
    (V, d)
        One cluster: V = s_P² k with s_P² of the mean residual on the news clock. Several: Σ (N_c/N)² V_c, with the
        covariance of clusters whose windows overlap, and Satterthwaite's d. NaN where a cluster has no residuals.
    """
    if not sample.n:
        return math.nan, math.nan
    variances, dofs = [], []
    for rows, sums in zip(sample.clusters, sample.cluster_sums, strict=True):
        day, dof = _day_variance(sample, rows, sums)
        variances.append(day * float(sample.window.k[rows].mean()))
        dofs.append(dof)
    if len(variances) == 1:
        return variances[0], dofs[0]
    share = np.array([len(rows) / sample.n for rows in sample.clusters])
    own = np.array(variances)
    parts = share**2 * own
    total = float(parts.sum())
    for one, other in sample.overlapping:
        first, second = sample.cluster_sums[one], sample.beside(one, other)
        slices = common_columns(first, second)
        if slices is None:
            continue
        product = first.mean_residual[slices[0]] * second.mean_residual[slices[1]]
        product = product[np.isfinite(product)]
        if len(product):
            covariance = max(float(product.mean()), 0.0) * sample.overlap[one, other] * sample.length
            total += 2.0 * share[one] * share[other] * covariance
    squares = float((parts**2 / np.array(dofs)).sum()) if min(dofs) > 0 else 0.0
    # single observations of a GARCH model have no end of degrees of freedom
    return total, float(parts.sum()) ** 2 / squares if squares > 0 else math.inf if np.isinf(dofs).all() else math.nan


def _day_variance(sample: GroupSample, rows: IntArray, sums: ClusterSums) -> tuple[float, float]:
    """s_P² of one cluster and its degrees of freedom; a single observation's own."""
    fit = sample.arrays.fit
    if len(rows) == 1:
        return float(fit.residual_variance[rows[0]]), float(fit.dof[rows[0]])
    squares, columns = sums.mean_square
    dof = float(columns - fit.n_parameters)
    return squares / dof if dof > 0 else math.nan, dof


def portfolio_t(sample: GroupSample) -> StatisticResult:
    """CAAR over √V, t(d); holds when observations are correlated, not when the day's variance jumps."""
    variance, dof = portfolio_variance(sample)
    if not variance > 0:
        return missing(sample, "portfolio_t", NULL, "no residuals in common")
    return t_result(sample, "portfolio_t", NULL, sample.caar / math.sqrt(variance), dof)


def time_series_t(sample: GroupSample) -> StatisticResult:
    """CAAR over sd of the group's mean AR times √L, t(M - 1): Brown & Warner's crude dependence adjustment.

    The sd is that of the mean AR by event day over the estimation window, about its mean; no prediction error.
    """
    name = "time_series_t"
    if not sample.n:
        return missing(sample, name, NULL, "no observations")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # an event day on which nobody traded has no mean
        mean = np.nanmean(sample.arrays.fit.residuals[sample.rows], axis=0)
    mean = mean[np.isfinite(mean)]
    if len(mean) < 2 or not mean.std(ddof=1) > 0:
        return missing(sample, name, NULL, "the group's mean residual does not vary")
    statistic = sample.caar / (float(mean.std(ddof=1)) * math.sqrt(sample.length))
    return t_result(sample, name, NULL, statistic, len(mean) - 1)

"""Portfolio tests: the group as one portfolio, with the variance of its own residual."""

from __future__ import annotations

import math
import warnings

import numpy as np

from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.correlation import common_columns
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
    arrays = sample.arrays
    parameters = arrays.fit.n_parameters
    weights, variances, dofs, day_variances = [], [], [], []
    for rows, sums in zip(sample.clusters, sample.cluster_sums, strict=True):
        k = float(sample.window.k[rows].mean())
        if len(rows) == 1:
            day, dof = float(arrays.fit.residual_variance[rows[0]]), float(arrays.fit.dof[rows[0]])
        else:
            mean = sums.mean_residual[np.isfinite(sums.mean_residual)]
            dof = len(mean) - parameters
            day = float((mean**2).sum()) / dof if dof > 0 else math.nan
        weights.append(len(rows) / sample.n)
        variances.append(day * k)
        dofs.append(float(dof))
        day_variances.append(day)
    share, own = np.array(weights), np.array(variances)
    parts = share**2 * own
    total = float(parts.sum())
    for one, other in zip(*np.nonzero(np.triu(sample.overlap)), strict=True):
        first, second = sample.cluster_sums[one], sample.beside(int(one), int(other))
        slices = common_columns(first, second)
        if slices is None:
            continue
        product = first.mean_residual[slices[0]] * second.mean_residual[slices[1]]
        product = product[np.isfinite(product)]
        if len(product):
            covariance = max(float(product.mean()), 0.0) * sample.overlap[one, other] * sample.length
            total += 2.0 * share[one] * share[other] * covariance
    squares = float((parts**2 / np.array(dofs)).sum()) if min(dofs) > 0 else 0.0
    # with one cluster this is that cluster's own d; single observations of a GARCH model have no end of it
    dof = float(parts.sum()) ** 2 / squares if squares > 0 else math.inf if np.isinf(dofs).all() else math.nan
    return total, dof


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

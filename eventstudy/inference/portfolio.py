"""Portfolio tests: the group as one portfolio, with the variance of its own residual."""

from __future__ import annotations

import math

import numpy as np

from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.correlation import common_columns
from eventstudy.inference.moments import ClusterState, Summarised

NULL = "mean CAR is zero"


def portfolio_variance(group: Summarised) -> tuple[float, float]:
    """V, the variance of the CAAR under no effect, and its degrees of freedom.

    Returns
    -------
    (V, d)
        One cluster: V = s_P² k with s_P² of the mean residual on the news clock. Several: Σ (N_c/N)² V_c, with the
        covariance of clusters whose windows overlap, and Satterthwaite's d. NaN where a cluster has no residuals.
    """
    if not group.n:
        return math.nan, math.nan
    state = group.state
    variances, dofs = [], []
    for cluster, k in zip(state.clusters, state.k.tolist(), strict=True):
        day, dof = _day_variance(cluster, state.parameters)
        variances.append(day * (k / cluster.size))
        dofs.append(dof)
    if len(variances) == 1:
        return variances[0], dofs[0]
    share = state.sizes / state.n
    own = np.array(variances)
    parts = share**2 * own
    total = float(parts.sum())
    for one, other in state.overlapping:
        first, second = state.clusters[one].sums, state.beside(one, other)
        slices = common_columns(first, second)
        if slices is None:
            continue
        product = first.mean_residual[slices[0]] * second.mean_residual[slices[1]]
        product = product[np.isfinite(product)]
        if len(product):
            covariance = max(float(product.mean()), 0.0) * state.overlap[one, other] * state.length
            total += 2.0 * share[one] * share[other] * covariance
    squares = float((parts**2 / np.array(dofs)).sum()) if min(dofs) > 0 else 0.0
    # single observations of a GARCH model have no end of degrees of freedom
    return total, float(parts.sum()) ** 2 / squares if squares > 0 else math.inf if np.isinf(dofs).all() else math.nan


def _day_variance(cluster: ClusterState, parameters: int) -> tuple[float, float]:
    """s_P² of one cluster and its degrees of freedom; a single observation's own."""
    if cluster.size == 1:
        return cluster.variance, cluster.dof
    squares, columns = cluster.sums.mean_square
    dof = float(columns - parameters)
    return squares / dof if dof > 0 else math.nan, dof


def portfolio_t(group: Summarised) -> StatisticResult:
    """CAAR over √V, t(d); holds when observations are correlated, not when the day's variance jumps."""
    variance, dof = portfolio_variance(group)
    if not variance > 0:
        return missing(group, "portfolio_t", NULL, "no residuals in common")
    return t_result(group, "portfolio_t", NULL, group.state.caar / math.sqrt(variance), dof)


def time_series_t(group: Summarised) -> StatisticResult:
    """CAAR over sd of the group's mean AR times √L, t(M - 1): Brown & Warner's crude dependence adjustment.

    The sd is that of the mean AR by event day over the estimation window, about its mean; no prediction error.
    """
    name = "time_series_t"
    if not group.n:
        return missing(group, name, NULL, "no observations")
    state = group.state
    mean = state.mean_residual[np.isfinite(state.mean_residual)]
    if len(mean) < 2 or not mean.std(ddof=1) > 0:
        return missing(group, name, NULL, "the group's mean residual does not vary")
    statistic = state.caar / (float(mean.std(ddof=1)) * math.sqrt(state.length))
    return t_result(group, name, NULL, statistic, len(mean) - 1)

"""Portfolio tests: the group as one portfolio, with the variance of its own residual."""

from __future__ import annotations

import math

import numpy as np

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.cluster_state import ClusterState
from eventstudy.inference.correlation import ClusterSums, common_columns
from eventstudy.inference.group_state import Summarised
from eventstudy.inference.reasons import because

NULL = "mean CAR is zero"


def pairwise_variance(
    present: FloatArray,
    total: FloatArray,
    squares: FloatArray,
    mean_variance: FloatArray,
    size: FloatArray,
    parameters: int,
) -> tuple[FloatArray, FloatArray]:
    """Variance of a group's mean residual from its members' variances and the covariance of its pairs, and its d.

    Parameters
    ----------
    present : (..., T) float
        N_t, members with a residual.
    total : (..., T) float
        S_t = Σ s z over members, z a residual over the root of its own mean square.
    squares : (...) float
        Σ q_t over columns, q_t = Σ s²z² over members.
    mean_variance : (...) float
        Mean of s² over members.
    size : (...) float
        Members N, two or more.
    parameters : int
        Fitted coefficients p of each member.

    Returns
    -------
    (...) float, (...) float
        s_P² = s̄²/N + (1 - 1/N) c̄ with c̄ = Σ (S_t² - q_t)/Σ N_t (N_t - 1), each pair over the columns that it shares;
        Satterthwaite's d. NaN where no two members share a column, or the sum is not positive.

    Notes
    -----
    Where every member has every column it is Σ ē_t²/(T - p), and d = T - p. d is exact for normal residuals of equal
    variances and equal correlations c̄/s̄², where the estimate is Σ_t e_t'A_t e_t with A_t of α = N/Σ N_t on the diagonal
    and b = N (N - 1)/Σ N_t (N_t - 1) beside it; the fit takes the share p/M of it.

    Examples
    --------
    Residuals 1 -1 1 -1 and 1 -1 1 1 of variance 2, p = 2: mean residual 1 -1 1 0, squares 3, d = 2.

    >>> root = np.sqrt(2.0)
    >>> total, squares = root * np.array([2.0, -2.0, 2.0, 0.0]), np.array(16.0)
    >>> variance, dof = pairwise_variance(np.full(4, 2.0), total, squares, np.array(2.0), np.array(2.0), 2)
    >>> round(float(variance), 12), round(float(dof), 12)
    (1.5, 2.0)
    """
    others = np.maximum(present - 1.0, 0.0)
    cells, pairs = present.sum(axis=-1), (present * others).sum(axis=-1)
    shared = pairs > 0
    safe = np.where(shared, pairs, 1.0)
    covariance = ((total * total).sum(axis=-1) - squares) / safe
    variance = mean_variance / size + (1.0 - 1.0 / size) * covariance
    correlation = covariance / mean_variance
    diagonal, beside = size / np.where(cells > 0, cells, 1.0), size * (size - 1.0) / safe
    # eigenvalues of A_t times those of the correlation matrix, along the mean and across it
    along = (diagonal[..., None] + beside[..., None] * others) * (1.0 + correlation[..., None] * others)
    across = (diagonal - beside) * (1.0 - correlation)
    noise = np.where(present > 0, along**2 + others * across[..., None] ** 2, 0.0).sum(axis=-1)
    # members that move against each other leave a rounding error of a variance
    sound = shared & (variance > 1e-12 * mean_variance / size) & (noise > 0)
    effective = (size * size * variance / mean_variance) ** 2 / np.where(sound, noise, 1.0)
    dof = effective * (1.0 - parameters * diagonal)
    sound &= dof > 0
    return np.where(sound, variance, np.nan), np.where(sound, dof, np.nan)


def portfolio_variance(group: Summarised) -> tuple[float, float]:
    """V, the variance of the CAAR under no effect, and its degrees of freedom.

    Returns
    -------
    (V, d)
        One cluster: V = s_P² k with s_P² of the mean residual on the news clock: over the columns on which every member
        has a return of one session; where those are too few, from members' variances and the covariances of pairs.
        Several: Σ (N_c/N)² V_c, with the covariance of clusters whose windows overlap, and Satterthwaite's d. NaN where
        a cluster has no residuals in common.
    """
    if not group.n:
        return math.nan, math.nan
    state = group.state
    if state.portfolio is not None:
        return state.portfolio
    variances, dofs = [], []
    for cluster, k in zip(state.clusters, state.k.tolist(), strict=True):
        day, dof = _day_variance(cluster, state.parameters)
        variances.append(day * (k / cluster.size))
        dofs.append(dof)
    if len(variances) == 1:
        return variances[0], dofs[0]
    covariances = [
        _covariance(state.clusters[one].sums, state.beside(one, other)) * state.overlap[one, other] * state.length
        for one, other in state.overlapping
    ]
    first, second = np.array(state.overlapping, dtype=np.int64).reshape(-1, 2).T
    return pooled_variance(
        state.sizes / state.n, np.array(variances), np.array(dofs), first, second, np.array(covariances)
    )


def pooled_variance(
    share: FloatArray, variance: FloatArray, dof: FloatArray, first: IntArray, second: IntArray, covariance: FloatArray
) -> tuple[float, float]:
    """V and d of several clusters.

    Parameters
    ----------
    share, variance, dof : (C,) float
        N_c/N; V and d of each cluster alone.
    first, second : (P,) int
        Pairs of clusters whose windows overlap, each once.
    covariance : (P,) float
        Of their CAARs.
    """
    parts = share**2 * variance
    total = float(parts.sum()) + 2.0 * float((share[first] * share[second] * covariance).sum())
    squares = float((parts**2 / dof).sum()) if dof.min() > 0 else 0.0
    # single observations of a GARCH model have no end of degrees of freedom
    return total, float(parts.sum()) ** 2 / squares if squares > 0 else math.inf if np.isinf(dof).all() else math.nan


def _day_variance(cluster: ClusterState, parameters: int) -> tuple[float, float]:
    """s_P² of one cluster and its degrees of freedom; a single observation's own."""
    if cluster.size == 1:
        return cluster.variance, cluster.dof
    sums = cluster.sums
    if not sums.enough:
        own, size = np.array(cluster.variance / cluster.size), np.array(float(cluster.size))
        variance, d = pairwise_variance(
            sums.present, sums.scaled_total, np.add.reduce(sums.scaled_squares), own, size, parameters
        )
        return float(variance), float(d)
    squares, columns = sums.mean_square
    dof = float(columns - parameters)
    return squares / dof if dof > 0 else math.nan, dof


def _covariance(one: ClusterSums, other: ClusterSums) -> float:
    """Covariance of one session's mean residual of two clusters, 0 where it is negative or there is none."""
    slices = common_columns(one, other)
    if slices is None:
        return 0.0
    left, right = slices
    if one.enough and other.enough:
        product = one.mean_residual[left] * other.mean_residual[right]
        product = product[np.isfinite(product)]
        return max(float(product.mean()), 0.0) if len(product) else 0.0
    pairs = float((one.present[left] * other.present[right]).sum())
    return max(float((one.scaled_total[left] * other.scaled_total[right]).sum()) / pairs, 0.0) if pairs > 0 else 0.0


def portfolio_t(group: Summarised) -> StatisticResult:
    """CAAR over √V, t(d); holds when observations are correlated, not when the day's variance jumps.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.portfolio import portfolio_t
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = portfolio_t(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (5.33, '2e-07', 't(248)')
    """
    variance, dof = portfolio_variance(group)
    if not variance > 0:
        return missing(group, "portfolio_t", NULL, because("none.common_residuals"))
    return t_result(group, "portfolio_t", NULL, group.state.caar / math.sqrt(variance), dof)


def time_series_t(group: Summarised) -> StatisticResult:
    """CAAR over sd of the group's mean AR times √L, t(M - 1): Brown & Warner's crude dependence adjustment.

    The sd is that of the mean AR by event day over the estimation window, about its mean; no prediction error.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.portfolio import time_series_t
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = time_series_t(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (5.36, '2e-07', 't(249)')
    """
    name = "time_series_t"
    if not group.n:
        return missing(group, name, NULL, because("none.observations"))
    state = group.state
    mean = state.mean_residual[np.isfinite(state.mean_residual)]
    if len(mean) < 2 or not mean.std(ddof=1) > 0:
        return missing(group, name, NULL, because("none.mean_residual"))
    statistic = state.caar / (float(mean.std(ddof=1)) * math.sqrt(state.length))
    return t_result(group, name, NULL, statistic, len(mean) - 1)

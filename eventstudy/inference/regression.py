"""Cross-sectional regression of CAR: standard errors that hold when all observations share one date.

A row of P = (Z'HZ)⁻¹Z'H is a portfolio, so each coefficient has a history of its own: on the days of the estimation
window (Sefcik & Thompson 1986), and over every ordinary stretch of sessions (Cohn et al. 2026). Over several dates the
date is the unit: a wild cluster bootstrap with the null imposed (Cameron, Gelbach & Miller 2008).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.inference.base import t_pvalue
from eventstudy.inference.bootstrap import DRAWS, FEWEST_CLUSTERS, cluster_weights
from eventstudy.inference.placebo import FEWEST_DATES, too_few_dates
from eventstudy.inference.reasons import because


@dataclass(frozen=True, eq=False)
class Slopes:
    """One verdict a coefficient.

    Attributes
    ----------
    standard_error, statistic, pvalue : (K,) float
        NaN with a reason.
    dof : float
        Of the reference law; NaN where the law is drawn.
    count : int
        Sessions, dates or draws behind the verdict.
    reason : str
        Why there is none.
    covariance : (K, K) float or None
        Of the coefficients, where the verdict rests on one: k Σ p_t p_t'/d of the portfolios.
    """

    standard_error: FloatArray
    statistic: FloatArray
    pvalue: FloatArray
    dof: float
    count: int
    reason: str = ""
    covariance: FloatArray | None = None


def no_slopes(size: int, reason: str, count: int = 0) -> Slopes:
    """No verdict on K coefficients, with the reason.

    Examples
    --------
    >>> no_slopes(2, "several dates").pvalue
    array([nan, nan])
    """
    blank = np.full(size, np.nan)
    return Slopes(blank, blank, blank, math.nan, count, reason)


def projection(design: FloatArray, weights: FloatArray) -> FloatArray:
    """P = (Z'HZ)⁻¹Z'H with H the diagonal of the weights.

    Parameters
    ----------
    design : (N, K) float
        Z, its constant among the columns.
    weights : (N,) float
        Positive.

    Returns
    -------
    (K, N) float
        Coefficients of any y are ``P @ y``.

    Examples
    --------
    >>> projection(np.array([[1.0, 0.0], [1.0, 1.0]]), np.ones(2)).round(9) + 0.0
    array([[ 1.,  0.],
           [-1.,  1.]])
    """
    root = np.sqrt(weights)
    inverse: FloatArray = np.asarray(np.linalg.pinv(design * root[:, None]) * root, dtype=np.float64)
    return inverse


def by_pattern(design: FloatArray, weights: FloatArray, values: FloatArray) -> FloatArray:
    """P·y of every column of y, on the observations that the column has.

    Parameters
    ----------
    design : (N, K) float
        Z, the same on all days.
    weights : (N,) float
        Positive.
    values : (N, D) float
        One column a day; NaN = the observation is missing and left out of that day's P.

    Returns
    -------
    (K, D) float
        NaN where those present do not determine the coefficients, or leave no degree of freedom.
    """
    there = np.isfinite(values)
    size = design.shape[1]
    # columns of one scale, so that the smallest eigenvalue tells what is determined from what is rounding
    scale = np.sqrt((design**2).mean(axis=0))
    scale[scale == 0] = 1.0
    unit = design / scale
    pattern, first = _patterns(there)
    share = there[:, first] * weights[:, None]
    products = (unit[:, :, None] * unit[:, None, :]).reshape(len(unit), size * size)
    total = np.maximum(share.sum(axis=0), 1e-300)
    gram = (share.T @ products).reshape(-1, size, size) / total[:, None, None]
    known = (there[:, first].sum(axis=0) > size) & (np.linalg.eigvalsh(gram)[:, 0] > 1e-10)
    moment = (np.where(there, values, 0.0) * weights[:, None]).T @ unit / total[pattern, None]
    determined = known[pattern]
    found = np.full((size, values.shape[1]), np.nan)
    if determined.any():
        solved = np.linalg.solve(gram[pattern[determined]], moment[determined][:, :, None])[:, :, 0]
        found[:, determined] = (solved / scale).T
    return found


def _patterns(there: BoolArray) -> tuple[IntArray, IntArray]:
    """(D,) which pattern each column of (N, D) has, and (U,) the first column of each pattern."""
    packed = np.ascontiguousarray(np.packbits(there, axis=0).T)
    rows = packed.view(np.dtype((np.void, packed.shape[1])))[:, 0]
    _, first, pattern = np.unique(rows, return_index=True, return_inverse=True)
    return pattern, first


def portfolio_slopes(
    design: FloatArray,
    weights: FloatArray,
    coefficients: FloatArray,
    residuals: FloatArray,
    complete: BoolArray,
    k: float,
    n_parameters: int,
    min_estimation: int,
) -> Slopes:
    """t(d) of each coefficient as a portfolio of the estimation window's residuals: Sefcik & Thompson 1986.

    Parameters
    ----------
    design, weights
        Z and the diagonal of H.
    coefficients : (K,) float
        b̂ = P·CAR.
    residuals : (N, T) float
        Residuals by news-clock column, on one session's scale; NaN where there is none.
    complete : (T,) bool
        Columns on which every observation has a residual over one session.
    k : float
        Var(CAR)/s².
    n_parameters : int
        Coefficients of the return model, so that d = T - p.
    min_estimation : int
        Fewest columns.

    Returns
    -------
    Slopes
        s_j² = Σ_t (P_j e_t)²/d, t_j = b̂_j/√(s_j² k). Complete columns where they are enough, else every column on
        those present.
    """
    if int(complete.sum()) >= min_estimation:
        paths = projection(design, weights) @ residuals[:, complete]
    else:
        paths = by_pattern(design, weights, residuals)
        paths = paths[:, np.isfinite(paths).all(axis=0)]
    sessions = paths.shape[1]
    dof = float(sessions - n_parameters)
    if sessions < min_estimation or dof <= 0:
        return no_slopes(len(coefficients), because("none.together"), sessions)
    covariance = paths @ paths.T / dof * k
    error = np.sqrt(np.diag(covariance))
    statistic = np.divide(coefficients, error, out=np.full(len(error), np.nan), where=error > 0)
    pvalue = np.array([t_pvalue(value, dof) for value in statistic.tolist()])
    return Slopes(error, statistic, pvalue, dof, sessions, covariance=covariance)


def ordinary_slopes(design: FloatArray, weights: FloatArray, coefficients: FloatArray, cars: FloatArray) -> Slopes:
    """Each coefficient against the same coefficient over ordinary stretches of equal length: Cohn et al. 2026.

    Parameters
    ----------
    design, weights
        Z and the diagonal of H, fixed before the event and the same on all dates.
    coefficients : (K,) float
        b̂ of the event.
    cars : (N, D) float
        CAR of every observation on D ordinary dates, each out of sample; NaN = left out of that date's P.

    Returns
    -------
    Slopes
        Standard error: the root mean square of the D slopes about their mean, divisor D - 1;
        p = (1 + #{|b_b| ≥ |b̂|})/(1 + B). Missing below 99 dates.
    """
    slopes = by_pattern(design, weights, cars)
    slopes = slopes[:, np.isfinite(slopes).all(axis=0)]
    dates = slopes.shape[1]
    if dates < FEWEST_DATES:
        return no_slopes(len(coefficients), too_few_dates(dates), dates)
    error = slopes.std(axis=1, ddof=1)
    beyond = (np.abs(slopes) >= np.abs(coefficients)[:, None]).sum(axis=1)
    statistic = np.divide(coefficients, error, out=np.full(len(error), np.nan), where=error > 0)
    return Slopes(error, statistic, (1.0 + beyond) / (1.0 + dates), math.nan, dates)


def clustered_slopes(
    design: FloatArray,
    weights: FloatArray,
    outcome: FloatArray,
    cluster: IntArray,
    seed: Sequence[int],
    draws: int = DRAWS,
) -> Slopes:
    """Wild cluster bootstrap-t of each coefficient, the null imposed: Cameron, Gelbach & Miller 2008.

    Parameters
    ----------
    design, weights
        Z and the diagonal of H.
    outcome : (N,) float
        CAR.
    cluster : (N,) int
        Cluster of each observation.
    seed : sequence of int
        Of the draws.
    draws : int
        B.

    Returns
    -------
    Slopes
        Cluster-robust standard error with the factor C/(C - 1)·(N - 1)/(N - K), as statsmodels; y* is the restricted
        fit plus η_c times the restricted residual, and the error is recomputed in every draw. Missing below five
        clusters.
    """
    n, size = design.shape
    names, place = np.unique(cluster, return_inverse=True)
    count = len(names)
    if count < FEWEST_CLUSTERS:
        return no_slopes(size, because("none.dates", needed=FEWEST_CLUSTERS), count)
    root = np.sqrt(weights)
    z, y = design * root[:, None], outcome * root
    inverse = np.linalg.pinv(z)
    member = (place[None, :] == np.arange(count)[:, None]).astype(np.float64)  # (C, N)
    factor = count / (count - 1.0) * (n - 1.0) / (n - size)
    eta = cluster_weights(count, np.random.default_rng(seed), draws)[:, place].T  # (N, B)

    def t_of(row: int, ys: FloatArray) -> tuple[FloatArray, FloatArray]:
        fitted = inverse @ ys
        scores = member @ (inverse[row][:, None] * (ys - z @ fitted))
        error = np.sqrt(factor * (scores**2).sum(axis=0))
        return np.divide(fitted[row], error, out=np.full(ys.shape[1], np.inf), where=error > 0), error

    errors, statistics, pvalues = np.empty(size), np.empty(size), np.empty(size)
    for row in range(size):
        own, error = t_of(row, y[:, None])
        others = np.delete(z, row, axis=1)
        restricted = others @ (np.linalg.pinv(others) @ y) if size > 1 else np.zeros(n)
        drawn = np.abs(t_of(row, restricted[:, None] + eta * (y - restricted)[:, None])[0])
        errors[row], statistics[row] = error[0], own[0]
        # a draw that only rescales the sample reproduces |t| up to rounding: it counts as at least as large
        pvalues[row] = (1.0 + (drawn >= abs(own[0]) * (1.0 - 1e-12)).sum()) / (1.0 + draws)
    return Slopes(errors, statistics, pvalues, math.nan, count)

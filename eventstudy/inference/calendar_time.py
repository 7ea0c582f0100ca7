"""Calendar-time portfolio: each session holds the observations inside their windows; its intercept is what they earned.

Made for long windows that overlap. It weighs days, not observations, so that its mean is not the CAAR over L.
METHODS 5.6; errors Newey & West 1987.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.ordinary_law import Clock
from eventstudy.inference.reasons import because
from eventstudy.inference.sample import GroupSample

NAME, NULL = "calendar_time_t", "mean abnormal return a day in calendar time is zero"
FEWEST_SESSIONS = 10  # below, Newey & West's error rests on a handful of days


@dataclass(frozen=True, eq=False)
class CalendarPortfolio:
    """The portfolio of each news-clock day on which an observation is inside its window.

    Attributes
    ----------
    columns : (T,) int
        News-clock columns, ascending; days without holdings are left out.
    returns : (T,) float
        Mean return of the holdings; mean abnormal return where the model has no loadings to estimate.
    design : (T, p) float
        Mean number of sessions that the returns span (1 without gaps), and mean regressors of the holdings.
    held : (T,) float
        Number of holdings N_t.
    """

    columns: IntArray
    returns: FloatArray
    design: FloatArray
    held: FloatArray


def lag_length(sessions: int, length: int) -> int:
    """Newey & West's lag for T sessions and windows of L: max(L - 1, ⌊4 (T/100)^(2/9)⌋), at most T/4.

    Examples
    --------
    >>> lag_length(100, 1), lag_length(250, 21), lag_length(12, 6)
    (4, 20, 3)
    """
    usual = math.floor(4.0 * math.pow(sessions / 100.0, 2.0 / 9.0))
    return min(max(length - 1, usual), sessions // 4)


def newey_west(design: FloatArray, residuals: FloatArray, lag: int) -> FloatArray:
    """Covariance of least-squares coefficients under heteroskedastic, autocorrelated errors.

    Parameters
    ----------
    design : (T, p) float
        Regressors in the order of time.
    residuals : (T,) float
        Of the regression on them.
    lag : int
        Autocovariances of order j enter with the weight 1 - j/(lag + 1).

    Returns
    -------
    (p, p) float
        Times T/(T - p), the small-sample correction.

    Examples
    --------
    The mean of 1, -1, 1, -1 with lag 1: scores' squares 4, their first products -3 at half weight on both sides,
    (4 - 3)/4² × 4/3.

    >>> newey_west(np.ones((4, 1)), np.array([1.0, -1.0, 1.0, -1.0]), 1).round(6)
    array([[0.083333]])
    """
    count, p = design.shape
    scores = design * residuals[:, None]
    middle = scores.T @ scores
    for j in range(1, lag + 1):
        product = scores[j:].T @ scores[:-j]
        middle += (1.0 - j / (lag + 1.0)) * (product + product.T)
    bread = np.linalg.inv(design.T @ design)
    return np.asarray(bread @ middle @ bread * (count / (count - p)))


def calendar_portfolio(sample: GroupSample, clocks: Mapping[int, Clock]) -> CalendarPortfolio:
    """Holdings of a group by news-clock day.

    Parameters
    ----------
    sample : GroupSample
        One group over one window.
    clocks : mapping of event to Clock
        News-clock column of each session, by calendar.

    Returns
    -------
    CalendarPortfolio
        A session without a return, or without a column of its own on the news clock, is not held.
    """
    arrays, rows = sample.arrays, sample.rows
    panel, fit = arrays.regressed, arrays.fit
    first = sample.window.window[0] - int(panel.taus[0])
    inside = slice(first, first + sample.length)
    span = panel.event_span[rows, inside]
    regressors = panel.event_regressors[rows, inside]
    if regressors.shape[2] == 0 or fit.gram_inverse.shape[1] == 0:
        values, design = arrays.abnormal.ar[rows, inside], span[:, :, None]
    else:
        values = panel.event_returns[rows, inside]
        design = np.concatenate([span[:, :, None], regressors], axis=2)
    place = arrays.position[rows, None] + panel.taus[inside]
    column = np.full(place.shape, -1, dtype=np.int64)
    for number, row in enumerate(rows.tolist()):
        clock = clocks[int(panel.event[row])][int(arrays.calendar[row])]
        known = (place[number] >= 0) & (place[number] < len(clock))
        column[number, known] = clock[place[number, known]]
    holding = (column >= 0) & np.isfinite(values) & np.isfinite(design).all(axis=2)
    columns, day = np.unique(column[holding], return_inverse=True)
    held = np.bincount(day, minlength=len(columns)).astype(np.float64)
    means = [np.bincount(day, weights=one, minlength=len(columns)) / held for one in design[holding].T]
    return CalendarPortfolio(
        columns=columns,
        returns=np.bincount(day, weights=values[holding], minlength=len(columns)) / held,
        design=np.column_stack(means),
        held=held,
    )


def calendar_time_t(sample: GroupSample, clocks: Mapping[int, Clock], *, weighted: bool = False) -> StatisticResult:
    """Intercept of the calendar-time portfolio over its Newey-West error, t(T - p).

    Parameters
    ----------
    sample : GroupSample
        One group over one window.
    clocks : mapping of event to Clock
        News-clock column of each session, by calendar.
    weighted : bool
        Weigh days by √N_t, which is efficient only if holdings are independent.

    Returns
    -------
    StatisticResult
        NaN with the reason where holdings stand on fewer than ten sessions, or the regressors do not vary on them.

    Notes
    -----
    Returns are regressed on the factors of the model over the held sessions alone. A model without loadings to
    estimate leaves the mean of its abnormal returns. Normal returns without an effect reject 10% at 5% on 10 sessions,
    12% on 20 and 7% on 60 with L = 6, 10% on 120 with L = 21: the lags cost size until sessions are many.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.calendar_time import calendar_time_t
    >>> spec = es.StudySpec(windows=((0, 11),), tests=("calendar_time_t",))
    >>> results = es.study_returns(*es.example_returns(), spec)
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = calendar_time_t(sample, results.evidence.clocks)
    >>> round(found.statistic, 2), found.distribution
    (2.18, 't(10)')
    """
    if not sample.n:
        return missing(sample, NAME, NULL, because("none.observations"))
    portfolio = calendar_portfolio(sample, clocks)
    count, p = portfolio.design.shape
    fewest = max(FEWEST_SESSIONS, p + 2)
    if count < fewest:
        return missing(sample, NAME, NULL, because("none.holdings", count=count, needed=fewest))
    weight = np.sqrt(portfolio.held) if weighted else np.ones(count)
    design, returns = portfolio.design * weight[:, None], portfolio.returns * weight
    scale = np.sqrt((design**2).sum(axis=0))
    if not ((scale > 0).all() and np.linalg.cond(design / np.where(scale > 0, scale, 1.0)) < 1e6):
        return missing(sample, NAME, NULL, because("none.factors"))
    coefficients = np.linalg.lstsq(design, returns, rcond=None)[0]
    residuals = returns - design @ coefficients
    variance = float(newey_west(design, residuals, lag_length(count, sample.length))[0, 0])
    if not variance > 1e-24 * float((returns**2).mean()):
        return missing(sample, NAME, NULL, because("none.portfolio_residual"))
    return t_result(sample, NAME, NULL, float(coefficients[0]) / math.sqrt(variance), count - p)

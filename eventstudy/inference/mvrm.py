"""Multivariate regression: the group's market models as one system with a dummy for each day of the window.

R_it = α_i + β_i R_mt + Σ γ_iτ D_τt + ε_it over estimation and event window. With equal regressors it is least squares
equation by equation, the dummies' coefficients are abnormal returns, and the residuals' covariance between members
gives exact F tests under normal errors: Schipper & Thompson 1983; Hein & Westfall 2004; METHODS 5.5.

Whatever model the study uses, the system is least squares of its own on that model's regressors and a constant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from eventstudy._arrays import FloatArray
from eventstudy.inference.base import StatisticResult, missing
from eventstudy.inference.reasons import because
from eventstudy.inference.sample import GroupSample

ZERO, EQUAL, MEAN = "every CAR is zero", "all CARs are equal", "mean CAR is zero"
COLLINEAR = because("none.collinear")


@dataclass(frozen=True, eq=False)
class MarketSystem:
    """Returns and regressors that all N members share.

    Attributes
    ----------
    returns, design : (M, N), (M, p) float
        Sessions of the estimation window on which every member has a return over that session alone; a constant and
        the model's regressors.
    event_returns, event_design : (L, N), (L, p) float
        The same on the days of the window.
    """

    returns: FloatArray
    design: FloatArray
    event_returns: FloatArray
    event_design: FloatArray

    @property
    def dof(self) -> int:
        """Residual degrees of freedom d = M - p."""
        sessions, coefficients = self.design.shape
        return int(sessions - coefficients)


@dataclass(frozen=True)
class DayTest:
    """The joint test of one day.

    Attributes
    ----------
    tau : int
        Event day.
    statistic, pvalue : float
        F and its p, which takes errors for normal: with t(4) errors it rejects 9-14% at 5%.
    distribution : str
        Law of F.
    rank_pvalue : float
        Share of the M + 1 days that lie as far out as this one; exact where days are exchangeable.
    """

    tau: int
    statistic: float
    pvalue: float
    distribution: str
    rank_pvalue: float


def market_system(sample: GroupSample) -> MarketSystem | str:
    """The system of a group, or why there is none.

    Parameters
    ----------
    sample : GroupSample
        One group over one window.

    Returns
    -------
    MarketSystem or str
        A reason where members differ in calendar, event session or regressors, where one has no return on a day of the
        window, or where too few sessions have them all
        or regressors do not vary on them.
    """
    if not sample.n:
        return because("none.observations")
    arrays, rows = sample.arrays, sample.rows
    if len(np.unique(arrays.calendar[rows])) > 1 or len(np.unique(arrays.position[rows])) > 1:
        return because("none.calendars")
    panel = arrays.regressed
    first = sample.window.window[0] - int(panel.taus[0])
    inside = slice(first, first + sample.length)
    returns, event_returns = panel.estimation_returns[rows], panel.event_returns[rows, inside]
    regressors, event_regressors = panel.estimation_regressors[rows], panel.event_regressors[rows, inside]
    present = np.isfinite(event_returns) & (panel.event_span[rows, inside] == 1)
    if not (present.all() and np.isfinite(event_regressors).all()):
        return because("none.returns")
    complete = np.isfinite(returns) & (panel.estimation_span[rows] == 1) & np.isfinite(regressors).all(axis=2)
    used = complete.all(axis=0)
    regressors = regressors[:, used]
    if (regressors != regressors[0]).any() or (event_regressors != event_regressors[0]).any():
        return because("none.markets")
    if int(used.sum()) < arrays.min_estimation:
        return because("none.sessions", count=int(used.sum()), needed=arrays.min_estimation)
    design = np.column_stack([np.ones(int(used.sum())), regressors[0]])
    if not _independent(design.T @ design):
        return because("none.regressors")
    return MarketSystem(
        returns=returns[:, used].T,
        design=design,
        event_returns=event_returns.T,
        event_design=np.column_stack([np.ones(sample.length), event_regressors[0]]),
    )


def _contrasts(values: FloatArray) -> FloatArray:
    """Every member less the first, (…, N - 1)."""
    return values[..., 1:] - values[..., :1]


def _independent(squares: FloatArray) -> bool:
    """Whether a matrix of cross-products, scaled to a unit diagonal, is far from singular."""
    scale = np.sqrt(np.diag(squares))
    if not (scale > 0).all():
        return False
    return bool(np.linalg.eigvalsh(squares / np.outer(scale, scale))[0] > 1e-10)


def _cumulated(system: MarketSystem) -> tuple[FloatArray, FloatArray, float]:
    """g, the CAR of each member; Σ̂ = ê'ê/d; k with Var(g) = Σ k."""
    q, r = np.linalg.qr(system.design)
    projected = q.T @ system.returns
    residuals = system.returns - q @ projected
    loads = np.linalg.solve(r.T, system.event_design.sum(axis=0))
    effects = system.event_returns.sum(axis=0) - loads @ projected
    k = len(system.event_design) + float(loads @ loads)
    return effects, residuals.T @ residuals / system.dof, k


def _hotelling(sample: GroupSample, name: str, null: str, contrasts: bool) -> StatisticResult:
    """T² of the CARs or their contrasts, as F."""
    system = market_system(sample)
    if isinstance(system, str):
        return missing(sample, name, null, system)
    count = sample.n - contrasts
    if count < 1:
        return missing(sample, name, null, because("none.two_observations"))
    second = system.dof - count + 1
    if second < 1:
        return missing(sample, name, null, because("none.freedom", count=sample.n, dof=system.dof))
    effects, covariance, k = _cumulated(system)
    if contrasts:
        effects, covariance = _contrasts(effects), _contrasts(_contrasts(covariance).T)
    if not _independent(covariance):
        return missing(sample, name, null, COLLINEAR)
    squared = float(effects @ np.linalg.solve(covariance, effects)) / k
    statistic = squared * second / (count * system.dof)
    return _f_result(sample, name, null, statistic, count, second)


def _f_result(sample: GroupSample, name: str, null: str, statistic: float, first: int, second: int) -> StatisticResult:
    pvalue = float(special.fdtrc(first, second, statistic))
    return StatisticResult(name, null, statistic, pvalue, f"F({first},{second})", sample.n)


def mvrm_f(sample: GroupSample) -> StatisticResult:
    """Joint F that no member has a CAR, T²(d - N + 1)/(N d) ~ F(N, d - N + 1) with T² = g'Σ̂⁻¹g/k.

    The classical question of the multivariate regression: effects of both signs count. That the mean CAR is zero is
    :func:`mvrm_mean_f`, on complete data the square of the portfolio t. Exact under normal errors and any correlation;
    over one day with t(4) errors it rejects 9-14% at 5% (:func:`mvrm_days` gives a rank p for that).

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.mvrm import mvrm_f
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = mvrm_f(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (5.11, '6e-05', 'F(6,243)')
    """
    return _hotelling(sample, "mvrm_f", ZERO, contrasts=False)


def mvrm_equal_f(sample: GroupSample) -> StatisticResult:
    """Joint F that all members have the same CAR: as :func:`mvrm_f` on the N - 1 differences from one of them.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.mvrm import mvrm_equal_f
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = mvrm_equal_f(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (0.39, '0.9', 'F(5,244)')
    """
    return _hotelling(sample, "mvrm_equal_f", EQUAL, contrasts=True)


def mvrm_mean_f(sample: GroupSample) -> StatisticResult:
    """F that the CARs add up to zero, (1'g)²/(k 1'Σ̂1) ~ F(1, d): on complete data the portfolio t, squared.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.mvrm import mvrm_mean_f
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = mvrm_mean_f(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (28.43, '2e-07', 'F(1,248)')
    """
    name = "mvrm_mean_f"
    system = market_system(sample)
    if isinstance(system, str):
        return missing(sample, name, MEAN, system)
    if system.dof < 1:
        return missing(sample, name, MEAN, because("none.no_freedom"))
    effects, covariance, k = _cumulated(system)
    variance = k * float(covariance.sum())
    if not variance > 1e-24 * float(effects.sum()) ** 2:
        return missing(sample, name, MEAN, because("none.mean_residual"))
    return _f_result(sample, name, MEAN, float(effects.sum()) ** 2 / variance, 1, system.dof)


def mvrm_days(sample: GroupSample, *, equal: bool = False) -> tuple[DayTest, ...] | str:
    """Joint test of every day of the window, by F and by rank.

    Parameters
    ----------
    sample : GroupSample
        One group over one window.
    equal : bool
        Test that all members moved alike instead of that none moved.

    Returns
    -------
    tuple of DayTest, or str
        In the order of the days; the reason where there is none.

    Notes
    -----
    e_t and h_t are residuals and leverages of the regression without dummies over the estimation sessions and that
    day, π_t = e_t'(Σ_s e_s e_s')⁻¹e_t/(1 - h_t). Then T² = d π_0/(1 - π_0), and the rank p is #{t : π_t ≥ π_0}/(M + 1).

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.mvrm import mvrm_days
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> [(day.tau, round(day.pvalue, 4)) for day in mvrm_days(sample)]
    [(0, 0.0001)]
    """
    system = market_system(sample)
    if isinstance(system, str):
        return system
    count = sample.n - equal
    second = system.dof - count + 1
    if count < 1:
        return because("none.two_observations")
    if second < 1:
        return because("none.freedom", count=sample.n, dof=system.dof)
    tests = []
    for day in range(sample.length):
        q, _ = np.linalg.qr(np.vstack([system.design, system.event_design[day]]))
        returns = np.vstack([system.returns, system.event_returns[day]])
        residuals = returns - q @ (q.T @ returns)
        if equal:
            residuals = _contrasts(residuals)
        squares = residuals.T @ residuals
        if not _independent(squares):
            return COLLINEAR
        inner = 1.0 - (q**2).sum(axis=1)
        distance = np.einsum("tn,nt->t", residuals, np.linalg.solve(squares, residuals.T))
        # a day that alone determines a coefficient has no residual
        out = np.divide(distance, inner, out=np.zeros(len(inner)), where=inner > 1e-12)
        own = float(out[-1])
        statistic = own / (1.0 - own) * second / count if own < 1.0 else np.inf
        tests.append(
            DayTest(
                tau=sample.window.window[0] + day,
                statistic=statistic,
                pvalue=float(special.fdtrc(count, second, statistic)),
                distribution=f"F({count},{second})",
                rank_pvalue=float((out >= own * (1.0 - 1e-12)).mean()),
            )
        )
    return tuple(tests)

"""The headline of a group: which test speaks for it, with an interval that agrees with its p.

The choice is fixed by N and by the number of dates before any result is seen: one date, adjusted BMP from six
observations, portfolio t below; from six separate dates the wild bootstrap; adjusted BMP between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from eventstudy.inference.base import t_quantile
from eventstudy.inference.bmp import adjusted_bmp_t
from eventstudy.inference.bootstrap import WildBootstrap, sample_bootstrap, wild_bootstrap_t
from eventstudy.inference.group_state import GroupState, Summarised
from eventstudy.inference.moments import deviation
from eventstudy.inference.portfolio import portfolio_t, portfolio_variance
from eventstudy.inference.power import detectable_noncentrality
from eventstudy.inference.reasons import because

FEWEST_FOR_BMP = 6
FEWEST_DATES_FOR_BOOTSTRAP = 6


@dataclass(frozen=True)
class Headline:
    """What the groups table says of one group and window.

    Attributes
    ----------
    n_pairs : int
        Observations.
    caar, caar_se : float
        Mean CAR; √V, its standard error as a portfolio.
    ci_low, ci_high : float
        95% interval; contains 0 exactly when ``pvalue`` is above 5%. With adjusted BMP it is an interval for the
        volatility-weighted mean effect ΣSCAR/Σ(1/σ).
    share_positive : float
        Share of CARs above zero.
    mean_correlation : float
        r̄ of the residuals, as it is.
    mde : float
        Minimal detectable effect at 80% power.
    variance_ratio : float
        sd²(SCAR)/(Q (1 - r̄)): how the event day's dispersion compares with an ordinary day's.
    n_dates : int
        Separate dates.
    test : str
        Name of the headline test.
    pvalue : float
        Of the headline test.
    reason : str
        Why there is none.
    """

    n_pairs: int
    caar: float
    caar_se: float
    ci_low: float
    ci_high: float
    share_positive: float
    mean_correlation: float
    mde: float
    variance_ratio: float
    n_dates: int
    test: str
    pvalue: float
    reason: str


def headline_test(n_pairs: int, n_dates: int) -> str:
    """Name of the test that speaks for a group of N observations on so many separate dates.

    Examples
    --------
    >>> headline_test(5, 1), headline_test(6, 1), headline_test(40, 3), headline_test(40, 6)
    ('portfolio_t', 'adjusted_bmp_t', 'adjusted_bmp_t', 'wild_bootstrap_t')
    """
    if n_dates >= FEWEST_DATES_FOR_BOOTSTRAP:
        return "wild_bootstrap_t"
    if n_dates == 1 and n_pairs < FEWEST_FOR_BMP:
        return "portfolio_t"
    return "adjusted_bmp_t"


def _bmp_interval(state: GroupState) -> tuple[float, float]:
    """A ± t_ν σ_H sd(SCAR) √((1 + (N-1) r̄)/((1 - r̄) N)), with A the volatility-weighted mean."""
    correlation = state.correlation
    centre = state.n * state.scar.mean / state.inverse
    error = state.n / state.inverse * deviation(state.scar)
    error *= math.sqrt(correlation.inflation / ((1.0 - correlation.floored) * state.n))
    half = t_quantile(correlation.dof) * error
    return centre - half, centre + half


def headline(group: Summarised, seed: Sequence[int]) -> Headline:
    """The group's mean, interval, headline p and what the test could have seen.

    Parameters
    ----------
    group : GroupSample or GroupState
        One group over one window.
    seed : sequence of int
        Of the bootstrap.

    Returns
    -------
    Headline
        NaN with a reason where nothing can be said.
    """
    if not group.n:
        blank = math.nan
        return Headline(0, *(blank,) * 8, 0, "", blank, because("none.observations"))
    state = group.state
    n, caar = state.n, state.caar
    variance, dof = portfolio_variance(state)
    error = math.sqrt(variance) if variance > 0 else math.nan
    name = headline_test(n, state.n_dates)
    correlation = state.correlation
    low = high = mde = math.nan
    bootstrap: WildBootstrap | None = None
    if name == "wild_bootstrap_t":
        bootstrap = sample_bootstrap(state, seed)
        result = wild_bootstrap_t(state, bootstrap)
        if bootstrap is not None:
            half = bootstrap.critical * bootstrap.standard_error
            if bootstrap.critical == abs(bootstrap.statistic):
                half = abs(caar)  # the interval ends at 0, whatever the rounding
            low, high = caar - half, caar + half
            mde = detectable_noncentrality(float(bootstrap.clusters - 1)) * error
    elif name == "portfolio_t":
        result = portfolio_t(state)
        if math.isfinite(result.pvalue):
            half = t_quantile(dof) * error
            low, high = caar - half, caar + half
            mde = detectable_noncentrality(round(dof, 3)) * error
    else:
        result = adjusted_bmp_t(state)
        if math.isfinite(result.pvalue):
            low, high = _bmp_interval(state)
            harmonic = n / state.inverse
            null_error = harmonic * math.sqrt(state.quality / n * correlation.inflation / n)
            mde = detectable_noncentrality(round(correlation.dof, 3)) * null_error
    ratio = math.nan
    if n > 1 and correlation.floored < 1 - 1e-9:
        ratio = deviation(state.scar) ** 2 / (state.quality / n * (1.0 - correlation.floored))
    return Headline(
        n_pairs=n,
        caar=caar,
        caar_se=error,
        ci_low=low,
        ci_high=high,
        share_positive=state.positive / n,
        mean_correlation=correlation.mean,
        mde=mde,
        variance_ratio=ratio,
        n_dates=state.n_dates,
        test=name,
        pvalue=result.pvalue,
        reason=result.reason,
    )

"""Why a statistic has no number: English texts by the code that every ``Sentence`` carries."""

from __future__ import annotations

from functools import partial
from typing import Final

from eventstudy.sentences import sentence

PATTERNS: Final[dict[str, str]] = {
    "none.observations": "no observations",
    "none.two_observations": "fewer than two observations",
    "none.three_observations": "fewer than three observations",
    "none.freedom": "{count} observations and only {dof} degrees of freedom",
    "none.no_freedom": "no residual degrees of freedom",
    "none.mean_residual": "the group's mean residual does not vary",
    "none.error": "the statistic's standard error is zero or undefined",
    "none.holdings": "holdings on {count} of the {needed} sessions needed",
    "none.factors": "the factors do not vary over the held sessions",
    "none.portfolio_residual": "the portfolio's residual does not vary",
    "none.equal": "all {measure}s are equal",
    "none.common_residuals": "no residuals in common",
    "none.as_one": "the observations move as one",
    "none.two_differ": "fewer than two observations differ from zero",
    "none.one_sign": "estimation residuals have one sign only",
    "none.dates": "fewer than {needed} separate dates",
    "none.date_means": "the means of the dates do not vary",
    "none.portfolio_t": "the group has no portfolio t",
    "none.no_ordinary_date": "no ordinary date has a full study, {needed} needed",
    "none.ordinary_date": "only {count} ordinary date with a full study, {needed} needed",
    "none.ordinary_dates": "only {count} ordinary dates with a full study, {needed} needed",
    "none.ordinary_joint": (
        "only {count} ordinary dates with a full study in every specification, {needed} needed "
        "(fewest: {scarce}, {own})"
    ),
    "none.no_law": "no specification has a law on ordinary dates",
    "none.ranks": "ranks do not vary",
    "none.day_without_return": "a day of the window has no return",
    "none.collinear": "residuals of some observations determine those of another",
    "none.calendars": "the observations do not share one calendar and event session",
    "none.returns": "not every observation has a return on each day of the window",
    "none.markets": "the observations do not share one market",
    "none.sessions": "only {count} sessions on which all traded, {needed} needed",
    "none.regressors": "the regressors do not vary",
    "none.not_asked": "ordinary days were not asked for",
    "none.not_rolling": "ordinary days need a model fitted by least squares",
    "none.overlap": "windows of these events overlap: they cannot be moved apart",
    "none.together": "too few sessions on which the observations stand together",
    "none.contrast": "a contrast takes {fewest} shares on either side",
    "none.contrast_design": "too few shares for their roles, betas and volatilities",
    "none.one_date": "one date; a bootstrap needs {needed}",
    "none.many_dates": "{dates} dates are enough for the law of 'cluster'",
    "none.several_dates": "the observations fall on {dates} dates",
    "none.excluded": "{count} × {reason}",
    "none.and": "{reason}; {more}",
}
because = partial(sentence, PATTERNS)

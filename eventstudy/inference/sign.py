"""Sign tests: the share of positive CARs against one half, or against its share on ordinary days."""

from __future__ import annotations

import math

from scipy import special

from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.group_state import Summarised
from eventstudy.inference.reasons import because


def sign(group: Summarised) -> StatisticResult:
    """Number of positive CARs, exact binomial against 1/2; zeros are dropped.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.sign import sign
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = sign(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (6.0, '0.03', 'B(6,0.5)')
    """
    null = "CARs are positive as often as negative"
    positive, negative = group.state.positive, group.state.negative
    count = positive + negative
    if count < 2:
        return missing(group, "sign", null, because("none.two_differ"))
    pvalue = min(1.0, 2.0 * float(special.bdtr(min(positive, negative), count, 0.5)))
    return StatisticResult("sign", null, float(positive), pvalue, f"B({count},0.5)", group.n)


def generalized_sign_z(group: Summarised) -> StatisticResult:
    """(w - N p̂)/√(N p̂ (1 - p̂)), N(0, 1): Cowan 1992.

    p̂ is the mean over observations of the share of positive one-day abnormal returns in the estimation window.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.sign import generalized_sign_z
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = generalized_sign_z(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (2.41, '0.02', 'N(0,1)')
    """
    name, null = "generalized_sign_z", "CARs are positive as often as on ordinary days"
    if group.n < 2:
        return missing(group, name, null, because("none.two_observations"))
    state = group.state
    expected = state.rising / state.n
    spread = state.n * expected * (1.0 - expected)
    if not spread > 0:
        return missing(group, name, null, because("none.one_sign"))
    return t_result(group, name, null, (state.positive - state.n * expected) / math.sqrt(spread), math.inf)

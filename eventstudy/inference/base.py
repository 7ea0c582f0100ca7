"""What a statistic is given, and what it answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from scipy import special

from eventstudy.inference.group_state import Summarised
from eventstudy.inference.reasons import because
from eventstudy.inference.sample import GroupSample


@dataclass(frozen=True)
class StatisticResult:
    """One statistic for one group and window.

    Attributes
    ----------
    name : str
        As in the ``test`` column of the tables.
    null : str
        What is tested.
    statistic, pvalue : float
        Two-sided p from a survival function; NaN with a reason.
    distribution : str
        Reference law, such as ``t(41)``.
    n_pairs : int
        Observations used.
    reason : str
        Why the statistic is NaN, when it is.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.portfolio import portfolio_t
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> found = portfolio_t(results.evidence.sample(results.evidence.row, 0))
    >>> found.name, found.null, found.distribution, found.n_pairs
    ('portfolio_t', 'mean CAR is zero', 't(248)', 6)
    """

    name: str
    null: str
    statistic: float
    pvalue: float
    distribution: str
    n_pairs: int
    reason: str = ""


class Statistic(Protocol):
    """A function of a group: one result, whatever the group looks like."""

    def __call__(self, sample: GroupSample) -> StatisticResult:
        """The statistic, or NaN with the reason."""
        ...


def t_pvalue(statistic: float, dof: float) -> float:
    """Two-sided p of a t(dof) variable; the tail keeps its digits.

    Examples
    --------
    >>> round(t_pvalue(-2.0, 10.0), 6)
    0.073388
    """
    return float(2.0 * special.stdtr(dof, -abs(statistic))) if math.isfinite(dof) else normal_pvalue(statistic)


def normal_pvalue(statistic: float) -> float:
    """Two-sided p of a standard normal variable.

    Examples
    --------
    >>> round(normal_pvalue(1.959964), 6)
    0.05
    """
    return float(2.0 * special.ndtr(-abs(statistic)))


def t_quantile(dof: float, probability: float = 0.975) -> float:
    """Quantile of Student's t, the normal one in the limit.

    Examples
    --------
    >>> round(t_quantile(10.0), 4)
    2.2281
    """
    return float(special.stdtrit(dof, probability) if math.isfinite(dof) else special.ndtri(probability))


def law(dof: float) -> str:
    """``t(41)``, with one decimal where the degrees of freedom are not whole.

    Examples
    --------
    >>> law(41.0), law(7.345), law(math.inf)
    ('t(41)', 't(7.3)', 'N(0,1)')
    """
    if not math.isfinite(dof):
        return "N(0,1)"
    return f"t({dof:.0f})" if abs(dof - round(dof)) < 1e-9 else f"t({dof:.1f})"


def t_result(group: Summarised, name: str, null: str, statistic: float, dof: float) -> StatisticResult:
    """A statistic referred to t(dof), or to N(0, 1) where dof is infinite."""
    if not math.isfinite(statistic):
        return missing(group, name, null, because("none.error"))
    return StatisticResult(name, null, statistic, t_pvalue(statistic, dof), law(dof), group.n)


def missing(group: Summarised, name: str, null: str, reason: str) -> StatisticResult:
    """No number, with its reason."""
    return StatisticResult(name, null, math.nan, math.nan, "", group.n, reason)

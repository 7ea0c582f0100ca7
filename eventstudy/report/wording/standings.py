"""Words of a test's standing: whether it holds its level, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eventstudy.report.wording import numbers

REASONS: Mapping[str, str] = {
    "wild_bootstrap_t": "draws whole dates, so correlation within one is kept",
    "adjusted_bmp_t": "corrects for correlation and for a changed variance",
    "portfolio_t": "takes the group’s own variance, so correlation is in it",
    "adjusted_patell_z": "corrects for correlation, not for a day of raised variance",
    "grank_t": "ranks the day among ordinary ones, correlation in it",
    "grank_permutation": "takes the day’s place among ordinary ones, whatever their law",
    "placebo": "sets the day among ordinary days of the same group",
    "mvrm_f": "takes returns for normal, and asks of every share, not of their mean",
    "calendar_time_t": "errs too little until sessions are many, and weighs sessions, not shares",
    "time_series_t": "takes the variance of the group’s own days, so correlation is in it",
    "rank_z": "ranks the day among ordinary ones, correlation in it",
}
"""Of a test, why it holds its level or does not; of tests that take the shares for independent, see below."""
DISTRUSTED = "Not to be trusted"
BY_RANK = "is a place among ordinary days, so it holds its level by construction"
BY_CONSTRUCTION = "a place among these very dates holds its level by construction"
VERDICTS = {
    "holds": "Holds its level",
    "over-rejects": "Over-rejects",
    "under-rejects": "Under-rejects",
    "undecided": "Undecided",
}
HEADLINE = "Headline"
NOT_APPLICABLE = "Not applicable"
NEEDS_SIX_DATES = "needs six separate dates"
FIXED_BEFORE = "is fixed before any result is seen"
HOLDS_ITS_LEVEL = "Holds its level"
OVER_REJECTS = "Over-rejects"
TAKES_FOR_INDEPENDENT_WRONGLY = "takes shares that move together for independent"
FEW_SHARES = "divides by the spread of few shares"
NOT_MEASURED_HERE = "Not measured here"
TAKES_FOR_INDEPENDENT = "takes the shares for independent"
UNKNOWN_RATE = "has no known false-alarm rate on such a panel"
NOT_CORRECTED = "is not corrected for shares that move together"


def headline_of(who: str) -> str:
    return f"Headline{who}"


def for_the(groups: Sequence[str]) -> str:
    return f"for the {numbers.listed(groups)}"


def headline_is(who: str, verdict: str) -> str:
    return f"Headline{who}: {numbers.lowered(verdict)}"


def independent_reason(over: bool) -> str:
    return "takes shares that move together for independent" if over else "takes the shares for independent"

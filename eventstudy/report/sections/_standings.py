"""Which tests hold their level for the groups at hand: assumed by kind, or measured on ordinary dates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from eventstudy.report.wording import cells as words
from eventstudy.report.wording import numbers
from eventstudy.report.wording import standings as say

# Tests that hold their level where shares of one date move together.
HOLD = {"adjusted_bmp_t", "portfolio_t", "adjusted_patell_z", "grank_t", "grank_permutation", "placebo"}
BOOTSTRAP = "wild_bootstrap_t"
# Tests that take the shares for independent.
INDEPENDENT = {
    "cross_sectional_t", "patell_z", "bmp_t", "sign", "generalized_sign_z", "wilcoxon", "skewness_adjusted_t",
    "grank_z",
}  # fmt: skip
# Tests that allow for shares that move together and ask for something else instead; and those of which only a
# measurement tells whether they hold their level.
CONDITIONAL, MEASURED = {"mvrm_f"}, {"time_series_t", "rank_z"}
# Tests that reject too often whatever the shares do: 7-12% at 5% on up to 120 sessions.
OVER = {"calendar_time_t"}
# GRANK-Z divides by the spread of the shares: independent ones reject 11% at four, 7% at ten, 5.5% at 34.
ENOUGH_FOR_GRANK_Z = 30
CORRELATED = 0.02
ALPHA = 0.05


@dataclass(frozen=True)
class Outcome:
    """One test of one group."""

    statistic: float
    p: float
    reason: str


@dataclass(frozen=True)
class Rate:
    """How often one test rejected on ordinary dates of one group: shares, and the verdict on them."""

    rate: float
    low: float
    high: float
    verdict: str
    draws: int
    effective: float


@dataclass(frozen=True)
class Group:
    """A group whose tests are laid side by side; ``unmeasured`` says why it has no rates, "" where none were asked."""

    role: str
    noun: str
    headline: str
    correlation: float
    n: int
    reading: str
    results: Mapping[str, Outcome]
    rates: Mapping[str, Rate]
    dates: int
    unmeasured: str


@dataclass(frozen=True)
class Standing:
    """What is said of one test: its place in the table, in words, why, whether in grey, and of which group alone."""

    rank: int
    word: str
    reason: str
    muted: bool
    only: str = ""


def measured_of(groups: list[Group]) -> list[Group]:
    return [group for group in groups if group.rates]


def place_of(name: str) -> int:
    order = list(words.TEST_NAMES)
    return order.index(name) if name in order else len(order)


def standing_of(name: str, groups: list[Group]) -> Standing:
    """What is said of a test over the groups at hand: measured where it was, else assumed."""
    measured = [group for group in groups if name in group.rates]
    return _measured_standing(name, groups, measured) if measured else assumed_standing(name, groups)


def assumed_standing(name: str, groups: list[Group]) -> Standing:
    """Standing by what a test assumes."""
    headlines = [group for group in groups if group.headline == name]
    together = any(group.n > 1 and group.correlation > CORRELATED for group in groups)
    if name == BOOTSTRAP:
        if headlines:
            return Standing(0, say.HEADLINE, say.REASONS[BOOTSTRAP], False)
        return Standing(3, say.NOT_APPLICABLE, say.NEEDS_SIX_DATES, True)
    if headlines:
        who = "" if len(headlines) == len(groups) else f", {numbers.lowered(headlines[0].noun)}"
        return Standing(0, say.headline_of(who), say.REASONS[name] if name in HOLD else say.FIXED_BEFORE, False)
    if name in HOLD:
        by_rank = name == "placebo" and measured_of(groups)
        return Standing(1, say.HOLDS_ITS_LEVEL, say.BY_RANK if by_rank else say.REASONS[name], False)
    if name in INDEPENDENT:
        if together:
            return Standing(2, say.OVER_REJECTS, say.TAKES_FOR_INDEPENDENT_WRONGLY, True)
        if name == "grank_z" and any(group.n < ENOUGH_FOR_GRANK_Z for group in groups):
            return Standing(2, say.DISTRUSTED, say.FEW_SHARES, True)
        return Standing(2, say.NOT_MEASURED_HERE, say.TAKES_FOR_INDEPENDENT, True)
    if name in OVER:
        return Standing(2, say.DISTRUSTED, say.REASONS[name], True)
    reason = say.REASONS[name] if name in CONDITIONAL else say.UNKNOWN_RATE
    return Standing(3, say.NOT_MEASURED_HERE, reason, True)


def _measured_standing(name: str, groups: list[Group], measured: list[Group]) -> Standing:
    """Standing by false alarms: the worst verdict decides the place, every verdict is told."""
    verdicts = {numbers.lowered(group.noun): group.rates[name].verdict for group in measured}
    told: dict[str, list[str]] = {}
    for who, found in verdicts.items():
        told.setdefault(say.VERDICTS[found], []).append(who)
    parts = [word if len(told) == 1 else f"{word}, {numbers.listed(who)}" for word, who in told.items()]
    word = "; ".join([parts[0], *(numbers.lowered(part) for part in parts[1:])])
    alone = any(has_test(group, name) for group in groups if group not in measured)
    second = say.for_the(list(verdicts)) if alone else ""
    over = "over-rejects" in verdicts.values()
    reason = _reason(name, over)
    headlines = [group for group in groups if group.headline == name]
    if headlines:
        who = "" if len(headlines) == len(groups) else f", {numbers.lowered(headlines[0].noun)}"
        return Standing(0, say.headline_is(who, word), reason, False, second)
    if set(verdicts.values()) == {"holds"}:
        return Standing(1, word, reason, False, second)
    if over or "under-rejects" in verdicts.values():
        return Standing(3, word, reason, True, second)
    return Standing(2, word, reason, name not in HOLD and "holds" not in verdicts.values(), second)


def has_test(group: Group, name: str) -> bool:
    """Whether a group has a value of a test."""
    return name in group.results and not math.isnan(group.results[name].p)


def _reason(name: str, over: bool) -> str:
    """What a measured test does, in the words of its row."""
    if name == BOOTSTRAP:
        return say.REASONS[BOOTSTRAP]
    if name in INDEPENDENT:
        return say.independent_reason(over)
    return say.REASONS[name] if name in HOLD | MEASURED | CONDITIONAL | OVER else say.NOT_CORRECTED

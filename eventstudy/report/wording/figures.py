"""Words in the figures themselves: legends, labels, and what is told of a point."""

from __future__ import annotations

from collections.abc import Sequence

from eventstudy.report.wording import numbers

UNUSUAL_OR_SUGGESTIVE = "unusual or suggestive"
NOT_TOLD = "not told from noise"
ONE_COMPANY = "one company"
INTERVAL = "95% interval"
ONE_SHARE = "one share"
STANDS_ADJUSTING = "stands after adjusting"
GREY_NOT_TOLD = "grey: not told from noise"
GREY_NUMBER = "grey number: not told from noise"
AS_FAR = ", as far as the event day"
ORDINARY_RANGE_SPOKEN = "; ordinary days "
ORDINARY_RANGE = "ordinary range"
CLEAR = "clear"
SIMULATED = "simulated"
"""Laid across every figure and table of a report on the embedded market."""
ROW_HEAD = "Sector, number of shares"
ESTIMATE_HEAD = "CAAR, %"
BREADTH_HEAD = "Rising"
SESSIONS_AXIS = "trading sessions from the event day"


def up_of(up: int, n: int) -> str:
    return f"{up} of {n} up"


def interval_spoken(label: str, text: str, between: str, up: int, n: int) -> str:
    return f"{label}: {text}%{between}; {up} of {n} rose"


def of_total(up: int, n: int) -> str:
    return f"{up} of {n}"


def worth(stands: bool, told: bool) -> str:
    return "stands after adjustment" if stands else "told from noise" if told else "not told from noise"


def below(high: str) -> str:
    return f"below −{high}%"


def falls_between(high: str, low: str) -> str:
    return f"−{high} to −{low}"


def falls_to_zero(low: str) -> str:
    return f"−{low} to 0"


def rises_to(low: str) -> str:
    return f"0 to +{low}"


def rises_between(low: str, high: str) -> str:
    return f"+{low} to +{high}"


def above(high: str) -> str:
    return f"above +{high}%"


def stands_words(roomy: bool) -> str:
    return "stands after adjusting for all cells" if roomy else "stands after adjusting"


def multiples_spoken(title: str, day: str, told: Sequence[str]) -> str:
    return f"{title}, day {day}: {', '.join(told)}"


def ordinary_count(count: int) -> str:
    return numbers.counted(count, "day")


def standard_errors(left: float, right: float) -> str:
    return f"{numbers.coefficient(left, 1)} to {numbers.coefficient(right, 1)} s.e."


def ordinary_spoken(title: str, days: str, between: str, far: str) -> str:
    return f"{title}: {days} at {between}{far}"


def path_spoken(title: str, day: str, value: float) -> str:
    return f"{title}, day {day}: {numbers.percent(value / 100)}%"


def rejections(level: float) -> str:
    return f"rejections at a nominal {100 * level:g}%, square-root scale"

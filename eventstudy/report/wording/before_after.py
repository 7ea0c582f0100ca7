"""Words of part 2: before and after the first day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from eventstudy.report.wording import numbers
from eventstudy.report.wording.measure import Measure
from eventstudy.report.wording.verdicts import certainty_short

TOPIC = "Before and after the first day"
NO_PATH = "There is no path to show"
PATH_SUBTITLE = (
    "Equal-weighted mean, % against the market, set to zero at the close before the event day. Shaded: 95% interval"
)
PATH_ORDINARY = ". Dashed: 95% of ordinary stretches of the same length"
PATH_TITLE = "Cumulated abnormal return around the event day"
EXPOSED_GROUP = "the exposed group"
BENEFICIARY_GROUP = "the beneficiaries"
EXPOSED_INSIDE = "the exposed group stays inside its ordinary range"
BENEFICIARIES_INSIDE = "the beneficiaries stay inside their ordinary range"
BOTH_INSIDE = "Both groups stay inside their ordinary range"
EXPOSED_SHARES = "exposed shares"
BENEFICIARIES = "beneficiaries"
MEANS_THAT = " means that"


def neither_has_path(reason: str) -> str:
    return f"Neither exposed shares nor beneficiaries have a path: {reason}."


def on_day_0(caar: float) -> str:
    return f"{numbers.percent(caar)} on day 0"


def by_day(caar: float, tau: int) -> str:
    return f"{numbers.percent(caar)} by day {tau:+d}"


def before_it(caar: float) -> str:
    return f"{numbers.percent(caar)} in the two sessions before"


def panel_subtitle(shares: int) -> str:
    return f"{numbers.counted(shares, 'share')}, % since the close before"


def further_news(days: str) -> str:
    return f"further news {days}"


def moved_before(noun: str, moved: str, news: str) -> str:
    return f"{noun} had {moved} before {news}"


def stays_inside(noun: str, plural: bool) -> str:
    return f"{noun} {_verb('stay', plural)} inside {_their(plural)} ordinary range"


def ends_outside(noun: str, plural: bool, tau: int) -> str:
    return f"{noun} {_verb('end', plural)} day {tau:+d} outside {_their(plural)} ordinary range"


def comes_back(noun: str, plural: bool) -> str:
    back = _verb("return", plural)
    return f"{noun} {_verb('leave', plural)} {_their(plural)} ordinary range and {back} to it"


def ends_not_told(noun: str, plural: bool, tau: int, caar: float) -> str:
    return f"{noun} {_verb('end', plural)} day {tau:+d} at {numbers.percent(caar)}%, not told from zero"


def ends_told(noun: str, plural: bool, tau: int, caar: float) -> str:
    return f"{noun} {_verb('end', plural)} day {tau:+d} at {numbers.percent(caar)}%, told from zero"


def _verb(verb: str, plural: bool) -> str:
    return verb if plural else f"{verb}s"


def _their(plural: bool) -> str:
    return "their" if plural else "its"


def run_up_noise(news: str, name: str, caar: float, interval: str, doubt: str) -> str:
    return f"In the two sessions before {news} the {name} moved {numbers.percent(caar)}%{interval}, {doubt}."


def run_ups_noise(news: str, groups: Sequence[tuple[str, Measure]]) -> str:
    """Of two groups, neither of which can be told from noise before the news.

    Examples
    --------
    >>> falling, rising = Measure(33, -0.016, -0.032, 0.001), Measure(42, 0.034, -0.004, 0.062)
    >>> run_ups_noise("the announcement", [("exposed shares", falling), ("beneficiaries", rising)])
    'In the two sessions before the announcement neither the exposed shares (−1.6%; −3.2 to +0.1) nor the \
beneficiaries (+3.4%; −0.4 to +6.2) can be told from noise.'
    """
    first, second = (
        f"the {name} ({'; '.join(filter(None, [f'{numbers.percent(each.caar)}%', certainty_short(each)[2:-1]]))})"
        for name, each in groups
    )
    return f"In the two sessions before {news} neither {first} nor {second} can be told from noise."


def rise_or_fall(caar: float) -> str:
    return "rise" if caar > 0 else "fall"


def against_first_day(larger: bool, day_zero: bool) -> str:
    return " is larger than their first day, so" if larger and day_zero else " stands beside their first day, so"


def run_up_told(whose: str, rise: str, up: int, n: int, p: float, holm: float, comparison: str) -> str:
    return (
        f"The {whose} earlier {rise} ({up} of {n} shares; "
        f"{numbers.p_equals(p)}, adjusted {numbers.pvalue(holm)}){comparison} windows that "
        f"open before day 0 do not measure this announcement alone."
    )


def later_news(day: date) -> str:
    return (
        f"Later news falls into the same fortnight, so the path from {numbers.day_month(day)} on "
        "belongs to the episode and no longer to this announcement alone."
    )


def early_doubt(reading: str) -> str:
    return {
        "noise": "which cannot be told from noise",
        "uneven": "an unusual but uneven stretch",
        "not_testable": "which cannot be tested",
    }.get(reading, "which cannot be tested")


def shows_event(title: str, announced_date: date) -> str:
    return f"Parts 2 to 5 show {title} ({numbers.day_year(announced_date)})."


def other_events(shown: str, others: Sequence[str]) -> str:
    """What else belongs to the episode, after what is shown of it.

    Examples
    --------
    >>> other_events("Parts 2 to 5 show A.", ["B"]), other_events("Parts 2 to 5 show A.", ["B", "C"])[21:]
    ('Parts 2 to 5 show A. The episode’s other event is B.', 'The episode’s other events are B and C.')
    """
    are = "event is" if len(others) == 1 else "events are"
    return f"{shown} The episode’s other {are} {numbers.listed(others, most=6)}."

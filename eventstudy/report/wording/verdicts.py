"""One group over one window in words: verbs, table words, sentences, and who carries a mean."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eventstudy.report.wording import numbers
from eventstudy.report.wording.measure import Measure, Period
from eventstudy.report.wording.names import members


def went(measure: Measure) -> str:
    """Verb and size: "rose 5.1%", "fell 1.2%", "moved +0.2%".

    Examples
    --------
    >>> went(Measure(20, 0.051, reading="clear")), went(Measure(10, -0.012)), went(Measure(5, 0.0001, reading="clear"))
    ('rose 5.1%', 'moved −1.2%', 'rose less than 0.1%')
    """
    if not measure.told:
        return f"moved {numbers.percent(measure.caar)}%"
    verb = "rose" if measure.caar > 0 else "fell"
    size = numbers.size(measure.caar)
    return f"{verb} less than 0.1%" if float(size) == 0 else f"{verb} {size}%"


def gain_or_loss(value: float) -> str:
    """The noun for a told move."""
    return "gain" if value > 0 else "loss"


def gained_or_lost(value: float) -> str:
    """The verb for a told move: "gained 10.5%"."""
    return f"{'gained' if value > 0 else 'lost'} {numbers.size(value)}%"


def table_word(measure: Measure | None) -> str:
    """The reading as a table cell.

    Examples
    --------
    >>> table_word(Measure(10, -0.012, reading="noise")), table_word(Measure(1, 0.02, reading="not_testable"))
    ('Not told from noise', 'One share: see the company')
    """
    if measure is None or not measure.measured:
        return "Not testable"
    if measure.reading == "not_testable":
        return "One share: see the company" if measure.n == 1 else "Not testable"
    return {
        "clear": "Clear",
        "suggestive": "Suggestive",
        "uneven": "Unusual, uneven",
        "noise": "Not told from noise",
    }[measure.reading]


@dataclass(frozen=True)
class Supply:
    """The two largest contributions to a mean: their names, their share of it, and of how many."""

    names: tuple[str, str]
    share: float
    n: int


def supply(contributions: Mapping[str, float], *, least: float = 0.3) -> Supply | None:
    """Which two shares supply how much of a group's mean, where that can honestly be said.

    Parameters
    ----------
    contributions : mapping of str to float
        Name to CAR; at least four of them.
    least : float
        The share below which nothing needs saying.

    Returns
    -------
    Supply or None
        None unless all large contributions (a tenth of the total or more) have the sign of the mean, and the
        two largest supply between ``least`` and all of it.

    Examples
    --------
    >>> found = supply({"Critical Metals": 0.244, "Toyo": 0.201, "Lynas": 0.142, "Sojitz": 0.033})
    >>> found.names, round(found.share, 2)
    (('Critical Metals', 'Toyo'), 0.72)
    >>> supply({"Up": 0.3, "Down": -0.2, "Still": 0.01, "Too": 0.02}) is None
    True
    """
    present = {name: value for name, value in contributions.items() if not math.isnan(value)}
    total = math.fsum(present.values())
    if len(present) < 4 or total == 0:
        return None
    if any(value * total < 0 and abs(value) >= abs(total) / 10 for value in present.values()):
        return None
    largest = sorted(present, key=lambda name: -present[name] * math.copysign(1.0, total))[:2]
    share = sum(present[name] for name in largest) / total
    if not least <= share <= 1:
        return None
    return Supply((largest[0], largest[1]), share, len(present))


def supply_words(found: Supply, measure: Measure) -> str:
    """The two names in a clause: "two of them, Critical Metals and Toyo Engineering, supply 44% of the gain"."""
    noun = gain_or_loss(measure.caar) if measure.told else "mean"
    return f"two of them, {numbers.listed(found.names)}, supply {found.share:.0%} of the {noun}"


def certainty(measure: Measure, *, label: bool = True) -> str:
    """What stands in brackets behind a mean: interval, p and adjusted p, as far as there are any."""
    parts = []
    if not math.isnan(measure.low):
        if not math.isnan(measure.weighted):
            parts.append(f"weighted by volatility {numbers.percent(measure.weighted)}")
        parts.append(f"{'95% interval ' if label else ''}{numbers.interval(measure.low, measure.high)}")
    if measure.told and not math.isnan(measure.p):
        adjusted = "" if math.isnan(measure.holm) else f", adjusted {numbers.pvalue(measure.holm)}"
        parts.append(f"{numbers.p_equals(measure.p)}{adjusted}")
    return f" ({'; '.join(parts)})" if parts else ""


def unseen(measure: Measure) -> str:
    """What a noise verdict must add: "; a true effect below 1.9% would probably have gone unseen"."""
    if math.isnan(measure.mde):
        return ""
    return f"; a true effect below {numbers.size(measure.mde)}% would probably have gone unseen"


def unusual_day(measure: Measure, period: Period, found: Supply | None = None) -> str:
    """The sentences of the uneven reading: how rare the day was, and why the average member is another question."""
    day = "day" if period.length == 1 else "stretch"
    words = (
        f"An unusual {day}: {numbers.in_a_hundred(measure.placebo)} ordinary {period.noun} moved the group as far. "
        if not math.isnan(measure.placebo)
        else f"An unusual {day}. "
    )
    if found is not None:
        reason = f"Two of {numbers.number_word(found.n)} shares supply {found.share:.0%} of it"
    else:
        reason = "Its members went different ways or by very different amounts"
    return f"{words}{reason}, so the average member’s {gain_or_loss(measure.caar)} is not established."


def verdict(
    group: str,
    measure: Measure,
    period: Period | None = None,
    *,
    found: Supply | None = None,
    reason: str = "",
    company: str = "",
) -> str:
    """The reading of one group in full sentences.

    Parameters
    ----------
    group : str
        As it stands in a sentence: "exposed Tokyo shares".
    measure : Measure
        Its numbers.
    period : Period, optional
        How the window is named; by default the event day.
    found : Supply, optional
        Who carries the mean, for the uneven reading.
    reason : str
        Why it cannot be tested, where that is known.
    company : str
        The name of a group's only share.

    Examples
    --------
    >>> verdict("exposed Tokyo shares", Measure(34, 0.002, -0.012, 0.016, 0.019))
    'Exposed Tokyo shares moved +0.2% against the market (95% interval −1.2 to +1.6), which cannot be told from \
noise; a true effect below 1.9% would probably have gone unseen.'
    """
    period = period or Period()
    subject = numbers.capitalised(group)
    if not measure.measured:
        return f"{subject} could not be tested: {reason or 'no share has a usable return'}."
    if measure.reading == "not_testable":
        if measure.n == 1:
            who = company or "one share"
            return (
                f"{numbers.capitalised(who)} alone stands for {group}: it moved {numbers.percent(measure.caar)}% "
                f"against the market{certainty(measure)}, and one share is not a group."
            )
        return f"{subject} could not be tested: {reason or 'the test has no value here'}."
    start = f"{subject} {went(measure)} against the market{certainty(measure)}"
    if measure.reading == "clear":
        return f"{start}."
    if measure.reading == "suggestive":
        family = f" for {numbers.counted(measure.family, 'test')}" if measure.family > 1 else ""
        return f"{start}, which does not survive adjustment{family}."
    if measure.reading == "uneven":
        return f"{start}. {unusual_day(measure, period, found)}"
    return f"{start}, which cannot be told from noise{unseen(measure)}."


def both_noise(first: tuple[str, Measure], second: tuple[str, Measure], period: Period) -> str:
    """Two groups neither of which can be told from noise, in one sentence.

    Parameters
    ----------
    first, second : (str, Measure)
        The group as it stands in a sentence, and its numbers.
    period : Period
        How the window is named.

    Examples
    --------
    >>> exposed, gaining = Measure(90, 0.005, -0.013, 0.022, 0.019), Measure(60, -0.01, -0.051, 0.031, 0.044)
    >>> both_noise(("exposed shares", exposed), ("the beneficiaries", gaining), Period(opening="Around ten reliefs"))
    'Around ten reliefs neither exposed shares (+0.5%; −1.3 to +2.2) nor the beneficiaries (−1.0%; −5.1 to +3.1) can \
be told from noise; true effects below 1.9% and 4.4% would probably have gone unseen.'
    """
    told = [
        f"{group} ({numbers.percent(measure.caar)}%; {certainty(measure, label=False)[2:-1]})"
        for group, measure in (first, second)
    ]
    effects = [numbers.size(measure.mde) for _, measure in (first, second)]
    return (
        f"{period.opening} neither {told[0]} nor {told[1]} can be told from noise; "
        f"true effects below {effects[0]}% and {effects[1]}% would probably have gone unseen."
    )


def suggestive_sentence(groups: Sequence[tuple[str, Measure]]) -> str:
    """Several suggestive groups in one sentence, so that the reservation stands once.

    Examples
    --------
    >>> one = Measure(9, 0.147, 0.002, 0.226, p=0.046, holm=1.0, reading="suggestive", family=64)
    >>> suggestive_sentence([("rare-earth miners", one), ("recycling", one)])
    'Rare-earth miners rose 14.7% against the market (95% interval +0.2 to +22.6; p = 0.046) and recycling rose 14.7% \
(+0.2 to +22.6; p = 0.046); neither survives adjustment for 64 tests.'
    """
    clauses = []
    for index, (name, measure) in enumerate(groups):
        label = "95% interval " if index == 0 else ""
        brackets = f" ({label}{numbers.interval(measure.low, measure.high)}; {numbers.p_equals(measure.p)})"
        clauses.append(f"{name} {went(measure)}{' against the market' if index == 0 else ''}{brackets}")
    family = max((measure.family for _, measure in groups), default=0)
    none = "neither survives" if len(groups) == 2 else "none survives"
    return f"{numbers.capitalised(numbers.listed(clauses))}; {none} adjustment for {numbers.counted(family, 'test')}."


def one_side(sector: str, measure: Measure, period: Period | None = None, name: str = "") -> str:
    """Why a group whose members all went one way may still be noise; empty unless that is the case.

    Examples
    --------
    >>> one_side("Autos & parts", Measure(10, -0.012, up=0, correlation=0.33, placebo=0.31))
    'All ten carmakers fell. They also move together on ordinary days (mean residual correlation 0.33), \
and moved as far on 31 in 100 such days.'
    """
    if measure.reading != "noise" or measure.n < 3 or measure.up not in (0, measure.n):
        return ""
    period = period or Period()
    who = name or members(sector, measure.n)
    first = f"All {numbers.number_word(measure.n)} {who} {'rose' if measure.up else 'fell'}."
    together = not math.isnan(measure.correlation) and measure.correlation >= 0.1
    ordinary = not math.isnan(measure.placebo)
    if together and ordinary:
        return (
            f"{first} They also move together on ordinary days (mean residual correlation "
            f"{numbers.coefficient(measure.correlation)}), and moved as far on "
            f"{numbers.in_a_hundred(measure.placebo)} {'such' if period.noun == 'days' else 'ordinary'} {period.noun}."
        )
    if together:
        return (
            f"{first} They also move together on ordinary days (mean residual correlation "
            f"{numbers.coefficient(measure.correlation)}), so agreement among them proves little."
        )
    if ordinary:
        return f"{first} But they moved as far on {numbers.in_a_hundred(measure.placebo)} ordinary {period.noun}."
    return f"{first} The moves are small against what such shares do on ordinary days."


def limit_sentence(upper: Sequence[str], lower: Sequence[str] = ()) -> str:
    """What a close on the daily limit means.

    Examples
    --------
    >>> limit_sentence(["Toyo Engineering"])
    'Toyo Engineering closed at its daily limit, so its first day is cut short.'
    """
    names = [*upper, *lower]
    if not names:
        return ""
    which = "" if not lower else "lower " if not upper else "upper or lower "
    if len(names) == 1:
        return f"{names[0]} closed at its {which}daily limit, so its first day is cut short."
    return f"{numbers.listed(names, most=4)} closed at their {which}daily limits, so their first day is cut short."


def before_note(before: float, whole: float, news: str = "the announcement") -> str:
    """How much of a window's mean came before day 0, in points; the text behind the dagger.

    Examples
    --------
    >>> before_note(0.049, 0.124)
    '4.9 of the 12.4 points came before the announcement'
    >>> before_note(0.02, -0.01)
    '+2.0 points came before the announcement and −3.0 from the event day on'
    """
    if math.isnan(before) or math.isnan(whole):
        return ""
    if before * whole > 0 and abs(before) <= abs(whole):
        return f"{numbers.size(before)} of the {numbers.size(whole)} points came before {news}"
    after = numbers.percent(whole - before)
    return f"{numbers.percent(before)} points came before {news} and {after} from the event day on"


def early_sentence(
    measure: Measure, group: str, period: Period, sessions: int = 2, city: str = "", city_n: int = 0,
    city_caar: float = math.nan,
) -> str:  # fmt: skip
    """That a group moved before the announcement, with its largest market's own figure where it spans several.

    Examples
    --------
    >>> run_up = Measure(20, 0.105, 0.055, 0.154, reading="suggestive")
    >>> early_sentence(run_up, "the same 20", Period(), 2, "Tokyo", 10, 0.031)
    'In the two sessions before the announcement the same 20 had already gained 10.5% (+5.5 to +15.4), \
Tokyo’s ten alone 3.1%.'
    """
    when = f"In the {numbers.number_word(sessions)} sessions" if sessions > 1 else "In the session"
    text = f"{when} before {period.news} {group} had already {gained_or_lost(measure.caar)}{certainty_short(measure)}"
    if city and not math.isnan(city_caar):
        same = city_caar * measure.caar > 0
        figure = f"{numbers.size(city_caar)}%" if same else f"moved {numbers.percent(city_caar)}%"
        text += f", {city}’s {numbers.number_word(city_n)} alone {figure}"
    return f"{text}."


def certainty_short(measure: Measure) -> str:
    """The interval alone, in brackets; empty where there is none."""
    if math.isnan(measure.low):
        return ""
    weighted = "" if math.isnan(measure.weighted) else f"weighted by volatility {numbers.percent(measure.weighted)}: "
    return f" ({weighted}{numbers.interval(measure.low, measure.high)})"

"""Verdicts in words: pure functions of numbers, so that headline, sentences and tables say one thing.

The reading itself is decided in ``eventstudy.inference.reading``; here it only becomes words. *Rose* and *fell*
are said of what is told from noise, *moved* of the rest, and "no effect" never.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eventstudy.report import numbers
from eventstudy.report.model import Reading, Role

HEADLINE_LIMIT = 150
LEDE_LENGTH = 560
TOLD: frozenset[str] = frozenset({"clear", "suggestive", "uneven"})
EARLY: frozenset[str] = frozenset({"clear", "suggestive"})

ROLE_TITLES: Mapping[Role, str] = {
    "exposed": "Exposed",
    "beneficiary": "Beneficiaries",
    "control": "Controls",
    "exposed_elsewhere": "Exposed, elsewhere",
}

NEWS_TITLES: Mapping[str, str] = {"tightening": "Restrictions and escalations", "relief": "Relief and support"}
"""The two sides of an episode's line of time."""

# What the members of a sector of the packaged universe are called; any other sector's are its "shares".
_MEMBERS: Mapping[str, tuple[str, str]] = {
    "Autos & parts": ("carmaker", "carmakers"),
    "Electronic components": ("component maker", "component makers"),
    "Defence & heavy machinery": ("defence and machinery maker", "defence and machinery makers"),
    "Magnets & specialty metals": ("magnet and metals maker", "magnet and metals makers"),
    "Deep-sea & engineering": ("deep-sea and engineering company", "deep-sea and engineering companies"),
    "Rare-earth miners": ("rare-earth miner", "rare-earth miners"),
    "Other critical-mineral miners": ("other critical-mineral miner", "other critical-mineral miners"),
    "Recycling & substitutes": ("recycler", "recyclers"),
    "Trading houses": ("trading house", "trading houses"),
    "Chinese producers": ("Chinese producer", "Chinese producers"),
    "Controls": ("control", "controls"),
}


@dataclass(frozen=True)
class Measure:
    """One group over one window: a row of the group table, in decimals.

    Attributes
    ----------
    n : int
        Shares (pooled over events: share-events) with a CAR.
    caar, low, high, mde : float
        The mean, its 95% interval and the smallest effect found four times in five; NaN where there is none.
    up : int
        How many CARs are above zero.
    correlation : float
        Mean residual correlation between the members.
    p, holm, placebo : float
        Of the headline test, raw and adjusted, and of ordinary days; NaN where missing.
    reading : str
        One of the five.
    family : int
        How many tests the adjustment counts.
    test : str
        The headline test's name in the tables.
    """

    n: int
    caar: float
    low: float = math.nan
    high: float = math.nan
    mde: float = math.nan
    up: int = 0
    correlation: float = math.nan
    p: float = math.nan
    holm: float = math.nan
    placebo: float = math.nan
    reading: Reading = "noise"
    family: int = 0
    test: str = ""

    @property
    def told(self) -> bool:
        """Whether it is told from noise in some way."""
        return self.reading in TOLD

    @property
    def weighted(self) -> float:
        """The volatility-weighted mean that the adjusted BMP interval is about, where the plain mean is far from it.

        NaN where the two may be read as one: another test, or a plain mean in the middle of the interval.
        """
        if self.test != "adjusted_bmp_t" or math.isnan(self.low) or math.isnan(self.caar):
            return math.nan
        centre, half = (self.low + self.high) / 2, (self.high - self.low) / 2
        return centre if abs(self.caar - centre) > half / 3 else math.nan

    @property
    def measured(self) -> bool:
        """Whether there is a mean at all."""
        return self.n > 0 and not math.isnan(self.caar)


@dataclass(frozen=True)
class Period:
    """How a window is named in sentences.

    Attributes
    ----------
    tail : str
        After a verb: "on the first day".
    opening : str
        At the head of a sentence: "On 7 January".
    noun : str
        With "the ... of an ordinary period": "days", "stretches of three sessions".
    news : str
        What early movement came before: "the announcement", or "the event day" where the hour is unknown.
    """

    tail: str = "on the first day"
    opening: str = "On the event day"
    noun: str = "days"
    news: str = "the announcement"


# The page itself


@dataclass(frozen=True)
class PageWords:
    """What the page says of its own: links, buttons, and what is read aloud. ``{}`` is filled in where it stands."""

    skip: str = "Skip to the findings"
    notice: str = "Notice"
    parts: str = "In this report"
    chapter_parts: str = "In this chapter"
    all_rows: str = "All rows"
    all_numbers: str = "All numbers of this figure"
    table: str = "Table"
    rose: str = "{} rose"
    up_of: str = "{} of {}"
    heat_note: str = (
        "Bold: told from noise before adjustment. *: stands after adjusting for all cells. Grey: not told from noise."
    )
    announcement: str = "Announcement"
    not_measured: str = "not measured"
    download: str = "CSV"
    download_label: str = "CSV of {}"
    group: str = "Group"
    lower: str = "{}, lower end"
    upper: str = "{}, upper end"
    filter: str = "Filter rows"
    filtered: str = "{} of {} rows"
    sorted_up: str = "Sorted by {}, ascending"
    sorted_down: str = "Sorted by {}, descending"
    sorted_not: str = "In the report’s own order"
    values: str = "Values of {}: step with the arrow keys"


PAGE = PageWords()
"""In English; a page in another language has its own."""


# Formulas and words that are explained

FORMULA_TEXTS: tuple[tuple[str, str, str], ...] = (
    (
        "Abnormal return",
        "What a share earned beyond what its own history with the market lets expect. α and β come from the estimation "
        "window, which ends before the event window begins.",
        "ar",
    ),
    (
        "Cumulated over a window",
        "Abnormal returns added up. The standard error holds the uncertainty of the fitted coefficients too, over the "
        "whole window of L sessions at once; x is the window’s sum of regressors, X those of the estimation window.",
        "car",
    ),
    (
        "Mean of a group",
        "Equal weights. SCAR sets each share’s move against its own usual size.",
        "caar",
    ),
    (
        "Headline test from six shares on one date",
        "Adjusted BMP (Kolari and Pynnönen 2010). The shares move together on ordinary days, by a mean correlation r̄ "
        "of their residuals; the last factor takes that into account.",
        "adjusted_bmp",
    ),
    (
        "Headline test below six shares",
        "Portfolio t: the group’s own mean residual ē on the days of the estimation window is the yardstick, so "
        "whatever its members share on ordinary days is in it. d: degrees of freedom of the model; k: the bracket in "
        "Var(CAR), as a mean over the shares.",
        "portfolio",
    ),
    (
        "Headline test from six dates",
        "Wild cluster bootstrap: the dates are clusters, and their signs and sizes are drawn anew many times as if "
        "there were no effect.",
        "",
    ),
    (
        "Ordinary days",
        "The same group, the same portfolio t, on B dates that are clear of every event. No law of distribution is "
        "assumed.",
        "placebo",
    ),
    (
        "Adjusted p",
        "Holm’s: the smallest of m p is multiplied by m, the next by m − 1, and so on, never falling.",
        "holm",
    ),
)
"""Term, what it means, and the name of its formula, in the order in which numbers are made."""

GLOSSARY: tuple[tuple[str, str], ...] = (
    (
        "Abnormal return (AR)",
        "A share’s return less what the market’s return that day would have let expect of it.",
    ),
    (
        "Adjusted p (adj. p)",
        "The p after allowing for how many groups and windows were looked at. Below 0.05 it is clear.",
    ),
    ("Announcement, event day", "The event day is the first session in which a market could trade on the news. Day 0."),
    (
        "Beneficiaries",
        "Shares that were expected, before any price was looked at, to gain: miners elsewhere, recyclers.",
    ),
    ("CAAR", "The mean of a group’s abnormal returns, cumulated over a window, in per cent."),
    ("Clear", "Told from noise even after allowing for all the tests that were made."),
    ("Controls", "Shares that the news should not touch. Where they move, something else happened that day."),
    ("Daily limit", "Tokyo, Shanghai and Shenzhen stop a price after a set move. What came later shows on later days."),
    ("Exposed", "Shares of the target’s own markets, of companies that need the materials."),
    (
        "Holding its level",
        "A test that promises five false alarms in a hundred, and raises no more on shares like these.",
    ),
    ("Interval", "In 95 of 100 such studies it holds the true mean. One that holds zero says: not told from noise."),
    ("MDE", "The smallest true effect that this study would find four times in five. Smaller ones mostly go unseen."),
    ("Not told from noise", "The move is of a size that chance alone often makes. That is not proof of no effect."),
    ("Ordinary days", "Days without any event of the catalogue, on which the same group is measured for comparison."),
    ("p", "How often a move this far from zero would come by chance alone. Small is rare; 0.05 is one in twenty."),
    ("Placebo p", "The p counted on ordinary days, without any formula."),
    ("r̄", "How much a group’s shares move together on ordinary days: 0 not at all, 1 in step."),
    ("Suggestive", "Told from noise taken alone, but not after allowing for all the tests."),
    (
        "Unusual, uneven",
        "Few ordinary days moved the group as far, yet a few shares carry it: the average share is in doubt.",
    ),
    ("Window [−1,+1]", "Sessions counted from the event day: from the one before to the one after."),
)
"""Words and what they mean to somebody who has read no other report."""


# Names


def members(sector: str, count: int) -> str:
    """What a sector's members are called: "carmakers"; of an unknown sector, "shares in X".

    Examples
    --------
    >>> members("Autos & parts", 10), members("Autos & parts", 1), members("Toys", 2)
    ('carmakers', 'carmaker', 'shares in Toys')
    """
    known = _MEMBERS.get(sector)
    if known is None:
        return f"{'share' if count == 1 else 'shares'} in {sector}" if sector else "share" if count == 1 else "shares"
    return known[0] if count == 1 else known[1]


def exposed_name(cities: Sequence[str]) -> str:
    """The exposed group with its market.

    Examples
    --------
    >>> exposed_name(["Tokyo"]), exposed_name(["New York", "Tokyo"]), exposed_name(["A", "B", "C"])
    ('exposed Tokyo shares', 'exposed shares in New York and Tokyo', 'exposed shares in three markets')
    """
    return _with_market("exposed {city}shares", cities)


def beneficiary_name(cities: Sequence[str]) -> str:
    """The beneficiaries, with their market where it is one: "the Tokyo beneficiaries"."""
    return f"the {cities[0]} beneficiaries" if len(cities) == 1 else "the beneficiaries"


def control_name(cities: Sequence[str]) -> str:
    """The controls, with their market where it is one."""
    return f"the {cities[0]} controls" if len(cities) == 1 else "the controls"


def _with_market(pattern: str, cities: Sequence[str]) -> str:
    if len(cities) == 1:
        return pattern.format(city=f"{cities[0]} ")
    name = pattern.format(city="")
    if len(cities) == 2:
        return f"{name} in {numbers.listed(cities)}"
    return f"{name} in {numbers.number_word(len(cities))} markets" if cities else name


def markets_text(counts: Mapping[str, int]) -> str:
    """Where a group's shares are listed: "Tokyo", or "Tokyo 10, New York 8, Sydney 2" by size.

    Examples
    --------
    >>> markets_text({"Tokyo": 34}), markets_text({"Sydney": 2, "Tokyo": 10})
    ('Tokyo', 'Tokyo 10, Sydney 2')
    """
    if len(counts) == 1:
        return next(iter(counts))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{city} {numbers.integer(count)}" for city, count in ordered)


def possessive(name: str) -> str:
    """A plural or singular name in the possessive: "the beneficiaries’", "Tesla’s"."""
    return f"{name}’" if name.endswith("s") else f"{name}’s"


# Moves


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


def is_early(measure: Measure | None) -> bool:
    """Whether the run-up window is told: clear or suggestive, by more than one share."""
    return measure is not None and measure.n > 1 and measure.reading in EARLY


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


# Who carries a mean


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


# Sentences


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
    day = "day" if period.noun == "days" else "stretch"
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
and 31 in 100 such days moved them as far.'
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
            f"{numbers.coefficient(measure.correlation)}), and {numbers.in_a_hundred(measure.placebo)} such "
            f"{period.noun} moved them as far."
        )
    if together:
        return (
            f"{first} They also move together on ordinary days (mean residual correlation "
            f"{numbers.coefficient(measure.correlation)}), so agreement among them proves little."
        )
    if ordinary:
        return f"{first} But {numbers.in_a_hundred(measure.placebo)} ordinary {period.noun} moved them as far."
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


# Headline


@dataclass(frozen=True)
class Clause:
    """One half of the headline.

    Attributes
    ----------
    name : str
        "exposed Tokyo shares", "the beneficiaries".
    short : str
        The same in fewer words, should the line be too long.
    measure : Measure
        The group over the window that is read.
    early : Measure or None
        The group over the run-up window.
    company : str
        The only share's name, where there is one only.
    """

    name: str
    short: str
    measure: Measure
    early: Measure | None = None
    company: str = ""


def headline(
    exposed: Clause | None,
    beneficiary: Clause | None,
    period: Period | None = None,
    *,
    simulated: bool = False,
    limit: int = HEADLINE_LIMIT,
) -> str:
    """The finding in one line: the exposed clause; the beneficiaries' clause.

    Parameters
    ----------
    exposed, beneficiary : Clause or None
        None, or a measure without a mean, is said to be missing.
    period : Period, optional
        How the window is named; by default the event day.
    simulated : bool
        Puts "Simulated market:" before it.
    limit : int
        The longest line that may be given; shorter words are tried in turn.

    Examples
    --------
    >>> noise = Clause("exposed Tokyo shares", "exposed shares", Measure(34, 0.002))
    >>> run_up = Measure(20, 0.105, reading="clear")
    >>> uneven = Clause("the beneficiaries", "beneficiaries", Measure(20, 0.051, reading="uneven"), run_up)
    >>> headline(noise, uneven)
    'Exposed Tokyo shares moved +0.2% on the first day, not told from noise; the beneficiaries’ gain of 5.1% is \
uneven and began before the announcement'
    """
    period = period or Period()
    prefix = "Simulated market: " if simulated else ""
    text = ""
    for words in _ATTEMPTS:
        text = _sentence(exposed, beneficiary, period, words)
        text = prefix + text if simulated else numbers.capitalised(text)
        if len(text) <= limit:
            return text
    return text[: limit - 1].rstrip() + "…"


@dataclass(frozen=True)
class _Words:
    """How wordy an attempt is."""

    tail: bool = True
    noise: str = "which cannot be told from noise"
    name: bool = True


_ATTEMPTS = (
    _Words(),
    _Words(noise="not told from noise"),
    _Words(noise="not told from noise", name=False),
    _Words(tail=False, noise="not told from noise"),
    _Words(tail=False, noise="not told from noise", name=False),
)


def _usable(clause: Clause | None) -> Clause | None:
    return clause if clause is not None and clause.measure.measured else None


def _sentence(exposed: Clause | None, beneficiary: Clause | None, period: Period, words: _Words) -> str:
    first, second = _usable(exposed), _usable(beneficiary)
    tail = f" {period.tail}" if words.tail else ""
    if first is None and second is None:
        return "no exposed share and no beneficiary could be measured around this announcement"
    if first is None or second is None:
        only = first if first is not None else second
        assert only is not None
        absent = "exposed share" if first is None else "beneficiary"
        return f"{_opening(only, period, tail, words)}; no {absent} could be measured"
    quiet = all(
        clause.measure.reading == "noise" and not is_early(clause.early) and clause.measure.n > 1
        for clause in (first, second)
    )
    if quiet:
        name = first.name if words.name else first.short
        return (
            f"neither {name} ({numbers.percent(first.measure.caar)}%) nor {second.name} "
            f"({numbers.percent(second.measure.caar)}%) can be told from noise{tail}"
        )
    return f"{_opening(first, period, tail, words)}; {_second(second, period, words)}"


def _opening(clause: Clause, period: Period, tail: str, words: _Words) -> str:
    """The clause that names the period."""
    measure, early = clause.measure, clause.early
    name = clause.name if words.name else clause.short
    if measure.reading == "not_testable":
        if measure.n == 1:
            return f"{clause.company or name}, alone measured, moved {numbers.percent(measure.caar)}%{tail}"
        return f"{name} moved {numbers.percent(measure.caar)}%{tail}, untested"
    text = f"{name} {went(measure)}{tail}"
    if measure.reading == "suggestive":
        text += ", which does not survive adjustment"
    elif measure.reading == "uneven":
        text += ", but unevenly"
    elif measure.reading == "noise":
        text += f", {words.noise}"
    if early is not None and is_early(early):
        if measure.told and early.caar * measure.caar > 0:
            text += f", a {gain_or_loss(early.caar)} that began before {period.news}"
        else:
            text += f", but had {gained_or_lost(early.caar)} before {period.news}"
    return text


def _second(clause: Clause, period: Period, words: _Words) -> str:
    """The beneficiaries' clause, which leaves the period unsaid."""
    measure, early = clause.measure, clause.early
    name = clause.name
    began = early is not None and is_early(early)
    if measure.reading == "not_testable":
        if measure.n == 1:
            return f"{clause.company or name}, alone measured, moved {numbers.percent(measure.caar)}%"
        return f"{name} moved {numbers.percent(measure.caar)}%, untested"
    if measure.reading == "noise":
        if began and early is not None:
            noun = gain_or_loss(early.caar)
            return f"{possessive(name)} {noun} of {numbers.size(early.caar)}% came before {period.news}"
        return f"{name} moved {numbers.percent(measure.caar)}%, {words.noise}"
    noun = f"{possessive(name)} {gain_or_loss(measure.caar)} of {numbers.size(measure.caar)}%"
    with_sign = began and early is not None and early.caar * measure.caar > 0
    against = f", after {'gaining' if early.caar > 0 else 'losing'} {numbers.size(early.caar)}% before it" if (
        began and early is not None and not with_sign
    ) else ""  # fmt: skip
    onset = f"began before {period.news}"
    if measure.reading == "clear":
        if with_sign:
            return f"{noun} {onset}"
        verb = "gained" if measure.caar > 0 else "lost"
        return f"{name} {verb} {numbers.size(measure.caar)}%{against}"
    doubt = "is uneven" if measure.reading == "uneven" else "does not survive adjustment"
    return f"{noun} {doubt}{f' and {onset}' if with_sign else against}"


# Lede


def lede(
    exposed: Clause | None,
    beneficiary: Clause | None,
    period: Period,
    *,
    exposed_supply: Supply | None = None,
    beneficiary_supply: Supply | None = None,
    early: Sequence[str] = (),
    limits: str = "",
    reasons: Callable[[str], str] | None = None,
    unit: str = "share",
) -> str:
    """The evidence in at most four sentences: means, intervals, breadth, who carries it, what came before.

    Parameters
    ----------
    exposed, beneficiary : Clause or None
        As in the headline.
    period : Period
        Its ``opening`` begins the first sentence.
    exposed_supply, beneficiary_supply : Supply, optional
        The two largest contributions.
    early : sequence of str
        Sentences of `early_sentence`.
    limits : str
        The sentence of `limit_sentence`; the first to go when there are too many or they run too long.
    reasons : callable, optional
        Role to the reason why it has no measure.
    unit : str
        What is counted: "share", or "observation" where several events are pooled.
    """
    sentences = []
    for clause, found, role, opening in (
        (exposed, exposed_supply, "exposed", period.opening),
        (beneficiary, beneficiary_supply, "beneficiary", ""),
    ):
        usable = _usable(clause)
        if usable is None:
            why = reasons(role) if reasons is not None else ""
            noun = "exposed shares" if role == "exposed" else "beneficiaries"
            sentences.append(f"There is no number for {noun}{f': {why}' if why else ''}.")
        else:
            start = opening if role == "exposed" or _usable(exposed) is not None else period.opening
            sentences.append(_evidence(usable, role, start, found, unit))
    sentences += [*early, limits]
    chosen: list[str] = []
    for sentence in sentences:
        fits = len(" ".join([*chosen, sentence])) <= LEDE_LENGTH or len(chosen) < 2 or sentence in early
        if sentence and len(chosen) < 4 and fits:
            chosen.append(sentence)
    return " ".join(chosen)


def _evidence(clause: Clause, role: str, opening: str, found: Supply | None, unit: str) -> str:
    measure = clause.measure
    if measure.reading == "not_testable" and measure.n == 1:
        start = f"{opening} " if opening else ""
        noun = "exposed share" if role == "exposed" else "beneficiary"
        who = f"{clause.company}, the only {noun} with a usable return, moved"
        return f"{start}{who} {numbers.percent(measure.caar)}% against the market{certainty(measure)}."
    rose = f"{_count_word(measure.up, opening=not opening)} rose"
    if role == "exposed" or opening:
        noun = f"{'exposed' if role == 'exposed' else 'likely beneficiary'} {unit}s"
        if role != "exposed" and unit == "share":
            noun = "likely beneficiaries"
        text = (
            f"{opening} {numbers.number_word(measure.n)} {noun} averaged {numbers.percent(measure.caar)}% against "
            f"the market{certainty(measure)}"
        )
        if measure.reading == "noise":
            text += unseen(measure)
        elif measure.told:
            text += ", which does not survive adjustment" if measure.reading == "suggestive" else ""
            text += f"; {_count_word(measure.up)} rose and {_count_word(measure.n - measure.up)} did not"
            if found is not None:
                text += f", and {supply_words(found, measure)}"
        return text + "."
    label = "likely beneficiaries" if unit == "share" else f"beneficiary {unit}s"
    brackets = certainty(measure).replace("95% interval", "interval")
    if measure.up == measure.n:
        who = f"All {numbers.number_word(measure.n)} {label} rose"
    else:
        who = f"Of {numbers.number_word(measure.n)} {label} {rose.lower()}"
    text = f"{who}, {numbers.percent(measure.caar)}% on average"
    text += brackets
    if measure.reading == "noise":
        text += f", which cannot be told from noise{unseen(measure)}"
    elif measure.reading == "suggestive":
        text += ", which does not survive adjustment"
    return f"{text}{f', and {supply_words(found, measure)}' if found is not None else ''}."


def _count_word(count: int, *, opening: bool = False) -> str:
    word = "none" if count == 0 else numbers.number_word(count)
    return numbers.capitalised(word) if opening else word

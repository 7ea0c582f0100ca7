"""The finding in one line, and the evidence under it in four sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eventstudy.report.wording import numbers
from eventstudy.report.wording.measure import Measure, Period, is_early
from eventstudy.report.wording.names import possessive
from eventstudy.report.wording.verdicts import (
    Supply,
    certainty,
    gain_or_loss,
    gained_or_lost,
    supply_words,
    unseen,
    went,
)

HEADLINE_LIMIT = 150
LEDE_LENGTH = 560


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
    return f"{text[: limit - 1].rpartition(' ')[0]} …"


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

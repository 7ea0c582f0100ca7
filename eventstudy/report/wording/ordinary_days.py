"""Words of part 4: how unusual the day was."""

from __future__ import annotations

from datetime import date

from eventstudy.report.wording import numbers

TOPIC = "How unusual was the day"
NOTHING_TO_COMPARE = "There is no ordinary day to compare with"


def role_noun(role: str) -> str:
    return "exposed shares" if role == "exposed" else "beneficiaries"


def no_days_for(noun: str, reason: str) -> str:
    return f"the {noun}: {reason or 'no ordinary days'}"


def not_set_against(why: str) -> str:
    return f"The day cannot be set against ordinary ones ({why})."


def over_what(length: int, noun: str) -> str:
    return "on every session" if length == 1 else f"over {noun}"


def on_what(length: int) -> str:
    return "on ordinary days" if length == 1 else "over ordinary stretches"


def figure_title(several: bool, when: str) -> str:
    return f"The same {'groups' if several else 'group'} {when}"


def figure_subtitle(what: str) -> str:
    return (
        f"Mean abnormal return of the group in its own standard errors, {what} outside all catalogued events. "
        "Coloured: at least as far from zero as the event"
    )


def count_note(kind: str, several: bool) -> str:
    return f"Number of {kind}{', each panel on its own height' if several else ''}."


def no_panel(reason: str) -> str:
    return f"No panel for {reason}."


def finding(noun: str, often: str, kind: str) -> str:
    return f"{numbers.capitalised(noun)} move this far on {often} ordinary {kind}"


def finding_second(first: str, noun: str, often: str) -> str:
    return f"{first}, {noun} on {often}"


def event_word(focus_window: str) -> str:
    return "Event day" if focus_window == "[0,0]" else "Event"


def panel_subtitle(n_dates: int, noun: str) -> str:
    return f"{numbers.integer(n_dates)} ordinary {noun}"


def panel_label(when: str, caar: float, pvalue: float) -> str:
    return f"{when} {numbers.percent(caar)}%: {numbers.in_a_hundred(pvalue)} moved as far"


def short_history(whose: str, count: int) -> str:
    return f"The {whose} history is short ({numbers.integer(count)})"


def short_because(text: str, name: str, begins: date) -> str:
    return (
        f"{text}, because all its members must have prices and those of {name} begin in {numbers.month_year(begins)}."
    )

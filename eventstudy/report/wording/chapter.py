"""Words of a chapter: its clocks, how its window is named, when its event was announced."""

from __future__ import annotations

from datetime import date

from eventstudy.report.wording import numbers

BEIJING = "Beijing"
TOKYO = "Tokyo"
NEW_YORK = "New York"
ON_FIRST_DAY = "on the first day"
EVENT_DAY = "the event day"
JAPAN = "Japan"
CHINA = "China"


def short_group(role: str) -> str:
    return "exposed shares" if role == "exposed" else "the beneficiaries"


def news_name(has_time: bool) -> str:
    return "the announcement" if has_time else "the event day"


def stretch_noun(length: int) -> str:
    return "days" if length == 1 else f"stretches of {numbers.number_word(length)} sessions"


def on_day(day: str) -> str:
    return f"On {day}"


def in_first_sessions(length: int) -> str:
    return f"in the first {numbers.number_word(length)} sessions"


def in_sessions_from(length: int, day: str) -> str:
    return f"In the {numbers.number_word(length)} sessions from {day}"


def around_day(day: str) -> str:
    return f"around {day}"


def in_sessions_around(length: int, day: str) -> str:
    return f"In the {numbers.number_word(length)} sessions around {day}"


def in_window(window: str) -> str:
    return f"in {numbers.window(window)}"


def over_window(window: str) -> str:
    return f"Over sessions {numbers.window(window)}"


def announcements(count: int, kind: str) -> str:
    return numbers.counted(count, f"{kind} announcement".strip())


def over_events(events: str) -> str:
    return f"over {events}"


def on_first_day_of(events: str) -> str:
    return f"On the first day of {events}"


def from_or_around(first: int) -> str:
    return "from" if first == 0 else "around"


def after_or_around(first: int, events: str) -> str:
    return f"{'after' if first == 0 else 'around'} {events}"


def in_sessions_of(length: int, where: str, events: str) -> str:
    return f"In the {numbers.number_word(length)} sessions {where} {events}"


def announced(day: date) -> str:
    return f"announced {numbers.weekday_date(day)}"


def time_unknown(text: str) -> str:
    return f"{text}, time unknown"


def against_close(city: str, rule: str) -> str:
    return {
        "after_close": f"after the {city} close",
        "before_close": f"before the {city} close",
        "no_session": f"with no session in {city} that day",
    }.get(rule, "")

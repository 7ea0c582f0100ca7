"""Words of returns that a daily limit cut short."""

from __future__ import annotations

from eventstudy.report.wording import numbers


def days(count: int, end: str, begin: str, stop: str) -> str:
    return f"day {end}" if count == 1 else f"days {begin} {'and' if count == 2 else 'to'} {stop}"


def no_session_yet(days: str) -> str:
    return f"at the limit on {days}, and no session follows yet"


def ask_for(days: str, first: int, until: int) -> str:
    return f"at the limit on {days}: ask for --window={first},{until}"


def read_instead(days: str, nearest: tuple[int, int]) -> str:
    return f"at the limit on {days}: read {numbers.window(numbers.window_label(nearest))}"

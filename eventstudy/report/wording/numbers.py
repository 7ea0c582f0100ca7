"""How the report prints numbers, words and dates: what cards of a notebook print too, and what its sentences need."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date

from eventstudy.numbers import MINUS as MINUS
from eventstudy.numbers import MISSING as MISSING
from eventstudy.numbers import coefficient as coefficient
from eventstudy.numbers import interval as interval
from eventstudy.numbers import p_equals as p_equals
from eventstudy.numbers import percent as percent
from eventstudy.numbers import pvalue as pvalue
from eventstudy.numbers import size as size

TO = "to"
"""Between the ends of an interval: no line ends before or behind it."""
R_BAR = "r\u0304"
THIN = "\u202f"  # narrow no-break space

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def in_a_hundred(p: float | None) -> str:
    """A placebo p as a count of ordinary days: "5 in 100".

    Examples
    --------
    >>> in_a_hundred(0.048), in_a_hundred(0.0049), in_a_hundred(0.73)
    ('5 in 100', 'fewer than 1 in 100', '73 in 100')
    """
    if p is None or math.isnan(p):
        return MISSING
    if p < 0.01:
        return "fewer than 1 in 100"
    return f"{math.floor(100 * min(p, 1.0) + 0.5)} in 100"


def integer(count: int) -> str:
    """A count in figures, thousands set apart by a narrow space.

    Examples
    --------
    >>> integer(999), integer(535754)
    ('999', '535\u202f754')
    """
    return f"{count:,}".replace(",", THIN)


def number_word(count: int) -> str:
    """A count in running text: in words up to ten, "no" for none, then figures.

    Examples
    --------
    >>> number_word(0), number_word(10), number_word(34)
    ('no', 'ten', '34')
    """
    return _WORDS[count] if 0 <= count < len(_WORDS) else integer(count)


def ordinal_word(count: int) -> str:
    """First, second ... tenth, then 11th; figures never stand where a word will do."""
    if 0 < count < len(_ORDINALS):
        return _ORDINALS[count]
    suffix = "th" if 10 <= count % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{integer(count)}{suffix}"


def capitalised(text: str) -> str:
    """The text with its first letter large, all others as they are."""
    return text[:1].upper() + text[1:]


def lowered(text: str) -> str:
    """The text with its first letter small, all others as they are."""
    return text[:1].lower() + text[1:]


def counted(count: int, singular: str, plural: str = "") -> str:
    """A count with its noun: "one share", "ten shares", "no shares".

    Examples
    --------
    >>> counted(1, "share"), counted(34, "share"), counted(2, "company", "companies")
    ('one share', '34 shares', 'two companies')
    """
    return f"{number_word(count)} {singular if count == 1 else plural or singular + 's'}"


def listed(names: Iterable[str], most: int = 0) -> str:
    """Names in a sentence: "a", "a and b", "a, b and c"; beyond ``most``, "a, b and three others".

    Examples
    --------
    >>> listed(["Tokyo"]), listed(["Tokyo", "Sydney", "New York"])
    ('Tokyo', 'Tokyo, Sydney and New York')
    >>> listed("abcdef", most=3)
    'a, b, c and three others'
    """
    items = list(names)
    if most and len(items) > most + 1:
        items = [*items[:most], f"{number_word(len(items) - most)} others"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def window(label: str) -> str:
    """A window as printed, with true minus signs.

    Examples
    --------
    >>> window("[-1,+1]")
    '[−1,+1]'
    """
    return label.replace("-", MINUS)


def window_label(bounds: tuple[int, int]) -> str:
    """A window as the tables name it, with ASCII signs.

    Examples
    --------
    >>> window_label((0, 0)), window_label((-2, -1)), window_label((0, 5))
    ('[0,0]', '[-2,-1]', '[0,+5]')
    """
    return "[" + ",".join(f"{bound:+d}" if bound else "0" for bound in bounds) + "]"


def window_bounds(label: str) -> tuple[int, int]:
    """The bounds of a window named as in the tables.

    Examples
    --------
    >>> window_bounds("[-1,+1]")
    (-1, 1)
    """
    first, last = label.strip("[]").replace(MINUS, "-").split(",")
    return int(first), int(last)


def day_month(day: date) -> str:
    """A date in running text: "7 January"."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


def day_short(day: date) -> str:
    """A date in figures and tables: "7 Jan"."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]}"


def day_year(day: date) -> str:
    """A date with its year: "7 January 2026"."""
    return f"{day_month(day)} {day.year}"


def weekday_date(day: date) -> str:
    """A date in full: "Tuesday 6 January 2026"."""
    return f"{_DAYS[day.weekday()]} {day_year(day)}"


def month_year(day: date) -> str:
    """A month: "January 2026"."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def days_listed(days: Iterable[date]) -> str:
    """Several dates with each month once: "6 and 7 January", "30 June and 1 July".

    Examples
    --------
    >>> days_listed([date(2026, 1, 7), date(2026, 1, 6)])
    '6 and 7 January'
    >>> days_listed([date(2025, 6, 30), date(2025, 7, 1)])
    '30 June and 1 July'
    """
    ordered = sorted(set(days))
    same_month = len({(day.year, day.month) for day in ordered}) == 1
    if same_month and len(ordered) > 1:
        return f"{listed([str(day.day) for day in ordered])} {_MONTHS[ordered[0].month - 1]}"
    return listed([day_month(day) for day in ordered])


def days_either(days: Iterable[date]) -> str:
    """Several dates of which one is meant: "6 or 7 January"."""
    return " or ".join(days_listed(days).rsplit(" and ", 1))


def month_short(day: date) -> str:
    """A month in tables: "Jan 2026"."""
    return f"{_MONTHS[day.month - 1][:3]} {day.year}"


def hash_short(digest: str) -> str:
    """The ends of a hash, enough to compare by eye: "5c1e…9a07"."""
    return f"{digest[:4]}…{digest[-4:]}" if len(digest) > 8 else digest

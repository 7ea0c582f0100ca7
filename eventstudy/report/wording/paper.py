"""Words of paper alone."""

from __future__ import annotations

from collections.abc import Sequence

from eventstudy.report.wording import numbers

LETTERS_COME_WITH = " Japanese and Chinese letters come with "
NOTICE = " No number on this page describes a real share."
SHEET_OF = "{} of {}"
"""At the foot of a sheet: its number, and of how many."""
LINE = "line"


def whose_names(tickers: Sequence[str], most: int) -> str:
    return f"The names of {numbers.listed(tickers, most=most)}" if tickers else "Some words"


def letters(count: int) -> str:
    return numbers.counted(count, "letter")


def not_whole(count: str, which: str) -> str:
    return f" cannot be drawn whole: {count} that this file’s typefaces lack ({which}) "


def stand_as(count: int, replacement: str) -> str:
    return f"{'stands' if count == 1 else 'stand'} as {replacement}; the HTML report has them."


def continued(alt: str) -> str:
    return f"{alt} (continued)"


def elsewhere(what: str) -> str:
    return f"{what}: in the HTML report."


def rose(up: int, total: int) -> str:
    return f"{up} of {total} rose"

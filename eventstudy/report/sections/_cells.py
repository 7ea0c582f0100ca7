"""Cells and sentences that several sections share."""

from __future__ import annotations

import math
from collections.abc import Sequence

from eventstudy.report import wording
from eventstudy.report.chapter import Chapter
from eventstudy.report.model import Cell, DotsCell, MissingCell, NumberCell, Role, TextCell
from eventstudy.report.wording import Measure, numbers
from eventstudy.report.wording import cells as say

MAIN_ROLES: tuple[Role, ...] = ("exposed", "beneficiary", "control")
ALL_ROLES: tuple[Role, ...] = (*MAIN_ROLES, "exposed_elsewhere")


def name_of_test(name: str) -> str:
    """A test as a reader knows it."""
    return say.TEST_NAMES.get(name, name.replace("_", " "))


def role_value(role: str) -> Role:
    """The role as the content model types it; "" for any other word."""
    return role if role in ALL_ROLES else ""


def value_or_none(value: float) -> float | None:
    """A number to sort by."""
    return None if math.isnan(value) else value


def percent_cell(value: float, *, strong: bool = False, after: str = "", raised: str = "", decimals: int = 1) -> Cell:
    """A signed per cent; a dash where there is none."""
    if math.isnan(value):
        return MissingCell(say.NO_RETURN)
    text = numbers.percent(value, decimals)
    return NumberCell(text, 100 * value, strong=strong, after=after, raised=raised)


def size_cell(value: float) -> Cell:
    """An unsigned per cent: detectable effects and standard errors."""
    return MissingCell(say.NOT_ESTIMATED) if math.isnan(value) else NumberCell(numbers.size(value), 100 * value)


def interval_cell(measure: Measure) -> Cell:
    """The 95% interval, sorted by its lower end."""
    if math.isnan(measure.low) or math.isnan(measure.high):
        return MissingCell(say.NO_INTERVAL)
    return NumberCell(numbers.interval(measure.low, measure.high), 100 * measure.low)


def p_cell(p: float, reason: str = say.NO_VALUE, raised: str = "") -> Cell:
    """A p-value."""
    return MissingCell(reason) if math.isnan(p) else NumberCell(numbers.pvalue(p), p, raised=raised)


def breadth_cell(measure: Measure, role: str) -> Cell:
    """How many rose."""
    return DotsCell(measure.up, measure.n, role_value(role)) if measure.n else MissingCell(say.NO_SHARES)


def role_rest(chapter: Chapter, role: str, *, focus: bool = False) -> str:
    """Behind a role's name in a table: "34 shares, Tokyo"."""
    cities = chapter.cities(role, focus=focus)
    count = sum(cities.values())
    return say.shares_of_markets(cities, shares_text(count), wording.markets_text(cities))


def shares_text(count: int) -> str:
    """A count of shares in figures, as in tables: "1 share", "34 shares"."""
    return say.shares_text(count)


def ordered_sectors(chapter: Chapter, role: str, window: str, *, focus: bool) -> list[tuple[str, Measure]]:
    """A role's sectors with a mean, by that mean, the highest first."""
    scope = chapter.focus_scope if focus else chapter.scope
    found = []
    for sector in chapter.evidence.sectors(scope, role):
        measure = chapter.evidence.measure(scope, role, sector, window)
        if measure is not None and measure.measured:
            found.append((sector, measure))
    return sorted(found, key=lambda item: (-item[1].caar, item[0]))


def text_cell(text: str, second: str = "", *, strong: bool = False, muted: bool = False, mark: Role = "") -> Cell:
    """Words, perhaps with a grey second part."""
    return TextCell(text, second, mark=mark, strong=strong, muted=muted)


def joined(sentences: Sequence[str]) -> str:
    """Sentences that say something, one after another."""
    return " ".join(sentence for sentence in sentences if sentence)

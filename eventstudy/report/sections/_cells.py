"""Cells and sentences that several sections share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from eventstudy.report import numbers, wording
from eventstudy.report.chapter import Chapter
from eventstudy.report.model import Cell, DotsCell, MissingCell, NumberCell, Role, TextCell
from eventstudy.report.wording import Measure

MAIN_ROLES: tuple[Role, ...] = ("exposed", "beneficiary", "control")
ALL_ROLES: tuple[Role, ...] = (*MAIN_ROLES, "exposed_elsewhere")

TEST_NAMES: Mapping[str, str] = {
    "adjusted_bmp_t": "Adjusted BMP",
    "portfolio_t": "Portfolio t",
    "wild_bootstrap_t": "Wild cluster bootstrap",
    "adjusted_patell_z": "Adjusted Patell",
    "grank_t": "GRANK-T",
    "grank_permutation": "GRANK permutation",
    "grank_z": "GRANK-Z",
    "rank_z": "Rank",
    "patell_z": "Patell Z",
    "bmp_t": "BMP",
    "cross_sectional_t": "Cross-sectional t",
    "time_series_t": "Time-series t",
    "sign": "Sign",
    "generalized_sign_z": "Generalised sign",
    "wilcoxon": "Wilcoxon",
    "skewness_adjusted_t": "Skewness-adjusted t",
    "placebo": "Placebo in time",
    "mvrm_f": "MVRM F",
    "calendar_time_t": "Calendar time",
}


def name_of_test(name: str) -> str:
    """A test as a reader knows it."""
    return TEST_NAMES.get(name, name.replace("_", " "))


def role_value(role: str) -> Role:
    """The role as the content model types it; "" for any other word."""
    return role if role in ALL_ROLES else ""


def value_or_none(value: float) -> float | None:
    """A number to sort by."""
    return None if math.isnan(value) else value


def percent_cell(value: float, *, strong: bool = False, after: str = "", raised: str = "", decimals: int = 1) -> Cell:
    """A signed per cent; a dash where there is none."""
    if math.isnan(value):
        return MissingCell("no return over this window")
    text = numbers.percent(value, decimals)
    return NumberCell(text, 100 * value, strong=strong, after=after, raised=raised)


def size_cell(value: float) -> Cell:
    """An unsigned per cent: detectable effects and standard errors."""
    return MissingCell("not estimated") if math.isnan(value) else NumberCell(numbers.size(value), 100 * value)


def interval_cell(measure: Measure) -> Cell:
    """The 95% interval, sorted by its lower end."""
    if math.isnan(measure.low) or math.isnan(measure.high):
        return MissingCell("no interval")
    return NumberCell(numbers.interval(measure.low, measure.high), 100 * measure.low)


def p_cell(p: float, reason: str = "the test has no value here", raised: str = "") -> Cell:
    """A p-value."""
    return MissingCell(reason) if math.isnan(p) else NumberCell(numbers.pvalue(p), p, raised=raised)


def breadth_cell(measure: Measure, role: str) -> Cell:
    """How many rose."""
    return DotsCell(measure.up, measure.n, role_value(role)) if measure.n else MissingCell("no shares")


def sector_words(sector: str) -> str:
    """A sector inside a sentence: "deep-sea and engineering", "Chinese producers".

    Examples
    --------
    >>> sector_words("Deep-sea & engineering"), sector_words("Chinese producers")
    ('deep-sea and engineering', 'Chinese producers')
    """
    words = sector.replace(" & ", " and ")
    keeps = words.startswith(("Chinese", "Japan", "US ", "EU ")) or words[1:2].isupper()
    return words if keeps else words[:1].lower() + words[1:]


def short_sector(sector: str) -> str:
    """A sector for a narrow label: "Magnets, specialty metals"."""
    return sector.replace(" & ", ", ").replace("critical-mineral miners", "critical minerals")


def role_rest(chapter: Chapter, role: str, *, focus: bool = False) -> str:
    """Behind a role's name in a table: "34 shares, Tokyo"."""
    cities = chapter.cities(role, focus=focus)
    count = sum(cities.values())
    return f"{shares_text(count)}, {wording.markets_text(cities)}" if cities else "no shares"


def shares_text(count: int) -> str:
    """A count of shares in figures, as in tables: "1 share", "34 shares"."""
    return "1 share" if count == 1 else f"{numbers.integer(count)} shares"


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

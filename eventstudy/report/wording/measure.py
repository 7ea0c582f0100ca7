"""What is put into words: a group over a window, and how that window is named."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventstudy.report.model import Reading

TOLD: frozenset[str] = frozenset({"clear", "suggestive", "uneven"})
EARLY: frozenset[str] = frozenset({"clear", "suggestive"})


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
    length : int
        Sessions of the window.
    """

    tail: str = "on the first day"
    opening: str = "On the event day"
    noun: str = "days"
    news: str = "the announcement"
    length: int = 1


def is_early(measure: Measure | None) -> bool:
    """Whether the run-up window is told: clear or suggestive, by more than one share."""
    return measure is not None and measure.n > 1 and measure.reading in EARLY

"""Placebo in time: the same group on ordinary days, as the law of its own statistic.

An announcement at the same hour on another date is mapped to every exchange as the real one was, and the group's
portfolio t is computed with its own estimation window before it.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy._arrays import FloatArray
from eventstudy.inference.base import StatisticResult, missing
from eventstudy.inference.ordinary_law import OrdinaryLaw
from eventstudy.inference.reasons import because
from eventstudy.inference.sample import GroupSample
from eventstudy.notebook import card
from eventstudy.numbers import coefficient, counted, p_equals
from eventstudy.panel.windows import Window

NAME, NULL = "placebo", "the window moved the group no further than an ordinary one"
FEWEST_DATES = 99


@dataclass(frozen=True, eq=False)
class OrdinaryDays:
    """What ordinary days say about one group and window.

    Attributes
    ----------
    statistics : (B,) float
        Studentised group means on the dates drawn.
    observed : float
        The event's own portfolio t.
    pvalue : float
        (1 + #{|t_b| ≥ |t|})/(1 + B); NaN with a reason.
    n_dates : int
        B.
    effective : float
        B/L, the number of dates whose windows do not overlap.
    reason : str
        Why there is no p.

    Examples
    --------
    >>> import numpy as np
    >>> from eventstudy.inference.placebo import OrdinaryDays
    >>> days = OrdinaryDays(np.linspace(-3, 3, 999), observed=4.0, pvalue=0.001, n_dates=999, effective=999.0)
    >>> bool(days.pvalue == (1 + (abs(days.statistics) >= 4.0).sum()) / (1 + days.n_dates))
    True
    """

    statistics: FloatArray
    observed: float
    pvalue: float
    n_dates: int
    effective: float
    reason: str = ""

    def _repr_html_(self) -> str:
        if self.reason:
            return card("Ordinary days", [f"No p: {self.reason}."])
        return card(
            "Ordinary days",
            [
                f"Placebo {p_equals(self.pvalue)}: the group's t on the event day is {coefficient(self.observed)}, "
                f"and as far from zero on that share of {counted(self.n_dates, 'ordinary date')}.",
                f"About {self.effective:.0f} of them have windows of their own.",
            ],
        )


def group_seed(seed: int, names: Sequence[str], window: Window) -> tuple[int, ...]:
    """Seed of a group's draws: it depends on who is in the group, not on the order of rows or on other groups.

    Examples
    --------
    >>> group_seed(0, ["b", "a"], (0, 1)) == group_seed(0, ["a", "b"], (0, 1))
    True
    """
    text = "\n".join(sorted(names)).encode()
    return (seed, zlib.crc32(text), len(text), window[0] + 10_000, window[1] + 10_000)


def too_few_dates(count: int) -> str:
    """Why so many ordinary dates give no p.

    Examples
    --------
    >>> too_few_dates(0), too_few_dates(98)
    ('no ordinary date has a full study, 99 needed', 'only 98 ordinary dates with a full study, 99 needed')
    """
    if not count:
        return because("none.no_ordinary_date", needed=FEWEST_DATES)
    return because(f"none.ordinary_date{'' if count == 1 else 's'}", count=count, needed=FEWEST_DATES)


def ordinary_days(
    observed: float, laws: Sequence[OrdinaryLaw], shares: Sequence[float], length: int, seed: Sequence[int], draws: int
) -> OrdinaryDays:
    """The event's portfolio t against ordinary dates.

    Parameters
    ----------
    observed : float
        Portfolio t of the event.
    laws : sequence of C OrdinaryLaw
        One a calendar cluster of the group.
    shares : sequence of C float
        N_c/N.
    length : int
        Sessions L of the window.
    seed, draws
        Of the dates drawn where there are more than ``draws``; with several clusters each is moved by itself.

    Returns
    -------
    OrdinaryDays
        Missing below 99 admissible dates.

    Examples
    --------
    The event's t of 4 is beyond those of 999 ordinary dates:

    >>> import numpy as np
    >>> from eventstudy.inference.ordinary_law import OrdinaryLaw
    >>> from eventstudy.inference.placebo import ordinary_days
    >>> law = OrdinaryLaw(np.arange(999), caar=np.linspace(-0.03, 0.03, 999), variance=np.full(999, 0.01**2))
    >>> found = ordinary_days(4.0, [law], [1.0], length=1, seed=(0,), draws=999)
    >>> found.pvalue, found.n_dates
    (0.001, 999)
    """
    fewest = min((len(law.dates) for law in laws), default=0)
    if not math.isfinite(observed):
        return OrdinaryDays(np.empty(0), observed, math.nan, 0, 0.0, because("none.portfolio_t"))
    if fewest < FEWEST_DATES:
        return OrdinaryDays(
            np.empty(0),
            observed,
            math.nan,
            fewest,
            0.0,
            too_few_dates(fewest),
        )
    rng = np.random.default_rng(seed)
    if len(laws) == 1:
        drawn = laws[0].statistics
        if len(drawn) > draws:
            drawn = drawn[np.sort(rng.choice(len(drawn), size=draws, replace=False))]
    else:
        caar, variance = np.zeros(draws), np.zeros(draws)
        for law, share in zip(laws, shares, strict=True):
            chosen = rng.integers(0, len(law.dates), size=draws)
            caar += share * law.caar[chosen]
            variance += share**2 * law.variance[chosen]
        drawn = caar / np.sqrt(variance)
    beyond = int((np.abs(drawn) >= abs(observed)).sum())
    return OrdinaryDays(drawn, observed, (1.0 + beyond) / (1.0 + len(drawn)), len(drawn), len(drawn) / length)


def placebo(sample: GroupSample, outcome: OrdinaryDays) -> StatisticResult:
    """The placebo as a row of the tests table.

    Examples
    --------
    >>> import numpy as np
    >>> import eventstudy as es
    >>> from eventstudy.inference.placebo import OrdinaryDays, placebo
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> days = OrdinaryDays(np.zeros(999), observed=3.0, pvalue=0.001, n_dates=999, effective=999.0)
    >>> placebo(sample, days).distribution
    '999 ordinary dates'
    """
    if not math.isfinite(outcome.pvalue):
        return missing(sample, NAME, NULL, outcome.reason)
    law = f"{outcome.n_dates} ordinary dates"
    if outcome.effective < outcome.n_dates:
        law += f" ({outcome.effective:.0f} without overlap)"
    return StatisticResult(NAME, NULL, outcome.observed, outcome.pvalue, law, sample.n)

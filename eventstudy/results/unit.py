"""One family of the summary's rows, an event's, an episode's or the whole study's; each row made when asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from eventstudy._arrays import IntArray
from eventstudy.inference.base import StatisticResult
from eventstudy.inference.headline import Headline
from eventstudy.inference.multiplicity import holm
from eventstudy.inference.reading import reading
from eventstudy.results.evidence import Evidence
from eventstudy.results.group_tables import group_headline, group_ordinary_days, one_test


class Group(NamedTuple):
    """Which rows of a unit: a role or one of its sectors; of pooled rows those of one kind of news."""

    role: str
    sector: str = ""
    direction: str = ""


@dataclass(frozen=True, eq=False)
class Unit:
    """The groups whose p are adjusted together, in the order of the table.

    Attributes
    ----------
    evidence : Evidence
        The study's.
    groups : mapping of Group to (n,) int
        Rows of the used observations of each.
    seed : int
        Of bootstraps.
    with_placebo : bool
        Whether ordinary days were asked for.
    """

    evidence: Evidence
    groups: Mapping[Group, IntArray]
    seed: int
    with_placebo: bool
    _headlines: dict[tuple[Group, int], Headline] = field(default_factory=dict, init=False, repr=False)
    _ordinary: dict[tuple[Group, int], float] = field(default_factory=dict, init=False, repr=False)

    def headline(self, group: Group, number: int) -> Headline:
        """The headline of a group over one of the study's windows; its p is as it is."""
        key = (group, number)
        if key not in self._headlines:
            self._headlines[key] = group_headline(self.evidence, self.groups[group], number, self.seed)
        return self._headlines[key]

    def headlines(self) -> dict[tuple[Group, int], Headline]:
        """Those of all groups and windows."""
        windows = range(len(self.evidence.arrays.windows))
        return {(group, number): self.headline(group, number) for group in self.groups for number in windows}

    def know(self, headlines: Mapping[tuple[Group, int], Headline]) -> None:
        """Take over what another process has worked out."""
        self._headlines.update(headlines)

    @cached_property
    def adjusted(self) -> Mapping[tuple[Group, int], float]:
        """Holm's p of every group and window, over all of them."""
        found = self.headlines()
        pvalues = np.array([each.pvalue for each in found.values()], dtype=np.float64)
        return dict(zip(found, holm(pvalues).tolist(), strict=True)) if found else {}

    @property
    def family(self) -> int:
        """How many p the adjustment counts."""
        return sum(1 for value in self.headlines().values() if not math.isnan(value.pvalue))

    def ordinary_pvalue(self, group: Group, number: int) -> float:
        """The placebo p of a group; NaN where there are too few ordinary days, or none were asked for."""
        key = (group, number)
        if key not in self._ordinary:
            sample = self.evidence.sample(self.groups[group], number)
            self._ordinary[key] = group_ordinary_days(self.evidence, sample).pvalue if self.with_placebo else math.nan
        return self._ordinary[key]

    def reading(self, group: Group, number: int) -> str:
        """What a reader may be told of a group."""
        found = self.headline(group, number)
        placebo = self.ordinary_pvalue(group, number)
        return reading(found.pvalue, self.adjusted[group, number], placebo, found.n_pairs)

    def test(self, group: Group, number: int, name: str) -> StatisticResult:
        """One test of a group by its name in the tables."""
        return one_test(self.evidence, self.evidence.sample(self.groups[group], number), name, self.seed)

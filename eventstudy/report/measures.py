"""Rows of the group table as the report reads them, each made when a sentence or a cell asks for it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from eventstudy.inference.headline import Headline
from eventstudy.report.model import Reading
from eventstudy.report.wording import Measure
from eventstudy.results import StudyResults
from eventstudy.results.unit import Group, Unit


class Scope(NamedTuple):
    """Which rows of the group table are meant: one event's, an episode's pooled ones, or the whole study's.

    ``direction`` is empty for an event and the kind of news (tightening, relief, support) for pooled rows.
    """

    episode: str
    event_id: str
    direction: str


def event_scope(event_id: str) -> Scope:
    """The rows of one event."""
    return Scope("", event_id, "")


@dataclass(frozen=True, eq=False)
class Measures:
    """The groups of a study by scope, role, sector and window.

    Attributes
    ----------
    results : StudyResults
        The study.
    """

    results: StudyResults
    _found: dict[tuple[Scope, Group, int], Measure] = field(default_factory=dict, init=False, repr=False)

    def unit(self, scope: Scope) -> Unit:
        """The rows that are adjusted together with a scope's."""
        return self.results.unit(scope.event_id, "" if scope.event_id else scope.episode)

    def holds(self, scope: Scope, role: str, sector: str = "") -> bool:
        """Whether the table has such rows."""
        return Group(role, sector, scope.direction) in self.unit(scope).groups

    def sectors(self, scope: Scope, role: str) -> tuple[str, ...]:
        """The sectors of a role, in the order of the table."""
        groups = self.unit(scope).groups
        return tuple(
            each.sector for each in groups if each.sector and (each.role, each.direction) == (role, scope.direction)
        )

    def find(self, scope: Scope, role: str, sector: str, number: int) -> Measure | None:
        """One row, with its adjusted p and its reading; None where the table has none."""
        group = Group(role, sector, scope.direction)
        key = (scope, group, number)
        unit = self.unit(scope)
        if key not in self._found and group in unit.groups:
            self._found[key] = measure_of(
                unit.headline(group, number),
                holm=unit.adjusted[group, number],
                placebo=unit.ordinary_pvalue(group, number),
                reading=cast("Reading", unit.reading(group, number)),
                family=unit.family,
            )
        return self._found.get(key)

    def mean(self, scope: Scope, role: str, sector: str, number: int) -> Measure | None:
        """One row without what the rest of its family decides: adjusted p and reading."""
        group = Group(role, sector, scope.direction)
        unit = self.unit(scope)
        return measure_of(unit.headline(group, number)) if group in unit.groups else None


def measure_of(
    found: Headline,
    holm: float = math.nan,
    placebo: float = math.nan,
    reading: Reading = "not_testable",
    family: int = 0,
) -> Measure:
    """A headline as the report reads it."""
    share = found.share_positive
    return Measure(
        n=found.n_pairs,
        caar=found.caar,
        low=found.ci_low,
        high=found.ci_high,
        mde=found.mde,
        up=0 if math.isnan(share) else round(share * found.n_pairs),
        correlation=found.mean_correlation,
        p=found.pvalue,
        holm=holm,
        placebo=placebo,
        reading=reading,
        family=family,
        test=found.test,
    )

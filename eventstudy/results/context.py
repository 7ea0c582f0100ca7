"""The catalogue's other events beside a study: known by name and day, studied when a comparison asks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.catalogue import Event, Universe, role_in_event

if TYPE_CHECKING:
    from eventstudy.results.study_results import StudyResults


@dataclass(frozen=True, eq=False)
class Context:
    """Events that are not studied, but might be, the same way.

    Attributes
    ----------
    events : tuple of Event
        In time order.
    days : DataFrame
        Event day of every event on every exchange.
    universe : Universe
        Who could react.
    study : function
        Of some of the events, to their study.
    """

    events: tuple[Event, ...]
    days: pd.DataFrame
    universe: Universe
    study: Callable[[Sequence[Event]], StudyResults]
    _studies: dict[tuple[str, ...], StudyResults] = field(default_factory=dict, init=False, repr=False)

    def event_days(self) -> pd.DataFrame:
        """Event day of every event on every exchange: event_id, exchange, city, session, rule, sentence."""
        return self.days

    def sectors(self, event_id: str, role: str) -> tuple[str, ...]:
        """The sectors of a role in one event, in the order of the universe."""
        event = next(each for each in self.events if each.event_id == event_id)
        lines = self.universe.observations
        return tuple(
            dict.fromkeys(
                line.sector for line in lines if line.sector and role_in_event(event, line, self.universe) == role
            )
        )

    def of(self, event_ids: Sequence[str]) -> StudyResults:
        """The study of some of the events, made once."""
        wanted = tuple(sorted(set(event_ids)))
        if wanted not in self._studies:
            self._studies[wanted] = self.study([event for event in self.events if event.event_id in wanted])
        return self._studies[wanted]

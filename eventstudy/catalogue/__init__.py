"""What happened, who is exposed, what else happened, and what the press printed."""

from __future__ import annotations

from eventstudy.catalogue.append import append_event, preview_event, problems_of_cell
from eventstudy.catalogue.confounders import CONFOUNDER_COLUMNS, Confounder, read_confounders
from eventstudy.catalogue.defaults import confounders_beside, default_path, packaged_path
from eventstudy.catalogue.events import CONFIDENCES, DIRECTIONS, EVENT_COLUMNS, Event, Events, read_events
from eventstudy.catalogue.markets import EXCHANGES, TARGET_MARKETS, role_in_event, target_exchanges
from eventstudy.catalogue.reported_moves import REPORTED_MOVE_COLUMNS, ReportedMove, read_reported_moves
from eventstudy.catalogue.universe import ROLES, UNIVERSE_COLUMNS, PreviousTicker, Security, Universe
from eventstudy.catalogue.universe_rows import read_universe

__all__ = [
    "CONFIDENCES",
    "CONFOUNDER_COLUMNS",
    "DIRECTIONS",
    "EVENT_COLUMNS",
    "EXCHANGES",
    "REPORTED_MOVE_COLUMNS",
    "ROLES",
    "TARGET_MARKETS",
    "UNIVERSE_COLUMNS",
    "Confounder",
    "Event",
    "Events",
    "PreviousTicker",
    "ReportedMove",
    "Security",
    "Universe",
    "append_event",
    "confounders_beside",
    "default_path",
    "packaged_path",
    "preview_event",
    "problems_of_cell",
    "read_confounders",
    "read_events",
    "read_reported_moves",
    "read_universe",
    "role_in_event",
    "target_exchanges",
]

"""Files and names from the command line, turned into what the public API wants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.cli.options import as_date
from eventstudy.errors import UsageError

if TYPE_CHECKING:
    from eventstudy.catalogue import Events, Universe
    from eventstudy.prices.source import PriceSource

OBSERVED_ROLES = ("exposed", "beneficiary", "control")
STORE = "prices"


def price_source(source: str, events: Events, universe: Universe, as_of: date | datetime | None = None) -> PriceSource:
    """The source that ``--source`` names; never another one in its place."""
    import eventstudy as es

    if source == "sample":
        if as_of is not None:
            raise UsageError("--as-of: the embedded market has one state only; leave it out, or give --source yahoo")
        return es.SamplePrices(events=events, universe=universe)
    if source == "yahoo":
        return es.YahooPrices(store=STORE, as_of=as_of)
    if not Path(source).exists():
        raise UsageError(
            f"--source {source}: no such file or folder; give a folder of TICKER.csv files, one long CSV or Parquet "
            "file, or write --source yahoo or --source sample"
        )
    return es.FilePrices(source, as_of=as_of)


def chosen_events(
    events: Events,
    event_ids: Sequence[str] | None,
    *,
    episode: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Events:
    """The events that the arguments leave, at least one."""
    left = events.select(event_ids=tuple(event_ids or ()), episode=episode, since=as_date(since), until=as_date(until))
    if not len(left):
        raise UsageError(f"{events.path}: no event fits these options; widen --episode, --since or --until")
    return left


def chosen_securities(universe: Universe, *, sector: str | None = None, role: str | None = None) -> Universe:
    """The securities that the options leave, benchmarks and donors always among them."""
    observed = universe.observations
    if sector is not None:
        sectors = sorted({security.sector for security in observed})
        if sector not in sectors:
            raise UsageError(_unknown("sector", sector, sectors, universe.path))
    if role is not None and role not in OBSERVED_ROLES:
        raise UsageError(f"--role {role}: choose one of {', '.join(OBSERVED_ROLES)}")
    left = universe.select(sector=sector, role=role)
    if not left.observations:
        raise UsageError(f"{universe.path}: no security fits --sector and --role together; drop one of them")
    return left


def _unknown(kind: str, name: str, known: Sequence[str], path: str) -> str:
    """An unknown name with the nearest known ones, or all of them where they are few."""
    near = get_close_matches(name, known, n=3, cutoff=0.5) or list(known[:12])
    return f"{path}: no {kind} {name!r}; did you mean {', '.join(near)}?" if near else f"{path}: no {kind} at all"

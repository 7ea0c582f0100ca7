"""Files and names from the command line, turned into what the public API wants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.cli.options import ROLES, SOURCES, as_date
from eventstudy.errors import InputError, UsageError
from eventstudy.spelling import did_you_mean, nearest_names

if TYPE_CHECKING:
    from eventstudy.catalogue import Events, Universe
    from eventstudy.prices.source import PriceSource

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
        near = nearest_names(source, [*SOURCES, *_beside(source)])
        raise UsageError(
            f"--source {source}: no such file or folder; "
            + (f"did you mean {' or '.join(near)}? Otherwise " if near else "")
            + "give a folder of TICKER.csv files, one long CSV or Parquet file, or write --source yahoo or "
            "--source sample"
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
            raise UsageError(
                f"{universe.path}: no sector {sector!r}; {did_you_mean(sector, sectors, _listed('sectors', sectors))}"
            )
    if role is not None and role not in ROLES:
        near = did_you_mean(role, ROLES)
        raise UsageError(f"--role {role}: choose one of {', '.join(ROLES)}{f'; {near}' if near else ''}")
    left = universe.select(sector=sector, role=role)
    if not left.observations:
        raise UsageError(f"{universe.path}: no security fits --sector and --role together; drop one of them")
    return left


def problems_record(error: InputError, counted: str) -> dict[str, object]:
    """A file that cannot be used, with the keys of ``check --json``."""
    problems = [
        {"line": each.line or None, "column": each.column or None, "what": each.what, "remedy": each.remedy}
        for each in error.problems
    ]
    return {"file": error.path, counted: None, "problems": problems}


def _listed(what: str, known: Sequence[str]) -> str:
    """All known names where nothing is alike."""
    return f"the {what} are {'; '.join(known)}" if known else f"the file has no {what} at all"


def _beside(path: str) -> list[str]:
    """Files and folders where a path of that name was looked for."""
    folder = Path(path).parent
    try:
        return [str(folder / entry.name) for entry in folder.iterdir() if entry.name[0] not in "._"][:200]
    except OSError:
        return []

"""``eventstudy`` alone: what lies in this folder, and what can be done next."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from eventstudy.cli import inputs
from eventstudy.cli.terminal import Styled, plain, show, styled, width_of
from eventstudy.errors import InputError
from eventstudy.numbers import counted

REPORTS = "reports"
_COUNTED = 10_000  # entries of a folder that are looked at


class _Here(NamedTuple):
    """What the working folder holds: a line for the reader, and whether it is there at all."""

    told: str
    there: bool = True
    at_fault: bool = False


def welcome() -> None:
    """Print the greeting. Nothing is computed or downloaded, and no file of the folder is an error here."""
    events, universe, prices, reports = _catalogue("events"), _catalogue("universe"), _store(), _reports()
    show(styled("Event studies from a catalogue of announcements.", "bold", sys.stdout))
    show("")
    lines = (("events.csv", events), ("universe.csv", universe), (f"{inputs.STORE}/", prices), (f"{REPORTS}/", reports))
    for name, here in lines:
        style = "red" if here.at_fault else "" if here.there else "dim"
        show(Styled(f"  {name:<14}{styled(here.told, style, sys.stdout)}"))
    show("")
    show(styled("Next", "bold", sys.stdout))
    steps = list(_next(events, universe, prices, reports))
    column = max(width_of(command) for command, _ in steps) + 3
    for command, what in steps:
        show(f"  {command:<{column}}{what}")


def _next(events: _Here, universe: _Here, prices: _Here, reports: _Here) -> Iterator[tuple[str, str]]:
    """Commands that make sense now, the likeliest first."""
    for here, name in ((events, "events"), (universe, "universe")):
        if here.at_fault:
            yield f"eventstudy {name} check", "tell every fault, with its line"
    yield "eventstudy events list", "choose an event"
    if not reports.there:
        yield "eventstudy report --source sample", "see a whole report, on invented prices"
    if prices.there:
        yield "eventstudy report EVENT_ID", "the report on one event"
        yield "eventstudy prices check", "look at the prices before they are believed"
    else:
        yield "eventstudy prices fetch", "download real prices, into prices/"
    yield "eventstudy events add", "add an event, asked line by line"
    yield "eventstudy --help", "every command; COMMAND --help tells more"


def _catalogue(name: str) -> _Here:
    """The catalogue file of that name, or the packaged copy that stands in for it."""
    from eventstudy.catalogue import read_events, read_universe

    own = os.path.lexists(f"{name}.csv")
    try:
        if name == "events":
            found = read_events()
            last = max((event.announced_date for event in found), default=None)
            told = counted(len(found), "event") + (f", to {last}" if last else "")
        else:
            securities = read_universe()
            sectors = len({each.sector for each in securities.observations})
            told = f"{counted(len(securities.observations), 'share')} in {counted(sectors, 'sector')}"
    except InputError as error:
        return _Here(f"{counted(len(error.problems), 'problem')}", there=own, at_fault=True)
    return _Here(told if own else f"none here; the packaged copy has {told}", there=own)


def _store() -> _Here:
    """The price store, by the names of its files alone."""
    names = [entry for entry in _entries(inputs.STORE) if entry.suffix == ".parquet" and entry.name[0] not in "._"]
    if not names:
        return _Here("no prices yet", there=False)
    return _Here(f"{counted(len(names), 'ticker')}, written {_when(max(map(_moment, names)))}")


def _reports() -> _Here:
    found = [entry for entry in _entries(REPORTS) if entry.suffix in (".html", ".pdf")]
    if not found:
        return _Here("no report yet", there=False)
    latest = max(found, key=_moment)
    return _Here(f"{counted(len(found), 'document')}, the latest {plain(latest.name)}, {_when(_moment(latest))}")


def _entries(folder: str) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry) for entry, _ in zip(entries, range(_COUNTED), strict=False)]
    except OSError:
        return []


def _moment(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _when(moment: float) -> str:
    return datetime.fromtimestamp(moment).strftime("%Y-%m-%d %H:%M")

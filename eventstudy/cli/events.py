"""``eventstudy events``: the catalogue."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli import inputs
from eventstudy.cli.options import Episode, EventsFile, Quiet, Since, UniverseFile, Until, Verbose
from eventstudy.cli.terminal import Steps, plain, say, show, table
from eventstudy.errors import UsageError

if TYPE_CHECKING:
    from eventstudy.catalogue import Event, Universe

app = typer.Typer(help="The catalogue of announcements.", no_args_is_help=True, rich_markup_mode=None)

_ASKED = (
    ("event_id", "Event id, for example 2026-01-06-japan-dual-use-ban"),
    ("announced_at", "Announced at, with the offset from UTC (2026-01-06T16:38+08:00) or a bare date"),
    ("title", "Title"),
    ("direction", "Direction (restriction, escalation, relief, support)"),
    ("confidence", "Confidence (confirmed, reported, uncertain)"),
)
_OFFERED = (
    ("episode", "Episode (empty: the event stands for itself)"),
    ("actor", "Actor"),
    ("target", "Target, several separated by semicolons"),
    ("materials", "Materials, several separated by semicolons"),
    ("summary", "Summary"),
    ("source_title", "Title of the source"),
    ("source_publisher", "Publisher of the source"),
    ("source_date", "Date of the source (YYYY-MM-DD)"),
    ("source_url", "Address of the source"),
)


@app.command("list")
def list_events(
    events: EventsFile = None,
    episode: Episode = None,
    since: Since = None,
    until: Until = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """List the events in the order of their announcement."""
    from eventstudy.catalogue import read_events

    chosen = inputs.chosen_events(read_events(events), None, episode=episode, since=since, until=until)
    rows = [
        (each.event_id, _when(each), each.direction, each.confidence, each.episode, each.title)
        for each in sorted(chosen, key=lambda event: (event.announced_date, event.event_id))
    ]
    show(table(("event_id", "announced", "direction", "confidence", "episode", "title"), rows))


@app.command("show")
def show_event(
    event_id: Annotated[str, typer.Argument(metavar="EVENT_ID", help="Which event.", show_default=False)],
    events: EventsFile = None,
    universe: UniverseFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show one event, and the first session of each exchange."""
    from eventstudy.catalogue import read_events, read_universe

    event = read_events(events).get(event_id)
    show(_described(event))
    show("")
    show(_event_days(event, read_universe(universe)))


@app.command("check")
def check_events(events: EventsFile = None, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """Read the catalogue and tell every problem at once."""
    from eventstudy.catalogue import read_events

    catalogue = read_events(events)
    count = len(catalogue)
    show(f"{catalogue.path}: {count} event{'' if count == 1 else 's'}, no problems")


@app.command("add")
def add_event(
    event_id: Annotated[str | None, typer.Option("--id", metavar="ID", help="Letters, digits, '.', '_', '-'.")] = None,
    announced_at: Annotated[
        str | None, typer.Option("--announced-at", metavar="WHEN", help="2026-01-06T16:38+08:00, or a bare date.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT")] = None,
    direction: Annotated[
        str | None, typer.Option("--direction", metavar="NAME", help="restriction, escalation, relief or support.")
    ] = None,
    confidence: Annotated[
        str | None, typer.Option("--confidence", metavar="NAME", help="confirmed, reported or uncertain.")
    ] = None,
    episode: Annotated[str | None, typer.Option("--episode", metavar="ID", help="Empty: its own.")] = None,
    actor: Annotated[str | None, typer.Option("--actor", metavar="TEXT")] = None,
    target: Annotated[str | None, typer.Option("--target", metavar="TEXT", help="Separated by semicolons.")] = None,
    materials: Annotated[
        str | None, typer.Option("--materials", metavar="TEXT", help="Separated by semicolons.")
    ] = None,
    summary: Annotated[str | None, typer.Option("--summary", metavar="TEXT")] = None,
    source_title: Annotated[str | None, typer.Option("--source-title", metavar="TEXT")] = None,
    source_publisher: Annotated[str | None, typer.Option("--source-publisher", metavar="TEXT")] = None,
    source_date: Annotated[str | None, typer.Option("--source-date", metavar="DATE")] = None,
    source_url: Annotated[str | None, typer.Option("--source-url", metavar="URL")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; what is not given stays empty.")] = False,
    events: Annotated[
        str | None, typer.Option("--events", metavar="FILE", help="The file to append to. [default: ./events.csv]")
    ] = None,
    universe: UniverseFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Append one event to the catalogue, asking for what is not given.

    The row is checked and its event days are shown before anything is written. All other bytes of the file
    stay as they are.
    """
    from eventstudy.catalogue import append_event, preview_event, read_universe

    path = events or "events.csv"
    if not Path(path).is_file():
        raise UsageError(
            f"{path}: no such file to add to; go to the folder of your events.csv, or name the file with --events"
        )
    given = {
        "event_id": event_id,
        "announced_at": announced_at,
        "title": title,
        "direction": direction,
        "confidence": confidence,
        "episode": episode,
        "actor": actor,
        "target": target,
        "materials": materials,
        "summary": summary,
        "source_title": source_title,
        "source_publisher": source_publisher,
        "source_date": source_date,
        "source_url": source_url,
    }
    values = {name: text for name, text in given.items() if text is not None}
    if not yes:
        asked = _OFFERED if not values.keys() & {name for name, _ in _ASKED} else ()
        values |= _answers([*((name, text) for name, text in _ASKED), *asked], values)
    event = preview_event(path, values)
    steps = Steps(quiet=quiet, verbose=verbose)
    steps.note(_described(event))
    steps.note("\n" + _event_days(event, read_universe(universe)) + "\n")
    if not yes and not _confirmed(f"Append this event to {plain(path)}?"):
        say(f"nothing was written to {path}")
        raise typer.Exit(0)
    added = append_event(path, values)
    show(f"{path}:{added.line}: {added.event_id} added")


def _answers(questions: Iterable[tuple[str, str]], values: dict[str, str]) -> dict[str, str]:
    """What the reader types for each column not given yet."""
    required = {name for name, _ in _ASKED}
    try:
        return {
            name: typer.prompt(text, default=None if name in required else "", show_default=False, err=True)
            for name, text in questions
            if name not in values
        }
    except typer.Abort:
        raise UsageError(
            "the event is not complete and nobody answers; give --id, --announced-at, --title, --direction and "
            "--confidence as options, with --yes; nothing was written"
        ) from None


def _confirmed(question: str) -> bool:
    try:
        return typer.confirm(question, default=True, err=True)
    except typer.Abort:
        raise UsageError("nobody answers; add --yes to append without asking; nothing was written") from None


def _when(event: Event) -> str:
    """The instant as written, or the date alone."""
    moment = event.announced_at
    return moment.isoformat(" ", "minutes") if isinstance(moment, datetime) else moment.isoformat()


def _described(event: Event) -> str:
    """The event's cells, one a line, the empty ones left out."""
    cells = (
        ("title", event.title),
        ("announced", _when(event) if event.has_time else f"{_when(event)}, time unknown"),
        ("episode", event.episode),
        ("direction", event.direction),
        ("actor", event.actor),
        ("target", "; ".join(event.target)),
        ("materials", "; ".join(event.materials)),
        ("confidence", event.confidence),
        ("summary", event.summary),
        ("source", ", ".join(filter(None, (event.source_title, event.source_publisher, str(event.source_date or ""))))),
        ("address", event.source_url),
    )
    lines = [plain(event.event_id)]
    for name, text in cells:
        if text:
            lead = f"  {name:<12}"
            width = 10_000 if name == "address" else 100
            lines += textwrap.wrap(plain(text), width, initial_indent=lead, subsequent_indent=" " * len(lead))
    return "\n".join(lines)


def _event_days(event: Event, universe: Universe) -> str:
    """The event day on each exchange of the universe, with the rule that chose it."""
    from eventstudy.calendars import event_day
    from eventstudy.catalogue import EXCHANGES

    rows = []
    for mic in dict.fromkeys(each.exchange for each in universe):
        day = event_day(event.announced_at, mic)
        rows.append((mic, EXCHANGES[mic], day.session.isoformat() if day.session else "not yet", day.sentence))
    return table(("exchange", "city", "event day", "rule"), rows)

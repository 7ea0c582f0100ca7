"""``eventstudy events``: the catalogue."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from eventstudy.cli import completion, dialogue, inputs, pages
from eventstudy.cli.options import (
    CONFIDENCES,
    DIRECTIONS,
    Episode,
    EventsFile,
    Json,
    Quiet,
    Since,
    UniverseFile,
    Until,
    Verbose,
)
from eventstudy.cli.terminal import Steps, Styled, plain, say, show, show_json, table
from eventstudy.errors import InputError, UsageError
from eventstudy.files import write_atomically
from eventstudy.numbers import counted

if TYPE_CHECKING:
    from eventstudy.catalogue import Event, Universe

_EXAMPLES = """
eventstudy events list --since 2025-01-01
eventstudy events show 2026-01-06-japan-dual-use-ban
eventstudy events add
"""
_LIST_EXAMPLES = """
eventstudy events list --episode 2025-october
    one episode, in time order
eventstudy events list --json
    every column, for a program
"""
_SHOW_EXAMPLES = """
eventstudy events show 2026-01-06-japan-dual-use-ban
    16:38 in Beijing: Tokyo reacts on the 7th, New York on the 6th
"""
_ADD_EXAMPLES = """
eventstudy events add
    asked line by line, with a preview before anything is written
eventstudy events add --announced-at 2026-03-02T09:00+08:00 \\
    --title "New rule" --id 2026-03-02-new-rule --direction relief \\
    --confidence reported --yes
    without questions
"""
_STYLES = {
    "direction": {"restriction": "red", "escalation": "yellow", "relief": "green", "support": "blue"},
    "confidence": {"uncertain": "dim"},
    "event day": {"not yet": "dim"},
}
app = typer.Typer(
    cls=pages.Group,
    help="The catalogue of announcements.",
    epilog=_EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode=None,
)


def _cell(option: str, metavar: str, help: str, complete: Callable[..., completion.Offer] | None = None) -> Any:
    """An option of ``add`` that fills one column."""
    return typer.Option(option, metavar=metavar, help=help, rich_help_panel=pages.CELLS, autocompletion=complete)


@app.command("list", cls=pages.Command, epilog=_LIST_EXAMPLES)
def list_events(
    events: EventsFile = None,
    episode: Episode = None,
    since: Since = None,
    until: Until = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """List the events in the order of their announcement."""
    from eventstudy.catalogue import read_events

    chosen = inputs.chosen_events(read_events(events), None, episode=episode, since=since, until=until)
    in_order = sorted(chosen, key=lambda event: (event.announced_date, event.event_id))
    if as_json:
        show_json({"file": chosen.path, "events": [_record(each) for each in in_order]})
        return
    rows = [
        (each.event_id, _when(each), each.direction, each.confidence, each.episode, each.title) for each in in_order
    ]
    show(table(("event_id", "announced", "direction", "confidence", "episode", "title"), rows, styles=_STYLES))


@app.command("show", cls=pages.Command, epilog=_SHOW_EXAMPLES)
def show_event(
    event_id: Annotated[
        str,
        typer.Argument(
            metavar="EVENT_ID", help="Which event.", show_default=False, autocompletion=completion.event_ids
        ),
    ],
    events: EventsFile = None,
    universe: UniverseFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show one event, and the first session of each exchange."""
    from eventstudy.catalogue import read_events, read_universe

    event = read_events(events).get(event_id)
    securities = read_universe(universe)
    if as_json:
        show_json({**_record(event), "event_days": _days(event, securities)})
        return
    show(_described(event))
    show("")
    show(_event_days(event, securities, sys.stdout))


@app.command("check", cls=pages.Command)
def check_events(
    events: EventsFile = None, as_json: Json = False, quiet: Quiet = False, verbose: Verbose = False
) -> None:
    """Read the catalogue and tell every problem at once, with file, line and column."""
    from eventstudy.catalogue import read_events

    try:
        catalogue = read_events(events)
    except InputError as error:
        if as_json:
            show_json(inputs.problems_record(error, "events"))
        raise
    if as_json:
        show_json({"file": catalogue.path, "events": len(catalogue), "problems": []})
        return
    show(f"{catalogue.path}: {counted(len(catalogue), 'event')}, no problems")


@app.command("add", cls=pages.Command, epilog=_ADD_EXAMPLES)
def add_event(
    announced_at: Annotated[
        str | None, _cell("--announced-at", "WHEN", "2026-01-06T16:38+08:00, or a bare date where the hour is unknown.")
    ] = None,
    title: Annotated[str | None, _cell("--title", "TEXT", "A short heading.")] = None,
    event_id: Annotated[
        str | None, _cell("--id", "ID", "Letters, digits, '.', '_', '-'; 2026-01-06-japan-dual-use-ban.")
    ] = None,
    direction: Annotated[
        str | None,
        _cell(
            "--direction",
            "NAME",
            "restriction, escalation, relief or support.",
            completion.choices(*DIRECTIONS),
        ),
    ] = None,
    confidence: Annotated[
        str | None,
        _cell(
            "--confidence",
            "NAME",
            "confirmed, reported or uncertain.",
            completion.choices(*CONFIDENCES),
        ),
    ] = None,
    episode: Annotated[
        str | None,
        _cell("--episode", "ID", "Empty: the event stands for itself.", completion.episodes),
    ] = None,
    target: Annotated[
        str | None, _cell("--target", "TEXT", "Against whom; several separated by semicolons. Decides who is exposed.")
    ] = None,
    actor: Annotated[str | None, _cell("--actor", "TEXT", "Who acted.")] = None,
    materials: Annotated[str | None, _cell("--materials", "TEXT", "On what; several separated by semicolons.")] = None,
    summary: Annotated[str | None, _cell("--summary", "TEXT", "A sentence or two.")] = None,
    source_title: Annotated[str | None, _cell("--source-title", "TEXT", "Where it was read: the title,")] = None,
    source_publisher: Annotated[str | None, _cell("--source-publisher", "TEXT", "the publisher,")] = None,
    source_date: Annotated[str | None, _cell("--source-date", "DATE", "the date, YYYY-MM-DD,")] = None,
    source_url: Annotated[str | None, _cell("--source-url", "URL", "and the address, http or https.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; what is not given stays empty.")] = False,
    copy: Annotated[
        bool, typer.Option("--copy", help="Where there is no events.csv yet, begin with a copy of the packaged one.")
    ] = False,
    events: Annotated[
        str | None,
        typer.Option(
            "--events",
            metavar="FILE",
            help="The file to append to. [default: ./events.csv]",
            rich_help_panel=pages.WHICH,
        ),
    ] = None,
    universe: UniverseFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Append one event to the catalogue, asking for what is not given.

    Each answer is checked at once, and the event days on every exchange are shown before anything is written. All
    other bytes of the file stay as they are; Ctrl-C leaves it untouched.
    """
    from eventstudy.catalogue import append_event, preview_event, read_events, read_universe

    path = events or "events.csv"
    base = _catalogue_to_add_to(path, copy, may_ask=not yes)
    given = {
        "announced_at": announced_at,
        "title": title,
        "event_id": event_id,
        "direction": direction,
        "confidence": confidence,
        "episode": episode,
        "target": target,
        "actor": actor,
        "materials": materials,
        "summary": summary,
        "source_title": source_title,
        "source_publisher": source_publisher,
        "source_date": source_date,
        "source_url": source_url,
    }
    values = {name: text for name, text in given.items() if text is not None}
    catalogue, securities = read_events(base), read_universe(universe)
    steps = Steps(quiet=quiet, verbose=verbose)
    wanted: dialogue.Decision = "append"
    try:
        if not yes:
            # who gives some cells as options has said what they want to say
            ask_all = not values.keys() & {each.column for each in dialogue.QUESTIONS if each.required}
            values = dialogue.answers(base, catalogue, values, ask_all=ask_all)
        while True:
            event = preview_event(base, values)
            steps.note(_described(event))
            steps.note("")
            steps.note(_event_days(event, securities, sys.stderr))
            steps.note("")
            wanted = "append" if yes else dialogue.decision(path, base, catalogue, values)
            if wanted != "changed":
                break
    except KeyboardInterrupt:
        say(f"nothing was written to {path}")
        raise
    if wanted == "drop":
        say(f"nothing was written to {path}")
        raise typer.Exit(0)
    if base != path:
        write_atomically(path, Path(base).read_bytes())
    added = append_event(path, values)
    show(f"{path}:{added.line}: {added.event_id} added")
    if not yes:
        steps.note(f"next: eventstudy report {added.event_id}")


def _catalogue_to_add_to(path: str, copy: bool, *, may_ask: bool) -> str:
    """The file whose rows count: the one named, or the packaged one that will be copied there first."""
    from eventstudy.catalogue import packaged_path, read_events

    if Path(path).is_file():
        return path
    if not os.path.lexists(path) and Path(path).parent.is_dir():
        packaged = packaged_path("events.csv")
        if copy or (
            may_ask
            and sys.stdin.isatty()
            and dialogue.confirmed(
                f"There is no {plain(path)} yet. Begin with a copy of the packaged {len(read_events(packaged))} events?"
            )
        ):
            return packaged
    raise UsageError(
        f"{path}: no such file to add to; go to the folder of your events.csv, name the file with --events, or begin "
        "with a copy of the packaged catalogue by --copy"
    )


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


def _days(event: Event, universe: Universe) -> list[dict[str, object]]:
    """The event day on each exchange of the universe, with the rule that chose it."""
    from eventstudy.calendars import event_day
    from eventstudy.catalogue import EXCHANGES

    found: list[dict[str, object]] = []
    for mic in dict.fromkeys(each.exchange for each in universe):
        day = event_day(event.announced_at, mic)
        session = day.session.isoformat() if day.session else None
        found.append(
            {"exchange": mic, "city": EXCHANGES[mic], "session": session, "rule": day.rule, "sentence": day.sentence}
        )
    return found


def _event_days(event: Event, universe: Universe, stream: TextIO) -> Styled:
    """The event days as a table."""
    rows = [
        (each["exchange"], each["city"], each["session"] or "not yet", each["sentence"])
        for each in _days(event, universe)
    ]
    return table(("exchange", "city", "event day", "rule"), rows, styles=_STYLES, stream=stream)


def _record(event: Event) -> dict[str, object]:
    """One event with the keys of its JSON: the file's columns, further ones beside them."""
    from eventstudy.catalogue import EVENT_COLUMNS

    cells = {name: getattr(event, name) for name in EVENT_COLUMNS}
    plain_cells = {
        name: value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
        for name, value in cells.items()
    }
    return {**plain_cells, "has_time": event.has_time, "extra": dict(event.extra), "line": event.line}

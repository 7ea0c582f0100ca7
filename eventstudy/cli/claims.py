"""``eventstudy claims``: what was printed about prices, against what prices say."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import isfinite
from typing import Any

from eventstudy.cli import options
from eventstudy.cli.options import (
    Episode,
    Estimation,
    EventIds,
    EventsFile,
    Json,
    Model,
    Quiet,
    Since,
    Source,
    UniverseFile,
    Until,
    Verbose,
)
from eventstudy.cli.study import study
from eventstudy.cli.terminal import Steps, say, show, show_json, table

EXAMPLES = """
eventstudy claims 2026-01-06-japan-dual-use-ban
    what was printed about one event, against prices from Yahoo Finance
eventstudy claims --source closes/ --json
    every printed move, against your own prices, for a program
"""
_STYLES = {"reading": {"agrees": "green", "differs": "red", "not testable": "dim", "not comparable": "dim"}}


def claims(
    event_ids: EventIds = None,
    source: Source = "yahoo",
    events: EventsFile = None,
    universe: UniverseFile = None,
    episode: Episode = None,
    since: Since = None,
    until: Until = None,
    model: Model = "market",
    estimation: Estimation = "-260,-11",
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Set reported price moves against measured ones, in per cent."""
    steps = Steps(quiet=quiet, verbose=verbose)
    # the comparison needs returns, not tests
    factors = options.factor_table(model)
    spec = options.study_spec(model=model, estimation=estimation, windows=["0,0"], seed=0, tests=(), factors=factors)
    results = study(
        event_ids,
        spec,
        steps,
        source=source,
        events_file=events,
        universe_file=universe,
        episode=episode,
        since=since,
        until=until,
        factors=factors,
    )
    frame = results.claims
    if as_json:
        show_json({"simulated": results.simulated, "claims": [_record(row) for row in frame.to_dict("records")]})
        return
    if not len(frame):
        show("no reported move belongs to these events")
        return
    if results.simulated:
        say("press moves are real and these prices are not: nothing can be tested; use --source yahoo or a path")
    one = frame["event_id"].nunique() == 1
    rows = [
        (
            claim["event_id"],
            claim["instrument"],
            str(claim["session"])[:10],
            claim["basis"],
            _percent(claim["reported"]),
            _percent(claim["measured"]),
            str(claim["reading"]).replace("_", " "),
            claim["publisher"],
        )
        for claim in frame.to_dict("records")
    ]
    head = ("event_id", "instrument", "session", "basis", "reported", "measured", "reading", "publisher")
    # the event is known where there is one: the columns that matter keep their room
    shown = [row[1:] for row in rows] if one else rows
    show(table(head[1:] if one else head, shown, right=("reported", "measured"), styles=_STYLES))


def _record(claim: Mapping[Hashable, Any]) -> dict[str, object]:
    """One claim with the keys of its JSON; moves are decimal, missing ones null."""
    numbers = {
        name: float(claim[name]) if isfinite(claim[name]) else None for name in ("reported", "measured", "difference")
    }
    words = {name: str(claim[name]) for name in ("event_id", "instrument", "name", "qualifier", "basis")}
    session = str(claim["session"])[:10]
    rest = {name: str(claim[name]) for name in ("reading", "publisher", "source_title", "source_url")}
    return {**words, "session": session, **numbers, **rest}


def _percent(share: float | None) -> str:
    """A decimal as per cent with two decimals and its sign, or nothing."""
    return f"{100 * share:+.2f}" if share is not None and isfinite(share) else ""

"""``eventstudy claims``: what was printed about prices, against what prices say."""

from __future__ import annotations

from math import isfinite

from eventstudy.cli import options
from eventstudy.cli.options import (
    Episode,
    Estimation,
    EventIds,
    EventsFile,
    Model,
    Quiet,
    Since,
    Source,
    UniverseFile,
    Until,
    Verbose,
)
from eventstudy.cli.study import study
from eventstudy.cli.terminal import Steps, say, show, table


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
    show(table(head[1:] if one else head, shown, right=("reported", "measured")))


def _percent(share: float | None) -> str:
    """A decimal as per cent with two decimals and its sign, or nothing."""
    return f"{100 * share:+.2f}" if share is not None and isfinite(share) else ""

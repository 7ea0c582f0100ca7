"""``eventstudy report`` and ``eventstudy run``: one study, as a document or as tables."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli import completion, inputs, options, pages
from eventstudy.cli.options import (
    REPORT_FORMATS,
    TABLE_FORMATS,
    AsOf,
    Dask,
    Episode,
    Estimation,
    EventIds,
    EventsFile,
    Model,
    Partial,
    Quiet,
    ReportFormat,
    Role,
    Sector,
    Seed,
    Since,
    Source,
    TableFormat,
    UniverseFile,
    Until,
    Verbose,
    Windows,
)
from eventstudy.cli.terminal import Steps, show
from eventstudy.errors import EventStudyError
from eventstudy.numbers import counted
from eventstudy.processes import ahead

if TYPE_CHECKING:
    from eventstudy import StudyResults, StudySpec
    from eventstudy.prices.factors import FactorTable
    from eventstudy.workers import Map

WithCurve = Annotated[
    bool,
    typer.Option(
        "--curve",
        help="Add a part on other models, windows and estimation windows; for one EVENT_ID, exposed shares.",
        rich_help_panel=pages.WRITTEN,
    ),
]
WithLab = Annotated[
    bool,
    typer.Option(
        "--lab",
        help="Measure how often each test raises a false alarm on ordinary dates of these shares.",
        rich_help_panel=pages.WRITTEN,
    ),
]
COUNTERFACTUALS = ("sc", "asc", "sdid", "gsynth", "did")


Counterfactual = Annotated[
    str,
    typer.Option(
        "--counterfactual",
        metavar="NAME",
        callback=options.one_of("an estimator", *COUNTERFACTUALS),
        help="What the shares are set against: sc (synthetic control), asc (ridge-augmented), sdid (synthetic "
        "difference in differences), gsynth (factors), did (difference in differences).",
        autocompletion=completion.choices(*COUNTERFACTUALS),
        rich_help_panel=pages.HOW,
    ),
]


def _counterfactuals(text: str | None) -> str | None:
    return text and ",".join(options.listed(text, "an estimator", COUNTERFACTUALS))


Counterfactuals = Annotated[
    str | None,
    typer.Option(
        "--counterfactual",
        metavar="NAME,…",
        callback=_counterfactuals,
        help="A table more: each group against donors of its market, by one or several of "
        f"{', '.join(COUNTERFACTUALS)}.",
        autocompletion=completion.lists(*COUNTERFACTUALS),
        rich_help_panel=pages.WRITTEN,
    ),
]
ReportFolder = Annotated[
    str,
    typer.Option("--out", "-o", metavar="DIR", help="Where the documents go.", rich_help_panel=pages.WRITTEN),
]
TableFolder = Annotated[
    str,
    typer.Option("--out", "-o", metavar="DIR", help="Where the tables go.", rich_help_panel=pages.WRITTEN),
]
REPORT_EXAMPLES = """
eventstudy report --source sample
    every event of the catalogue, on invented prices
eventstudy report 2026-01-06-japan-dual-use-ban
    one event, on prices from Yahoo Finance
eventstudy report --episode 2025-october --source closes/
    one episode, on price files of your own
eventstudy report 2026-01-06-japan-dual-use-ban --source sample --format html
    the page alone, in seconds
"""
RUN_EXAMPLES = """
eventstudy run 2026-01-06-japan-dual-use-ban --source sample
    the tables as CSV, in tables/
eventstudy run --since 2025-01-01 --source sample --format parquet -o big/
    every event since a date, as Parquet
eventstudy run --role exposed --window=-1,1 --window=0,10 --source sample
    exposed shares only, over windows of your own
"""


def report(
    event_ids: EventIds = None,
    source: Source = "yahoo",
    as_of: AsOf = None,
    out: ReportFolder = "reports",
    formats: ReportFormat = "html,pdf",
    events: EventsFile = None,
    universe: UniverseFile = None,
    episode: Episode = None,
    since: Since = None,
    until: Until = None,
    sector: Sector = None,
    role: Role = None,
    model: Model = "market",
    estimation: Estimation = "-260,-11",
    windows: Windows = None,
    partial: Partial = "exclude",
    seed: Seed = 0,
    with_curve: WithCurve = False,
    with_lab: WithLab = False,
    counterfactual: Counterfactual = "sc",
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write the sector impact report: one HTML file, one PDF.

    No event id: the whole catalogue, with one chapter per episode.
    """
    steps = Steps(quiet=quiet, verbose=verbose)
    if with_curve and len(set(event_ids or ())) != 1:
        raise typer.BadParameter("a report with a curve is on one event; name its EVENT_ID", param_hint="'--curve'")
    check_folder(out)
    factors = options.factor_table(model)
    spec = options.study_spec(
        model=model, estimation=estimation, windows=windows, seed=seed, factors=factors, partial=partial
    )
    # what looks wrong in the prices is looked for while the models are fitted
    with ahead():
        results = study(
            event_ids,
            spec,
            steps,
            source=source,
            as_of=as_of,
            events_file=events,
            universe_file=universe,
            episode=episode,
            since=since,
            until=until,
            sector=sector,
            role=role,
            factors=factors,
        )
        found = None
        if with_curve:
            from eventstudy.cli.curve import curve_of_study

            with steps.step("running the other specifications"):
                found = curve_of_study(results, role=role or "exposed", sector=sector or "")
        size = None
        if with_lab:
            with steps.step("measuring false alarms on ordinary dates"):
                from eventstudy.laboratory import study_size

                size = study_size(results, factors=factors)
        with steps.step("writing the report"), writing(out):
            import eventstudy as es

            wanted = options.parse_formats(formats, REPORT_FORMATS)
            paths = es.write_report(results, out, formats=wanted, curve=found, size=size, counterfactual=counterfactual)
    for path in paths:
        show(path)


def run(
    event_ids: EventIds = None,
    source: Source = "yahoo",
    as_of: AsOf = None,
    out: TableFolder = "tables",
    formats: TableFormat = "csv",
    events: EventsFile = None,
    universe: UniverseFile = None,
    episode: Episode = None,
    since: Since = None,
    until: Until = None,
    sector: Sector = None,
    role: Role = None,
    model: Model = "market",
    estimation: Estimation = "-260,-11",
    windows: Windows = None,
    partial: Partial = "exclude",
    seed: Seed = 0,
    counterfactual: Counterfactuals = None,
    dask: Dask = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write the same study as tidy tables, study.json beside them."""
    steps = Steps(quiet=quiet, verbose=verbose)
    check_folder(out)
    factors = options.factor_table(model)
    spec = options.study_spec(
        model=model, estimation=estimation, windows=windows, seed=seed, factors=factors, partial=partial
    )
    with _workers(dask, steps) as workers:
        results = study(
            event_ids,
            spec,
            steps,
            source=source,
            as_of=as_of,
            events_file=events,
            universe_file=universe,
            episode=episode,
            since=since,
            until=until,
            sector=sector,
            role=role,
            factors=factors,
            map=workers,
        )
    found = None
    if counterfactual:
        from eventstudy.counterfactual.table import counterfactual_table

        with steps.step("setting the groups against shares that the events did not touch"):
            found = counterfactual_table(results, counterfactual.split(","))
    with steps.step("writing the tables"), writing(out):
        from eventstudy.tables import write_tables

        results.prepare()
        paths = write_tables(results, out, options.parse_formats(formats, TABLE_FORMATS), found)
    for path in paths:
        show(path)


@contextmanager
def _workers(dask: str | None, steps: Steps) -> Iterator[Map | None]:
    """Who fits the models: nobody else, where no Dask scheduler is named."""
    if dask is None:
        yield None
        return
    from eventstudy.workers import dask_client

    with ExitStack() as stack:
        with steps.step(f"joining the Dask workers of {dask}"):
            client = stack.enter_context(dask_client(dask))
        yield client


def study(
    event_ids: list[str] | None,
    spec: StudySpec,
    steps: Steps,
    *,
    source: str,
    as_of: str | None = None,
    events_file: str | None,
    universe_file: str | None,
    episode: str | None = None,
    since: str | None = None,
    until: str | None = None,
    sector: str | None = None,
    role: str | None = None,
    factors: FactorTable | None = None,
    map: Map | None = None,
) -> StudyResults:
    """The study that the options describe."""
    with steps.step("reading the catalogue"):
        import eventstudy as es

        catalogue = es.read_events(events_file)
        securities = es.read_universe(universe_file)
        events = inputs.chosen_events(catalogue, event_ids, episode=episode, since=since, until=until)
        universe = inputs.chosen_securities(securities, sector=sector, role=role)
        prices = inputs.price_source(source, catalogue, securities, options.as_moment(as_of))
    with steps.step(f"estimating {counted(len(events), 'event')} on {source} prices"):
        return es.run_study(events, universe, prices, spec, context=catalogue, factors=factors, map=map)


def check_folder(out: str) -> None:
    """Refuse a folder that cannot be written before minutes are spent on a study; create nothing yet."""
    folder = Path(out)
    there = folder
    while not there.exists() and there.parent != there:
        there = there.parent
    if not there.is_dir():
        raise EventStudyError(f"--out {out}: {there} is a file, not a folder; choose another folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise EventStudyError(
            f"--out {out}: {there} cannot be written; choose another folder or change its permissions"
        )


@contextmanager
def writing(out: str) -> Iterator[None]:
    """Tell a failed write as one sentence: where, why, what to do."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error) or type(error).__name__).lower()
        remedy = (
            "free some space or choose another folder with --out"
            if error.errno in (errno.ENOSPC, errno.EDQUOT)
            else "choose another folder with --out or change its permissions"
        )
        raise EventStudyError(
            f"--out {out}: {reason}; {remedy}; files that stood there before are unchanged"
        ) from error

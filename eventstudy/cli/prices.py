"""``eventstudy prices``: fill the price store, and look at prices before they are believed."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli import inputs, pages
from eventstudy.cli.options import (
    AsOf,
    Json,
    Quiet,
    Role,
    Sector,
    Since,
    Source,
    UniverseFile,
    Verbose,
    as_date,
    as_moment,
    parse_date,
)
from eventstudy.cli.terminal import Steps, Styled, plain, show, show_json, table
from eventstudy.errors import PriceError
from eventstudy.numbers import counted

if TYPE_CHECKING:
    from eventstudy.catalogue import Universe
    from eventstudy.prices.quality import Finding
    from eventstudy.prices.store import Restatement, StoreStatus
    from eventstudy.prices.yahoo import FetchOutcome

_EXAMPLES = """
eventstudy prices fetch
    download what the universe needs; again later for what is new
eventstudy prices status
    what is there, downloaded when
eventstudy prices check --source closes/
    look at price files of your own
"""
_FETCH_EXAMPLES = """
eventstudy prices fetch --since 2018-01-01
eventstudy prices fetch --sector "Rare-earth miners" --store miners/
"""
_CHECK_EXAMPLES = """
eventstudy prices check
    the store
eventstudy prices check --source closes.parquet --json
    one long file, for a program
"""
_PRUNE_EXAMPLES = """
eventstudy prices prune --keep 3 --dry-run
eventstudy prices prune --before 2025-01-01
"""
_STYLES = {"status": {"failed": "red", "new": "green", "updated": "green", "unchanged": "dim"}}
app = typer.Typer(
    cls=pages.Group,
    help="Fill the price store, and check prices before they are believed.",
    epilog=_EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode=None,
)

_RESTATEMENTS = 20  # told by status unless --verbose asks for all
STATUSES = ("new", "updated", "unchanged", "failed")
DEADLINE_SECONDS = 300.0  # as in prices.yahoo, which is imported when it is needed
Deadline = Annotated[
    float,
    typer.Option(
        "--deadline",
        metavar="SECONDS",
        min=1.0,
        help="Await no answer after so long; the rest is told.",
        rich_help_panel=pages.PRICES,
    ),
]
Store = Annotated[str, typer.Option("--store", metavar="DIR", help="The price store.", rich_help_panel=pages.PRICES)]


@app.command("fetch", cls=pages.Command, epilog=_FETCH_EXAMPLES)
def fetch(
    universe: UniverseFile = None,
    sector: Sector = None,
    role: Role = None,
    since: Since = None,
    store: Store = inputs.STORE,
    deadline: Deadline = DEADLINE_SECONDS,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Download the universe's daily prices from Yahoo Finance.

    They go into the store. What came less than an hour ago is not asked for again, so an interrupted download
    resumes where it was. Behind a company's proxy set HTTPS_PROXY, and CURL_CA_BUNDLE to the file of its certificates.
    """
    from eventstudy.catalogue import read_universe
    from eventstudy.prices.yahoo import fetch_into_store

    wanted = _tickers(inputs.chosen_securities(read_universe(universe), sector=sector, role=role))
    begun = perf_counter()
    with _progress(len(wanted), quiet=quiet, verbose=verbose) as (progress, waiting):
        outcomes = fetch_into_store(store, wanted, as_date(since), progress, deadline_seconds=deadline, waiting=waiting)
    failed = [each for each in outcomes if each.status == "failed"]
    if len({each.reason for each in failed}) > 1 or any(each.rows for each in outcomes):
        show(_summary(outcomes))
    if outcomes and not any(each.rows for each in outcomes):
        raise PriceError(
            f"no price came, and {store} holds none: {failed[0].reason}; {failed[0].remedy}, or give --source sample "
            "for the embedded market, or --source PATH for price files of your own",
            source="yahoo",
            tickers=wanted,
        )
    _show_restatements([each for outcome in outcomes for each in outcome.restated], everything=verbose)
    counts = Counter(each.status for each in outcomes)
    said = [f"{counts[status]} {status}" for status in STATUSES if counts[status]]
    show(f"{store}: {len(outcomes)} tickers, {', '.join(said)}, in {perf_counter() - begun:.0f} s")


def _summary(outcomes: Sequence[FetchOutcome]) -> Styled:
    """One table: how many came of each kind, then each that did not, with its reason and what to do."""
    rows: list[tuple[object, ...]] = []
    for status in STATUSES[:-1]:
        came = [each for each in outcomes if each.status == status]
        reasons = {each.reason for each in came}
        if came:
            reason = reasons.pop() if len(reasons) == 1 else ""
            rows.append(
                (
                    status,
                    counted(len(came), "ticker"),
                    sum(each.rows for each in came),
                    reason,
                    "",
                )
            )
    failed = [each for each in outcomes if each.status == "failed"]
    rows += [(each.status, each.ticker, each.rows, each.reason, each.remedy) for each in failed]
    head = ("status", "ticker", "sessions kept", "reason", "what to do")
    told = table(head, rows, right=("sessions kept",), styles=_STYLES)
    if not any(line.endswith("…") for line in told.splitlines()):
        return told
    # the terminal is too narrow for what to do, which must not be what is cut
    lines = [table(head[:-1], [row[:-1] for row in rows], right=("sessions kept",), styles=_STYLES), "what to do:"]
    for remedy, count in Counter(each.remedy for each in failed).items():
        about = next(each.ticker for each in failed if each.remedy == remedy) if count == 1 else f"{count} tickers"
        lines.append(plain(f"  {about}: {remedy}"))
    return Styled("\n".join(lines))


@app.command("status", cls=pages.Command)
def status(store: Store = inputs.STORE, as_json: Json = False, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """Tell what the store holds, downloaded when, restated how."""
    from eventstudy.prices.store import store_status

    rows = store_status(store)
    if as_json:
        show_json({"store": store, "tickers": [_status_record(each) for each in rows]})
        return
    if not rows:
        show(f"{store}: no prices yet; fill it with eventstudy prices fetch")
        return
    head = ("ticker", "sessions", "first", "last", "downloaded", "generation", "older rows", "kB", "fault")
    cells = [
        (
            each.ticker,
            each.rows,
            each.first,
            each.last,
            each.fetched_at,
            each.generation,
            each.older_rows,
            -(-each.bytes // 1000),
            each.fault,
        )
        for each in rows
    ]
    show(table(head, cells, right=("sessions", "generation", "older rows", "kB")))
    _show_restatements([each for row in rows for each in row.restatements], everything=verbose)
    total, size = sum(each.rows for each in rows), sum(each.bytes for each in rows)
    restated = counted(sum(each.generation > 1 for each in rows), "ticker")
    show(f"{store}: {counted(len(rows), 'ticker')}, {total} sessions, {restated} restated, {_size(size)}")


def _status_record(row: StoreStatus) -> dict[str, object]:
    """One ticker of the store with the keys of its JSON."""
    return {
        "ticker": row.ticker,
        "sessions": row.rows,
        "first": row.first.isoformat() if row.first else None,
        "last": row.last.isoformat() if row.last else None,
        "downloaded": row.fetched_at or None,
        "generation": row.generation,
        "older_rows": row.older_rows,
        "bytes": row.bytes,
        "fault": row.fault or None,
    }


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def _show_restatements(restatements: Sequence[Restatement], *, everything: bool) -> None:
    """What earlier downloads said otherwise, a line each; the latest few unless everything is wanted."""
    from eventstudy.prices.store import told

    said = told(restatements)
    if said:
        lines = list(said if everything else said[:_RESTATEMENTS])
        if len(said) > len(lines):
            lines.append(f"and {len(said) - len(lines)} more; --verbose tells all")
        show("\n  ".join(["restated by a later download:", *lines]))


@app.command("verify", cls=pages.Command)
def verify(
    store: Store = inputs.STORE,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what the files allow; a damaged price file is never touched.")
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Read every byte of the store, and tell what is wrong with it.

    Looked for are damaged files, hashes that are not the manifest's, rows out of order, and what a killed process
    left.
    """
    from eventstudy.prices.store import stored_tickers, verify_store

    steps = Steps(quiet=quiet, verbose=verbose)
    before = verify_store(store) if repair else ()
    with steps.step("verifying the store"):
        faults = verify_store(store, repair=repair)
    for each in before:
        if each not in faults:
            show(f"mended: {each.file}: {each.what}")
    if faults:
        lines = [f"  {each}" for each in faults]
        raise PriceError("\n".join([f"{store} has {counted(len(faults), 'problem')}:", *lines]))
    show(f"{store}: {counted(len(stored_tickers(store)), 'ticker')}, nothing wrong")


@app.command("prune", cls=pages.Command, epilog=_PRUNE_EXAMPLES)
def prune(
    store: Store = inputs.STORE,
    keep: Annotated[
        int | None,
        typer.Option("--keep", metavar="N", min=1, help="Keep N generations of each ticker, the present one included."),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(
            "--before", metavar="DATE", callback=lambda text: text and parse_date(text), help="Keep every state since."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing, only tell.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Remove older generations, which --as-of reads.

    What stands now always stays.
    """
    from eventstudy.prices.store import prune_store

    if (keep is None) == (before is None):
        raise typer.BadParameter(
            "give one of the two: how many to keep, or since when", param_hint="'--keep'/'--before'"
        )
    pruned = prune_store(store, keep=keep, before=as_date(before), dry_run=dry_run)
    if not pruned:
        show(f"{store}: no older generation to remove")
        return
    head = ("ticker", "generations", "rows", "kB")
    cells = [(each.ticker, each.generations, each.rows, -(-each.bytes // 1000)) for each in pruned]
    show(table(head, cells, right=head[1:]))
    done = "would go" if dry_run else "removed"
    said = (
        f"{counted(sum(each.generations for each in pruned), 'older generation')} of {counted(len(pruned), 'ticker')}"
    )
    show(f"{store}: {said} {done}, {_size(sum(each.bytes for each in pruned))}")


@app.command("check", cls=pages.Command, epilog=_CHECK_EXAMPLES)
def check(
    universe: UniverseFile = None,
    source: Source = "yahoo",
    store: Store = inputs.STORE,
    as_of: AsOf = None,
    sector: Sector = None,
    role: Role = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Report what looks wrong in the prices; repair nothing.

    Looked for are gaps and dates that are no session, zeros and stale runs, missed splits, stretches in another unit,
    joined and exchanged series, another currency, and closes at the daily limit. Every ticker of the source is
    checked, or the chosen ones with --sector or --role. Many findings of one kind for one ticker are told in one;
    --verbose tells each. With the source yahoo this looks at the store and downloads nothing.
    """
    from eventstudy.catalogue import read_events, read_universe
    from eventstudy.prices.files import FilePrices
    from eventstudy.prices.quality import FACTS, check_prices, summed

    steps = Steps(quiet=quiet, verbose=verbose)
    everything = read_universe(universe)
    chosen = inputs.chosen_securities(everything, sector=sector, role=role)
    wanted = _tickers(chosen)
    with steps.step("reading prices"):
        if source != "yahoo":
            prices = inputs.price_source(source, read_events(), everything, as_moment(as_of))
        elif Path(store).is_dir():
            prices = FilePrices(store, as_of=as_moment(as_of))
        else:
            raise PriceError(f"{store}: no price store; fill it with eventstudy prices fetch", source="yahoo")
        others: list[str] = []
        if isinstance(prices, FilePrices) and sector is None and role is None:
            others = sorted(set(prices.tickers()) - set(wanted))
        history = prices.fetch([*wanted, *others])
    with steps.step("checking them"):
        findings = check_prices(history, chosen)
    priced = sum(ticker in history.frames for ticker in wanted)
    if as_json:
        records = [_finding_record(each, fact=each.kind in FACTS) for each in findings]
        asked = {"tickers_wanted": len(wanted), "tickers_with_prices": priced, "tickers_beside": len(others)}
        show_json({"source": source, "simulated": history.simulated, **asked, "findings": records})
        return
    told = findings if verbose else summed(findings)
    for facts, name in ((False, "finding"), (True, "fact")):
        chosen_rows = [each for each in told if (each.kind in FACTS) == facts]
        if chosen_rows:
            cells = [(each.ticker, each.session, each.kind.replace("_", " "), each.detail) for each in chosen_rows]
            show(table(("ticker", "session", name, "detail"), cells))
            show("")
    counts = Counter(each.kind for each in findings)
    said = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(counts.items()))
    has = f"{priced} of {len(wanted)} tickers have prices"
    beside = f", and {len(others)} outside the universe" if others else ""
    show(f"{source}: {has}{beside}; {said or 'nothing found'}")


def _finding_record(finding: Finding, *, fact: bool) -> dict[str, object]:
    """One finding with the keys of its JSON."""
    return {
        "ticker": finding.ticker,
        "session": finding.session.isoformat() if finding.session else None,
        "kind": finding.kind,
        "fact": fact,
        "detail": finding.detail,
    }


def _tickers(universe: Universe) -> list[str]:
    """Every ticker that a study of these securities reads, benchmarks included."""
    names = [
        name
        for each in universe
        for name in (each.ticker, each.benchmark, each.sector_benchmark, *(former.ticker for former in each.previous))
    ]
    return list(dict.fromkeys(filter(None, names)))


@contextmanager
def _progress(
    total: int, *, quiet: bool, verbose: bool
) -> Iterator[tuple[Callable[[int, int, str], None] | None, Callable[[float, str], None] | None]]:
    """What to call after each ticker and at each pause: a bar on a terminal, a line each with ``--verbose``."""
    if quiet or not (verbose or sys.stderr.isatty()):
        yield None, None
    elif verbose:
        steps = Steps(quiet=quiet, verbose=verbose)
        yield (
            lambda done, of, ticker: steps.note(f"{done}/{of} {ticker}"),
            lambda seconds, why: steps.note(f"waiting {seconds:.0f} s, {why}"),
        )
    else:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task
        from rich.text import Text

        from eventstudy.prices.pace import Estimate

        estimate = Estimate()
        why = [""]

        class Left(ProgressColumn):
            """The pause that is running and why, or the ticker just done; then the time left."""

            def render(self, task: Task) -> Text:
                pause, left = estimate.waiting(), estimate.seconds_left()
                now = f"waiting {pause:.0f} s, {why[0]}" if pause else str(task.fields["ticker"])
                return Text(now if not left else f"{now}  {_duration(left)} left")

        def progress(done: int, of: int, ticker: str) -> None:
            estimate.completed(of - done)
            bar.update(task, completed=done, total=of, ticker=plain(ticker))

        def waiting(seconds: float, reason: str) -> None:
            why[0] = reason
            estimate.waits(seconds)

        columns = ("downloading", BarColumn(bar_width=24), MofNCompleteColumn(), Left())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=total, ticker="")
            yield progress, waiting


def _duration(seconds: float) -> str:
    """A rough time: more digits would be more than is known.

    Examples
    --------
    >>> _duration(7.2), _duration(48.0), _duration(130.0)
    ('10 s', '50 s', '2 min')
    """
    return f"{max(round(seconds / 10), 1) * 10} s" if seconds < 95 else f"{seconds / 60:.0f} min"

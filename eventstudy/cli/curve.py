"""``eventstudy curve``: one group of one event under every specification."""

from __future__ import annotations

import io
import json
import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli import completion, inputs, options, pages
from eventstudy.cli.options import EventsFile, Quiet, Seed, Source, UniverseFile, Verbose
from eventstudy.cli.study import check_folder, writing
from eventstudy.cli.terminal import Steps, show, table

if TYPE_CHECKING:
    from eventstudy import SpecificationCurve, StudyResults
    from eventstudy.prices.source import PriceHistory

FORMATS = ("csv", "json", "svg", "png")
ROLES = (*options.ROLES, "exposed_elsewhere")
MODELS = ("market", "mean", "market-adjusted", "sector")
ESTIMATIONS = ("-260,-11", "-140,-11", "-260,-31")
WINDOWS = ("0,0", "-1,1", "0,5")
_OPTIONS = {
    "windows": "--window",
    "estimation": "--estimation",
    "min_estimation": "--estimation",
    "benchmarks": "--benchmark",
}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_BENCHMARK = re.compile(r"\s*([^=]+?)\s*=\s*(.+)")
_PICTURE_WIDTH = 900.0


_model = options.one_of("a model", *options.MODELS)


def _models(texts: list[str] | None) -> list[str]:
    return [_model(text) for text in texts or ()]


def parse_benchmark(text: str) -> tuple[str, dict[str, str]]:
    """Name of an alternative and its tickers by exchange, from ``NAME=MIC:TICKER[,MIC:TICKER]``.

    Examples
    --------
    >>> parse_benchmark("nikkei=XTKS:^N225")
    ('nikkei', {'XTKS': '^N225'})
    """
    found = _BENCHMARK.fullmatch(text)
    pairs = [part.partition(":") for part in found[2].split(",")] if found else []
    if found is None or not all(mic.strip() and ticker.strip() for mic, _, ticker in pairs):
        raise typer.BadParameter(f"{text!r} names no benchmark; write NAME=MIC:TICKER, for example nikkei=XTKS:^N225")
    return found[1], {mic.strip(): ticker.strip() for mic, _, ticker in pairs}


def _benchmarks(texts: list[str] | None) -> list[str]:
    for text in texts or ():
        parse_benchmark(text)
    return list(texts or ())


EXAMPLES = """
eventstudy curve 2026-01-06-japan-dual-use-ban --source sample
    exposed shares under 36 specifications, in curves/
eventstudy curve 2026-01-06-japan-dual-use-ban --sector "Autos & parts" \\
    --model market --model mean --source sample
    one sector, two models
eventstudy curve EVENT_ID --benchmark nikkei=XTKS:^N225 --source closes/
    Tokyo against another index too
"""


def curve(
    event_id: Annotated[
        str, typer.Argument(metavar="EVENT_ID", help="The event.", autocompletion=completion.event_ids)
    ],
    source: Source = "yahoo",
    events: EventsFile = None,
    universe: UniverseFile = None,
    role: Annotated[
        str,
        typer.Option(
            "--role",
            metavar="NAME",
            callback=options.one_of("a role", *ROLES),
            help=f"Whose mean move: {', '.join(ROLES)}.",
            autocompletion=completion.choices(*ROLES),
            rich_help_panel=pages.WHICH,
        ),
    ] = "exposed",
    sector: Annotated[
        str,
        typer.Option(
            "--sector",
            metavar="NAME",
            help="Only shares of this sector. [default: all of the role]",
            autocompletion=completion.sectors,
            rich_help_panel=pages.WHICH,
        ),
    ] = "",
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="MODEL",
            callback=_models,
            help=f"One of {', '.join(options.MODELS)}; repeatable. [default: {' '.join(MODELS)}]",
            show_default=False,
            autocompletion=completion.choices(*options.MODELS),
            rich_help_panel=pages.HOW,
        ),
    ] = None,
    estimation: Annotated[
        list[str] | None,
        typer.Option(
            "--estimation",
            metavar="FIRST,LAST",
            callback=options.checked_windows,
            help=f"An estimation window; repeatable. [default: {' '.join(ESTIMATIONS)}]",
            show_default=False,
            rich_help_panel=pages.HOW,
        ),
    ] = None,
    windows: Annotated[
        list[str] | None,
        typer.Option(
            "--window",
            metavar="FIRST,LAST",
            callback=options.checked_windows,
            help=f"An event window; repeatable. [default: {' '.join(WINDOWS)}]",
            show_default=False,
            rich_help_panel=pages.HOW,
        ),
    ] = None,
    benchmark: Annotated[
        list[str] | None,
        typer.Option(
            "--benchmark",
            metavar="NAME=MIC:TICKER",
            callback=_benchmarks,
            help="Another market for the lines of an exchange, beside their own; repeatable.",
            show_default=False,
            autocompletion=completion.benchmarks,
            rich_help_panel=pages.HOW,
        ),
    ] = None,
    out: Annotated[
        str,
        typer.Option("--out", "-o", metavar="DIR", help="Where the files go.", rich_help_panel=pages.WRITTEN),
    ] = "curves",
    formats: Annotated[
        str,
        typer.Option(
            "--format",
            metavar=",".join(FORMATS),
            callback=options.formats_of(*FORMATS),
            help="Which files to write.",
            autocompletion=completion.lists(*FORMATS),
            rich_help_panel=pages.WRITTEN,
        ),
    ] = "csv,json,svg",
    seed: Seed = 0,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show one group's mean move under every specification.

    Models, estimation windows, event windows and benchmarks are combined; one joint test speaks of all of them.
    """
    steps = Steps(quiet=quiet, verbose=verbose)
    wanted = options.parse_formats(formats, FORMATS)
    check_folder(out)
    with steps.step("reading the catalogue"):
        import eventstudy as es

        catalogue = es.read_events(events)
        securities = es.read_universe(universe)
        prices = inputs.price_source(source, catalogue, securities)
        models = options.models_by_name()
    with steps.step(f"running the specifications on {source} prices"):
        try:
            found = es.specification_curve(
                catalogue,
                securities,
                prices,
                event_id=event_id,
                role=role,
                sector=sector,
                models=[models[name]() for name in dict.fromkeys(model or MODELS)],
                estimations=[options.parse_window(text) for text in estimation or ESTIMATIONS],
                windows=[options.parse_window(text) for text in windows or WINDOWS],
                benchmarks=dict(parse_benchmark(text) for text in benchmark or ()),
                seed=seed,
            )
        except ValueError as error:
            # of the choices, which the options named; any other keeps its traceback
            name, _, rest = str(error).partition(": ")
            if name not in _OPTIONS:
                raise
            raise typer.BadParameter(rest, param_hint=f"'{_OPTIONS[name]}'") from None
    show(_listing(found))
    show(found.summary())
    with steps.step("writing the files"), writing(out):
        from eventstudy.files import write_all_atomically

        folder = Path(out)
        contents = {folder / f"{_stem(found)}.{kind}": _content(found, kind) for kind in wanted}
        folder.mkdir(parents=True, exist_ok=True)
        paths = write_all_atomically(contents)
    for path in paths:
        show(path)


@dataclass(frozen=True)
class _Fetched:
    """Prices that were fetched already, so that a second look asks nobody."""

    history: PriceHistory

    def fetch(self, tickers: Sequence[str], start: date | None = None, end: date | None = None) -> PriceHistory:
        return self.history


def curve_of_study(results: StudyResults, *, role: str, sector: str) -> SpecificationCurve:
    """The default curve of a study's first event, on the prices that the study was made of."""
    import eventstudy as es
    from eventstudy.catalogue import Events

    if results.prices is None or results.universe is None:
        raise ValueError("results: a curve needs a study of catalogue events with prices; make one with run_study")
    others = () if results.context is None else results.context.events
    inputs_of_study = results.provenance["inputs"]["events"]
    everything = Events((*results.events, *others), inputs_of_study["path"], inputs_of_study["sha256"])
    return es.specification_curve(
        everything,
        results.universe,
        _Fetched(results.prices),
        event_id=results.events[0].event_id,
        role=role,
        sector=sector,
        seed=results.spec.seed,
    )


def _listing(found: SpecificationCurve) -> str:
    head = ("model", "estimation", "window", "benchmark", "n", "CAAR %", "95% interval", "p", "reason")
    rows = []
    for row in found.table.to_dict(orient="records"):
        interval = "" if math.isnan(row["ci_low"]) else f"{100 * row['ci_low']:+.2f} to {100 * row['ci_high']:+.2f}"
        caar = "" if math.isnan(row["caar"]) else f"{100 * row['caar']:+.2f}"
        small = row["pvalue"] < 0.001
        pvalue = "" if math.isnan(row["pvalue"]) else "< 0.001" if small else f"{row['pvalue']:.3f}"
        key = (row["model"], row["estimation"], row["window"], row["benchmark"])
        rows.append((*key, row["n_pairs"], caar, interval, pvalue, row["reason"]))
    return table(head, rows, right=("n", "CAAR %", "95% interval", "p"))


def _stem(found: SpecificationCurve) -> str:
    """File name without suffix: event, role, sector, and that prices are simulated where they are."""
    sector = _UNSAFE.sub("-", found.sector).strip(".-")[:40]
    if found.sector and not found.sector.isascii():
        # names that lose their letters still have files of their own
        sector = f"{sector}-{zlib.crc32(found.sector.encode()):08x}".strip("-")
    parts = [found.event_id, found.role, sector, "curve", "simulated" if found.simulated else ""]
    return "-".join(part for part in parts if part)


def _content(found: SpecificationCurve, kind: str) -> bytes:
    """One file of the curve."""
    if kind == "csv":
        from eventstudy.tables import as_csv

        return as_csv(found.table)
    if kind == "json":
        return (json.dumps(found.to_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
    from eventstudy.report.figures import sheet_of
    from eventstudy.report.sections.curve import curve_plot

    sheet = sheet_of(curve_plot(found), width=_PICTURE_WIDTH, simulated=found.simulated)
    if kind == "svg":
        return sheet.drawn().paper().encode()
    stream = io.BytesIO()
    sheet.figure().savefig(stream, format="png", dpi=144, metadata={"Software": None})
    return stream.getvalue()

"""``eventstudy lab``: how often the tests reject where nothing happened, and what they would have seen."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli import inputs, options
from eventstudy.cli.options import (
    Estimation,
    EventsFile,
    Model,
    Quiet,
    Role,
    Sector,
    Seed,
    Source,
    UniverseFile,
    Verbose,
)
from eventstudy.cli.study import check_folder, writing
from eventstudy.cli.terminal import Steps, show, table

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.laboratory import OwnPanel, PowerResult, Scenario, SizeResult
    from eventstudy.prices.factors import FactorTable
    from eventstudy.specification import StudySpec

app = typer.Typer(
    help="Size and power of every test, on your prices or on stated laws.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

WINDOWS = ("0,0", "-1,1", "0,5")
SIZE_FORMATS = ("csv", "json", "md", "svg")
POWER_FORMATS = ("csv", "json", "md")
ERRORS = ("normal", "t4", "skewed")
DRAWS = 2_000
POOLED_DRAWS = 500


def _numbers(text: str) -> list[float]:
    """The numbers of a comma-separated list."""
    try:
        found = [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a list of numbers; write for example 0,0.06") from None
    if not found or not all(map(isfinite, found)):
        raise typer.BadParameter(f"{text!r} is not a list of numbers; write for example 0,0.06")
    return found


def _checked_windows(texts: Sequence[str]) -> list[str]:
    for text in texts:
        options.parse_window(text)
    return list(texts)


def _checked_numbers(text: str) -> str:
    _numbers(text)
    return text


def _checked_members(text: str) -> str:
    if any(number != int(number) or number < 1 for number in _numbers(text)):
        raise typer.BadParameter(f"{text!r} is not a list of group sizes; write for example 5,30")
    return text


def _listed(text: str, known: tuple[str, ...], what: str) -> tuple[str, ...]:
    """The names of a comma-separated list, each once."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    wrong = [name for name in names if name not in known]
    if wrong or not names:
        raise typer.BadParameter(f"{(wrong or [text])[0]!r} is not {what}; choose from {', '.join(known)}")
    return names


def _checked_errors(text: str) -> str:
    _listed(text, ERRORS, "a law of errors")
    return text


def _checked_tests(text: str | None) -> str | None:
    from eventstudy.specification import CLOSED_FORM_TESTS

    if text is not None:
        _listed(text, CLOSED_FORM_TESTS, "a closed-form test")
    return text


def _size_formats(text: str) -> str:
    options.parse_formats(text, SIZE_FORMATS)
    return text


def _power_formats(text: str) -> str:
    options.parse_formats(text, POWER_FORMATS)
    return text


Windows = Annotated[
    list[str] | None,
    typer.Option(
        "--window",
        metavar="FIRST,LAST",
        callback=lambda texts: _checked_windows(texts or ()),
        help="Event window; repeatable. [default: 0,0 -1,1 0,5; with --simulate 0,0]",
        show_default=False,
    ),
]
Exchanges = Annotated[
    list[str] | None,
    typer.Option("--exchange", metavar="MIC", help="Only shares listed there; repeatable.", show_default=False),
]
Draws = Annotated[
    int | None,
    typer.Option(
        "--draws",
        metavar="N",
        min=1,
        help=f"Draws a group. [default: every date; with --dates {POOLED_DRAWS}, with --simulate {DRAWS}]",
        show_default=False,
    ),
]
Dates = Annotated[
    int, typer.Option("--dates", metavar="C", min=1, help="Pool every group over so many separate dates a draw.")
]
Tests = Annotated[
    str | None,
    typer.Option(
        "--tests",
        metavar="NAME,…",
        callback=_checked_tests,
        help="Only these tests and the headline. [default: all]",
        show_default=False,
    ),
]
Out = Annotated[
    str | None, typer.Option("--out", "-o", metavar="DIR", help="Also write the tables there.", show_default=False)
]
SizeFormat = Annotated[
    str, typer.Option("--format", metavar=",".join(SIZE_FORMATS), callback=_size_formats, help="How, with --out.")
]
PowerFormat = Annotated[
    str, typer.Option("--format", metavar=",".join(POWER_FORMATS), callback=_power_formats, help="How, with --out.")
]
Simulate = Annotated[bool, typer.Option("--simulate", help="Draw from stated laws in place of prices.")]
Members = Annotated[
    str,
    typer.Option("--members", metavar="N,…", callback=_checked_members, help="With --simulate: observations a group."),
]
Correlation = Annotated[
    str,
    typer.Option(
        "--correlation", metavar="R,…", callback=_checked_numbers, help="With --simulate: between residuals of a day."
    ),
]
Variance = Annotated[
    str,
    typer.Option(
        "--variance", metavar="F,…", callback=_checked_numbers, help="With --simulate: factor of day 0's variance."
    ),
]
Errors = Annotated[
    str,
    typer.Option("--errors", metavar=",".join(ERRORS), callback=_checked_errors, help="With --simulate: their law."),
]
Unequal = Annotated[bool, typer.Option("--unequal", help="With --simulate: estimation windows of unequal length.")]
Thin = Annotated[
    float,
    typer.Option("--thin", metavar="R", min=0.0, max=0.49, help="With --simulate: share of sessions without trade."),
]
OwnOnly = Annotated[
    bool, typer.Option("--own-only", help="With --simulate: --variance leaves the common part as it is.")
]
ResidualSd = Annotated[
    float, typer.Option("--residual-sd", metavar="R", help="With --simulate: residual deviation a session, decimal.")
]
SdSpread = Annotated[
    float,
    typer.Option("--sd-spread", metavar="R", min=0.0, help="With --simulate: spread of its logarithm over shares."),
]
Effects = Annotated[
    str | None,
    typer.Option(
        "--effect",
        metavar="P,…",
        callback=lambda text: text and _checked_numbers(text),
        help="Effects on day 0, per cent. [default: 0.25 to 10]",
        show_default=False,
    ),
]
Deviation = Annotated[
    float, typer.Option("--deviation", metavar="F", min=0.0, help="Factor of day 0's abnormal return, own prices.")
]


@app.command("size")
def size(
    source: Source = "yahoo",
    events: EventsFile = None,
    universe: UniverseFile = None,
    sector: Sector = None,
    role: Role = None,
    exchanges: Exchanges = None,
    windows: Windows = None,
    model: Model = "market",
    estimation: Estimation = "-260,-11",
    draws: Draws = None,
    dates: Dates = 1,
    seed: Seed = 0,
    tests: Tests = None,
    simulate: Simulate = False,
    members: Members = "5,10,30,50,100",
    correlation: Correlation = "0,0.06",
    variance: Variance = "1",
    errors: Errors = "normal",
    unequal: Unequal = False,
    thin: Thin = 0.0,
    own_only: OwnOnly = False,
    residual_sd: ResidualSd = 0.02,
    sd_spread: SdSpread = 0.3,
    out: Out = None,
    formats: SizeFormat = "csv",
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """How often each test rejects on announcements that never were.

    On prices: every sector with three shares or more, on every date that admits a full study clear of the catalogue's
    events. With --simulate: groups drawn from stated laws.
    """
    steps = Steps(quiet=quiet, verbose=verbose)
    if out is not None:
        check_folder(out)
    if simulate and dates > 1:
        raise typer.BadParameter("--dates pools dates of prices; leave it out with --simulate")
    factors = None if simulate else options.factor_table(model)
    spec = _spec(model, estimation, windows, seed, simulate, factors)
    chosen = _names(tests)
    if simulate:
        laws = _scenarios(members, correlation, variance, errors, unequal, thin, own_only, residual_sd, sd_spread)
        with steps.step(f"drawing from {len(laws)} law{'s' * (len(laws) > 1)}"):
            from eventstudy.laboratory import simulated_size

            result = simulated_size(laws, spec, draws or DRAWS, seed, chosen)
    else:
        panel = _panel(steps, spec, source, events, universe, sector, role, exchanges, factors)
        with steps.step(f"studying {len(panel.groups)} group{'s' * (len(panel.groups) != 1)} on ordinary dates"):
            from eventstudy.laboratory import own_size, pooled_size

            if dates == 1:
                result = own_size(panel, draws, seed, chosen)
            else:
                result = pooled_size(panel, dates, draws or POOLED_DRAWS, seed, chosen)
    _show_size(result)
    if out is not None:
        _write(steps, out, _size_files(result, options.parse_formats(formats, SIZE_FORMATS)))


@app.command("power")
def power(
    source: Source = "yahoo",
    events: EventsFile = None,
    universe: UniverseFile = None,
    sector: Sector = None,
    role: Role = None,
    exchanges: Exchanges = None,
    windows: Windows = None,
    model: Model = "market",
    estimation: Estimation = "-260,-11",
    effects: Effects = None,
    deviation: Deviation = 1.0,
    draws: Draws = None,
    seed: Seed = 0,
    tests: Tests = None,
    simulate: Simulate = False,
    members: Members = "30",
    correlation: Correlation = "0",
    variance: Variance = "1",
    errors: Errors = "normal",
    unequal: Unequal = False,
    thin: Thin = 0.0,
    own_only: OwnOnly = False,
    residual_sd: ResidualSd = 0.02,
    sd_spread: SdSpread = 0.3,
    out: Out = None,
    formats: PowerFormat = "csv",
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """How often each test sees an effect added on day 0, and the smallest it sees four times in five."""
    steps = Steps(quiet=quiet, verbose=verbose)
    if out is not None:
        check_folder(out)
    factors = None if simulate else options.factor_table(model)
    spec = _spec(model, estimation, windows, seed, simulate, factors)
    chosen = _names(tests)
    from eventstudy.laboratory.power import EFFECTS

    added = EFFECTS if effects is None else tuple(number / 100.0 for number in _numbers(effects))
    if any(effect < 0 for effect in added):
        raise typer.BadParameter("--effect: write effects of 0 or more, in per cent")
    if simulate:
        laws = _scenarios(members, correlation, variance, errors, unequal, thin, own_only, residual_sd, sd_spread)
        with steps.step(f"drawing from {len(laws)} law{'s' * (len(laws) > 1)}"):
            from eventstudy.laboratory import simulated_power

            result = simulated_power(laws, spec, added, draws or DRAWS, seed, chosen)
    else:
        panel = _panel(steps, spec, source, events, universe, sector, role, exchanges, factors)
        with steps.step(f"adding effects in {len(panel.groups)} groups on ordinary dates"):
            from eventstudy.laboratory import own_power

            result = own_power(panel, added, deviation, draws, seed, chosen)
    _show_power(result)
    if out is not None:
        _write(steps, out, _power_files(result, options.parse_formats(formats, POWER_FORMATS)))


def _names(tests: str | None) -> list[str] | None:
    return None if tests is None else [name.strip() for name in tests.split(",") if name.strip()]


def _spec(
    model: str,
    estimation: str,
    windows: list[str] | None,
    seed: int,
    simulate: bool,
    factors: FactorTable | None,
) -> StudySpec:
    """The specification, with exactly the windows asked for."""
    texts = windows or (["0,0"] if simulate else list(WINDOWS))
    if simulate and model.startswith(options.FACTORS):
        raise typer.BadParameter(f"--model {model}: stated laws have one regressor, the market; choose another model")
    spec = options.study_spec(model=model, estimation=estimation, windows=texts, seed=seed, factors=factors)
    if simulate and len(spec.model.regressors) > 1:
        raise typer.BadParameter(f"--model {model}: stated laws have one regressor, the market; choose another model")
    return replace(spec, windows=tuple(options.parse_window(text) for text in texts))


def _scenarios(
    members: str,
    correlation: str,
    variance: str,
    errors: str,
    unequal: bool,
    thin: float,
    own_only: bool,
    residual_sd: float,
    sd_spread: float,
) -> list[Scenario]:
    """Every combination of the lists."""
    from eventstudy.laboratory import Scenario

    laws = _listed(errors, ERRORS, "a law of errors")
    grid = product(laws, _numbers(variance), _numbers(correlation), _numbers(members))
    try:
        return [
            Scenario(int(n), rho, factor, law, unequal, thin, own_only, residual_sd, sd_spread)
            for law, factor, rho, n in grid
        ]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _panel(
    steps: Steps,
    spec: StudySpec,
    source: str,
    events_file: str | None,
    universe_file: str | None,
    sector: str | None,
    role: str | None,
    exchanges: list[str] | None,
    factors: FactorTable | None,
) -> OwnPanel:
    """The returns to draw from; shares left out are named."""
    with steps.step(f"reading {source} prices"):
        import eventstudy as es
        from eventstudy.laboratory import own_panel

        catalogue = es.read_events(events_file)
        securities = es.read_universe(universe_file)
        chosen = inputs.chosen_securities(securities, sector=sector, role=role)
        prices = inputs.price_source(source, catalogue, securities)
        panel = own_panel(catalogue, chosen, prices, spec, exchanges or (), factors)
    if panel.simulated:
        steps.note("the prices are simulated: these rates are the embedded market's, not those of any real one")
    for group in panel.groups:
        if group.left_out:
            steps.note(
                f"{group.sector} ({group.role}): without {', '.join(group.left_out)}, whose prices are too short"
            )
    return panel


def _show_size(result: SizeResult) -> None:
    """The headline of every group, then every test over all groups."""
    frame = result.table((0.05,))
    head = frame[frame["test"] == "headline"]
    speakers = frame[frame["speaks"] & (frame["test"] != "headline")]
    spoken = dict(zip(_keys(speakers, result.labels), speakers["test"], strict=True))
    rows = [
        (
            *_key(row, result.labels),
            spoken.get(_key(row, result.labels), ""),
            int(row["n_draws"]),
            *(_percent(row[name]) for name in ("rate", "low", "high")),
            row["verdict"],
        )
        for row in head.to_dict("records")
    ]
    names = (*_heads(result.labels), "headline", "draws", "rate", "low", "high", "verdict")
    show("rejections at a nominal 5%, per cent, of the headline test in each group")
    show(table(names, rows, right=("n", "draws", "rate", "low", "high")))
    words = ("holds", "undecided", "over-rejects", "under-rejects")
    by_test = [
        (
            name,
            *(int((part["verdict"] == word).sum()) for word in words),
            *(_percent(number) for number in (part["rate"].min(), part["rate"].mean(), part["rate"].max())),
        )
        for name, part in frame.groupby("test", sort=False)
    ]
    show("")
    show("every test: groups and windows by verdict, and the least, mean and largest rate")
    columns = ("test", *words, "least", "mean", "most")
    show(table(columns, by_test, right=columns[1:]))
    _show_claims(result)


def _show_claims(result: SizeResult) -> None:
    """Stated laws: in how many cells each test stays in the band of its level, by what it claims robustness to."""
    kept = result.kept()
    if not len(kept):
        return
    low, high = _percent(kept["low"].iloc[0]), _percent(kept["high"].iloc[0])
    show("")
    show(f"in the band of {low}-{high}%, where 5% stays in all {len(result.cells)} cells at once with 99% probability")
    rows = [
        (
            row["test"] if row["test"] == row["speaker"] else f"{row['test']}: {row['speaker']}",
            row["cells"],
            row["inside"],
            *(_percent(row[name]) for name in ("least", "mean", "most")),
            row["beyond"] or "nothing",
        )
        for row in kept.to_dict("records")
    ]
    columns = ("test", "cells", "inside", "least", "mean", "most", "beyond what it claims robustness to")
    show(table(columns, rows, right=columns[1:-1]))


def _show_power(result: PowerResult) -> None:
    """Size and smallest detectable effect of the headline in every group, then of every test on average."""
    frame = result.detectable()
    head = frame[frame["test"] == "headline"]
    rows = [
        (*_key(row, result.labels), _percent(row["size"]), row["verdict"], _percent(row["mde"], 2))
        for row in head.to_dict("records")
    ]
    show("size and smallest effect seen four times in five, per cent, of the headline test in each group")
    show(table((*_heads(result.labels), "size", "verdict", "mde"), rows, right=("n", "size", "mde")))
    by_test = [
        (
            name,
            int((part["verdict"] == "over-rejects").sum()),
            _percent(part["size"].mean()),
            _percent(part["mde"].mean(), 2),
        )
        for name, part in frame.groupby("test", sort=False)
    ]
    show("")
    show("every test: in how many groups and windows it over-rejects, mean size, mean smallest effect")
    columns = ("test", "over-rejects", "size", "mde")
    show(table(columns, by_test, right=columns[1:]))


def _heads(labels: tuple[str, ...]) -> tuple[str, ...]:
    return (*labels, "n", "window")


def _key(row: Mapping[Any, Any], labels: tuple[str, ...]) -> tuple[object, ...]:
    return (*(row[name] for name in labels), row["n_members"], row["window"])


def _keys(frame: pd.DataFrame, labels: tuple[str, ...]) -> list[tuple[object, ...]]:
    return [_key(row, labels) for row in frame.to_dict("records")]


def _percent(share: float, digits: int = 1) -> str:
    """A share as per cent, or nothing."""
    return f"{100 * share:.{digits}f}" if isfinite(share) else ""


def _size_files(result: SizeResult, formats: tuple[str, ...]) -> dict[str, bytes]:
    from eventstudy.laboratory.markdown import size_markdown
    from eventstudy.tables import as_csv, as_json

    frame = result.table()
    files: dict[str, bytes] = {}
    for name in formats:
        if name == "svg":
            stream = io.BytesIO()
            result.figure().savefig(stream, format="svg", metadata={"Date": None})
            files["lab_size.svg"] = stream.getvalue()
        elif name == "md":
            files["lab_size.md"] = size_markdown(result).encode()
        else:
            files[f"lab_size.{name}"] = (as_csv if name == "csv" else as_json)(frame)
    return files


def _power_files(result: PowerResult, formats: tuple[str, ...]) -> dict[str, bytes]:
    from eventstudy.laboratory.markdown import power_markdown
    from eventstudy.tables import as_csv, as_json

    files: dict[str, bytes] = {}
    for name in formats:
        if name == "md":
            files["lab_power.md"] = power_markdown(result).encode()
        else:
            write = as_csv if name == "csv" else as_json
            files[f"lab_power.{name}"] = write(result.table())
            files[f"lab_detectable.{name}"] = write(result.detectable())
    return files


def _write(steps: Steps, out: str, files: dict[str, bytes]) -> None:
    """All files or none."""
    with steps.step("writing the tables"), writing(out):
        from eventstudy.files import write_all_atomically

        folder = Path(out)
        folder.mkdir(parents=True, exist_ok=True)
        paths = write_all_atomically({folder / name: content for name, content in files.items()})
    for path in paths:
        show(path)

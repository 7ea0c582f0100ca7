"""``eventstudy lab``: how often the tests reject where nothing happened, and what they would have seen."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from eventstudy.cli import inputs, options, pages
from eventstudy.cli.lab_options import (
    DRAWS,
    ERRORS,
    POOLED_DRAWS,
    POWER_FORMATS,
    SIZE_FORMATS,
    WINDOWS,
    Correlation,
    Dates,
    Deviation,
    Draws,
    Effects,
    Errors,
    Exchanges,
    Members,
    Out,
    OwnOnly,
    PowerFormat,
    ResidualSd,
    SdSpread,
    Simulate,
    SizeFormat,
    Tests,
    Thin,
    Unequal,
    Variance,
    Windows,
    numbers,
)
from eventstudy.cli.lab_tables import power_files, show_power, show_size, size_files
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
from eventstudy.cli.terminal import Steps, show
from eventstudy.numbers import counted

if TYPE_CHECKING:
    from eventstudy.laboratory import OwnPanel, Scenario
    from eventstudy.prices.factors import FactorTable
    from eventstudy.specification import StudySpec

_EXAMPLES = """
eventstudy lab size --source sample
eventstudy lab power --simulate --members 5,30
"""
_SIZE_EXAMPLES = """
eventstudy lab size --source sample --sector "Autos & parts"
    false alarms on ordinary dates of one sector
eventstudy lab size --simulate --members 10,50 --correlation 0,0.1 --draws 500
    groups drawn from four laws
"""
_POWER_EXAMPLES = """
eventstudy lab power --source closes/ --exchange XTKS -o lab/
    what could have been seen on your own prices, kept as CSV
eventstudy lab power --simulate --effect 0.5,1,2 --draws 500
    what is seen of 0.5, 1 and 2 per cent under stated laws
"""
app = typer.Typer(
    cls=pages.Group,
    help="Size and power of every test, on your prices or on stated laws.",
    epilog=_EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("size", cls=pages.Command, epilog=_SIZE_EXAMPLES)
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
        with steps.step(f"drawing from {counted(len(laws), 'law')}"):
            from eventstudy.laboratory import simulated_size

            result = simulated_size(laws, spec, draws or DRAWS, seed, chosen)
    else:
        panel = _panel(steps, spec, source, events, universe, sector, role, exchanges, factors)
        with steps.step(f"studying {counted(len(panel.groups), 'group')} on ordinary dates"):
            from eventstudy.laboratory import own_size, pooled_size

            if dates == 1:
                result = own_size(panel, draws, seed, chosen)
            else:
                result = pooled_size(panel, dates, draws or POOLED_DRAWS, seed, chosen)
    show_size(result)
    if out is not None:
        _write(steps, out, size_files(result, options.parse_formats(formats, SIZE_FORMATS)))


@app.command("power", cls=pages.Command, epilog=_POWER_EXAMPLES)
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
    """How often each test sees an effect.

    Effects are added on day 0; told is also the smallest effect that is seen four times in five. On prices: every
    sector with three shares or more. With --simulate: groups drawn from stated laws.
    """
    steps = Steps(quiet=quiet, verbose=verbose)
    if out is not None:
        check_folder(out)
    factors = None if simulate else options.factor_table(model)
    spec = _spec(model, estimation, windows, seed, simulate, factors)
    chosen = _names(tests)
    from eventstudy.laboratory.power import EFFECTS

    added = EFFECTS if effects is None else tuple(number / 100.0 for number in numbers(effects))
    if any(effect < 0 for effect in added):
        raise typer.BadParameter("--effect: write effects of 0 or more, in per cent")
    if simulate:
        laws = _scenarios(members, correlation, variance, errors, unequal, thin, own_only, residual_sd, sd_spread)
        with steps.step(f"drawing from {counted(len(laws), 'law')}"):
            from eventstudy.laboratory import simulated_power

            result = simulated_power(laws, spec, added, draws or DRAWS, seed, chosen)
    else:
        panel = _panel(steps, spec, source, events, universe, sector, role, exchanges, factors)
        with steps.step(f"adding effects in {counted(len(panel.groups), 'group')} on ordinary dates"):
            from eventstudy.laboratory import own_power

            result = own_power(panel, added, deviation, draws, seed, chosen)
    show_power(result)
    if out is not None:
        _write(steps, out, power_files(result, options.parse_formats(formats, POWER_FORMATS)))


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

    laws = options.listed(errors, "a law of errors", ERRORS)
    grid = product(laws, numbers(variance), numbers(correlation), numbers(members))
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


def _write(steps: Steps, out: str, files: dict[str, bytes]) -> None:
    """All files or none."""
    with steps.step("writing the tables"), writing(out):
        from eventstudy.files import write_all_atomically

        folder = Path(out)
        folder.mkdir(parents=True, exist_ok=True)
        paths = write_all_atomically({folder / name: content for name, content in files.items()})
    for path in paths:
        show(path)

"""``eventstudy universe``: the securities."""

from __future__ import annotations

import typer

from eventstudy.cli import inputs
from eventstudy.cli.options import Quiet, Role, Sector, UniverseFile, Verbose
from eventstudy.cli.terminal import show, table

app = typer.Typer(help="The shares that a study looks at.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_universe(
    universe: UniverseFile = None,
    sector: Sector = None,
    role: Role = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """List the shares, by role and sector."""
    from eventstudy.catalogue import read_universe
    from eventstudy.catalogue.universe import DONORS

    securities = read_universe(universe)
    if sector not in (None, DONORS) or role not in (None, "benchmark", "control"):
        inputs.chosen_securities(securities, sector=sector, role=role)
    rows = [each for each in securities if role in (None, each.role) and sector in (None, each.sector)]
    if sector is not None:
        rows = [each for each in rows if each.role != "benchmark"]
    order = {name: place for place, name in enumerate((*inputs.OBSERVED_ROLES, "benchmark"))}
    rows.sort(key=lambda each: (order.get(each.role, len(order)), each.sector, each.exchange))
    head = ("ticker", "exchange", "role", "sector", "benchmark", "name")
    show(
        table(head, [(each.ticker, each.exchange, each.role, each.sector, each.benchmark, each.name) for each in rows])
    )


@app.command("check")
def check_universe(universe: UniverseFile = None, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """Read the universe and tell every problem at once."""
    from eventstudy.catalogue import read_universe

    securities = read_universe(universe)
    count = len(securities)
    show(f"{securities.path}: {count} line{'' if count == 1 else 's'}, no problems")

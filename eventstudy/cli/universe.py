"""``eventstudy universe``: the securities."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import typer

from eventstudy.cli import inputs, pages
from eventstudy.cli.options import ROLES, Json, Quiet, Role, Sector, UniverseFile, Verbose
from eventstudy.cli.terminal import show, show_json, table
from eventstudy.errors import InputError
from eventstudy.numbers import counted

if TYPE_CHECKING:
    from eventstudy.catalogue import Security

_EXAMPLES = """
eventstudy universe list --role exposed
eventstudy universe check --universe mine.csv
"""
_LIST_EXAMPLES = """
eventstudy universe list --sector "Autos & parts"
    one sector; TAB completes its name
eventstudy universe list --json
    every column, for a program
"""
_STYLES = {"role": {"exposed": "yellow", "beneficiary": "blue", "control": "dim", "benchmark": "dim"}}
app = typer.Typer(
    cls=pages.Group,
    help="The shares that a study looks at.",
    epilog=_EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", cls=pages.Command, epilog=_LIST_EXAMPLES)
def list_universe(
    universe: UniverseFile = None,
    sector: Sector = None,
    role: Role = None,
    as_json: Json = False,
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
    order = {name: place for place, name in enumerate((*ROLES, "benchmark"))}
    rows.sort(key=lambda each: (order.get(each.role, len(order)), each.sector, each.exchange))
    if as_json:
        show_json({"file": securities.path, "securities": [_record(each) for each in rows]})
        return
    head = ("ticker", "exchange", "role", "sector", "benchmark", "name")
    cells = [(each.ticker, each.exchange, each.role, each.sector, each.benchmark, each.name) for each in rows]
    show(table(head, cells, styles=_STYLES))


def _record(security: Security) -> dict[str, object]:
    """One line of the universe with the keys of its JSON: the file's columns, further ones beside them."""
    from eventstudy.catalogue import UNIVERSE_COLUMNS

    cells = {name: getattr(security, name) for name in UNIVERSE_COLUMNS}
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in cells.items()}
    return {**plain, "characteristics": dict(security.characteristics), "extra": dict(security.extra)}


@app.command("check", cls=pages.Command)
def check_universe(
    universe: UniverseFile = None, as_json: Json = False, quiet: Quiet = False, verbose: Verbose = False
) -> None:
    """Read the universe and tell every problem at once, with file, line and column."""
    from eventstudy.catalogue import read_universe

    try:
        securities = read_universe(universe)
    except InputError as error:
        if as_json:
            show_json(inputs.problems_record(error, "securities"))
        raise
    if as_json:
        show_json({"file": securities.path, "securities": len(securities), "problems": []})
        return
    show(f"{securities.path}: {counted(len(securities), 'line')}, no problems")

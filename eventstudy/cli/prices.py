"""``eventstudy prices``: the price store."""

from __future__ import annotations

import typer

app = typer.Typer(help="The price store.", no_args_is_help=True, rich_markup_mode=None)

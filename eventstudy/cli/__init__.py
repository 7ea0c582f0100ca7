"""The command line: parse, call the public API, print. No arithmetic happens here.

Nothing heavier than typer is imported before a command runs, so that help and usage errors answer at once.
"""

from __future__ import annotations

from eventstudy.cli.app import main

__all__ = ["main"]

"""The command line's reference: what every command says of itself, as it is now."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from typing import Any
from unittest import mock

HEAD = """# Command line

What `eventstudy --help` and every command's `--help` print. Exit codes: 0 done; 1 something a person can correct, told
on standard error; 2 wrong usage. Results go to standard output or to files, progress and messages to standard error.
"""


def commands() -> Iterator[tuple[str, ...]]:
    """Every command that does something, by its words."""
    import typer

    from eventstudy.cli.app import app

    def below(words: tuple[str, ...], command: Any) -> Iterator[tuple[str, ...]]:
        inner = getattr(command, "commands", {})
        if not inner:
            yield words
        for name, each in inner.items():
            if not getattr(each, "hidden", False):
                yield from below((*words, name), each)

    return below((), typer.main.get_command(app))


def help_of(*words: str) -> str:
    """The help of a command, without colour, on lines of 80 letters."""
    from eventstudy.cli.app import main

    told = io.StringIO()
    plain = {"COLUMNS": "80", "TERMINAL_WIDTH": "80", "NO_COLOR": "1", "TERM": "dumb"}
    with mock.patch.dict(os.environ, plain), contextlib.redirect_stdout(told), contextlib.suppress(SystemExit):
        main([*words, "--help"])
    return "\n".join(line.rstrip() for line in told.getvalue().strip().splitlines())


def page() -> str:
    """The page, in Markdown."""
    parts = [HEAD, f"```text\n{help_of()}\n```\n"]
    for words in commands():
        name = " ".join(words)
        parts.append(f"## eventstudy {name} {{ #{'-'.join(words)} }}\n\n```text\n{help_of(*words)}\n```\n")
    return "\n".join(parts)

"""What reaches the terminal: results on stdout, messages on stderr, and no control sequence from any file."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from time import perf_counter

# bidirectional overrides and isolates reorder what a reader sees; categories Cc and Cf hold the rest
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def plain(text: object, *, lines: bool = False) -> str:
    """The text without control characters, escape sequences or direction overrides.

    Parameters
    ----------
    text : object
        Anything that came from a file or from outside.
    lines : bool
        Keep line feeds, for messages that have several lines; otherwise they become spaces.

    Examples
    --------
    >>> plain("Toyota \\x1b[31mMotor\\x1b[0m\\r\\n(7203)")
    'Toyota [31mMotor[0m (7203)'
    """
    pieces = str(text).replace("\r\n", "\n").replace("\r", "\n")
    if not lines:
        pieces = " ".join(pieces.split("\n"))
    pieces = pieces.replace("\t", " ")
    return "".join(sign for sign in pieces if sign == "\n" or unicodedata.category(sign) not in _UNPRINTABLE)


def width_of(text: str) -> int:
    """Columns that the text takes on a terminal: two for a wide East Asian sign, none for a combining one."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def say(message: object) -> None:
    """Print a message on stderr."""
    print(plain(message, lines=True), file=sys.stderr, flush=True)


def show(result: object) -> None:
    """Print a result on stdout; if nobody reads any more, end quietly."""
    try:
        print(plain(result, lines=True), flush=True)
    except BrokenPipeError:
        silence_stdout()
        raise SystemExit(0) from None


def silence_stdout() -> None:
    """Send what is still in the buffer nowhere, so that the interpreter does not stumble over it at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def table(head: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[str] = ()) -> str:
    """An aligned plain-text table; its last column is cut to the terminal's width, never in a pipe.

    Parameters
    ----------
    head : sequence of str
        Column names.
    rows : sequence of sequence
        Cells in the order of ``head``; None prints as nothing.
    right : sequence of str
        Names of the columns that are aligned on the right.

    Examples
    --------
    >>> print(table(("ticker", "n"), [("7203.T", 12), ("MP", 3)], right=("n",)))
    ticker   n
    7203.T  12
    MP       3
    """
    cells = [[plain("" if cell is None else cell) for cell in row] for row in rows]
    widths = [max(map(width_of, column)) for column in zip(head, *cells, strict=True)]
    limit = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    lines = []
    for row in [list(head), *cells]:
        padded = []
        for name, cell, width in zip(head, row, widths, strict=True):
            space = " " * (width - width_of(cell))
            padded.append(space + cell if name in right else cell + space)
        line = "  ".join(padded).rstrip()
        lines.append(_cut(line, limit) if limit else line)
    return "\n".join(lines)


def _cut(line: str, limit: int) -> str:
    """The line, shortened with an ellipsis where it would wrap."""
    if width_of(line) <= limit:
        return line
    kept, used = [], 0
    for sign in line:
        used += width_of(sign)
        if used > limit - 1:
            break
        kept.append(sign)
    return "".join(kept).rstrip() + "…"


class Steps:
    """Tells on stderr what is being done: a spinner on a terminal, timed lines with ``--verbose``, else nothing."""

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self.quiet = quiet
        self.verbose = verbose and not quiet

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Run one step under its name."""
        begun = perf_counter()
        if self.quiet or self.verbose or not sys.stderr.isatty():
            yield
        else:
            from rich.console import Console
            from rich.markup import escape

            with Console(stderr=True).status(escape(plain(what)) + " …", spinner="line"):
                yield
        if self.verbose:
            say(f"{what}: {perf_counter() - begun:.2f} s")

    def note(self, message: object) -> None:
        """A message for the reader, unless they asked for quiet."""
        if not self.quiet:
            say(message)

"""What reaches the terminal: results on stdout, messages on stderr, and no control sequence from any file."""

from __future__ import annotations

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import TextIO

# bidirectional overrides and isolates reorder what a reader sees; categories Cc and Cf hold the rest
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# never the only carrier of a meaning: the words say it too
STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34"}


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


class Styled(str):
    """Text whose words are safe already, with control sequences of this module's own; printed as it is."""

    __slots__ = ()


def in_colour(stream: TextIO) -> bool:
    """Whether the stream is a terminal that shows colours, and the reader wants them (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return False
    return os.name != "nt" or bool(os.environ.get("WT_SESSION") or os.environ.get("ANSICON"))


def styled(text: str, style: str, stream: TextIO) -> Styled:
    """The text in a style of ``STYLES`` where the stream shows it, else as it is.

    Examples
    --------
    >>> import io
    >>> styled("relief", "green", io.StringIO())
    'relief'
    """
    safe = plain(text)
    if not safe.strip() or style not in STYLES or not in_colour(stream):
        return Styled(safe)
    return Styled(f"\x1b[{STYLES[style]}m{safe}\x1b[0m")


def say(message: object) -> None:
    """Print a message on stderr."""
    text = message if isinstance(message, Styled) else plain(message, lines=True)
    print(text, file=sys.stderr, flush=True)


def show(result: object) -> None:
    """Print a result on stdout; if nobody reads any more, end quietly."""
    try:
        print(result if isinstance(result, Styled) else plain(result, lines=True), flush=True)
    except BrokenPipeError:
        silence_stdout()
        raise SystemExit(0) from None


def show_json(value: object) -> None:
    """Print a value as JSON on stdout, every character that could steer a terminal as an escape."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    safe = (
        sign if sign == "\n" or unicodedata.category(sign) not in _UNPRINTABLE else json.dumps(sign)[1:-1]
        for sign in text
    )
    show(Styled("".join(safe)))


def silence_stdout() -> None:
    """Send what is still in the buffer nowhere, so that the interpreter does not stumble over it at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    right: Sequence[str] = (),
    styles: Mapping[str, Mapping[str, str]] | None = None,
    stream: TextIO | None = None,
) -> Styled:
    """An aligned plain-text table; a row is cut to the terminal's width, never in a pipe.

    Parameters
    ----------
    head : sequence of str
        Column names.
    rows : sequence of sequence
        Cells in the order of ``head``; None prints as nothing.
    right : sequence of str
        Names of the columns that are aligned on the right.
    styles : mapping of column to mapping of cell to style, optional
        Cells that a terminal shows in a style of ``STYLES``.
    stream : text file, optional
        Where it will be printed; stdout by default.

    Examples
    --------
    >>> print(table(("ticker", "n"), [("7203.T", 12), ("MP", 3)], right=("n",)))
    ticker   n
    7203.T  12
    MP       3
    """
    stream = sys.stdout if stream is None else stream
    cells = [[plain("" if cell is None else cell) for cell in row] for row in rows]
    widths = [max(map(width_of, column)) for column in zip(head, *cells, strict=True)]
    limit = shutil.get_terminal_size().columns if stream.isatty() else 0
    lines: list[str] = []
    for row in [list(head), *cells]:
        pieces = []
        for name, cell, width in zip(head, row, widths, strict=True):
            space = " " * (width - width_of(cell))
            padded = space + cell if name in right else cell + space
            pieces.append((padded, "bold" if not lines else (styles or {}).get(name, {}).get(cell, "")))
        lines.append(_line(pieces, limit, stream))
    return Styled("\n".join(lines))


def _line(pieces: Sequence[tuple[str, str]], limit: int, stream: TextIO) -> str:
    """One row: its padded cells in their styles, cut where it would wrap."""
    line = "  ".join(text for text, _ in pieces).rstrip()
    kept = _cut(line, limit) if limit else line
    if not in_colour(stream):
        return kept
    done: list[str] = []
    place = 0
    for text, style in pieces:
        done.append(styled(kept[place : place + len(text)], style, stream))
        done.append(kept[place + len(text) : place + len(text) + 2])
        place += len(text) + 2
    return "".join(done)


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
    """Tells on stderr what is being done and what is done; timed lines with ``--verbose``, nothing in a pipe."""

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self.quiet = quiet
        self.verbose = verbose and not quiet

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Run one step under its name; on a terminal with a clock while it runs, and a line when it is done."""
        begun = perf_counter()
        told = not self.quiet and not self.verbose and sys.stderr.isatty()
        if told:
            with _clock(what):
                yield
            say(styled(f"{_mark()} {plain(what)}  {_seconds(perf_counter() - begun)}", "dim", sys.stderr))
        else:
            yield
        if self.verbose:
            say(f"{what}: {perf_counter() - begun:.2f} s")

    def note(self, message: object) -> None:
        """A message for the reader, unless they asked for quiet."""
        if not self.quiet:
            say(message)


@contextmanager
def _clock(what: str) -> Iterator[None]:
    """A spinner with the seconds since it began."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TimeElapsedColumn
    from rich.text import Text

    words = Text(plain(what))
    columns = (SpinnerColumn("line"), "{task.description}", TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(words.markup)
        yield


def _mark() -> str:
    """A tick where the terminal's encoding has one."""
    try:
        "✓".encode(sys.stderr.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "-"
    return "✓"


def _seconds(elapsed: float) -> str:
    """A duration as a reader says it.

    Examples
    --------
    >>> _seconds(0.04), _seconds(8.26), _seconds(131.0)
    ('0.0 s', '8.3 s', '2 min 11 s')
    """
    if elapsed < 60:
        return f"{elapsed:.1f} s"
    return f"{int(elapsed // 60)} min {int(elapsed % 60)} s"

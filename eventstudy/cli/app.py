"""The command ``eventstudy``: its sub-commands, and how a run ends."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, TextIO

import typer

from eventstudy.cli import claims, curve, events, lab, pages, prices, study, universe, welcome
from eventstudy.cli.terminal import say, silence_stdout
from eventstudy.errors import EventStudyError

_EXAMPLES = """
eventstudy                          what is here, and what can be done next
eventstudy events list              the catalogue
eventstudy report --source sample   a whole report, on invented prices
eventstudy report EVENT_ID          one event, on prices from Yahoo Finance
eventstudy events add               an event of your own
eventstudy COMMAND --help           every command has a page of its own
"""
_NEW_OBJECTS = 50_000
app = typer.Typer(
    name="eventstudy",
    cls=pages.Group,
    help="Event studies from a catalogue of announcements: which sectors moved, by how much, how sure.",
    epilog=_EXAMPLES,
    invoke_without_command=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"eventstudy {version('eventstudy-report')}")
        except PackageNotFoundError:
            print("eventstudy, version unknown: run from a source tree that is not installed")
        raise typer.Exit


@app.callback()
def _root(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    if ctx.invoked_subcommand is None:
        welcome.welcome()


app.command("report", cls=pages.Command, epilog=study.REPORT_EXAMPLES)(study.report)
app.command("run", cls=pages.Command, epilog=study.RUN_EXAMPLES)(study.run)
app.command("claims", cls=pages.Command, epilog=claims.EXAMPLES)(claims.claims)
app.command("curve", cls=pages.Command, epilog=curve.EXAMPLES)(curve.curve)
app.add_typer(events.app, name="events")
app.add_typer(universe.app, name="universe")
app.add_typer(prices.app, name="prices")
app.add_typer(lab.app, name="lab")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows ``eventstudy`` on the command line; by default the process's own arguments.

    Returns
    -------
    int
        0 done; 1 something a person can correct, told on stderr; 2 wrong usage; 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    _one_thread_of_algebra()
    try:
        with warnings.catch_warnings(), _seldom_collected():
            warnings.showwarning = _show_warning
            app(args=None if arguments is None else list(arguments), prog_name="eventstudy")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except EventStudyError as error:
        say(error)
        code = 1
    except KeyboardInterrupt:
        code = 130
    except OSError as error:
        say(_sentence(error))
        code = 1
    except MemoryError:
        say("memory ran out; study fewer events at a time, or shorten --estimation and --window")
        code = 1
    else:
        code = 0
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence_stdout()
    except OSError as error:
        say(_sentence(error))
        silence_stdout()
        code = 1
    if arguments is None:
        gc.freeze()  # the process ends: nobody need look through what it made once more
    return code


def _one_thread_of_algebra() -> None:
    """Let NumPy's linear algebra keep to one thread, unless the user says otherwise.

    A study's matrices are small: a second thread waits longer than it works, on the core that a second process has.
    It is asked for where NumPy is not loaded yet, which reads it once.
    """
    if "numpy" not in sys.modules:
        for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ.setdefault(name, "1")


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Look for cycles after 50,000 new objects, not 700: what a command makes lives until its end, mostly."""
    usual = gc.get_threshold()
    gc.set_threshold(_NEW_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _sentence(error: OSError) -> str:
    """What the system refused, where, and what to do about it."""
    where = os.fspath(error.filename) if isinstance(error.filename, str | os.PathLike) else "the output"
    what = error.strerror or str(error) or type(error).__name__
    return f"{where}: {what[:1].lower()}{what[1:]}; mend that and run the command again"


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Warnings meant for the reader as plain sentences, all others with their place in the code."""
    if issubclass(category, UserWarning):
        say(f"note: {message}")
    else:
        say(f"{category.__name__} at {filename}:{lineno}: {message}")

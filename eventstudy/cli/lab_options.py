"""The options of the laboratory, each named, typed and explained once."""

from __future__ import annotations

from math import isfinite
from typing import Annotated

import typer

from eventstudy.cli import completion, options, pages

WINDOWS = ("0,0", "-1,1", "0,5")
SIZE_FORMATS = ("csv", "json", "md", "svg")
POWER_FORMATS = ("csv", "json", "md")
ERRORS = ("normal", "t4", "skewed")
DRAWS = 2_000
POOLED_DRAWS = 500


def numbers(text: str) -> list[float]:
    """The numbers of a comma-separated list."""
    try:
        found = [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a list of numbers; write for example 0,0.06") from None
    if not found or not all(map(isfinite, found)):
        raise typer.BadParameter(f"{text!r} is not a list of numbers; write for example 0,0.06")
    return found


def _checked_numbers(text: str) -> str:
    numbers(text)
    return text


def _checked_members(text: str) -> str:
    if any(number != int(number) or number < 1 for number in numbers(text)):
        raise typer.BadParameter(f"{text!r} is not a list of group sizes; write for example 5,30")
    return text


def _checked_errors(text: str) -> str:
    options.listed(text, "a law of errors", ERRORS)
    return text


def _checked_tests(text: str | None) -> str | None:
    from eventstudy.specification import CLOSED_FORM_TESTS

    if text is not None:
        options.listed(text, "a closed-form test", CLOSED_FORM_TESTS)
    return text


Windows = Annotated[
    list[str] | None,
    typer.Option(
        "--window",
        metavar="FIRST,LAST",
        callback=options.checked_windows,
        help="Event window; repeatable. [default: 0,0 -1,1 0,5; with --simulate 0,0]",
        show_default=False,
        rich_help_panel=pages.HOW,
    ),
]
Exchanges = Annotated[
    list[str] | None,
    typer.Option(
        "--exchange",
        metavar="MIC",
        help="Only shares listed there; repeatable.",
        show_default=False,
        rich_help_panel=pages.WHICH,
        autocompletion=completion.exchanges,
    ),
]
Draws = Annotated[
    int | None,
    typer.Option(
        "--draws",
        metavar="N",
        min=1,
        help=f"Draws a group. [default: every date; with --dates {POOLED_DRAWS}, with --simulate {DRAWS}]",
        show_default=False,
        rich_help_panel=pages.HOW,
    ),
]
Dates = Annotated[
    int,
    typer.Option(
        "--dates",
        metavar="C",
        min=1,
        help="Pool every group over so many separate dates a draw.",
        rich_help_panel=pages.HOW,
    ),
]
Tests = Annotated[
    str | None,
    typer.Option(
        "--tests",
        metavar="NAME,…",
        callback=_checked_tests,
        help="Only these tests and the headline. [default: all]",
        show_default=False,
        rich_help_panel=pages.HOW,
        autocompletion=completion.tests,
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        help="Also write the tables there.",
        show_default=False,
        rich_help_panel=pages.WRITTEN,
    ),
]
SizeFormat = Annotated[
    str,
    typer.Option(
        "--format",
        metavar=",".join(SIZE_FORMATS),
        callback=options.formats_of(*SIZE_FORMATS),
        help="How, with --out.",
        rich_help_panel=pages.WRITTEN,
        autocompletion=completion.lists(*SIZE_FORMATS),
    ),
]
PowerFormat = Annotated[
    str,
    typer.Option(
        "--format",
        metavar=",".join(POWER_FORMATS),
        callback=options.formats_of(*POWER_FORMATS),
        help="How, with --out.",
        rich_help_panel=pages.WRITTEN,
        autocompletion=completion.lists(*POWER_FORMATS),
    ),
]
Simulate = Annotated[
    bool, typer.Option("--simulate", help="Draw from stated laws in place of prices.", rich_help_panel=pages.LAWS)
]
Members = Annotated[
    str,
    typer.Option(
        "--members", metavar="N,…", callback=_checked_members, help="Observations a group.", rich_help_panel=pages.LAWS
    ),
]
Correlation = Annotated[
    str,
    typer.Option(
        "--correlation",
        metavar="R,…",
        callback=_checked_numbers,
        help="Correlation between residuals of a day.",
        rich_help_panel=pages.LAWS,
    ),
]
Variance = Annotated[
    str,
    typer.Option(
        "--variance",
        metavar="F,…",
        callback=_checked_numbers,
        help="Factor of day 0's variance.",
        rich_help_panel=pages.LAWS,
    ),
]
Errors = Annotated[
    str,
    typer.Option(
        "--errors",
        metavar=",".join(ERRORS),
        callback=_checked_errors,
        help="Law of the errors.",
        rich_help_panel=pages.LAWS,
        autocompletion=completion.lists(*ERRORS),
    ),
]
Unequal = Annotated[
    bool, typer.Option("--unequal", help="Estimation windows of unequal length.", rich_help_panel=pages.LAWS)
]
Thin = Annotated[
    float,
    typer.Option(
        "--thin", metavar="R", min=0.0, max=0.49, help="Share of sessions without a trade.", rich_help_panel=pages.LAWS
    ),
]
OwnOnly = Annotated[
    bool, typer.Option("--own-only", help="--variance leaves the common part as it is.", rich_help_panel=pages.LAWS)
]
ResidualSd = Annotated[
    float,
    typer.Option(
        "--residual-sd", metavar="R", help="Residual deviation a session, decimal.", rich_help_panel=pages.LAWS
    ),
]
SdSpread = Annotated[
    float,
    typer.Option(
        "--sd-spread",
        metavar="R",
        min=0.0,
        help="Spread of the deviation's logarithm over shares.",
        rich_help_panel=pages.LAWS,
    ),
]
Effects = Annotated[
    str | None,
    typer.Option(
        "--effect",
        metavar="P,…",
        callback=lambda text: text and _checked_numbers(text),
        help="Effects on day 0, per cent. [default: 0.25 to 10]",
        show_default=False,
        rich_help_panel=pages.HOW,
    ),
]
Deviation = Annotated[
    float,
    typer.Option(
        "--deviation",
        metavar="F",
        min=0.0,
        help="Factor of day 0's abnormal return, own prices.",
        rich_help_panel=pages.HOW,
    ),
]

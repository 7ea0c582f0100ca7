"""The options that several commands share, each named, typed and explained once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli import completion, pages
from eventstudy.spelling import did_you_mean

if TYPE_CHECKING:
    from eventstudy import StudySpec
    from eventstudy.models import ReturnModel
    from eventstudy.prices.factors import FactorTable

# words that the package knows too, here so that help and usage errors need not import it
WINDOWS = ("-2,-1", "0,0", "-1,1", "0,5")
RUN_UP = (-2, -1)
MODELS = ("mean", "market-adjusted", "market", "sector", "scholes-williams", "dimson", "robust", "garch")
FACTORS = "factors:"
REPORT_FORMATS = ("html", "pdf")
TABLE_FORMATS = ("csv", "parquet", "json", "latex", "markdown", "xlsx")
SOURCES = ("sample", "yahoo")
ROLES = ("exposed", "beneficiary", "control")
PARTIAL = ("exclude", "truncate")
DIRECTIONS = ("restriction", "escalation", "relief", "support")
CONFIDENCES = ("confirmed", "reported", "uncertain")
FARTHEST = 2600  # sessions, about ten years: a study holds every day of a window for every share
_WINDOW = re.compile(r"\s*\[?\s*([+-]?\d{1,5})\s*,\s*([+-]?\d{1,5})\s*\]?\s*")


def parse_window(text: str) -> tuple[int, int]:
    """First and last event day, as in ``-1,1`` or ``[-1,+1]``.

    Examples
    --------
    >>> parse_window("-260,-11"), parse_window("[-1,+1]")
    ((-260, -11), (-1, 1))
    """
    found = _WINDOW.fullmatch(text.replace("\N{MINUS SIGN}", "-"))
    if found is None:
        raise typer.BadParameter(f"{text!r} is not two event days; write FIRST,LAST, for example -1,1")
    first, last = int(found[1]), int(found[2])
    if first > last:
        raise typer.BadParameter(f"{text!r} ends before it begins; write the earlier day first: {last},{first}")
    if max(-first, last) > FARTHEST:
        raise typer.BadParameter(
            f"{text!r} reaches more than {FARTHEST} sessions, about ten years, from the event; write a shorter window"
        )
    return first, last


def parse_date(text: str) -> str:
    """The text, if it is a date."""
    try:
        date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date; write YYYY-MM-DD, for example 2025-04-04") from None
    return text


def _parse_as_of(text: str) -> str:
    try:
        as_moment(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return text


def unknown(text: str, what: str, known: Sequence[str], *more: str) -> typer.BadParameter:
    """The error for a word that is none of the known ones: all of them, and the likeliest.

    Examples
    --------
    >>> print(unknown("markt", "a model", ("mean", "market")))
    'markt' is not a model; choose from mean, market; did you mean market?
    """
    near = did_you_mean(text, known)
    told = f"{text!r} is not {what}; choose from {', '.join((*known, *more))}"
    return typer.BadParameter(f"{told}; {near}" if near else told)


def _parse_model(text: str) -> str:
    if text == FACTORS:
        raise typer.BadParameter("'factors:' names no file; write factors:FILE, for example factors:ff3.csv")
    if text not in MODELS and not text.startswith(FACTORS):
        raise unknown(text, "a model", MODELS, f"{FACTORS}FILE")
    return text


def listed(text: str, what: str, known: Sequence[str]) -> tuple[str, ...]:
    """The known words of a comma-separated list, each once, in the order given.

    Examples
    --------
    >>> listed("csv, json,csv", "a format", ("csv", "json"))
    ('csv', 'json')
    """
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    wrong = [name for name in names if name not in known]
    if wrong or not names:
        raise unknown((wrong or [text])[0], what, known)
    return names


def parse_formats(text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The formats named in a comma-separated list."""
    return listed(text.lower(), "a format", known)


def formats_of(*known: str) -> Callable[[str], str]:
    """What checks an option that names formats."""

    def check(text: str) -> str:
        parse_formats(text, known)
        return text

    return check


def one_of(what: str, *known: str) -> Callable[[str], str]:
    """What checks an option that is one word of several."""

    def check(text: str) -> str:
        if text not in known:
            raise unknown(text, what, known)
        return text

    return check


def _table_formats(text: str) -> str:
    if "xlsx" in parse_formats(text, TABLE_FORMATS) and find_spec("xlsxwriter") is None:
        # told before the study is run
        raise typer.BadParameter("'xlsx' needs XlsxWriter; pip install 'eventstudy-report[excel]'")
    return text


def checked_window(text: str) -> str:
    """The text, if it is a window."""
    parse_window(text)
    return text


def checked_windows(texts: list[str] | None) -> list[str]:
    """The texts, if each is a window."""
    return [checked_window(text) for text in texts or ()]


def as_date(text: str | None) -> date | None:
    """The date of an option that has been checked already."""
    return date.fromisoformat(text) if text else None


def as_moment(text: str | None) -> date | datetime | None:
    """The date, or the instant with its offset from UTC, of ``--as-of``.

    Examples
    --------
    >>> as_moment("2026-01-31"), as_moment("2026-01-31T08:15:00Z")
    (datetime.date(2026, 1, 31), datetime.datetime(2026, 1, 31, 8, 15, tzinfo=datetime.timezone.utc))
    """
    if not text:
        return None
    try:
        if len(text) <= 10:
            return date.fromisoformat(text)
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is neither a date nor an instant; write 2026-01-31 or 2026-01-31T08:15:00Z"
        ) from None
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC; write {text}Z, or {text}+09:00 for Tokyo")
    return instant


EventIds = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="EVENT_ID",
        help="Events to study; none: the whole catalogue. See: eventstudy events list",
        show_default=False,
        autocompletion=completion.event_ids,
    ),
]
EventsFile = Annotated[
    str | None,
    typer.Option(
        "--events",
        metavar="FILE",
        help="The catalogue. [default: ./events.csv, else the packaged copy]",
        rich_help_panel=pages.WHICH,
    ),
]
UniverseFile = Annotated[
    str | None,
    typer.Option(
        "--universe",
        metavar="FILE",
        help="The shares. [default: ./universe.csv, else the packaged copy]",
        rich_help_panel=pages.WHICH,
    ),
]
Source = Annotated[
    str,
    typer.Option(
        "--source",
        metavar="NAME",
        help="yahoo: downloaded and kept in prices/; sample: invented prices with planted effects; or the PATH of "
        "price files of your own.",
        autocompletion=completion.choices(*SOURCES),
        rich_help_panel=pages.PRICES,
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE|INSTANT",
        callback=lambda text: text and _parse_as_of(text),
        help="Read the price store as it stood then (a date: at its end, UTC); nothing is downloaded.",
        rich_help_panel=pages.PRICES,
    ),
]
Episode = Annotated[
    str | None,
    typer.Option(
        "--episode",
        metavar="ID",
        help="Only events of this episode.",
        autocompletion=completion.episodes,
        rich_help_panel=pages.WHICH,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DATE",
        callback=lambda text: text and parse_date(text),
        help="Only from this date on, YYYY-MM-DD.",
        rich_help_panel=pages.WHICH,
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="DATE",
        callback=lambda text: text and parse_date(text),
        help="Only up to this date.",
        rich_help_panel=pages.WHICH,
    ),
]
Sector = Annotated[
    str | None,
    typer.Option(
        "--sector",
        metavar="NAME",
        help="Only shares of this sector.",
        autocompletion=completion.sectors,
        rich_help_panel=pages.WHICH,
    ),
]
Role = Annotated[
    str | None,
    typer.Option(
        "--role",
        metavar="NAME",
        help="Only exposed, beneficiary or control.",
        autocompletion=completion.choices(*ROLES),
        rich_help_panel=pages.WHICH,
    ),
]
Model = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="MODEL",
        callback=_parse_model,
        help=f"What return to expect: {', '.join(MODELS)}, or {FACTORS}FILE, a table of date and one column a factor, "
        "decimal; with a column rf, returns are taken in excess of it.",
        autocompletion=completion.choices(*MODELS, FACTORS),
        rich_help_panel=pages.HOW,
    ),
]
Estimation = Annotated[
    str,
    typer.Option(
        "--estimation",
        metavar="FIRST,LAST",
        callback=checked_window,
        help="Estimation window, in sessions before the event.",
        rich_help_panel=pages.HOW,
    ),
]
Windows = Annotated[
    list[str] | None,
    typer.Option(
        "--window",
        metavar="FIRST,LAST",
        callback=checked_windows,
        help="Event window; repeatable. The run-up -2,-1 is always added. [default: -2,-1 0,0 -1,1 0,5]",
        show_default=False,
        rich_help_panel=pages.HOW,
    ),
]
Partial = Annotated[
    str,
    typer.Option(
        "--partial",
        metavar="exclude|truncate",
        callback=one_of("a rule", *PARTIAL),
        help="A share that stops trading inside a window: left out of it, or judged on the sessions until then.",
        autocompletion=completion.choices(*PARTIAL),
        rich_help_panel=pages.HOW,
    ),
]
Seed = Annotated[
    int,
    typer.Option("--seed", metavar="N", min=0, help="For bootstrap and placebo draws.", rich_help_panel=pages.HOW),
]
Dask = Annotated[
    str | None,
    typer.Option(
        "--dask",
        metavar="ADDRESS|local",
        help="Fit on the workers of a Dask scheduler, such as tcp://10.0.0.5:8786, or on one worker a core of this "
        "machine. The tables are the same.",
        show_default=False,
        rich_help_panel=pages.HOW,
    ),
]
ReportFormat = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="html,pdf",
        callback=formats_of(*REPORT_FORMATS),
        help="Which documents to write.",
        autocompletion=completion.lists(*REPORT_FORMATS),
        rich_help_panel=pages.WRITTEN,
    ),
]
TableFormat = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="NAME,…",
        callback=_table_formats,
        help=f"How to write the tables, one or several of {', '.join(TABLE_FORMATS)}.",
        autocompletion=completion.lists(*TABLE_FORMATS),
        rich_help_panel=pages.WRITTEN,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="As JSON on stdout, for programs.", rich_help_panel=pages.WRITTEN)]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress, no notes.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Say what is done and how long it took.")]


def study_windows(texts: list[str] | None) -> tuple[tuple[int, int], ...]:
    """The windows asked for, each once, with the run-up window that the command line always estimates first.

    Examples
    --------
    >>> study_windows(["0,0", "-1,1", "0,0"])
    ((-2, -1), (0, 0), (-1, 1))
    """
    chosen = [parse_window(text) for text in texts or WINDOWS]
    return tuple(dict.fromkeys([RUN_UP, *chosen]))


def factor_table(model: str) -> FactorTable | None:
    """The factors of ``--model factors:FILE``, read; None for any other model."""
    if not model.startswith(FACTORS):
        return None
    from eventstudy import read_factors

    return read_factors(model.removeprefix(FACTORS))


def models_by_name() -> dict[str, Callable[[], ReturnModel]]:
    """What each name of ``MODELS`` makes."""
    import eventstudy as es

    return {
        "mean": es.MeanAdjusted,
        "market-adjusted": es.MarketAdjusted,
        "market": es.MarketModel,
        "sector": es.SectorModel,
        "scholes-williams": es.ScholesWilliams,
        "dimson": es.Dimson,
        "robust": es.RobustMarketModel,
        "garch": es.GarchMarketModel,
    }


def study_spec(
    *,
    model: str,
    estimation: str,
    windows: list[str] | None,
    seed: int,
    tests: tuple[str, ...] | None = None,
    factors: FactorTable | None = None,
    partial: str = PARTIAL[0],
) -> StudySpec:
    """The specification that the options describe; a factor table is the model where there is one."""
    import eventstudy as es

    models = models_by_name()
    days = parse_window(estimation)
    fewest = es.StudySpec().min_estimation
    if days[1] - days[0] + 1 < fewest:
        raise typer.BadParameter(
            f"{estimation!r} holds {days[1] - days[0] + 1} sessions, and a fit needs {fewest} returns; begin at "
            f"{days[1] - fewest + 1} or earlier",
            param_hint="'--estimation'",
        )
    chosen = models[model]() if factors is None else es.FactorModel(factors.factors, excess=bool(factors.riskless))
    # placebo and wild bootstrap feed the readings and the pooled headlines
    named = (*es.StudySpec().tests, "placebo", "wild_bootstrap_t") if tests is None else tests
    try:
        return es.StudySpec(
            model=chosen,
            estimation=days,
            windows=study_windows(windows),
            tests=named,
            seed=seed,
            partial=partial,
        )
    except ValueError as error:
        name, _, rest = str(error).partition(": ")
        hint = {"estimation": "'--estimation'", "windows": "'--window'"}.get(name)
        raise typer.BadParameter(rest if hint else str(error), param_hint=hint) from None

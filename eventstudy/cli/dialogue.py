"""The questions of ``events add``: each answer is judged at once, and asked for again with the reason."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

import typer

from eventstudy.cli.options import CONFIDENCES, DIRECTIONS
from eventstudy.cli.terminal import plain, say, styled
from eventstudy.errors import UsageError
from eventstudy.spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventstudy.catalogue import Events

_NOT_IN_ID = re.compile(r"[^a-z0-9]+")
_SPACED = re.compile(r"(\d{4}-\d\d-\d\d)[T ]+(\d\d:\d\d(?::\d\d)?) *([+-]\d\d:?\d\d|Z)?", re.ASCII)
_MAX_SLUG = 60
_SHOWN_EPISODES = 6
_UNSAID = ("a", "an", "and", "at", "for", "in", "of", "on", "the", "to", "with")

Decision = Literal["append", "drop", "changed"]


class Question(NamedTuple):
    """One column: how it is asked for, and what is said before."""

    column: str
    text: str
    required: bool = False
    choices: tuple[str, ...] = ()
    hint: str = ""


QUESTIONS = (
    Question(
        "announced_at",
        "When did it become public?",
        required=True,
        hint="With hour and offset from UTC, 2026-01-06T16:38+08:00, or a bare date where the hour is unknown.\n"
        "The hour decides the event day: before or after each exchange's close.",
    ),
    Question("title", "Title, one line", required=True),
    Question("event_id", "Event id", required=True),
    Question(
        "direction",
        "Direction",
        required=True,
        choices=DIRECTIONS,
        hint="restriction: a measure; escalation: a threat or a step towards one; relief: an easing; support: aid.",
    ),
    Question(
        "confidence",
        "Confidence",
        required=True,
        choices=CONFIDENCES,
        hint="confirmed: official or on record; reported: credible press; uncertain: neither.",
    ),
    Question("episode", "Episode"),
    Question("target", "Target: against whom, several separated by semicolons"),
    Question("actor", "Actor: who acted"),
    Question("materials", "Materials, several separated by semicolons"),
    Question("summary", "Summary, a sentence or two"),
    Question("source_title", "Title of the source"),
    Question("source_publisher", "Publisher of the source"),
    Question("source_date", "Date of the source, YYYY-MM-DD"),
    Question("source_url", "Address of the source"),
)


def answers(path: str, catalogue: Events, given: Mapping[str, str], *, ask_all: bool) -> dict[str, str]:
    """The cells of a new row: those given, and those that the reader types.

    Parameters
    ----------
    path : str
        The catalogue whose rules and whose ids count.
    catalogue : Events
        What it holds.
    given : mapping of str to str
        Cells that stood on the command line. They are judged before anything is asked.
    ask_all : bool
        Ask for the columns that may stay empty too.

    Raises
    ------
    UsageError
        If nobody answers.
    KeyboardInterrupt
        If the reader interrupts.
    """
    from eventstudy.catalogue import problems_of_cell
    from eventstudy.errors import InputError

    wrong = [problem for column, text in given.items() for problem in problems_of_cell(path, column, text)]
    if wrong:
        raise InputError("the new event", wrong)
    values = dict(given)
    asked = [each for each in QUESTIONS if each.column not in values and (each.required or ask_all)]
    with _somebody_answers():
        if any(not each.required for each in asked):
            say("An empty answer takes what stands in brackets, or leaves the cell empty. Ctrl-C ends without a trace.")
        for question in asked:
            values[question.column] = ask(question, path, catalogue, values)
    return values


def decision(path: str, base: str, catalogue: Events, values: dict[str, str]) -> Decision:
    """What shall be done with the row that was just shown; a cell that is named is asked for anew."""
    columns = [question.column for question in QUESTIONS]
    text = f"Append it to {plain(path)}? yes, no, or the name of a cell to change"
    with _somebody_answers():
        while True:
            answer = str(typer.prompt(text, default="yes", err=True)).strip().casefold()
            if answer in ("y", "yes", "n", "no"):
                return "append" if answer[0] == "y" else "drop"
            column = nearest(answer.replace(" ", "_"), columns)
            if column:
                question = next(each for each in QUESTIONS if each.column == column)
                values[column] = ask(question, base, catalogue, values)
                return "changed"
            say(f"  the cells are {', '.join(columns)}")


def confirmed(question: str) -> bool:
    """A plain yes or no."""
    with _somebody_answers():
        return typer.confirm(question, default=True, err=True)


def ask(question: Question, path: str, catalogue: Events, values: Mapping[str, str]) -> str:
    """One answer that the file would take."""
    for line in filter(None, [*question.hint.splitlines(), *_from_catalogue(question.column, catalogue)]):
        say(styled(f"  {line}", "dim", sys.stderr))
    default = values.get(question.column) or _default(question.column, catalogue, values)
    text = question.text
    if question.choices:
        text += ": " + ", ".join(f"{place} {name}" for place, name in enumerate(question.choices, start=1))
    required = None if question.required else ""
    shown = bool(default)
    return str(
        typer.prompt(
            text,
            default=default or required,
            show_default=shown,
            err=True,
            value_proc=_judge(question, path),
        )
    )


def _judge(question: Question, path: str) -> Callable[[object], str]:
    """What turns an answer into a cell, or refuses it with the reason, upon which it is asked for again."""
    from eventstudy.catalogue import problems_of_cell

    def judge(answer: object) -> str:
        text = _chosen(str(answer).strip(), question.choices)
        if question.column == "announced_at":
            text = _joined(text)
        for problem in problems_of_cell(path, question.column, text)[:1]:
            raise typer.BadParameter(plain(f"{problem.what}; {problem.remedy}"))
        return text

    return judge


def _joined(moment: str) -> str:
    """Date, time and offset without the blanks that people write between them.

    Examples
    --------
    >>> _joined("2026-01-06 16:38 +08:00")
    '2026-01-06T16:38+08:00'
    """
    found = _SPACED.fullmatch(moment)
    return f"{found[1]}T{found[2]}{found[3] or ''}" if found else moment


def _chosen(answer: str, choices: Sequence[str]) -> str:
    """The choice meant by its number, its name or its beginning; else the answer as it stands."""
    if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(choices):
        return choices[int(answer) - 1]
    begun = [name for name in choices if answer and name.startswith(answer.casefold())]
    return begun[0] if len(begun) == 1 else answer


def _default(column: str, catalogue: Events, values: Mapping[str, str]) -> str:
    """What an empty answer means, where there is something likely."""
    if column == "announced_at":
        return date.today().isoformat()
    if column == "event_id":
        return free_id(values.get("announced_at", ""), values.get("title", ""), {each.event_id for each in catalogue})
    if column == "direction":
        return "restriction"
    if column == "confidence":
        return "reported"
    return ""


def free_id(announced_at: str, title: str, taken: set[str]) -> str:
    """An id that is still free, of the day and the first words of the title.

    Examples
    --------
    >>> free_id("2026-03-02T09:00+08:00", "A ban on the export of gallium to Japan", set())
    '2026-03-02-ban-export-gallium-japan'
    >>> free_id("2026-03-02", "Truce", {"2026-03-02-truce"})
    '2026-03-02-truce-2'
    """
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    words = [word for word in _NOT_IN_ID.split(letters) if word and word not in _UNSAID]
    slug = ""
    for word in words[:5]:
        longer = f"{slug}-{word}"
        slug = longer if len(longer) <= _MAX_SLUG else slug
    base = f"{announced_at[:10]}{slug or '-event'}"
    free = base
    number = 1
    while free in taken:
        number += 1
        free = f"{base}-{number}"
    return free


def _from_catalogue(column: str, catalogue: Events) -> list[str]:
    """What the file at hand suggests for a column."""
    if column == "episode":
        latest = sorted(catalogue, key=lambda event: event.announced_date, reverse=True)
        names = list(dict.fromkeys(each.episode for each in latest if each.episode != each.event_id))
        told = ", ".join(plain(name) for name in names[:_SHOWN_EPISODES])
        return [f"Events of one episode share a chapter; the latest are {told}." if told else ""]
    if column == "target":
        from eventstudy.catalogue import TARGET_MARKETS

        return [f"Shares listed there count as exposed: {', '.join(TARGET_MARKETS)}. Others, or none: all markets."]
    return []


@contextmanager
def _somebody_answers() -> Iterator[None]:
    """An end of input told with the way to do without questions; Ctrl-C stays what it is."""
    try:
        yield
    except typer.Abort as ended:
        if isinstance(ended.__context__, KeyboardInterrupt):
            print(file=sys.stderr)
            raise KeyboardInterrupt from None
        raise UsageError(
            "the event is not complete and nobody answers; give --id, --announced-at, --title, --direction and "
            "--confidence as options, with --yes; nothing was written"
        ) from None

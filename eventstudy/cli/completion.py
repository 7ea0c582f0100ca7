"""What the shell offers after TAB: ids, sectors, roles and tickers of the files at hand, and fixed choices.

Only the two catalogue files are read, without any heavy library; where they cannot be read, nothing is offered.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from eventstudy.errors import EventStudyError

if TYPE_CHECKING:
    from eventstudy.catalogue import Event, Security

Offer = list[tuple[str, str]]
_LONGEST_HELP = 60
# bash inserts what it is given as it stands
_BASH = "complete_bash"
_SPECIAL = re.compile(r"([^A-Za-z0-9_./:=@%+,^-])")
# zsh evaluates what it is given: words from a file must hold nothing that ends a quotation or runs a command
_UNSAFE = re.compile(r"""[\\$`"'!\x00-\x1f]""")


def event_ids(ctx: Any, args: list[str], incomplete: str) -> Offer:
    """Ids of the catalogue that were not given yet, the latest first, with their titles."""
    given = ctx.params.get("event_ids") or ()
    latest = sorted(_events(ctx), key=lambda event: event.announced_date.isoformat(), reverse=True)
    return _offer(((each.event_id, each.title) for each in latest if each.event_id not in given), incomplete)


def episodes(ctx: Any, args: list[str], incomplete: str) -> Offer:
    """Episodes of the catalogue, the latest first."""
    latest = sorted(_events(ctx), key=lambda event: event.announced_date.isoformat(), reverse=True)
    return _offer(((each.episode, "") for each in latest if each.episode != each.event_id), incomplete)


def sectors(ctx: Any, args: list[str], incomplete: str) -> Offer:
    """Sectors of the universe that can be studied."""
    return _offer(((each.sector, each.role) for each in _universe(ctx) if each.is_observation), incomplete)


def exchanges(ctx: Any, args: list[str], incomplete: str) -> Offer:
    """Exchanges of the universe."""
    return _offer(((each.exchange, "") for each in _universe(ctx)), incomplete)


def benchmarks(ctx: Any, args: list[str], incomplete: str) -> Offer:
    """Tickers behind ``NAME=MIC:``, benchmarks first; the exchanges before."""
    lines = list(_universe(ctx))
    name, equals, rest = incomplete.partition("=")
    if not equals:
        return []
    before = rest.rpartition(",")[0] + "," if "," in rest else ""
    mic, colon, _ = rest.removeprefix(before).partition(":")
    if not colon:
        return _offer(((f"{name}={before}{each.exchange}:", "") for each in lines), incomplete)
    lines.sort(key=lambda line: line.role != "benchmark")
    return _offer(((f"{name}={before}{mic}:{each.ticker}", each.name) for each in lines), incomplete)


def choices(*known: str) -> Callable[[Any, list[str], str], Offer]:
    """A completion of fixed words."""

    def complete(ctx: Any, args: list[str], incomplete: str) -> Offer:
        return _offer(((word, "") for word in known), incomplete)

    return complete


def lists(*known: str) -> Callable[[Any, list[str], str], Offer]:
    """A completion of comma-separated fixed words; those that stand there already are not offered again."""

    def complete(ctx: Any, args: list[str], incomplete: str) -> Offer:
        before = incomplete.rpartition(",")[0]
        given = before.split(",") if before else []
        lead = f"{before}," if before else ""
        return _offer(((lead + word, "") for word in known if word not in given), incomplete)

    return complete


def tests(ctx: Any, args: list[str], incomplete: str) -> Offer:
    """Names of closed-form tests."""
    from eventstudy.specification import CLOSED_FORM_TESTS

    return lists(*CLOSED_FORM_TESTS)(ctx, args, incomplete)


def _events(ctx: Any) -> Iterable[Event]:
    from eventstudy.catalogue import read_events

    try:
        return read_events(ctx.params.get("events"))
    except (EventStudyError, OSError):
        return ()  # a fault of the file is told by the command, never between two keys


def _universe(ctx: Any) -> Iterable[Security]:
    from eventstudy.catalogue import read_universe

    try:
        return read_universe(ctx.params.get("universe"))
    except (EventStudyError, OSError):
        return ()


def _offer(words: Iterable[tuple[str, str]], incomplete: str) -> Offer:
    """Words that begin as typed, each once, safe for the terminal and for the shell that asks."""
    from eventstudy.cli.terminal import plain

    found = {}
    for word, told in words:
        if word.startswith(incomplete) and word not in found and word == plain(word) and not _UNSAFE.search(word):
            found[word] = _UNSAFE.sub("", plain(told))[:_LONGEST_HELP]
    in_bash = any(name.endswith("_COMPLETE") and value == _BASH for name, value in os.environ.items())
    return [(_SPECIAL.sub(r"\\\1", word) if in_bash else word, told) for word, told in found.items()]

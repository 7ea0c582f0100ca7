"""Words of part 9b: what the prices are worth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from eventstudy.report.wording import numbers

HEADS: Mapping[str, str] = {
    "line": "Line",
    "finding": "Finding",
    "sessions": "Sessions",
    "detail": "What was seen",
}
TOPIC = "What the prices are worth"
NO_DOUBT_FINDING = "The price checks doubt nothing"
DOUBTS = "Doubts"
DOUBTS_REST = "what may be wrong in the source; nothing is changed"
FACTS = "Facts"
FACTS_REST = "what happened in the market, or did not come"
TABLE_TITLE = "Price checks"
TABLE_SUBTITLE = "Those next to an announcement first; many findings of one kind for one line are told in one"
TICKER = "Ticker"
TABLE_NOTE = "Nothing is repaired: a doubt that is borne out is mended at the source, or the line left out."
ALL_SESSIONS = "all"


def nothing_found(given: object) -> str:
    return "The checks found nothing in these prices." if given is not None else "No prices given."


def all_findings(total: int) -> str:
    return f"All {numbers.integer(total)} findings"


def shown_of(most: int, count: int, rest: str) -> str:
    return f"{most} of {numbers.integer(count)} shown; {rest}"


def sessions_many(count: int, first: date, last: date) -> str:
    return f"{numbers.integer(count)}, {first} to {last}"


def session_span(first: date, last: date) -> str:
    return f"{first}" if first == last else f"{first} to {last}"


def limit_closes(limits: int) -> str:
    return f"{numbers.integer(limits)} closes stood at a daily limit"


def no_doubts(told: str) -> str:
    return f"The price checks doubt nothing{f'; {told}' if told else ''}"


def places(count: int) -> str:
    return f"{numbers.integer(count)} {'place' if count == 1 else 'places'}"


def beside(close: int) -> str:
    return f", {numbers.number_word(close)} of them within two weeks of an announcement"


def finding(places: str, beside: str, told: str) -> str:
    return f"The price checks doubt {places} in the prices{beside}{f'; {told}' if told else ''}"

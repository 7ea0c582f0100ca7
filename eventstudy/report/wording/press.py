"""Words of part 7: what the press reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eventstudy.report.wording import numbers

HEADS: Mapping[str, str] = {
    "instrument": "Instrument",
    "session": "Session",
    "printed": "Printed as",
    "reported": "Reported, %",
    "measured": "Measured, %",
    "reading": "Reading",
    "publisher": "Publisher",
}
TOPIC = "What the press reported"
NOT_CHECKED_FINDING = "Printed moves cannot be checked here"
NOT_CHECKED = "Real reports cannot be audited against invented prices."
NONE_ON_FILE_FINDING = "No printed move is on file"
NONE_ON_FILE = "The catalogue holds no reported price move for these events."
TABLE_TITLE = "Reported and measured moves"
TABLE_SUBTITLE = (
    "Raw returns, close to close, local currency. Agreement: within 0.25 points, or the rounding of the printed figure"
)
TICKER = "Ticker"
NO_PRICE = "no price for this session"
UNCONFIRMED_WITHIN = "? Within the session: closes cannot confirm it"
UNCONFIRMED_HIGH = "? High of the day: closes cannot confirm it"
UNCONFIRMED_LOW = "? Low of the day: closes cannot confirm it"
ANOTHER_CAUSE = "Another cause was stated"
NOT_COMPARABLE = "? Neither a close nor a high or low: cannot be checked"
PRINTED_WITHIN = "? Printed within the session; not testable: no price series"
NOT_TESTABLE = "? Not testable: no price series"
HIGH_OR_LOW_OF_SESSION = "the session’s high or low"
PRICE_WITHIN = "a price within the session"


def all_moves(count: int) -> str:
    return f"All {numbers.integer(count)} printed moves"


def high_or_low(reported: float) -> str:
    return {True: " with the day’s high", False: " with the day’s low"}[reported > 0]


def agrees(basis: str, where: str, exact: bool) -> str:
    return f"✓ Agrees{where if basis == 'intraday' else '' if exact else ' within rounding'}"


def differs(size: str) -> str:
    return f"≠ Differs by {size} points"


def one_verdict(agree: int, differ: int) -> str:
    return "agrees with the prices" if agree else "differs from the prices" if differ else "cannot be checked"


def one_move(word: str) -> str:
    return f"The one printed move {word}"


def agree_count(agree: int) -> str:
    return f"{numbers.number_word(agree)} {'agrees' if agree == 1 else 'agree'} with the prices"


def differ_count(differ: int) -> str:
    return f"{numbers.number_word(differ)} {'differs' if differ == 1 else 'differ'}"


def unchecked_count(rest: int) -> str:
    return f"{numbers.number_word(rest)} cannot be checked"


def none_checked(total: str) -> str:
    return f"None of {total} printed moves can be checked"


def of_total(total: str, parts: Sequence[str]) -> str:
    return f"Of {total} printed moves {numbers.listed(parts)}"


def printed_as(words: str, named: Sequence[str]) -> str:
    return f"Printed as {words}: {numbers.listed(named, most=12)}."


def closes_cannot(count: int) -> str:
    return f"Closes cannot confirm {'it' if count == 1 else 'them'}."

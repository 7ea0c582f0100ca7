"""Part 7: do printed moves hold."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date

from eventstudy.report import wording
from eventstudy.report.chapter import Chapter
from eventstudy.report.evidence import as_date, number, records, text
from eventstudy.report.model import (
    Column,
    Empty,
    LinkCell,
    MissingCell,
    NumberCell,
    Row,
    RowGroup,
    Section,
    Table,
    TextCell,
)
from eventstudy.report.wording import numbers
from eventstudy.report.wording import press as say

MOST_ROWS, MOST_ON_PAPER = 18, 9
_EXTREME = re.compile(r"as (much|high|low|little) as|\b(high|low|peak|trough|limit)\b", re.IGNORECASE)
UNCONFIRMED = ("high_unconfirmed", "low_unconfirmed")


@dataclass(frozen=True)
class _Claim:
    """One printed move beside the measured one, in decimals."""

    instrument: str
    name: str
    session: date | None
    qualifier: str
    basis: str
    reported: float
    measured: float
    difference: float
    reading: str
    publisher: str
    url: str

    @property
    def label(self) -> str:
        return self.name or self.instrument

    @property
    def is_extreme(self) -> bool:
        """Whether it was printed as the session's high or low, not as a price seen on the way."""
        return bool(_EXTREME.search(self.qualifier))

    @property
    def decimals(self) -> int:
        """As many as were printed, one at least."""
        digits = f"{100 * self.reported:.8f}".rstrip("0").partition(".")[2]
        return min(max(len(digits), 1), 2)


def build(chapter: Chapter) -> Section:
    """Table 4: every printed move that can be held against the prices."""
    number_, anchor = chapter.part(7), chapter.anchored("press")
    results = chapter.evidence.results
    if results.simulated:
        return _empty(chapter, say.NOT_CHECKED_FINDING, say.NOT_CHECKED)
    ids = {event.event_id for event in chapter.events}
    claims = _claims(chapter, ids)
    counted = [claim for claim in claims if claim.reading != "placebo"]
    if not counted:
        return _empty(chapter, say.NONE_ON_FILE_FINDING, say.NONE_ON_FILE)
    full = [_row(claim) for claim in claims]
    shown, on_paper = _selection(counted, MOST_ROWS), _selection(counted, MOST_ON_PAPER)
    folded = len(shown) < len(claims)
    table = Table(
        id=chapter.anchored("table-4"),
        label=chapter.label(wording.TABLE, 4),
        title=say.TABLE_TITLE,
        subtitle=say.TABLE_SUBTITLE,
        columns=(
            Column("instrument", say.HEADS["instrument"], grow=2.0, second=say.TICKER),
            Column("session", say.HEADS["session"], wrap=False),
            Column("printed", say.HEADS["printed"], phone=False),
            Column("reported", say.HEADS["reported"], "number"),
            Column("measured", say.HEADS["measured"], "number"),
            Column("reading", say.HEADS["reading"], "reading", grow=2.0),
            Column("publisher", say.HEADS["publisher"], "link", phone=False),
        ),
        groups=(RowGroup(tuple(_row(claim) for claim in shown)),),
        full=(RowGroup(tuple(full)),) if folded else (),
        full_label=say.all_moves(len(claims)) if folded or len(on_paper) < len(shown) else "",
        paper=(RowGroup(tuple(_row(claim) for claim in on_paper)),) if len(on_paper) < len(shown) else (),
    )
    sentence = _within_the_session(counted)
    paragraphs = ((sentence,),) if sentence else ()
    return Section(number_, say.TOPIC, _finding(counted), anchor, paragraphs, (table,))


def _empty(chapter: Chapter, finding: str, why: str) -> Section:
    return Section(chapter.part(7), say.TOPIC, finding, chapter.anchored("press"), blocks=(Empty(why),))


def _claims(chapter: Chapter, ids: set[str]) -> list[_Claim]:
    columns = (
        "event_id", "instrument", "name", "session", "qualifier", "basis", "reported", "measured", "difference",
        "reading", "publisher", "source_url",
    )  # fmt: skip
    found = []
    for row in records(chapter.evidence.results.claims, columns):
        if row[0] in ids:
            instrument, name, qualifier, basis, reading, publisher, url = (
                text(row[place]) for place in (1, 2, 4, 5, 9, 10, 11)
            )
            reported, measured, difference = (number(row[place]) for place in (6, 7, 8))
            found.append(
                _Claim(
                    instrument, name, as_date(row[3]), qualifier, basis, reported, measured, difference, reading,
                    publisher, url,
                )
            )  # fmt: skip
    return sorted(found, key=_order)


def _order(claim: _Claim) -> tuple[str, date, float]:
    return claim.label.lower(), claim.session or date.min, -abs(claim.reported)


def _telling(claim: _Claim) -> tuple[int, int, str, date, float]:
    """Which rows to show first: what can be checked, then highs and lows, then other prices within the session."""
    rank = {"differs": 0, "agrees": 1, "high_unconfirmed": 2, "low_unconfirmed": 2}.get(claim.reading, 5)
    if claim.reading == "not_testable" and claim.basis == "intraday":
        rank = 2
    return (rank, 0 if claim.is_extreme else 1, *_order(claim))


def _selection(claims: list[_Claim], most: int) -> list[_Claim]:
    """The most telling rows, each move once, in the table's order."""
    unique: dict[tuple[str, date | None, str, str], _Claim] = {}
    for claim in sorted(claims, key=_telling):
        unique.setdefault((claim.instrument, claim.session, numbers.percent(claim.reported), claim.reading), claim)
    return sorted(list(unique.values())[:most], key=_order)


def _row(claim: _Claim) -> Row:
    decimals = claim.decimals
    return Row(
        (
            TextCell(claim.label, claim.instrument if claim.name else ""),
            TextCell(
                numbers.day_short(claim.session) if claim.session else numbers.MISSING,
                sort=claim.session.isoformat() if claim.session else "",
            ),
            TextCell(claim.qualifier or numbers.MISSING),
            NumberCell(numbers.percent(claim.reported, decimals), 100 * claim.reported),
            MissingCell(say.NO_PRICE)
            if math.isnan(claim.measured)
            else NumberCell(numbers.percent(claim.measured, decimals), 100 * claim.measured, strong=True),
            TextCell(_reading(claim), sort=claim.reading),
            LinkCell(claim.publisher or "source", claim.url, muted=True),
        ),
        muted=claim.reading == "placebo",
    )


def _reading(claim: _Claim) -> str:
    """The verdict on one claim.

    Examples
    --------
    >>> day = date(2026, 1, 7)
    >>> high = _Claim("LYC.AX", "Lynas", day, "as much as", "intraday", 0.16, 0.145, -0.015, "high_unconfirmed", "", "")
    >>> _reading(high)
    '? High of the day: closes cannot confirm it'
    >>> _reading(_Claim("LYC.AX", "Lynas", day, "close", "close", 0.151, 0.145, -0.006, "differs", "", ""))
    '≠ Differs by 0.6 points'
    """
    if claim.reading == "agrees":
        exact = abs(claim.difference) < 0.5 * 10.0 ** (-claim.decimals - 2)
        where = say.high_or_low(claim.reported)
        return say.agrees(claim.basis, where, exact)
    if claim.reading == "differs":
        size = numbers.size(claim.difference, max(claim.decimals, 1))
        return say.differs(size)
    if claim.reading in UNCONFIRMED:
        if not claim.is_extreme:
            return say.UNCONFIRMED_WITHIN
        if claim.reading == "high_unconfirmed":
            return say.UNCONFIRMED_HIGH
        return say.UNCONFIRMED_LOW
    if claim.reading == "placebo":
        return say.ANOTHER_CAUSE
    if claim.reading == "not_comparable":
        return say.NOT_COMPARABLE
    if claim.basis == "intraday":
        return say.PRINTED_WITHIN
    return say.NOT_TESTABLE


def _finding(claims: list[_Claim]) -> str:
    """How many agree, differ and cannot be checked."""
    agree = sum(1 for claim in claims if claim.reading == "agrees")
    differ = sum(1 for claim in claims if claim.reading == "differs")
    rest = len(claims) - agree - differ
    total = numbers.number_word(len(claims))
    if len(claims) == 1:
        word = say.one_verdict(agree, differ)
        return say.one_move(word)
    parts = []
    if agree:
        parts.append(say.agree_count(agree))
    if differ:
        parts.append(say.differ_count(differ))
    if rest:
        parts.append(say.unchecked_count(rest))
    if len(parts) == 1 and rest:
        return say.none_checked(total)
    return say.of_total(total, parts)


def _within_the_session(claims: list[_Claim]) -> str:
    """Which printed moves were prices within the session, which closes cannot confirm."""
    seen: dict[tuple[str, str], bool] = {}
    for claim in sorted(claims, key=lambda claim: -abs(claim.reported)):
        if claim.reading in UNCONFIRMED or (claim.reading == "not_testable" and claim.basis == "intraday"):
            key = (numbers.percent(claim.reported, claim.decimals), claim.label)
            seen[key] = seen.get(key, False) or claim.is_extreme
    sentences = []
    for extreme, words in ((True, say.HIGH_OR_LOW_OF_SESSION), (False, say.PRICE_WITHIN)):
        named = [f"{label} {value}%" for (value, label), found in seen.items() if found is extreme]
        if named:
            sentences.append(say.printed_as(words, named))
    if not sentences:
        return ""
    return " ".join([*sentences, say.closes_cannot(len(seen))])

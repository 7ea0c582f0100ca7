"""Part 9b: what the checks doubt in the prices, session by session, and what they know of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from eventstudy.prices.quality import FACTS, Finding, summed
from eventstudy.report import wording
from eventstudy.report.chapter import Chapter
from eventstudy.report.evidence import Evidence
from eventstudy.report.model import Column, Empty, Row, RowGroup, Section, Table, TextCell
from eventstudy.report.wording import numbers
from eventstudy.report.wording import price_checks as say
from eventstudy.report.wording.colophon import FINDING_WORDS
from eventstudy.report.wording.sentences import worded

SHOWN, ON_PAPER = 8, 4  # findings of a group that are shown unfolded, and on paper
LISTED = 30  # sessions of one finding that are named; those of more are told by their first, last and number
_MINUS = re.compile(r"(?<!\w)-(?=\d)")  # none within a date
WEEKEND = timedelta(days=4)  # sessions no further apart are told as from … to …


def build(chapter: Chapter) -> Section:
    """One table: doubts first, those next to an announcement before the others; then facts, as closes at the limit."""
    evidence = chapter.evidence
    number, anchor = f"{chapter.part(9)}b", chapter.anchored("price-checks")
    found = evidence.results.findings
    if evidence.results.prices is None or not found:
        why = say.nothing_found(evidence.results.prices)
        return Section(number, say.TOPIC, say.NO_DOUBT_FINDING, anchor, blocks=(Empty(why),))
    doubts = [each for each in found if each.kind not in FACTS]
    facts = [each for each in found if each.kind in FACTS]
    near = _near(evidence)
    groups = [
        _group(evidence, title, rest, _ordered(summed(findings), near))
        for title, rest, findings in (
            (say.DOUBTS, say.DOUBTS_REST, doubts),
            (say.FACTS, say.FACTS_REST, facts),
        )
        if findings
    ]
    short, on_paper = (
        tuple(RowGroup(group.rows[:most], group.title, _shown(group, most)) for group in groups)
        for most in (SHOWN, ON_PAPER)
    )
    total = sum(len(group.rows) for group in groups)
    folded = any(len(group.rows) > SHOWN for group in groups)
    table = Table(
        id=chapter.anchored("table-prices"),
        label=chapter.label(wording.TABLE, 6) + "b",
        title=say.TABLE_TITLE,
        subtitle=say.TABLE_SUBTITLE,
        columns=(
            Column("line", say.HEADS["line"], grow=1.2, second=say.TICKER),
            Column("finding", say.HEADS["finding"], grow=1.0),
            Column("sessions", say.HEADS["sessions"], grow=1.4),
            Column("detail", say.HEADS["detail"], phone=False, grow=3.0),
        ),
        groups=short,
        note=(say.TABLE_NOTE,),
        full=tuple(groups) if folded else (),
        full_label=say.all_findings(total) if folded or on_paper != short else "",
        sortable=False,
        paper=on_paper if on_paper != short else (),
    )
    return Section(number, say.TOPIC, _finding(doubts, facts, near), anchor, blocks=(table,))


def _near(evidence: Evidence) -> dict[str, list[date]]:
    """Ticker to the sessions on which an announcement could first move it."""
    found: dict[str, list[date]] = {}
    for shares in evidence.shares.values():
        for share in shares:
            if share.used and share.session is not None:
                found.setdefault(share.ticker, []).append(share.session)
    return found


def _distance(finding: Finding, near: dict[str, list[date]]) -> int:
    """Days from a finding to the nearest announcement that its line is used in; many where there is none."""
    events = near.get(finding.ticker, ())
    return min((abs((day - event).days) for day in finding.sessions for event in events), default=1_000_000)


def _ordered(findings: Iterable[Finding], near: dict[str, list[date]]) -> list[Finding]:
    return sorted(findings, key=lambda each: _distance(each, near))


def _group(evidence: Evidence, title: str, rest: str, findings: Sequence[Finding]) -> RowGroup:
    return RowGroup(tuple(_row(evidence, each) for each in findings), title, rest)


def _shown(group: RowGroup, most: int) -> str:
    count = len(group.rows)
    return say.shown_of(most, count, group.rest) if count > most else group.rest


def _row(evidence: Evidence, finding: Finding) -> Row:
    name = evidence.name(finding.ticker)
    words = FINDING_WORDS.get(finding.kind, (finding.kind, finding.kind))[0]
    return Row(
        (
            TextCell(name, finding.ticker) if name != finding.ticker else TextCell(name),
            TextCell(numbers.capitalised(words)),
            TextCell(sessions_text(finding.sessions), sort=str(finding.session or "")),
            TextCell(numbers.capitalised(_typeset(worded(finding.detail)))),
        )
    )


def _typeset(detail: str) -> str:
    """Its numbers with the report's own minus."""
    return _MINUS.sub(numbers.MINUS, detail)


def sessions_text(sessions: Sequence[date]) -> str:
    """Sessions in a cell, neighbouring ones as from … to ….

    Examples
    --------
    >>> sessions_text([date(2026, 1, 7)]), sessions_text([])
    ('2026-01-07', 'all')
    >>> sessions_text([date(2026, 1, 13), date(2026, 1, 14), date(2026, 1, 15), date(2026, 2, 2)])
    '2026-01-13 to 2026-01-15, 2026-02-02'
    """
    if not sessions:
        return say.ALL_SESSIONS
    spans = [[sessions[0], sessions[0]]]
    for day in sessions[1:]:
        if day - spans[-1][1] <= WEEKEND:
            spans[-1][1] = day
        else:
            spans.append([day, day])
    if len(spans) > LISTED:
        return say.sessions_many(len(sessions), sessions[0], sessions[-1])
    return ", ".join(say.session_span(first, last) for first, last in spans)


def _finding(doubts: Sequence[Finding], facts: Sequence[Finding], near: dict[str, list[date]]) -> str:
    """How many doubts there are, and how many stand where an announcement is measured."""
    limits = sum(each.kind == "limit_close" for each in facts)
    told = say.limit_closes(limits) if limits > 1 else ""
    if not doubts:
        return say.no_doubts(told)
    count = len(doubts)
    places = say.places(count)
    close = sum(_distance(each, near) <= 14 for each in doubts)
    beside = say.beside(close) if close else ""
    return say.finding(places, beside, told)

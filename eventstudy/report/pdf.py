"""The report on A4, set by typst: tagged, with bookmarks, and byte for byte the same for the same study.

The template is fixed text and the report reaches it as data, so nothing that a catalogue holds is ever read as
markup. typst brings its own typeface; characters it lacks (Chinese, Japanese) show as empty boxes, and such a
file is tagged but not declared to be PDF/UA.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from eventstudy.report.figures import Drawings, draw_all
from eventstudy.report.figures.sheet import text_width
from eventstudy.report.inline import MOST_DOTS, breadth_paper, mark_paper, spark_paper
from eventstudy.report.links import safe_url
from eventstudy.report.model import (
    Block,
    Cell,
    Chapter,
    Code,
    Columns,
    DotsCell,
    Emphasis,
    Empty,
    Figure,
    FirstPage,
    Link,
    LinkCell,
    MissingCell,
    Muted,
    Note,
    NumberCell,
    Raised,
    Report,
    Rich,
    RichCell,
    Row,
    RowGroup,
    Section,
    SparkCell,
    Strong,
    Table,
    TextCell,
    plain,
)
from eventstudy.report.tokens import PRINT

_WIDTH = 176 * 72 / 25.4
_SIZE = 8.7
_NARROWER = 0.93
_INSET = 7.5
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_RIGHT = {"number", "p", "interval"}


def render_pdf(report: Report, drawings: Drawings | None = None) -> bytes:
    """The report as a PDF for A4.

    Parameters
    ----------
    report : Report
        What to say; ``made_at`` is the file's date, so that equal reports are equal files.
    drawings : mapping, optional
        From `eventstudy.report.figures.draw_all`, to draw once for several formats.

    Returns
    -------
    bytes
        PDF/UA-1 where the typeface holds every character, else a tagged PDF without that claim.
    """
    import typst

    if drawings is None:
        drawings = draw_all(report)
    template = (files("eventstudy.report") / "templates" / "report.typ").read_bytes()
    content = json.dumps(_report(report, drawings), ensure_ascii=False, allow_nan=False)
    # an empty root: even a template that asked for a file would find none
    with tempfile.TemporaryDirectory(prefix="eventstudy-") as root:
        settings: dict[str, Any] = {
            "root": root,
            "ignore_system_fonts": True,
            "format": "pdf",
            "sys_inputs": {"content": content},
            "timestamp": report.made_at or _EARLIEST,
        }
        try:
            made = typst.compile(template, pdf_standards=["ua-1"], **settings)
        except typst.TypstError as problem:
            if "could not be displayed" not in str(problem):
                raise
            made = typst.compile(template, **settings)
    assert isinstance(made, bytes)
    return made


def _report(report: Report, drawings: Drawings) -> dict[str, Any]:
    setter = _Setter(drawings)
    made_at = report.made_at or _EARLIEST
    return {
        "colour": PRINT,
        "title": setter.text(report.title).strip() or report.file_stem,
        "author": setter.text(report.author),
        "keywords": [setter.text(word) for word in report.keywords],
        "language": report.language.split("-")[0],
        "date": [made_at.year, made_at.month, made_at.day],
        "masthead": {
            "name": setter.text(report.masthead.name),
            "of": setter.text(report.masthead.of),
            "right": setter.text(report.masthead.right),
        },
        "event": _event(setter, report),
        "headline": setter.text(report.headline),
        "lede": setter.rich(report.lede),
        "first": setter.first(report.first_page) if report.first_page else None,
        "sections": [setter.section(each) for each in report.sections],
        "contents": setter.text(report.contents_heading),
        "chapters": [setter.chapter(each) for each in report.chapters],
        "closing": [setter.section(each) for each in report.closing],
        "footer": [
            {"heading": setter.text(column.heading), "text": setter.rich(column.text)} for column in report.footer
        ],
        "pagefooter": setter.text(report.page_footer),
        "simulated": report.simulated,
        "notice": setter.rich(report.simulated_notice) if report.simulated else None,
    }


def _event(setter: _Setter, it: Report | Chapter) -> dict[str, str]:
    rest = it.event_line.rest
    return {"title": setter.text(it.event_line.title), "rest": setter.text(rest[:1].upper() + rest[1:])}


class _Setter:
    """Turns the report's parts into plain data; a picture stands once and is called by its number."""

    def __init__(self, drawings: Drawings) -> None:
        self._drawings = drawings

    def text(self, text: str) -> str:
        """A string that typst can set: printable, with places to break in words no line could hold."""
        if not text.isprintable():
            text = "".join(letter if letter.isprintable() or letter in "\u202f\u00a0\u2009" else " " for letter in text)
        if len(text) > 28 and any(len(word) > 28 for word in text.split()):
            text = " ".join(_breakable(word) for word in text.split(" "))
        return text

    def rich(self, runs: Rich) -> list[dict[str, str]]:
        return [self._run(run) for run in runs]

    def _run(self, run: Any) -> dict[str, str]:
        if isinstance(run, str):
            return {"k": "text", "t": self.text(run)}
        if isinstance(run, Link):
            return self._link(run.text, run.url)
        kind = {Strong: "strong", Emphasis: "emph", Muted: "muted", Code: "code", Raised: "sup"}[type(run)]
        return {"k": kind, "t": self.text(run.text)}

    def _link(self, text: str, url: str) -> dict[str, str]:
        address = safe_url(url)
        return {"k": "link", "t": self.text(text), "u": address} if address else {"k": "text", "t": self.text(text)}

    def chapter(self, it: Chapter) -> dict[str, Any]:
        return {
            "anchor": it.anchor,
            "when": self.text(it.when),
            "name": self.text(it.name),
            "event": _event(self, it),
            "headline": self.text(it.headline),
            "lede": self.rich(it.lede),
            "first": self.first(it.first_page),
            "sections": [self.section(each) for each in it.sections],
        }

    def first(self, page: FirstPage) -> list[dict[str, Any]]:
        return [self.block(page.figure), self.block(page.table)]

    def section(self, it: Section) -> dict[str, Any]:
        topic = f"{it.number} · {it.topic}" if it.number and it.topic else it.topic
        return {
            "topic": self.text(topic),
            "finding": self.text(it.finding),
            "paragraphs": [self.rich(each) for each in it.paragraphs],
            "blocks": [self.block(each) for each in it.blocks],
        }

    def block(self, it: Block) -> dict[str, Any]:
        if isinstance(it, Figure):
            return self._figure(it)
        if isinstance(it, Table):
            return self._table(it)
        if isinstance(it, Columns):
            lists = [
                {"heading": self.text(each.heading), "items": [self.rich(item) for item in each.items]}
                for each in it.columns
            ]
            return {"k": "columns", "lists": lists}
        if isinstance(it, Note):
            return {"k": "note", "text": self.rich(it.text)}
        assert isinstance(it, Empty)
        return {"k": "empty", "text": self.text(it.reason)}

    def _figure(self, it: Figure) -> dict[str, Any]:
        parts = self._drawings[it.id]["paper"]
        alt = self.text(f"{it.label}. {it.alt}")
        return {
            "k": "figure",
            "label": self.text(it.label),
            "title": self.text(it.title),
            "sub": self.text(it.subtitle),
            "note": self.rich(it.note),
            "parts": [
                {
                    "svg": part.paper(),
                    "alt": alt if index == 0 else f"{alt} (continued)",
                    "wide": part.width,
                    "high": part.height,
                }
                for index, part in enumerate(parts)
            ],
        }

    def _table(self, it: Table) -> dict[str, Any]:
        shown = [index for index, column in enumerate(it.columns) if column.paper]
        groups = [group for group in it.groups if group.rows or group.title]
        widths, size = _widths(it, shown)
        return {
            "k": "table",
            "label": self.text(it.label),
            "title": self.text(it.title),
            "sub": self.text(it.subtitle),
            "note": self.rich(it.note),
            "widths": widths,
            "size": size,
            "right": [it.columns[index].kind in _RIGHT for index in shown],
            "compact": it.compact,
            "middle": any(it.columns[index].kind == "spark" for index in shown),
            "heads": [self.text(it.columns[index].label) for index in shown],
            "groups": [self._group(group, shown) for group in groups],
        }

    def _group(self, it: RowGroup, shown: Sequence[int]) -> dict[str, Any]:
        return {
            "title": self.text(it.title),
            "rest": self.text(it.rest),
            "mark": mark_paper(it.role),
            "rows": [self._row(row, shown) for row in it.rows],
        }

    def _row(self, it: Row, shown: Sequence[int]) -> dict[str, Any]:
        return {"strong": it.strong, "muted": it.muted, "cells": [self._cell(it.cells[index]) for index in shown]}

    def _cell(self, it: Cell) -> dict[str, Any]:
        if isinstance(it, NumberCell):
            return _without_empty(
                {
                    "k": "number",
                    "t": self.text(it.text),
                    "strong": it.strong,
                    "muted": it.muted,
                    "sup": self.text(it.raised),
                    "after": self.text(it.after),
                }
            )
        if isinstance(it, TextCell):
            return _without_empty(
                {
                    "k": "words",
                    "t": self.text(it.text),
                    "strong": it.strong,
                    "muted": it.muted,
                    "second": self.text(it.second),
                    "badge": self.text(it.badge),
                    "mark": mark_paper(it.mark),
                }
            )
        if isinstance(it, MissingCell):
            return {"k": "number", "t": "–"}
        if isinstance(it, DotsCell):
            spoken = f"{it.up} of {it.total}"
            if it.total > MOST_DOTS or it.total < 1:
                return {"k": "number", "t": spoken}
            return {
                "k": "picture",
                "svg": breadth_paper(it),
                "alt": f"{spoken} rose",
                "wide": 8.0 * it.total,
                "high": 10.0,
            }
        if isinstance(it, SparkCell):
            return {
                "k": "picture",
                "svg": spark_paper(it),
                "alt": self.text(it.alt) or "line",
                "wide": 112.0,
                "high": 26.0,
            }
        if isinstance(it, LinkCell):
            return {"k": "rich", "runs": [self._link(it.text, it.url)], "muted": it.muted}
        assert isinstance(it, RichCell)
        return {"k": "rich", "runs": self.rich(it.runs), "muted": False}


def _without_empty(cell: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in cell.items() if value or key in {"k", "t"}}


def _breakable(word: str) -> str:
    """A long word with a break allowed every twelve letters."""
    if len(word) <= 28:
        return word
    return "\u200b".join(word[start : start + 12] for start in range(0, len(word), 12))


def _widths(table: Table, shown: Sequence[int]) -> tuple[list[float], float]:
    """Points a column, and the share of its size that the type has to shrink to.

    A column has what its words need, then the rest shared out, words twice as much as numbers.
    Where the sheet is too narrow, the columns that may wrap give way.
    """
    rows = [row for group in table.groups for row in group.rows]
    needs: list[float] = []
    weights: list[float] = []
    slack: tuple[list[float], list[float], list[float]] = ([], [], [])
    for place, index in enumerate(shown):
        column = table.columns[index]
        inset = _INSET if place else 0.0
        head = text_width(column.label, 8.2) * _NARROWER
        body = max((_need(row.cells[index], strong=row.strong) for row in rows), default=0.0)
        need = max(head, body) + inset + 1.0
        word = max((text_width(each, 8.2) * _NARROWER for each in column.label.split()), default=0.0)
        words = column.kind not in {*_RIGHT, "dots", "spark"}
        needs.append(need)
        weights.append(column.grow * 2.0 if words else 1.0)
        spare = need - min(need, 72.0 + inset) if words else 0.0
        # heads of several words give way first, then columns that may wrap, then those that would rather not
        slack[0].append(0.0 if words else need - max(word, body) - inset - 1.0)
        slack[1].append(spare if column.wrap else 0.0)
        slack[2].append(0.0 if column.wrap else spare)
    for spares in slack:
        missing = sum(needs) - _WIDTH
        if missing > 0 and sum(spares) > 0:
            share = min(1.0, missing / sum(spares))
            needs = [need - spare * share for need, spare in zip(needs, spares, strict=True)]
    room = _WIDTH - sum(needs)
    if room < 0:
        # too narrow even so: type and columns shrink alike, to a limit beyond which words break
        scale = _WIDTH / sum(needs)
        return [round(need * scale, 2) for need in needs], round(max(scale, 0.86), 3)
    widths = [round(need + room * weight / sum(weights), 2) for need, weight in zip(needs, weights, strict=True)]
    return widths, 1.0


def _need(cell: Cell, *, strong: bool) -> float:
    """About how wide a cell is on one line, in points."""
    if isinstance(cell, DotsCell):
        return 8.0 * min(cell.total, MOST_DOTS) * 0.72 if cell.total <= MOST_DOTS else 36.0
    if isinstance(cell, SparkCell):
        return 112 * 0.66
    if isinstance(cell, NumberCell):
        extra = 3.5 * bool(cell.raised) + text_width(f" {cell.after}", 7.5) * bool(cell.after)
        return text_width(cell.text, _SIZE, bold=strong or cell.strong) * _NARROWER + extra
    if isinstance(cell, TextCell):
        more = text_width(f" {cell.second} {cell.badge}", 8.0) if cell.second or cell.badge else 0.0
        return text_width(cell.text, _SIZE, bold=strong or cell.strong) * _NARROWER + more
    if isinstance(cell, MissingCell):
        return 6.0
    words = cell.text if isinstance(cell, LinkCell) else plain(cell.runs)
    return text_width(words, _SIZE) * _NARROWER

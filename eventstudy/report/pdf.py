"""The report on A4, set by typst: tagged, with bookmarks, and byte for byte the same for the same study.

The template is fixed text and the report reaches it as data, so nothing that a catalogue holds is ever read as
markup. Letters that no typeface at hand has stand as a replacement sign, and the first sheet says whose they are.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from eventstudy.report import wording
from eventstudy.report.columns import DOT, LONGEST, RIGHT, SPARK, breakable, fraction, layout_of, spanned
from eventstudy.report.figures import Drawings, draw_all
from eventstudy.report.inline import MOST_DOTS, breadth_paper, mark_paper, spark_paper
from eventstudy.report.links import safe_url
from eventstudy.report.model import (
    Block,
    Cell,
    Chapter,
    Code,
    Columns,
    Definitions,
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
)
from eventstudy.report.tokens import PRINT
from eventstudy.report.typefaces import REPLACEMENT, WIDE, Typefaces, typefaces_for, undrawn_note
from eventstudy.report.wording import frame
from eventstudy.report.wording import paper as say
from eventstudy.report.wording.figures import SIMULATED
from eventstudy.report.wording.numbers import listed

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


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
        PDF/UA-1. Japanese and Chinese names need the extra ``cjk``; what cannot be drawn is told on the first sheet.
    """
    import typst

    if drawings is None:
        drawings = draw_all(report)
    template = (files("eventstudy.report") / "templates" / "report.typ").read_bytes()
    content = json.dumps(_report(report, drawings), ensure_ascii=False, allow_nan=False)
    faces = typefaces_for(content)
    inputs = {
        "document": json.dumps(_describe(report), ensure_ascii=False),
        "typefaces": json.dumps(_typefaces(report, faces, content), ensure_ascii=False),
        "content": content.translate(dict.fromkeys(map(ord, faces.missing), REPLACEMENT)),
    }
    # an empty root: even a template that asked for a file would find none
    with tempfile.TemporaryDirectory(prefix="eventstudy-") as root:
        settings: dict[str, Any] = {
            "root": root,
            "ignore_system_fonts": True,
            "font_paths": list(faces.folders),
            "format": "pdf",
            "sys_inputs": inputs,
            "timestamp": report.made_at or _EARLIEST,
        }
        try:
            made = typst.compile(template, pdf_standards=["ua-1"], **settings)
        except typst.TypstError as problem:
            # a letter that only its neighbours keep from being drawn; the file is tagged all the same
            if "could not be displayed" not in str(problem):
                raise
            made = typst.compile(template, **settings)
    assert isinstance(made, bytes)
    return made


def _describe(report: Report) -> dict[str, Any]:
    """What the file says of itself; never drawn, so any letter will do."""
    made_at = report.made_at or _EARLIEST
    return {
        "title": _printable(report.title).strip() or report.file_stem,
        "author": _printable(report.author),
        "keywords": [_printable(word) for word in report.keywords],
        "language": report.language.split("-")[0],
        "date": [made_at.year, made_at.month, made_at.day],
    }


def _typefaces(report: Report, faces: Typefaces, content: str) -> dict[str, Any]:
    """Which typefaces, which words are Chinese, and what is told of letters that none of them has."""
    return {
        "names": faces.names,
        "chinese": sorted({word for word in WIDE.findall(content) if faces.chinese.intersection(word)}),
        "undrawn": _Setter({}).rich(undrawn_note(report, faces)),
    }


def _report(report: Report, drawings: Drawings) -> dict[str, Any]:
    setter = _Setter(drawings)
    return {
        "colour": PRINT,
        "masthead": {
            "name": setter.text(report.masthead.name),
            "of": setter.text(report.masthead.of),
            "right": setter.text(report.masthead.right),
        },
        "event": _event(setter, report),
        "headline": setter.text(report.headline),
        "lede": setter.rich(report.lede),
        "first": setter.first(report.first_page) if report.first_page else None,
        "sections": [setter.section(each) for each in report.sections if each.on_paper],
        "contents": setter.text(report.contents_heading),
        "chapters": [setter.chapter(each) for each in report.chapters],
        "closing": [setter.section(each) for each in report.closing if each.on_paper],
        "footer": [
            {"heading": setter.text(column.heading), "text": setter.rich(column.text)} for column in report.footer
        ],
        "pagefooter": setter.text(report.page_footer),
        "simulated": report.simulated,
        "notice": setter.rich(report.simulated_notice) if report.simulated else None,
        "words": {
            "simulated": frame.SIMULATED_TITLE,
            "notice": say.NOTICE,
            "sheet_of": say.SHEET_OF,
            "watermark": SIMULATED,
        },
    }


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in "\u202f\u00a0\u2009" else " " for letter in text)


def _event(setter: _Setter, it: Report | Chapter) -> dict[str, str]:
    rest = it.event_line.rest
    return {"title": setter.text(it.event_line.title), "rest": setter.text(rest[:1].upper() + rest[1:])}


class _Setter:
    """Turns the report's parts into plain data; a picture stands once and is called by its number."""

    def __init__(self, drawings: Drawings) -> None:
        self._drawings = drawings

    def text(self, text: str) -> str:
        """A string that typst can set: printable, with places to break in words no line could hold."""
        text = _printable(text)
        if len(text) > LONGEST and any(len(word) > LONGEST for word in text.split()):
            text = " ".join(breakable(word) for word in text.split(" "))
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
            "sections": [self.section(each) for each in it.sections if each.on_paper],
        }

    def first(self, page: FirstPage) -> list[dict[str, Any]]:
        return [self.block(page.figure), self.block(page.table)]

    def section(self, it: Section) -> dict[str, Any]:
        topic = f"{it.number} · {it.topic}" if it.number and it.topic else it.topic
        absent = [block for block in it.blocks if isinstance(block, Figure | Table) and not block.on_paper]
        shown = [block for block in it.blocks if not isinstance(block, Figure | Table) or block.on_paper]
        if absent and all(isinstance(block, Note) for block in shown):
            # a note under what paper leaves out has nothing to explain
            shown = []
        blocks = [self.block(each) for each in shown]
        if absent:
            sentence = say.elsewhere(listed([block.label for block in absent]))
            blocks.append({"k": "note", "text": self.rich((sentence,))})
        return {
            "anchor": it.anchor,
            "topic": self.text(topic),
            "finding": self.text(it.finding),
            "paragraphs": [self.rich(each) for each in it.paragraphs],
            "blocks": blocks,
            # nothing to show but why: it takes little room
            "bare": not it.paragraphs and all(isinstance(block, Empty) for block in it.blocks),
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
        if isinstance(it, Definitions):
            lines = [self.rich((Strong(f"{each.term}. "), *each.text)) for each in it.items]
            return {"k": "columns", "lists": [{"heading": self.text(""), "items": lines}]}
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
                    "alt": alt if index == 0 else say.continued(alt),
                    "wide": part.width,
                    "high": part.height,
                }
                for index, part in enumerate(parts)
            ],
        }

    def _table(self, it: Table) -> dict[str, Any]:
        shown = [index for index, column in enumerate(it.columns) if column.paper]
        groups = [group for group in it.paper or it.groups if group.rows or group.title]
        layout = layout_of(it, shown, [row for group in groups for row in group.rows])
        return {
            "k": "table",
            "label": self.text(it.label),
            "title": self.text(it.title),
            "sub": self.text(it.subtitle),
            "note": self.rich((*it.note, *_elsewhere(it))),
            "widths": layout.widths,
            "size": layout.size,
            "right": [
                it.columns[index].kind in RIGHT or (it.columns[index].kind == "dots" and not layout.dots)
                for index in shown
            ],
            "compact": it.compact,
            "middle": any(it.columns[index].kind == "spark" for index in shown),
            "heads": [
                {"over": self.text(over), "heads": [self.text(head) for head in heads]}
                for over, heads in spanned([it.columns[index].label for index in shown])
            ],
            "groups": [self._group(group, shown, layout.dots) for group in groups],
        }

    def _group(self, it: RowGroup, shown: Sequence[int], dots: bool) -> dict[str, Any]:
        return {
            "title": self.text(it.title),
            "rest": self.text(it.rest),
            "mark": mark_paper(it.role),
            "rows": [self._row(row, shown, dots) for row in it.rows],
        }

    def _row(self, it: Row, shown: Sequence[int], dots: bool) -> dict[str, Any]:
        cells = [self._cell(it.cells[index], dots=dots) for index in shown]
        return {"strong": it.strong, "muted": it.muted, "cells": cells}

    def _cell(self, it: Cell, *, dots: bool) -> dict[str, Any]:
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
            if not dots or it.total > MOST_DOTS or it.total < 1:
                return {"k": "number", "t": fraction(it)}
            return {
                "k": "picture",
                "svg": breadth_paper(it),
                "alt": say.rose(it.up, it.total),
                "wide": DOT * it.total,
                "high": DOT / 8 * 10,
            }
        if isinstance(it, SparkCell):
            return {
                "k": "picture",
                "svg": spark_paper(it),
                "alt": self.text(it.alt) or say.LINE,
                "wide": 112 * SPARK,
                "high": 26 * SPARK,
            }
        if isinstance(it, LinkCell):
            return {"k": "rich", "runs": [self._link(it.text, it.url)], "muted": it.muted}
        assert isinstance(it, RichCell)
        return {"k": "rich", "runs": self.rich(it.runs), "muted": False}


def _elsewhere(it: Table) -> Rich:
    """Where the rows stand that paper leaves out; () where it has them all."""
    if not (it.full or it.paper):
        return ()
    sentence = say.elsewhere(it.full_label or wording.PAGE.all_rows)
    return (f" {sentence}",) if it.note else (sentence,)


def _without_empty(cell: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in cell.items() if value or key in {"k", "t"}}

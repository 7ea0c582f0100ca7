"""The paper: hostile text stays text, equal reports are equal files, missing letters stop nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from eventstudy.report.model import Column, NumberCell, Row, RowGroup, Section, Table, TextCell
from eventstudy.report.pdf import render_pdf

HOSTILE = '#read("/etc/passwd") *bold* _it_ $x$ @label <l> \\ ~ --- // /* ]# = + - `raw` https://x.example "q"'


def text_of(made: bytes, folder: Path) -> str:
    """The text as a reader copies it; skipped without poppler's pdftotext."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    path = folder / "report.pdf"
    path.write_bytes(made)
    done = subprocess.run([program, "-layout", str(path), "-"], capture_output=True, check=True)
    return done.stdout.decode()


def with_text(report, text: str):  # type: ignore[no-untyped-def]
    table = Table(
        "hostile",
        text,
        text,
        text,
        (Column("a", text), Column("b", "B", "number")),
        (
            RowGroup(
                (Row((TextCell(text, text, text), NumberCell("1", raised=text, after=text))),), text, text, "exposed"
            ),
        ),
        (text,),
    )
    return replace(
        report,
        title=text,
        headline=text,
        lede=(text,),
        page_footer=text,
        keywords=(text,),
        author=text,
        sections=(Section("1", text, text, "hostile-part", ((text,),), (table,)),),
    )


def test_the_file_is_tagged_titled_and_the_same_every_time(sample: ModuleType) -> None:
    made = render_pdf(sample.one_event())
    assert made.startswith(b"%PDF-1.")
    assert b"/MarkInfo" in made
    assert b"pdfuaid" in made
    assert render_pdf(sample.one_event()) == made


def test_the_date_is_the_prices_not_todays(sample: ModuleType) -> None:
    made = render_pdf(sample.one_event())
    dates = set(re.findall(rb"/(?:CreationDate|ModDate) ?\(D:(\d{8})", made))
    assert dates == {b"20260206"}
    assert render_pdf(replace(sample.one_event(), made_at=None)).count(b"(D:20000101")


def test_hostile_text_is_set_letter_by_letter(sample: ModuleType, tmp_path: Path) -> None:
    text = text_of(render_pdf(with_text(sample.one_event(), HOSTILE)), tmp_path)
    flat = " ".join(text.split())
    assert "root:" not in flat
    assert flat.count('#read("/etc/passwd") *bold*') >= 5
    assert "$x$ @label <l> \\ ~ --- // /* ]#" in flat


def test_hostile_text_compiles(sample: ModuleType) -> None:
    for text in (HOSTILE, "", "\x00\x07", "]\n#panic()\n[", "W" * 500, "\u202e reversed \u200b", "é\u0301\ufffd"):
        assert render_pdf(with_text(sample.one_event(), text)).startswith(b"%PDF")


def test_letters_the_typeface_lacks_do_not_stop_the_report(sample: ModuleType) -> None:
    made = render_pdf(with_text(sample.one_event(), "日本製鉄 😀 한국"))
    assert made.startswith(b"%PDF")
    assert b"/MarkInfo" in made
    assert b"pdfuaid" not in made


def test_every_part_is_on_paper(sample: ModuleType, tmp_path: Path) -> None:
    text = " ".join(text_of(render_pdf(sample.several_events(2, simulated=True)), tmp_path).split())
    for expected in (
        "Simulated prices. This report was made on the embedded market",
        "Simulated prices. No number on this page describes a real share.",
        "Seven heavy rare earths",
        "Table 1. The three groups over three windows",
        "placebo p",
        "Figure 4. Sectors across fourteen announcements",
        "−9.3 to +26.5",
        "One share: see the",
        "eventstudy 1.0.0 · embedded market (simulated) · seed 0",
        "1 of ",
    ):
        assert expected in text


def test_the_first_sheet_holds_headline_figure_and_table(sample: ModuleType, tmp_path: Path) -> None:
    first = text_of(render_pdf(sample.one_event()), tmp_path).split("\f")[0]
    for expected in (
        "Exposed Tokyo shares moved",
        "Figure 1.",
        "Pharma, telecom, rail",
        "Table 1.",
        "New York shares lie",
    ):
        assert expected in first

"""Widths of a table's columns on paper: letters as wide as typst sets them, words whole where there is room."""

from __future__ import annotations

import json

import pytest

from eventstudy.report.columns import _ADVANCES, INSET, SHEET, layout_of, set_width
from eventstudy.report.model import Column, NumberCell, Row, Table, TextCell
from eventstudy.report.tokens import PAPER_SERIFS


@pytest.mark.parametrize("bold", [False, True])
def test_letters_are_as_wide_as_typst_sets_them(bold: bool) -> None:
    typst = pytest.importorskip("typst")
    letters = [letter for letter in _ADVANCES[bold] if letter != "\u0304"]
    source = (
        f'#set text(font: "{PAPER_SERIFS[0]}", size: 100pt, number-type: "lining", number-width: "tabular", '
        f'kerning: false, weight: "{"bold" if bold else "regular"}")\n'
        '#context [#metadata(json(bytes(sys.inputs.letters)).map(it => measure("H" + it + "H").width.pt() '
        '- measure("HH").width.pt())) <widths>]'
    )
    told = typst.query(
        source.encode(),
        "<widths>",
        field="value",
        one=True,
        ignore_system_fonts=True,
        sys_inputs={"letters": json.dumps(letters)},
    )
    wide = {
        letter: (set_width(letter, 100.0, bold), found) for letter, found in zip(letters, json.loads(told), strict=True)
    }
    # advances are whole thousandths of an em
    assert {letter: pair for letter, pair in wide.items() if abs(pair[0] - pair[1]) > 0.1} == {}


def test_heads_over_numbers_stand_on_one_line_where_there_is_room() -> None:
    # of 499 points the name takes 306 and the insets 20; the heads want 33, 41 and 112, and a word of each 31 or less
    heads = ("Return, %", "AR day 0, %", "A rather long head over numbers")
    columns = (Column("name", "Company"), *(Column(f"n{place}", head, "number") for place, head in enumerate(heads)))
    row = Row((TextCell("m" * 26 + " " + "m" * 18), *(NumberCell("+1.0") for _ in heads)))
    layout = layout_of(Table("t", "Table", "", "", columns, ()), range(4), [row])
    assert sum(layout.widths) == pytest.approx(SHEET, abs=0.1)
    whole = [width - INSET >= set_width(head, 8.2) for width, head in zip(layout.widths[1:], heads, strict=True)]
    assert whole == [True, True, False]


def test_words_break_only_where_they_must() -> None:
    # four columns that just fit, but for one row: that one breaks, and no other
    fitting = ("Toyo Engineering", "Close at the daily limit", "2023-12-19 to 2024-01-10",
               "Closed at its upper limit: 3585 to 4285 where the band is 700")  # fmt: skip
    rows = [Row(tuple(map(TextCell, fitting)))] * 3
    rows.append(Row(tuple(map(TextCell, ("Mazda", "Close", "2026-01-07", f"{fitting[3]}, which is a long time ago")))))
    columns = tuple(Column(f"c{place}", "") for place in range(4))
    layout = layout_of(Table("t", "Table", "", "", columns, ()), range(4), rows)
    needs = [set_width(name, 8.7) for name in fitting]
    assert 0 < SHEET - sum(needs) - 3 * INSET < 40
    room = [width - (INSET if place else 0.0) for place, width in enumerate(layout.widths)]
    assert [need <= wide for need, wide in zip(needs, room, strict=True)] == [True] * 4

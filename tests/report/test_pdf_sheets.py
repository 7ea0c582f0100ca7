"""The paper as a reader holds it: few sheets, bookmarks, embedded letters of every script, nothing cut."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import eventstudy as es
from eventstudy.report import typefaces
from eventstudy.report.build import build_report
from eventstudy.report.html import render_html
from eventstudy.report.model import (
    Column,
    Empty,
    EventLine,
    FirstPage,
    HeatMap,
    NumberCell,
    Report,
    Row,
    RowGroup,
    Section,
    Table,
    TextCell,
)
from eventstudy.report.pdf import render_pdf

EVENT = "2026-01-06-japan-dual-use-ban"
MOST_SHEETS, MOST_OF_THE_CATALOGUE = 8, 70
NAMES = (("東京製鐵", "5423.T"), ("北方稀土", "600111.SS"), ("中国铝业", "601600.SS"))


@pytest.fixture(scope="session")
def outside(module_beside: Callable[[str, str], ModuleType]) -> ModuleType:
    """The module ``sheets.py`` beside this file."""
    return module_beside(__file__, "sheets")


@pytest.fixture(scope="session")
def one(repository: Path, sample_prices: Any) -> bytes:
    """The report on one event of the embedded market, as ``eventstudy report EVENT --source sample`` makes it."""
    catalogue = es.read_events(repository / "events.csv")
    events, universe = catalogue.select(event_ids=(EVENT,)), es.read_universe(repository / "universe.csv")
    return render_pdf(build_report(es.run_study(events, universe, sample_prices, context=catalogue)))


def table_of(rows: int, *groups: str, note: str = "A note under the last row.") -> Table:
    """A table with as many rows in each group."""
    made = [
        RowGroup(tuple(Row((TextCell(f"{title} {place}"), NumberCell("+1.0"))) for place in range(rows)), title)
        for title in groups
    ]
    columns = (Column("name", "Company"), Column("move", "Move, %", "number"))
    return Table("long", "Table 9", "Moves", "", columns, tuple(made), note=(note,))


def with_parts(report: Report, *sections: Section) -> Report:
    return replace(report, sections=sections)


def part(*blocks: Any, anchor: str = "part") -> Section:
    return Section("2", "Topic", "A finding", anchor, blocks=blocks)


def named(report: Report, *names: tuple[str, str]) -> Report:
    """The report with an event and a table of names in their own script."""
    rows = tuple(Row((TextCell(name, ticker, strong=place == 1), NumberCell("+1.0"))) for place, (name, ticker) in
                 enumerate(names))  # fmt: skip
    table = Table("names", "Table 9", "Names", "", (Column("n", "Name"), Column("m", "M", "number")), (RowGroup(rows),))
    return with_parts(replace(report, event_line=EventLine(f"{names[0][0]} speaks")), part(table))


def need_the_extra() -> None:
    for package in ("pylopdf_fonts_jp", "pylopdf_fonts_zh_cn"):
        pytest.importorskip(package, reason="the extra cjk is not installed")


# One event, as it is studied


def test_one_event_takes_few_sheets(one: bytes, outside: ModuleType) -> None:
    assert len(outside.reader(one).pages) <= MOST_SHEETS


def test_nothing_is_cut(one: bytes, outside: ModuleType, tmp_path: Path) -> None:
    outside.assert_nothing_is_cut(one, tmp_path)


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("#place(dx: -8mm)[word]", "text='word'"),
        ("#place(dx: -8mm, line(length: 20mm))", "left margin"),
        ("#place(dx: 170mm, line(length: 15mm))", "right margin"),
        ("#place(dx: 20mm, line(length: 262mm, angle: 90deg))", "runs into its foot"),
    ],
)
def test_what_is_cut_is_found(what: str, found: str, outside: ModuleType, tmp_path: Path) -> None:
    typst = pytest.importorskip("typst")
    sheet = f'#set page(paper: "a4", margin: (x: 17mm, y: 18mm))\nA line.\n{what}'
    made = typst.compile(sheet.encode(), format="pdf", ignore_system_fonts=True)
    with pytest.raises(AssertionError, match=found):
        outside.assert_nothing_is_cut(made, tmp_path)


def test_its_letters_are_embedded(one: bytes, outside: ModuleType) -> None:
    found = outside.typefaces(one)
    assert "LibertinusSerif-Regular-Identity-H" in found
    assert all(found.values())


def test_every_part_has_a_bookmark(one: bytes, outside: ModuleType) -> None:
    found = outside.bookmarks(one)
    assert found[0][0] == 0
    assert found[0][1].startswith("Simulated market: ")
    assert len(found) >= 10
    assert {depth for depth, _, _ in found[1:]} == {1}
    sheets = [sheet for *_, sheet in found]
    assert sheets == sorted(sheets)
    assert sheets[-1] >= 6


def test_it_is_declared_accessible_in_its_language(one: bytes, outside: ModuleType) -> None:
    root = outside.reader(one).trailer["/Root"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in one
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert outside.reader(one).metadata.title.startswith("Simulated market: ")


def test_sheets_are_numbered(one: bytes, outside: ModuleType, tmp_path: Path) -> None:
    sheets = len(outside.reader(one).pages)
    lines: dict[int, str] = {}
    for word in outside.words(one, tmp_path):
        if word.top > outside.HEIGHT - outside.BOTTOM:
            lines[word.sheet] = f"{lines.get(word.sheet, '')} {word.text}"
    assert [lines[number].endswith(f" {number} of {sheets}") for number in range(1, sheets + 1)] == [True] * sheets


@pytest.mark.slow
def test_the_whole_catalogue_takes_few_sheets(
    repository: Path, sample_prices: Any, outside: ModuleType, tmp_path: Path
) -> None:
    events = es.read_events(repository / "events.csv")
    results = es.run_study(events, es.read_universe(repository / "universe.csv"), sample_prices)
    made = render_pdf(build_report(results))
    assert b"pdfuaid" in made
    assert len(outside.reader(made).pages) <= MOST_OF_THE_CATALOGUE
    outside.assert_nothing_is_cut(made, tmp_path)


# Tables


def test_a_long_table_goes_on_under_its_heads(sample: ModuleType, outside: ModuleType, tmp_path: Path) -> None:
    made = render_pdf(with_parts(sample.one_event(), part(table_of(90, "Alpha", "Beta"))))
    words = outside.words(made, tmp_path)
    sheets = {word.sheet for word in words if word.text in {"Alpha", "Beta"}}
    assert len(sheets) == 3
    for sheet in sheets:
        assert sum(word.text == "Company" for word in words if word.sheet == sheet) == 1
        # the group's own line stands over its rows again
        first = next(word.text for word in words if word.sheet == sheet and word.text in {"Alpha", "Beta"})
        assert first in {"Alpha", "Beta"}


@pytest.mark.parametrize("rows", range(24, 33))
def test_a_note_stands_under_three_rows(rows: int, sample: ModuleType, outside: ModuleType, tmp_path: Path) -> None:
    made = render_pdf(with_parts(replace(sample.one_event(), first_page=None), part(table_of(rows, "Alpha", "Beta"))))
    words = outside.words(made, tmp_path)
    note = next(word.sheet for word in words if word.text == "note")
    last = [word.sheet for word in words if word.text in {f"{place}" for place in range(rows - 3, rows)}]
    assert last[-3:] == [note] * 3


def test_what_paper_leaves_out_is_told(sample: ModuleType, outside: ModuleType, tmp_path: Path) -> None:
    short = table_of(2, "Alpha")
    folded = replace(short, full=table_of(9, "Alpha").groups, full_label="All nine moves")
    shorter = replace(short, id="b", label="Table 8", paper=table_of(1, "Alpha").groups, note=())
    absent = replace(short, id="c", label="Table 7", on_paper=False)
    made = render_pdf(with_parts(sample.one_event(), part(folded, shorter), part(absent, anchor="other")))
    text = " ".join(word.text for word in outside.words(made, tmp_path))
    assert "A note under the last row. All nine moves: in the HTML report." in text
    assert "All rows: in the HTML report." in text
    assert "Table 7: in the HTML report." in text
    assert "Table 7. Moves" not in text


# The opening


@pytest.mark.parametrize(
    ("rows", "sheet", "pitch", "edge"),
    [
        # rows at their usual distance; closer; closest, with a smaller figure; too many for any of it
        (9, 1, 10.96, 60.5),
        (10, 1, 10.25, 60.5),
        (11, 1, 10.05, 59.7),
        (14, 2, 10.96, 60.5),
    ],
)
def test_an_opening_that_is_too_high_by_a_little_stays_on_its_sheet(
    rows: int, sheet: int, pitch: float, edge: float, sample: ModuleType, outside: ModuleType, tmp_path: Path
) -> None:
    report = sample.one_event()
    page = replace(report.first_page, table=table_of(rows, "Alpha", "Beta"))
    words = outside.words(render_pdf(replace(report, first_page=page, sections=())), tmp_path)
    assert next(word.sheet for word in words if word.text == "note") == sheet
    tops = sorted(word.top for word in words if word.text == "Alpha" and word.sheet == 1)
    assert tops[2] - tops[1] == pytest.approx(pitch, abs=0.03)
    assert next(word.left for word in words if word.text == "clear") == pytest.approx(edge, abs=0.1)


def test_why_there_is_neither_figure_nor_table_is_told_once(
    sample: ModuleType, outside: ModuleType, tmp_path: Path
) -> None:
    reason = Empty("Quenched: the event precedes the first price.")
    report = replace(sample.one_event(), first_page=FirstPage(reason, reason), sections=())
    printed = [word for word in outside.words(render_pdf(report), tmp_path) if word.text == "Quenched:"]
    assert len(printed) == 1
    assert render_html(report).decode().count("Quenched:") == 1
    differing = replace(report, first_page=FirstPage(reason, Empty("Quelled: another reason.")))
    page = render_html(differing).decode()
    assert page.count("Quenched:") == page.count("Quelled:") == 1


# Several events


def test_the_contents_lead_to_every_chapter(sample: ModuleType, outside: ModuleType, tmp_path: Path) -> None:
    report = sample.several_events(3)
    made = render_pdf(replace(report, closing=(part(Empty("Nothing."), anchor="closing"),)))
    found = outside.bookmarks(made)
    chapters = [(title, sheet) for depth, title, sheet in found if depth == 1 and " · " in title]
    assert [title for title, _ in chapters] == [f"{each.name} · {each.when}" for each in report.chapters]
    text = " ".join(word.text for word in outside.words(made, tmp_path) if word.sheet < chapters[0][1])
    start = text.index(report.contents_heading)
    for (_, sheet), chapter in zip(chapters, report.chapters, strict=True):
        assert re.search(rf"{re.escape(chapter.name)}.*? {sheet}\b", text[start:])
    assert "Topic" in text[start:]


# Scripts


def test_japanese_and_chinese_names_are_drawn(sample: ModuleType, outside: ModuleType, tmp_path: Path) -> None:
    need_the_extra()
    report = named(sample.one_event(), *NAMES)
    made = render_pdf(report)
    assert b"pdfuaid" in made
    assert render_pdf(report) == made
    found = outside.typefaces(made)
    assert found["NotoSerifJP-Regular-Identity-H"]
    assert found["NotoSerifSC-Regular-Identity-H"]
    text = " ".join(word.text for word in outside.words(made, tmp_path))
    for name, ticker in NAMES:
        assert f"{name} {ticker}" in text
    assert "cannot be drawn" not in text


def test_a_chinese_word_is_set_in_one_typeface() -> None:
    need_the_extra()
    faces = typefaces.typefaces_for("東京製鐵 北方稀土 中国铝业")
    assert faces.names == (typefaces.SERIF, typefaces.JAPANESE, typefaces.CHINESE)
    assert faces.chinese == {"铝", "业"}
    assert faces.missing == frozenset()


def test_names_that_cannot_be_drawn_are_told(
    sample: ModuleType, outside: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typefaces, "_folders", dict)
    made = render_pdf(named(sample.one_event(), *NAMES[:2]))
    assert b"pdfuaid" in made
    words = outside.words(made, tmp_path)
    first = " ".join(word.text for word in words if word.sheet == 1)
    assert "The names of 5423.T and 600111.SS cannot be drawn whole: eight letters" in first
    assert "(U+4EAC, U+5317, U+571F, U+65B9, U+6771, U+7A00, U+88FD and U+9435) stand as \ufffd" in first
    assert "pip install 'eventstudy-report[cjk]'" in first
    assert "\ufffd" * 4 + " 5423.T" in " ".join(word.text for word in words)


def test_a_script_without_a_typeface_is_told_with_the_extra_too(
    sample: ModuleType, outside: ModuleType, tmp_path: Path
) -> None:
    need_the_extra()
    made = render_pdf(named(sample.one_event(), ("東京製鐵", "5423.T"), ("한", "005930.KS")))
    assert b"pdfuaid" in made
    first = " ".join(word.text for word in outside.words(made, tmp_path) if word.sheet == 1)
    assert "The names of 005930.KS cannot be drawn whole: one letter" in first
    assert "(U+D55C) stands as" in first
    assert "pip install" not in first


def test_known_letters_need_no_asking() -> None:
    assert typefaces._undrawn(sorted(typefaces._KNOWN - {"\n"}), (typefaces.SERIF,), ()) == frozenset()


# Figures


def test_many_columns_of_a_heat_map_stand_in_one_drawing(sample: ModuleType) -> None:
    from eventstudy.report.figures.heatmap import draw_heatmap, split
    from eventstudy.report.figures.marks import Line

    plot: HeatMap = sample.heat_map()
    (only,) = split(plot, 690, compact=True)
    sheet = draw_heatmap(only, width=690, compact=True)
    lines = [mark for mark in sheet.marks if isinstance(mark, Line)]
    said = " ".join(line.text for line in lines)
    for column in plot.columns:
        for word in column.name.split():
            assert word in said
        assert column.date in said
    heights = {line.y for line in lines if line.text == "Gallium licences" or line.text == "Graphite licences"}
    assert len(heights) == 2
    assert min(line.size for line in lines) * 176 * 72 / 25.4 / 690 > 8.2

"""All tables as sheets of one workbook: 16 digits under a number format, text that stays text."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from eventstudy.errors import UsageError
from eventstudy.tables.cells import cell_text, iso, values
from eventstudy.tables.columns import Kind, kind_of
from eventstudy.tables.exact import FORMULA_SIGNS

if TYPE_CHECKING:
    import pandas as pd

PROVENANCE = "provenance"
# what a sheet and a cell of a spreadsheet can hold
MAX_ROWS = 1_048_575
_MAX_TEXT = 32_000
_FORMATS = {
    Kind.RETURN: "0.00%",
    Kind.SHARE: "0.00",
    Kind.PROBABILITY: "0.000",
    Kind.STATISTIC: "0.00",
    Kind.OTHER: "General",
}
_DATE, _FIRST_DATE = "yyyy-mm-dd", date(1900, 3, 1)  # before that day spreadsheets count a day that never was
_NARROWEST, _WIDEST, _MEASURED = 8, 44, 300
# a file that says when it was written would differ between two runs
_NO_MOMENT = datetime(1980, 1, 1)


def as_workbook(frames: Mapping[str, pd.DataFrame], provenance: Mapping[str, Any]) -> bytes:
    """An Excel workbook: a sheet a table, then what produced them.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Tables by the names of their sheets.
    provenance : mapping
        Plain values as in ``study.json``; one row each on the last sheet.

    Raises
    ------
    UsageError
        If XlsxWriter is not installed, or a table has more rows than a sheet.

    Notes
    -----
    Returns are shown as per cent and kept as decimals. Heads are frozen and have filters. No cell is a formula:
    text that begins like one is written as text and marked as such, so that it stays text when it is edited.
    """
    try:
        import xlsxwriter
    except ImportError:
        raise UsageError(
            "a workbook needs XlsxWriter, which is not installed; pip install 'eventstudy-report[excel]', or choose "
            "another format"
        ) from None
    for name, frame in frames.items():
        if len(frame) > MAX_ROWS:
            raise UsageError(
                f"{name}: {len(frame):,} rows, and a sheet holds {MAX_ROWS:,}; choose parquet, or study fewer events"
            )
    stream = io.BytesIO()
    guards = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    with xlsxwriter.Workbook(stream, {**guards, "constant_memory": True}) as book:
        book.set_properties({"created": _NO_MOMENT, "title": "Event study", "comments": "Returns are decimals."})
        styles = _styles(book)
        for name, frame in frames.items():
            _fill(book.add_worksheet(name), [str(each) for each in frame.columns], frame, styles)
        _fill_provenance(book.add_worksheet(PROVENANCE), provenance, styles)
    return stream.getvalue()


def _styles(book: Any) -> dict[object, Any]:
    """The formats of the workbook, by kind of column and by what else they are for."""
    found: dict[object, Any] = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
    found["head"] = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
    found["date"] = book.add_format({"num_format": _DATE, "align": "left"})
    found["text"] = book.add_format()
    found["quoted"] = book.add_format({"quote_prefix": True})
    return found


def _fill(sheet: Any, names: list[str], frame: pd.DataFrame, styles: Mapping[object, Any]) -> None:
    """One table: head, formats, widths, cells; row by row, as a workbook of constant memory wants it."""
    columns = [values(frame[name]) for name in frame.columns]
    kinds = [kind_of(name) for name in names]
    for place, (name, column) in enumerate(zip(names, columns, strict=True)):
        sheet.set_column(place, place, _width(name, column))
        _write_text(sheet, 0, place, name, styles, styles["head"])
    sheet.freeze_panes(1, 0)
    if names:
        sheet.autofilter(0, 0, len(frame), len(names) - 1)
    for row, cells in enumerate(zip(*columns, strict=True), start=1):
        for place, (value, kind) in enumerate(zip(cells, kinds, strict=True)):
            _write(sheet, row, place, value, kind, styles)


def _write(sheet: Any, row: int, place: int, value: Any, kind: Kind, styles: Mapping[object, Any]) -> None:
    """One cell; missing and infinite numbers are empty."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, place, value, styles[kind])
    elif isinstance(value, date) and len(iso(value)) == len("2026-01-06"):
        day = value.date() if isinstance(value, datetime) else value
        if day >= _FIRST_DATE:
            sheet.write_datetime(row, place, datetime(day.year, day.month, day.day), styles["date"])
        else:
            _write_text(sheet, row, place, iso(value), styles)
    else:
        _write_text(sheet, row, place, cell_text(value, str), styles)


def _write_text(
    sheet: Any, row: int, place: int, text: str, styles: Mapping[object, Any], style: Any | None = None
) -> None:
    """Text that is never a formula, a link or a number."""
    if not text:
        return
    text = text.encode("utf-8", "replace").decode()
    text = text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "…"
    sheet.write_string(row, place, text, style or styles["quoted" if text.startswith(FORMULA_SIGNS) else "text"])


def _width(name: str, column: list[Any]) -> int:
    """Wide enough for the head and the first cells."""
    longest = max((len(_shown(value)) for value in column[:_MEASURED]), default=0)
    return max(_NARROWEST, min(max(longest, len(name) + 3) + 1, _WIDEST))


def _shown(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) else cell_text(value, str)


def _fill_provenance(sheet: Any, provenance: Mapping[str, Any], styles: Mapping[object, Any]) -> None:
    """What produced the tables: names joined by points, and values."""
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 1, 90)
    for place, head in enumerate(("what", "value")):
        _write_text(sheet, 0, place, head, styles, styles["head"])
    sheet.freeze_panes(1, 0)
    for row, (name, value) in enumerate(_flat("", provenance), start=1):
        _write_text(sheet, row, 0, name, styles)
        _write(sheet, row, 1, value, Kind.OTHER, styles)


def _flat(lead: str, value: Any) -> list[tuple[str, Any]]:
    """Nested values as pairs of a joined name and a plain value.

    Examples
    --------
    >>> _flat("", {"seed": 0, "windows": [[0, 0], [-1, 1]], "inputs": {"events": {"path": "events.csv"}}})
    [('seed', 0), ('windows', '0, 0; -1, 1'), ('inputs.events.path', 'events.csv')]
    """
    if isinstance(value, Mapping):
        return [pair for name, each in value.items() for pair in _flat(f"{lead}.{name}" if lead else str(name), each)]
    if isinstance(value, list | tuple):
        nested = any(isinstance(each, list | tuple) for each in value)
        parts = (", ".join(map(str, each)) if isinstance(each, list | tuple) else str(each) for each in value)
        return [(lead, ("; " if nested else ", ").join(parts))]
    return [(lead, value)]

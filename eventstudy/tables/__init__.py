"""The tables of a study as files, whole or not at all, and the same bytes for the same study.

``exact`` writes every digit, for programs; ``printed`` the digits that a reader wants, for papers and pages;
``workbook`` 16 digits under a number format, for spreadsheets.
"""

from __future__ import annotations

from eventstudy.tables.exact import as_csv, as_json, as_parquet, spreadsheet_safe
from eventstudy.tables.printed import as_latex, as_markdown
from eventstudy.tables.workbook import as_workbook
from eventstudy.tables.writing import FORMATS, TABLES, write_tables

__all__ = [
    "FORMATS",
    "TABLES",
    "as_csv",
    "as_json",
    "as_latex",
    "as_markdown",
    "as_parquet",
    "as_workbook",
    "spreadsheet_safe",
    "write_tables",
]

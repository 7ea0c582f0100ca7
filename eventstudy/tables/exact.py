"""Tables with every digit, for programs: CSV, Parquet, JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from eventstudy.tables.cells import jsonable, rows, values

if TYPE_CHECKING:
    import pandas as pd

# a spreadsheet takes a cell that begins so for a formula
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def spreadsheet_safe(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would run it as a formula.

    Examples
    --------
    >>> spreadsheet_safe('=HYPERLINK("http://example.org")'), spreadsheet_safe("[-1,+1]")
    ('\\'=HYPERLINK("http://example.org")', '[-1,+1]')
    """
    return "'" + text if text.startswith(FORMULA_SIGNS) else text


def as_csv(frame: pd.DataFrame) -> bytes:
    """RFC 4180 with line feeds: numbers in full, text safe for spreadsheets, missing cells empty."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([spreadsheet_safe(str(name)) for name in frame.columns])
    writer.writerows(rows(frame, spreadsheet_safe))
    return stream.getvalue().encode()


def as_parquet(frame: pd.DataFrame) -> bytes:
    """Parquet with the columns' own types, without an index."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None), stream)
    return stream.getvalue()


def as_json(frame: pd.DataFrame) -> bytes:
    """An array of records, one a line; missing values are null."""
    names = [str(name) for name in frame.columns]
    columns = [[jsonable(value) for value in values(frame[name])] for name in frame.columns]
    lines = (
        json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, allow_nan=False)
        for row in zip(*columns, strict=True)
    )
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()

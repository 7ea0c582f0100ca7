"""The tables of a study as files, whole or not at all, and the same bytes for the same study."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.files import write_all_atomically

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.results import StudyResults

TABLES = ("pairs", "abnormal_returns", "cars", "groups", "tests", "attrition")
FORMATS = ("csv", "parquet", "json", "latex")

# a spreadsheet takes a cell that begins so for a formula
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_LATEX_SIGNS = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "[": "{[}",  # after \\ a bracket would be read as an optional argument
        "]": "{]}",
        "\n": " ",
        "\r": " ",
        "\t": " ",
    }
)


def write_tables(
    results: StudyResults,
    out: str | os.PathLike[str],
    formats: Sequence[str] = ("csv",),
    counterfactuals: pd.DataFrame | None = None,
) -> tuple[Path, ...]:
    """The paths of a study's tables, once every one of them is written.

    Parameters
    ----------
    results : StudyResults
        What ``run_study`` or ``study_returns`` returned.
    out : path-like
        A folder; made if it is not there.
    formats : sequence of str
        Any of ``csv``, ``parquet``, ``json``, ``latex``; each table is written in each of them.
    counterfactuals : DataFrame, optional
        What :func:`eventstudy.counterfactual.table.counterfactual_table` found, written as one more table.

    Returns
    -------
    tuple of Path
        ``pairs``, ``abnormal_returns``, ``cars``, ``groups``, ``tests``, ``attrition`` in every format,
        ``counterfactuals`` where it was given, then ``study.json``, which says what produced them.

    Raises
    ------
    ValueError
        If a format is unknown, or none is given.
    OSError
        If the folder cannot be written or the disk is full; files that stood there before are unchanged.

    Notes
    -----
    Numbers are written with all their digits, missing ones as empty cells. Text that a spreadsheet would take for
    a formula gets a leading apostrophe in CSV; LaTeX is escaped. The same study gives the same bytes.

    Examples
    --------
    >>> import tempfile
    >>> import eventstudy as es
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> paths = es.write_tables(results, tempfile.mkdtemp(), formats=("csv", "json"))
    >>> [path.name for path in paths][:3], paths[-1].name
    (['pairs.csv', 'abnormal_returns.csv', 'cars.csv'], 'study.json')
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise ValueError(f"unknown table formats {unknown}; choose from {', '.join(FORMATS)}")
    frames = {
        "pairs": results.pairs,
        "abnormal_returns": results.abnormal_returns,
        "cars": results.cars,
        "groups": results.summary_groups(),
        "tests": results.summary_tests(),
        "attrition": results.attrition,
    }
    if counterfactuals is not None:
        frames["counterfactuals"] = counterfactuals
    folder = Path(out)
    contents = {
        folder / f"{name}.{_SUFFIXES[kind]}": _WRITERS[kind](frames[name])
        for kind in dict.fromkeys(formats)
        for name in frames
    }
    contents[folder / "study.json"] = _origin(results, counterfactuals)
    folder.mkdir(parents=True, exist_ok=True)
    return write_all_atomically(contents)


def _origin(results: StudyResults, counterfactuals: pd.DataFrame | None) -> bytes:
    """What produced the tables: everything that a second run needs, and nothing that differs between two runs."""
    studied = {
        "events": list(dict.fromkeys(results.pairs["event_id"])),
        "tickers": list(dict.fromkeys(results.pairs["ticker"])),
    }
    further = {} if counterfactuals is None else {"counterfactuals": list(dict.fromkeys(counterfactuals["estimator"]))}
    known = _jsonable({**results.provenance, "studied": studied, **further})
    return (json.dumps(known, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def spreadsheet_safe(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would run it as a formula.

    Examples
    --------
    >>> spreadsheet_safe('=HYPERLINK("http://example.org")'), spreadsheet_safe("[-1,+1]")
    ('\\'=HYPERLINK("http://example.org")', '[-1,+1]')
    """
    return "'" + text if text.startswith(_FORMULA_SIGNS) else text


def as_csv(frame: pd.DataFrame) -> bytes:
    """RFC 4180 with line feeds: numbers in full, text safe for spreadsheets, missing cells empty."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([spreadsheet_safe(str(name)) for name in frame.columns])
    writer.writerows(_rows(frame, spreadsheet_safe))
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
    columns = [[_jsonable(value) for value in _values(frame[name])] for name in frame.columns]
    lines = (
        json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, allow_nan=False)
        for row in zip(*columns, strict=True)
    )
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()


def as_latex(frame: pd.DataFrame) -> bytes:
    """A ``longtable`` that needs no package but that one, every cell escaped."""
    import pandas as pd

    align = "".join("r" if pd.api.types.is_numeric_dtype(kind) else "l" for kind in frame.dtypes)
    head = " & ".join(_latex(str(name)) for name in frame.columns)
    body = [" & ".join(row) + r" \\" for row in _rows(frame, _latex)]
    lines = [
        r"% \usepackage{longtable}",
        rf"\begin{{longtable}}{{{align}}}",
        r"\hline",
        rf"{head} \\",
        r"\hline",
        r"\endhead",
        *body,
        r"\hline",
        r"\end{longtable}",
    ]
    return ("\n".join(lines) + "\n").encode()


_SUFFIXES = {"csv": "csv", "parquet": "parquet", "json": "json", "latex": "tex"}
_WRITERS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "csv": as_csv,
    "parquet": as_parquet,
    "json": as_json,
    "latex": as_latex,
}


def _latex(text: str) -> str:
    return text.translate(_LATEX_SIGNS)


def _rows(frame: pd.DataFrame, safe: Callable[[str], str]) -> Iterable[tuple[str, ...]]:
    """The cells as text, row by row: numbers as they are, all else made safe."""
    return zip(*([_cell(value, safe) for value in _values(frame[name])] for name in frame.columns), strict=True)


def _values(column: pd.Series[Any]) -> list[Any]:
    """Plain Python values; None where the cell is missing."""
    values = column.astype(object).where(column.notna(), None).tolist()
    return [value.item() if hasattr(value, "item") else value for value in values]


def _cell(value: Any, safe: Callable[[str], str]) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ""
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, date):
        return _iso(value)
    return safe(str(value))


def _iso(value: date) -> str:
    """A date as such, also where it is stored as midnight."""
    if isinstance(value, datetime) and value.tzinfo is None and value.time() == datetime.min.time():
        return value.date().isoformat()
    return value.isoformat()


def _jsonable(value: Any) -> Any:
    """The value in the types of JSON, with null for what is missing or not finite."""
    if isinstance(value, dict):
        return {str(key): _jsonable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return _iso(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)

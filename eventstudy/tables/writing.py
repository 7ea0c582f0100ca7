"""Every table of a study, in the formats asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.files import write_all_atomically
from eventstudy.spelling import did_you_mean
from eventstudy.tables.cells import jsonable
from eventstudy.tables.exact import as_csv, as_json, as_parquet
from eventstudy.tables.printed import as_latex, as_markdown
from eventstudy.tables.workbook import as_workbook

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.results import StudyResults

TABLES = ("pairs", "abnormal_returns", "cars", "groups", "tests", "attrition")
FORMATS = ("csv", "parquet", "json", "latex", "markdown", "xlsx")


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
        Any of ``csv``, ``parquet``, ``json``, ``latex``, ``markdown``, ``xlsx``; each table is written in each of
        them, for ``xlsx`` as a sheet of one workbook, ``study.xlsx``.
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
    UsageError
        If a workbook is asked for and XlsxWriter is not installed, or a table is longer than a sheet.
    OSError
        If the folder cannot be written or the disk is full; files that stood there before are unchanged.

    Notes
    -----
    CSV, Parquet and JSON hold all digits, the workbook 16; missing numbers are empty cells. LaTeX (booktabs, longtable)
    and Markdown print returns to four decimals, p to three. Text that a spreadsheet would take for a formula gets a
    leading apostrophe in CSV and stays text in the workbook; LaTeX and Markdown are escaped. The same study gives the
    same bytes.

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
        near = did_you_mean(unknown[0], FORMATS) if unknown else ""
        told = f"unknown table formats {unknown}; choose from {', '.join(FORMATS)}"
        raise ValueError(f"{told}; {near}" if near else told)
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
    contents = {}
    for kind in dict.fromkeys(formats):
        if kind == "xlsx":
            contents[folder / "study.xlsx"] = as_workbook(frames, _known(results, counterfactuals))
        else:
            suffix, write = _WRITERS[kind]
            contents.update({folder / f"{name}.{suffix}": write(frame) for name, frame in frames.items()})
    contents[folder / "study.json"] = _origin(results, counterfactuals)
    folder.mkdir(parents=True, exist_ok=True)
    return write_all_atomically(contents)


_WRITERS: dict[str, tuple[str, Callable[[pd.DataFrame], bytes]]] = {
    "csv": ("csv", as_csv),
    "parquet": ("parquet", as_parquet),
    "json": ("json", as_json),
    "latex": ("tex", as_latex),
    "markdown": ("md", as_markdown),
}


def _known(results: StudyResults, counterfactuals: pd.DataFrame | None) -> dict[str, Any]:
    """What produced the tables: everything that a second run needs, and nothing that differs between two runs."""
    studied = {
        "events": list(dict.fromkeys(results.pairs["event_id"])),
        "tickers": list(dict.fromkeys(results.pairs["ticker"])),
    }
    further = {} if counterfactuals is None else {"counterfactuals": list(dict.fromkeys(counterfactuals["estimator"]))}
    known: dict[str, Any] = jsonable({**results.provenance, "studied": studied, **further})
    return known


def _origin(results: StudyResults, counterfactuals: pd.DataFrame | None) -> bytes:
    """The content of ``study.json``."""
    known = _known(results, counterfactuals)
    return (json.dumps(known, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()

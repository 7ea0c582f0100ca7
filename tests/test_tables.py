"""Tables on the disk: whole or not at all, safe to open, the same bytes for the same study."""

from __future__ import annotations

import csv
import errno
import io
import json
import re
import sys
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy import files
from eventstudy.errors import UsageError
from eventstudy.tables import (
    TABLES,
    as_csv,
    as_json,
    as_latex,
    as_markdown,
    as_parquet,
    as_workbook,
    write_tables,
)


@dataclass
class _Results:
    """Stands in for StudyResults: the writer only looks at its tables."""

    pairs: pd.DataFrame
    provenance: dict = field(default_factory=lambda: {"seed": 0, "version": "1.0.0", "when": None})

    @property
    def abnormal_returns(self) -> pd.DataFrame:
        return self.pairs

    cars = attrition = abnormal_returns

    def summary_groups(self) -> pd.DataFrame:
        return self.pairs

    summary_tests = summary_groups


@pytest.fixture
def hostile() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": ["a", "b"],
            "ticker": ["7203.T", "MP"],
            "sector": ['=HYPERLINK("http://example.org")', "@SUM(1)"],
            "name": ["-2+3", 'Toyota, "Motor"\nCorporation'],
            "window": ["[-1,+1]", "[0,0]"],
            "session": [date(2026, 1, 7), None],
            "stamp": pd.to_datetime(["2026-01-07", None]),
            "car": [-0.1 - 0.2, np.nan],
            "n_pairs": [12, 3],
        }
    )


def test_csv_keeps_numbers_and_disarms_text(hostile):
    rows = list(csv.DictReader(as_csv(hostile).decode().splitlines(keepends=True)))
    assert rows[0]["sector"] == '\'=HYPERLINK("http://example.org")'
    assert rows[1]["sector"] == "'@SUM(1)"
    assert rows[0]["name"] == "'-2+3"
    assert rows[1]["name"] == 'Toyota, "Motor"\nCorporation'
    assert rows[0]["window"] == "[-1,+1]"
    assert rows[0]["car"] == "-0.30000000000000004"
    assert float(rows[0]["car"]) == hostile["car"][0]
    assert rows[1]["car"] == ""
    assert rows[0]["n_pairs"] == "12"
    assert (rows[0]["session"], rows[0]["stamp"]) == ("2026-01-07", "2026-01-07")
    assert (rows[1]["session"], rows[1]["stamp"]) == ("", "")


def test_json_is_null_where_missing(hostile):
    records = json.loads(as_json(hostile))
    assert records[1]["car"] is None
    assert records[0]["car"] == hostile["car"][0]
    assert records[0]["session"] == "2026-01-07"
    assert json.loads(as_json(hostile.iloc[:0])) == []


def test_parquet_comes_back_equal(hostile, tmp_path):
    path = tmp_path / "t.parquet"
    path.write_bytes(as_parquet(hostile))
    back = pd.read_parquet(path)
    assert back["car"][0] == hostile["car"][0]
    assert list(back.columns) == list(hostile.columns)


def test_latex_is_escaped():
    frame = pd.DataFrame({"a_b": [r"\input{/etc/passwd} 50% & $x$ #1 ~^"], "x": [1.5]})
    text = as_latex(frame).decode()
    assert (
        r"\textbackslash{}input\{/etc/passwd\} 50\% \& \$x\$ \#1 \textasciitilde{}\textasciicircum{} & 1.5 \\" in text
    )
    assert r"a\_b & x \\" in text


def test_latex_has_the_digits_that_a_reader_wants():
    frame = pd.DataFrame(
        {
            "caar": [-0.02142858917, 0.00001, np.nan],
            "pvalue": [0.00018932, 0.0623, 1.0],
            "statistic": [-3.14159265, 0.0, np.inf],
            "share_positive": [2 / 3, 0.0, 1.0],
            "tau": [-1, 0, 1],
            "size": [1234567.891, 0.5, 1e-9],
        }
    )
    rows = [line for line in as_latex(frame).decode().splitlines() if "&" in line]
    assert rows == [
        r"caar & pvalue & statistic & share\_positive & tau & size \\",
        r"$-$0.0214 & $<$\,0.001 & $-$3.142 & 0.67 & $-$1 & 1.23457e+06 \\",
        r"0.0000 & 0.062 & 0.000 & 0.00 & 0 & 0.5 \\",
        r" & 1.000 &  & 1.00 & 1 & 1e$-$09 \\",
    ]


def test_latex_has_the_rules_of_booktabs(hostile):
    lines = as_latex(hostile).decode().splitlines()
    assert lines[:2] == [r"% \usepackage{longtable}", r"% \usepackage{booktabs}"]
    assert [line for line in lines if line.startswith("\\") and "rule" in line] == [
        *(r"\toprule", r"\midrule", r"\bottomrule"),
    ]
    body = "".join(lines[5:-2])
    assert body.count("{") - body.count(r"\{") == body.count("}") - body.count(r"\}")


def test_markdown_is_escaped(hostile):
    frame = pd.DataFrame({"a|b": ["x|y\n<script>*_`[l](u)&lt;$x$"], "car": [-0.5]})
    text = as_markdown(frame).decode()
    assert text.splitlines() == [
        r"| a\|b | car |",
        "|:--|--:|",
        r"| x\|y \<script\>\*\_\`\[l\](u)\&lt;\$x\$ | −0.5000 |",
    ]
    rows = as_markdown(hostile).decode().splitlines()
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


def test_a_workbook_keeps_numbers_and_text(hostile):
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    told = {"seed": 0, "inputs": {"events": {"path": "=cmd"}}, "windows": [[0, 0], [-1, 1]]}
    book = openpyxl.load_workbook(io.BytesIO(as_workbook({"pairs": hostile, "cars": hostile.iloc[:0]}, told)))
    assert book.sheetnames == ["pairs", "cars", "provenance"]
    sheet = book["pairs"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:I3"
    assert [cell.value for cell in sheet[1]] == list(hostile.columns)
    first = {cell.value: sheet.cell(2, cell.column) for cell in sheet[1]}
    assert first["car"].value == pytest.approx(hostile["car"][0], rel=1e-15)
    assert (first["car"].number_format, first["car"].font.bold) == ("0.00%", False)
    assert first["n_pairs"].value == 12
    assert first["session"].value == datetime(2026, 1, 7)
    assert first["session"].number_format == "yyyy-mm-dd"
    # a formula would have the type f
    for row in book["pairs"].iter_rows():
        assert {cell.data_type for cell in row} <= {"s", "n", "d"}
    assert first["sector"].value == '=HYPERLINK("http://example.org")'
    assert first["sector"].quotePrefix
    assert not first["event_id"].quotePrefix
    assert sheet["H3"].value is None
    rows = dict(book["provenance"].iter_rows(min_row=2, values_only=True))
    assert rows == {"seed": 0, "inputs.events.path": "=cmd", "windows": "0, 0; -1, 1"}
    assert book["provenance"]["B3"].data_type == "s"


def test_a_workbook_holds_what_a_cell_and_a_sheet_can(monkeypatch):
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    notes = pd.Series(["x" * 40_000, "a\x01b\ud800"], dtype=object)
    frame = pd.DataFrame({"note": notes, "session": [date(1850, 1, 2), date(2026, 1, 7)]})
    sheet = openpyxl.load_workbook(io.BytesIO(as_workbook({"notes": frame}, {})))["notes"]
    assert len(sheet["A2"].value) == 32_001
    assert sheet["A3"].value.startswith("a")
    assert sheet["B2"].value == "1850-01-02"
    monkeypatch.setattr("eventstudy.tables.workbook.MAX_ROWS", 1)
    with pytest.raises(UsageError, match="notes: 2 rows, and a sheet holds 1; choose parquet"):
        as_workbook({"notes": frame}, {})


def test_without_its_library_a_workbook_says_what_to_install(hostile, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(UsageError, match=r"pip install 'eventstudy-report\[excel\]'"):
        write_tables(_Results(hostile), tmp_path / "out", ("xlsx",))
    assert not (tmp_path / "out").exists()


def test_every_table_in_every_format_and_the_same_bytes_twice(hostile, tmp_path):
    results = _Results(hostile)
    formats = ("csv", "parquet", "json", "latex", "markdown", "xlsx")
    first = write_tables(results, tmp_path / "one" / "deep", formats)
    second = write_tables(results, tmp_path / "two", formats)
    assert [path.name for path in first[:6]] == [f"{name}.csv" for name in TABLES]
    assert first[-1].name == "study.json"
    assert first[-2].name == "study.xlsx"
    assert len(first) == 5 * 6 + 2
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == sorted(path.name for path in second)


def test_unknown_format(hostile, tmp_path):
    with pytest.raises(ValueError, match=r"markdown, xlsx; did you mean xlsx\?"):
        write_tables(_Results(hostile), tmp_path, ("xls",))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("failing", range(1, 8))
def test_a_failure_at_any_file_leaves_the_old_tables(hostile, tmp_path, monkeypatch, failing):
    write_tables(_Results(hostile), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    changed = _Results(hostile.assign(car=1.0), {"seed": 1})
    replace, calls = files.os.replace, []

    def out_of_space(source, target):
        if not str(target).endswith((".part", ".kept")) and not str(source).endswith(".kept"):
            calls.append(target)
            if len(calls) == failing:
                raise OSError(errno.ENOSPC, "No space left on device")
        return replace(source, target)

    monkeypatch.setattr(files.os, "replace", out_of_space)
    with pytest.raises(OSError, match="No space"):
        write_tables(changed, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_in_the_way_leaves_the_old_tables(hostile, tmp_path):
    write_tables(_Results(hostile), tmp_path)
    (tmp_path / "cars.csv").unlink()
    (tmp_path / "cars.csv").mkdir()
    before = (tmp_path / "pairs.csv").read_bytes()
    with pytest.raises(IsADirectoryError):
        write_tables(_Results(hostile.assign(car=1.0)), tmp_path)
    assert (tmp_path / "pairs.csv").read_bytes() == before
    assert not list(Path(tmp_path).glob(".*"))

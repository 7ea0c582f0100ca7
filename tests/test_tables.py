"""Tables on the disk: whole or not at all, safe to open, the same bytes for the same study."""

from __future__ import annotations

import csv
import errno
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy import files
from eventstudy.tables import TABLES, as_csv, as_json, as_latex, as_parquet, write_tables


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


def test_every_table_in_every_format_and_the_same_bytes_twice(hostile, tmp_path):
    results = _Results(hostile)
    formats = ("csv", "parquet", "json", "latex")
    first = write_tables(results, tmp_path / "one" / "deep", formats)
    second = write_tables(results, tmp_path / "two", formats)
    assert [path.name for path in first[:6]] == [f"{name}.csv" for name in TABLES]
    assert first[-1].name == "study.json"
    assert len(first) == 4 * 6 + 1
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == sorted(path.name for path in second)


def test_unknown_format(hostile, tmp_path):
    with pytest.raises(ValueError, match="xlsx"):
        write_tables(_Results(hostile), tmp_path, ("xlsx",))
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

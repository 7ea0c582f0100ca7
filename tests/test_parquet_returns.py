"""Returns in Parquet files: read as they stand, whatever the layout, and refused where they are no returns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

import eventstudy as es
from eventstudy import parquet_groups, parquet_returns
from eventstudy.errors import InputError

SESSIONS = pd.bdate_range("2020-01-01", periods=60, name="session")


def frame(securities: int = 7, seed: int = 0, names: list[object] | None = None) -> pd.DataFrame:
    """Returns by session and security, a tenth of them missing."""
    rng = np.random.default_rng(seed)
    values = rng.normal(0.0, 0.02, (len(SESSIONS), securities))
    values[rng.random(values.shape) < 0.1] = np.nan
    return pd.DataFrame(values, index=SESSIONS, columns=names or [f"S{number}" for number in range(securities)])


def long(returns: pd.DataFrame) -> pd.DataFrame:
    """One row a security and session that has a return."""
    rows = returns.rename_axis(columns="security_id").unstack().rename("return").dropna().reset_index()
    return rows.sort_values(["security_id", "session"], kind="stable")


def write(rows: pd.DataFrame, path: Path, row_group_size: int = 50) -> Path:
    parquet.write_table(pa.Table.from_pandas(rows, preserve_index=False), path, row_group_size=row_group_size)
    return path


def read(source: es.ParquetReturns, names: list[str], index: pd.Index = SESSIONS) -> pd.DataFrame:
    """What the blocks hold, as a frame."""
    names = source.in_order(names)
    values = np.concatenate([block.values() for block in source.blocks(names, index)])
    return pd.DataFrame(values.T, index=index, columns=names)


@pytest.mark.parametrize("cells", [60, 150, 10_000])
@pytest.mark.parametrize("kind", ["text", "integer", "dictionary", "view"])
def test_blocks_hold_what_the_frame_holds(kind, cells, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_returns, "BLOCK_CELLS", cells)
    returns = frame(names=[9, 10, 100, 11, 12, 13, 2] if kind == "integer" else None)
    table = pa.Table.from_pandas(long(returns), preserve_index=False)
    if kind in ("dictionary", "view"):
        column = table.column("security_id").cast(pa.string_view() if kind == "view" else pa.string())
        table = table.set_column(0, "security_id", column.dictionary_encode() if kind == "dictionary" else column)
    parquet.write_table(table, tmp_path / "returns.parquet", row_group_size=50)
    source = es.ParquetReturns(tmp_path / "returns.parquet")
    wanted = [str(name) for name in returns.columns[[5, 0, 2]]]
    found = read(source, wanted)
    returns.columns = returns.columns.astype(str)
    pd.testing.assert_frame_equal(found, returns[found.columns], check_names=False)
    assert source.rows == int(returns.notna().sum().sum())


@pytest.mark.parametrize("kind", ["date", "ms", "ns", "utc", "integer", "text"])
def test_every_kind_of_session(kind, tmp_path):
    returns = frame()
    index: pd.Index = SESSIONS
    if kind == "integer":
        index = pd.Index([int(day.strftime("%Y%m%d")) for day in SESSIONS])
    elif kind == "text":
        index = SESSIONS.strftime("%Y-%m-%d")
    returns.index = index.rename("session")
    table = pa.Table.from_pandas(long(returns), preserve_index=False)
    kinds = {"date": pa.date32(), "ms": pa.timestamp("ms"), "ns": pa.timestamp("ns"), "utc": pa.timestamp("us", "UTC")}
    if kind in kinds:
        table = table.set_column(1, "session", table.column("session").cast(kinds[kind]))
    parquet.write_table(table, tmp_path / "returns.parquet")
    source = es.ParquetReturns(tmp_path / "returns.parquet")
    pd.testing.assert_frame_equal(read(source, list(returns.columns), index), returns, check_names=False)
    assert source.sessions().equals(index) or (source.sessions() == index).all()


def test_a_folder_of_years_in_folders_of_their_own_and_columns_by_other_names(tmp_path):
    returns = frame()
    rows = long(returns).rename(columns={"security_id": "permno", "session": "day", "return": "ret"})
    rows["volume"] = 1.0
    for number, (month, part) in enumerate(rows.groupby(rows["day"].dt.month)):
        (tmp_path / f"month={month}").mkdir()
        write(part, tmp_path / f"month={month}" / f"part-{number}.parquet", 30)
    source = es.ParquetReturns(tmp_path, security="permno", session="day", value="ret")
    pd.testing.assert_frame_equal(read(source, list(returns.columns)), returns, check_names=False)


def test_empty_cells_are_no_returns(tmp_path):
    rows = pd.DataFrame({"security_id": "A", "session": SESSIONS[:4], "return": [0.01, np.nan, np.inf, None]})
    values = read(es.ParquetReturns(write(rows, tmp_path / "r.parquet")), ["A"])["A"].to_numpy()
    assert values[0] == 0.01
    assert not np.isfinite(values[1:]).any()


def test_float32_and_decimals_are_numbers(tmp_path):
    rows = long(frame(2))
    table = pa.Table.from_pandas(rows, preserve_index=False)
    for kind, close in ((pa.float32(), 1e-7), (pa.decimal128(12, 8), 1e-8)):
        whole = table.set_column(2, "return", table.column("return").cast(kind, safe=False))
        parquet.write_table(whole, tmp_path / "r.parquet")
        found = read(es.ParquetReturns(tmp_path / "r.parquet"), ["S0", "S1"])
        np.testing.assert_allclose(found, frame(2), rtol=1e-6, atol=close)


def _refused(path: Path, names: list[str] | None = None, index: pd.Index = SESSIONS, **columns: str) -> InputError:
    with pytest.raises(InputError) as told:
        read(es.ParquetReturns(path, **columns), names or ["A"], index)
    return told.value


def _rows(**changed: object) -> pd.DataFrame:
    return pd.DataFrame({"security_id": ["A", "A", "B"], "session": SESSIONS[[0, 1, 0]], "return": 0.01} | changed)


def test_columns_that_are_missing_or_of_another_kind_are_told_together(tmp_path):
    rows = _rows(security_id=[1.5, 1.5, 2.5], session=[True, False, True]).drop(columns="return")
    error = _refused(write(rows, tmp_path / "r.parquet"))
    assert [problem.column for problem in error.problems] == ["security_id", "session", "return"]
    assert "it holds double, not integers or text" in str(error)
    assert "it holds bool, not dates, integers or text" in str(error)
    assert "there is no such column among security_id, session; name the column it is in" in str(error)


def test_rows_that_are_not_sorted_name_the_row_group(tmp_path):
    rows = _rows(security_id=["B", "A", "C"])
    error = _refused(write(rows, tmp_path / "r.parquet", 1))
    assert "A stands after B in row group 1, so rows are not sorted by security; sort each file by" in str(error)


@pytest.mark.parametrize("size", [1, 3])
def test_a_session_twice_names_security_and_session(size, tmp_path):
    rows = _rows(session=SESSIONS[[1, 1, 0]])
    assert "A has 2020-01-02 twice; keep one row" in str(_refused(write(rows, tmp_path / "r.parquet", size)))


def test_sessions_of_a_security_may_stand_in_any_order(tmp_path):
    rows = _rows(session=SESSIONS[[5, 1, 0]], **{"return": [0.5, 0.1, 0.0]})
    found = read(es.ParquetReturns(write(rows, tmp_path / "r.parquet")), ["A"])["A"]
    assert found.dropna().to_dict() == {SESSIONS[1]: 0.1, SESSIONS[5]: 0.5}


def test_a_session_beside_the_calendar(tmp_path):
    error = _refused(write(_rows(), tmp_path / "r.parquet"), index=SESSIONS[1:])
    assert "2020-01-01 of A is no session of the calendar, which factors give" in str(error)


def test_an_empty_security(tmp_path):
    error = _refused(write(_rows(security_id=["A", "B", None]), tmp_path / "r.parquet"))
    assert "row group 0 has empty cells; name the security of every row" in str(error)


def test_paths_that_hold_nothing(tmp_path):
    assert "there is no such file or folder" in str(_refused(tmp_path / "nowhere"))
    assert "the folder holds no .parquet file" in str(_refused(tmp_path))
    assert "it has no rows" in str(
        _refused(write(_rows().iloc[:0].astype({"security_id": str}), tmp_path / "r.parquet"))
    )
    (tmp_path / "r.parquet").write_bytes(b"PAR1 no parquet")
    assert "it cannot be read" in str(_refused(tmp_path / "r.parquet"))


def test_row_groups_too_large_to_take_in(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_groups, "LARGEST_GROUP", 2)
    assert "row group 0 has 3 rows; write with row_group_size" in str(_refused(write(_rows(), tmp_path / "r.parquet")))


def test_row_groups_that_every_block_would_read(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_returns, "BLOCK_CELLS", 60)
    path = write(long(frame(20)), tmp_path / "r.parquet", 10_000)
    assert "would read the files 20 times over; write them with row_group_size=" in str(
        _refused(path, [f"S{number}" for number in range(20)])
    )


@pytest.mark.parametrize("name", ["session", "return"])
def test_damage_is_told_by_whoever_reads_first(name, tmp_path):
    path = write(_rows(), tmp_path / "r.parquet")
    chunk = parquet.ParquetFile(path).metadata.row_group(0).column(["security_id", "session", "return"].index(name))
    damaged = bytearray(path.read_bytes())
    begin = min(place for place in (chunk.dictionary_page_offset, chunk.data_page_offset) if place)
    damaged[begin : begin + 24] = b"\xff" * 24
    path.write_bytes(damaged)
    source = es.ParquetReturns(path)
    if name == "session":
        for first in (source.sessions, lambda: source.newest(SESSIONS)):
            with pytest.raises(InputError, match="it cannot be read"):
                first()
    assert "it cannot be read" in str(_refused(path))

"""FilePrices: every shape a path may have, and what is said when it has none of them."""

from __future__ import annotations

import gzip
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import InputError, PriceError
from eventstudy.prices.files import FilePrices
from eventstudy.prices.source import PRICE_COLUMNS

LONG = """ticker,date,open,high,low,close,adj_close,volume
7203.T,2026-01-07,3390,3400,3290,3307,3300.5,100
7203.T,2026-01-06,3380,3410,3370,3400,3393.5,90
MP,2026-01-06,,,,,60.25,
^GSPC,2026-01-06,,,,6900.5,6900.5,
"""
YAHOO = """Date,Open,High,Low,Close,Adj Close,Volume
2026-01-06,3380,3410,3370,3400,3393.5,90
2026-01-07,3390,3400,3290,3307,3300.5,100
"""
TOYOTA = [[3380, 3410, 3370, 3400, 3393.5, 90], [3390, 3400, 3290, 3307, 3300.5, 100]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "7203.T.csv").write_text(YAHOO)
    (tmp_path / "^GSPC.csv").write_text("Date,Close\n2026-01-06,6900.5\n")
    (tmp_path / "047400.KS.csv").write_text("date,adj close\n2026-01-06,1000\n")
    return tmp_path


def long_file(folder: Path, shape: str) -> Path:
    """LONG, written in one of the shapes a source may have."""
    path = folder / f"prices.{shape}"
    if shape == "csv":
        path.write_text(LONG)
    elif shape == "csv.gz":
        path.write_bytes(gzip.compress(LONG.encode()))
    elif shape == "csv.zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("prices.csv", LONG)
    elif shape == "crlf.csv":
        path.write_bytes(b"\xef\xbb\xbf" + LONG.replace("\n", "\r\n").encode())
    elif shape == "quoted.csv":
        path.write_text("\n".join(",".join(f'"{cell}"' for cell in row.split(",")) for row in LONG.split()) + "\n")
    else:
        frame = pd.read_csv(folder / long_file(folder, "csv"))
        frame["date"] = pd.to_datetime(frame["date"])
        if shape == "tz.parquet":
            frame["date"] = frame["date"].dt.tz_localize("Asia/Tokyo")
        elif shape == "text.parquet":
            frame["date"] = frame["date"].dt.strftime("%Y-%m-%d")
        frame.to_parquet(path)
    return path


SHAPES = ["csv", "csv.gz", "csv.zip", "crlf.csv", "quoted.csv", "parquet", "tz.parquet", "text.parquet"]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_long_file_of_any_shape_gives_the_same_prices(tmp_path: Path, shape: str) -> None:
    path = long_file(tmp_path, shape)
    history = FilePrices(path).fetch(["MP", "7203.T", "7203.T", "^GSPC", "LYC.AX"])
    assert list(history.frames) == ["MP", "7203.T", "^GSPC"]
    frame = history.frames["7203.T"]
    assert tuple(frame.columns) == PRICE_COLUMNS
    assert frame.index.name == "date"
    assert frame.index.tz is None
    assert frame.index.tolist() == [pd.Timestamp("2026-01-06"), pd.Timestamp("2026-01-07")]
    assert frame.to_numpy().tolist() == TOYOTA
    assert (frame.dtypes == np.float64).all()
    assert history.frames["MP"]["close"].isna().all()
    assert history.missing == {"LYC.AX": "the source has no such ticker"}
    assert history.snapshot.source == str(path)
    assert (history.snapshot.first_fetch, history.snapshot.last_fetch) == ("", "")
    reference = FilePrices(long_file(tmp_path, "csv")).fetch(["7203.T", "MP", "^GSPC"])
    assert history.snapshot.sha256 == reference.snapshot.sha256


def test_a_folder_of_one_file_a_ticker(folder: Path) -> None:
    history = FilePrices(folder).fetch(["7203.T", "^GSPC", "047400.KS", "MP"])
    assert history.frames["7203.T"].to_numpy().tolist() == TOYOTA
    assert history.frames["^GSPC"]["close"].tolist() == [6900.5]
    assert history.frames["047400.KS"]["adj_close"].tolist() == [1000.0]
    assert history.missing == {"MP": "the source has no such ticker"}
    assert FilePrices(folder).tickers() == ("047400.KS", "7203.T", "^GSPC")


def test_file_names_may_be_percent_encoded_or_packed(tmp_path: Path) -> None:
    (tmp_path / "%5EGSPC.CSV").write_text("Date,Close\n2026-01-06,6900.5\n")
    (tmp_path / "MP.csv.gz").write_bytes(gzip.compress(b"Date,Close\n2026-01-06,60\n"))
    history = FilePrices(tmp_path).fetch(["^GSPC", "MP"])
    assert set(history.frames) == {"^GSPC", "MP"}


def test_a_folder_of_parquet_files_without_a_store(tmp_path: Path) -> None:
    frame = pd.DataFrame({"ticker": "A", "date": pd.to_datetime(["2026-01-06"]), "close": [1.0]})
    frame.to_parquet(tmp_path / "a.parquet")
    frame.assign(ticker="B", close=2).to_parquet(tmp_path / "b.parquet")
    history = FilePrices(tmp_path).fetch(["A", "B"])
    assert [history.frames[t]["close"].item() for t in ("A", "B")] == [1.0, 2.0]


def test_both_ends_of_the_range_are_included(tmp_path: Path) -> None:
    source = FilePrices(long_file(tmp_path, "csv"))
    assert len(source.fetch(["7203.T"], date(2026, 1, 6), date(2026, 1, 7)).frames["7203.T"]) == 2
    assert len(source.fetch(["7203.T"], date(2026, 1, 7)).frames["7203.T"]) == 1
    assert len(source.fetch(["7203.T"], None, date(2026, 1, 6)).frames["7203.T"]) == 1
    late = source.fetch(["7203.T"], date(2026, 2, 1))
    assert late.missing == {"7203.T": "the source has no prices on these dates"}


def test_what_was_read_is_kept_and_not_shared(tmp_path: Path) -> None:
    path = long_file(tmp_path, "csv")
    source = FilePrices(path)
    frame = source.fetch(["7203.T"]).frames["7203.T"]
    frame["close"] = 0.0
    frame.iloc[:, 0] = 0.0
    path.unlink()
    assert source.fetch(["7203.T"]).frames["7203.T"]["close"].tolist() == [3400.0, 3307.0]


@pytest.mark.parametrize(
    "cell", ["2026-01-06", "2026-01-06 00:00:00", "2026-01-06T00:00:00+09:00", "2026-01-06 00:00:00-05:00"]
)
def test_dates_may_be_datetimes_at_midnight(tmp_path: Path, cell: str) -> None:
    (tmp_path / "A.csv").write_text(f"Date,Close\n{cell},1\n")
    assert FilePrices(tmp_path).fetch(["A"]).frames["A"].index.tolist() == [pd.Timestamp("2026-01-06")]


@pytest.mark.parametrize("empty", ["", "NA", "null", "nan", "NaN", " "])
def test_empty_cells_are_missing_and_zeros_are_kept(tmp_path: Path, empty: str) -> None:
    (tmp_path / "A.csv").write_text(f"Date,Close,Volume\n2026-01-05,{empty},\n2026-01-06,0,0\n2026-01-07,2,1\n")
    close = FilePrices(tmp_path).fetch(["A"]).frames["A"]["close"]
    assert np.isnan(close.iloc[0])
    assert close.iloc[1:].tolist() == [0.0, 2.0]


def test_currencies_are_those_the_rows_state(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        "ticker,date,close,currency\nA,2026-01-05,1,GBP\nA,2026-01-06,100,GBp\nB,2026-01-05,1,JPY\nC,2026-01-05,1,\n"
    )
    assert FilePrices(path).fetch(["A", "B", "C"]).currencies == {"A": "GBP / GBp", "B": "JPY"}


# -- what the source is, in words


def notes_of(tmp_path: Path, text: str) -> tuple[str, ...]:
    path = tmp_path / "p.csv"
    path.write_text(text)
    source = FilePrices(path)
    return source.fetch(source.tickers()).notes


def test_notes_on_split_adjusted_closes(tmp_path: Path) -> None:
    assert notes_of(tmp_path, "ticker,date,close\nA.T,2026-01-05,1\n") == (
        "Closes are adjusted for splits only; dividends are not in these returns.",
        "The source has no high or low.",
    )


def test_notes_on_adjusted_closes_only(tmp_path: Path) -> None:
    assert notes_of(tmp_path, "ticker,date,adj_close,high,low\nA.T,2026-01-05,1,1,1\n") == (
        "The source has adjusted closes only: prices as traded are not known.",
    )


def test_notes_on_a_mixed_source_name_the_exchanges(tmp_path: Path) -> None:
    rows = [f"{n}.T,2026-01-05,1,,2,1" for n in range(5)] + [f"U{n},2026-01-05,,1,," for n in range(4)]
    assert notes_of(tmp_path, "ticker,date,close,adj_close,high,low\n" + "\n".join(rows)) == (
        "5 lines (Tokyo) have closes without dividend adjustment; 4 lines (New York) have adjusted closes only.",
        "Returns of a line without adjusted closes are without dividends.",
        "4 lines (New York) have no high or low.",
    )


def test_notes_on_gaps_in_adjusted_closes(tmp_path: Path) -> None:
    text = "ticker,date,close,adj_close,high,low\nA,2026-01-05,1,,1,1\nA,2026-01-06,1,1,1,1\n"
    assert notes_of(tmp_path, text) == ("A has days with a close but no adjusted close; these days have no return.",)


def test_a_full_source_has_no_notes(folder: Path) -> None:
    assert FilePrices(folder).fetch(["7203.T"]).notes == ()


# -- hostile and unusable paths


@pytest.mark.parametrize(
    "ticker", ["../outside", "..\\outside", "/etc/passwd", "../../etc/passwd", "%2E%2E%2Foutside", "", ".", "A\0B"]
)
def test_a_ticker_never_opens_a_file_outside_the_folder(tmp_path: Path, ticker: str) -> None:
    (tmp_path / "outside.csv").write_text(YAHOO)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "A.csv").write_text(YAHOO)
    history = FilePrices(inside).fetch([ticker, "A"])
    assert history.missing == {ticker: "the source has no such ticker"}
    assert list(history.frames) == ["A"]


def test_a_ticker_in_a_cell_is_only_a_word(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("ticker,date,close\n<script>alert(1)</script>,2026-01-05,1\n=HYPERLINK(1),2026-01-05,1\n")
    assert FilePrices(path).tickers() == ("<script>alert(1)</script>", "=HYPERLINK(1)")


ONE_OF = "give a folder of TICKER.csv files, or one CSV or Parquet file with columns ticker, date, close"


def price_error(path: Path) -> str:
    with pytest.raises(PriceError) as caught:
        FilePrices(path).fetch(["A"])
    assert caught.value.source == str(path)
    return str(caught.value).replace(str(path), "PATH")


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    assert price_error(tmp_path / "none") == f"PATH: no such file or directory; {ONE_OF}"


def test_a_folder_without_prices(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("nothing")
    assert price_error(tmp_path) == f"PATH holds no price files; {ONE_OF}"


@pytest.mark.parametrize("shape", ["csv", "csv.gz", "csv.zip", "crlf.csv", "quoted.csv"])
def test_a_folder_that_holds_one_long_file_names_it(tmp_path: Path, shape: str) -> None:
    path = long_file(tmp_path, shape)
    assert price_error(tmp_path) == (
        f"PATH: in a folder each CSV is looked for by its ticker (TICKER.csv), and {path.name} has a column of "
        f"tickers, '7203.T' first; give the file itself, PATH/{path.name}"
    )
    with pytest.raises(PriceError, match="give the file itself"):
        FilePrices(tmp_path).tickers()


def test_a_tickers_own_file_may_have_a_column_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "7203.T.csv").write_text("ticker,date,close\n7203.T,2026-01-06,3400\n")
    assert FilePrices(tmp_path).tickers() == ("7203.T",)
    assert FilePrices(tmp_path).fetch(["A"]).missing == {"A": "the source has no such ticker"}


def test_a_path_that_is_neither_file_nor_folder() -> None:
    assert price_error(Path("/dev/null")) == f"PATH is neither a file nor a folder; {ONE_OF}"


def test_a_truncated_gzip(tmp_path: Path) -> None:
    path = tmp_path / "p.csv.gz"
    path.write_bytes(gzip.compress(LONG.encode())[:-20])
    said = "Compressed file ended before the end-of-stream marker was reached"
    assert price_error(path) == f"PATH cannot be read ({said}); check it, or give another file"


def test_a_gzip_with_flipped_bytes(tmp_path: Path) -> None:
    path = tmp_path / "p.csv.gz"
    packed = bytearray(gzip.compress(LONG.encode()))
    packed[30:40] = b"\xff" * 10
    path.write_bytes(bytes(packed))
    assert price_error(path).startswith("PATH cannot be read (")


def test_a_decompression_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventstudy.prices.packed._LARGEST", (1 << 20, 2))
    path = tmp_path / "p.csv.gz"
    path.write_bytes(gzip.compress(b"0" * (4 << 20)))
    assert price_error(path) == "PATH unpacks to more than 1 MB; unpack it first"


def test_a_zip_of_two_files(tmp_path: Path) -> None:
    path = tmp_path / "p.csv.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", LONG)
        archive.writestr("b.csv", LONG)
    assert price_error(path) == "PATH packs 2 files; pack the one file"


def test_a_parquet_that_is_not_one(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    path.write_bytes(b"PAR1 and then nothing of the kind")
    assert price_error(path).startswith("PATH cannot be read (Parquet magic bytes not found")


def test_a_folder_or_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = long_file(tmp_path, "csv")
    monkeypatch.setattr("os.scandir", refuse)
    assert price_error(tmp_path) == "PATH cannot be read (permission denied); check its permissions"
    monkeypatch.setattr("builtins.open", refuse)
    assert price_error(path) == "PATH cannot be read (Permission denied); check it, or give another file"


def test_two_files_of_one_ticker(tmp_path: Path) -> None:
    (tmp_path / "^GSPC.csv").write_text(YAHOO)
    (tmp_path / "%5EGSPC.csv").write_text(YAHOO)
    with pytest.raises(InputError, match=r"\^GSPC\.csv: %5EGSPC\.csv is the same ticker, '\^GSPC'; keep one"):
        FilePrices(tmp_path).fetch(["^GSPC"])


def test_the_faults_of_all_files_come_at_once_and_only_of_those_asked_for(tmp_path: Path) -> None:
    (tmp_path / "A.csv").write_text("Date,Close\n2026-01-05,x\n")
    (tmp_path / "B.csv").write_text("Date,Close\nyesterday,1\n")
    (tmp_path / "C.csv").write_text("")
    (tmp_path / "D.csv").write_text(YAHOO)
    assert set(FilePrices(tmp_path).fetch(["D"]).frames) == {"D"}
    with pytest.raises(InputError) as caught:
        FilePrices(tmp_path).fetch(["A", "B", "D"])
    assert [(Path(p.path).name, p.line, p.column) for p in caught.value.problems] == [
        ("A.csv", 2, "close"),
        ("B.csv", 2, "date"),
    ]


# -- the real file


def test_the_real_prices_are_read_as_they_stand(real_prices: Path) -> None:
    source = FilePrices(real_prices)
    assert len(source.tickers()) == 299
    history = source.fetch(source.tickers())
    assert sum(len(frame) for frame in history.frames.values()) == 535_754
    toyota = history.frames["7203.T"]["close"]
    assert round(toyota["2026-01-07"] / toyota["2026-01-06"] - 1, 4) == -0.0274
    assert history.frames["7203.T"]["adj_close"].isna().all()
    assert history.frames["MP"]["close"].isna().all()
    assert "The source has no high or low." in history.notes
    raw = pd.read_csv(real_prices).set_index(["ticker", "date"]).sort_index()
    ours = pd.concat(history.frames, names=["ticker"]).sort_index()
    assert np.array_equal(ours[["open", "close", "adj_close", "volume"]].to_numpy(), raw.to_numpy(), equal_nan=True)

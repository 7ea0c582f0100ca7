"""Price files with bytes changed, dropped and added: prices or a stated reason, never anything else."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import InputError, PriceError
from eventstudy.prices.files import FilePrices
from eventstudy.prices.store import open_store, store_status, stored_from_frame, write_rows

CASES = 250
DAYS = np.arange("2025-01-01", "2025-04-01", dtype="datetime64[D]")


def damaged(content: bytes, chance: random.Random) -> bytes:
    """One to five bytes changed, or a few dropped or added, or the end cut off."""
    spoilt = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 5])):
        place = chance.randrange(len(spoilt))
        act = chance.randrange(4)
        if act == 0:
            spoilt[place] = chance.randrange(256)
        elif act == 1:
            del spoilt[place : place + chance.randrange(1, 20)]
        elif act == 2:
            spoilt[place:place] = bytes(chance.choice(b'\0",\n\r-9e\xffx') for _ in range(chance.randrange(1, 9)))
        else:
            del spoilt[max(place, 1) :]
        if not spoilt:
            return b"x"
    return bytes(spoilt)


def sound(folder: Path, shape: str) -> Path:
    """A small file of that shape, undamaged."""
    frame = pd.DataFrame({"ticker": "A", "date": pd.to_datetime(DAYS), "close": np.arange(DAYS.size) + 1.5})
    text = frame.assign(date=frame["date"].dt.strftime("%Y-%m-%d")).to_csv(index=False).encode()
    path = folder / f"prices.{shape}"
    if shape == "parquet":
        frame.to_parquet(path)
    else:
        path.write_bytes(gzip.compress(text) if shape == "csv.gz" else text)
    return path


@pytest.mark.parametrize("shape", ["csv", "csv.gz", "parquet"])
def test_a_damaged_file_gives_prices_or_a_reason(tmp_path: Path, shape: str) -> None:
    path = sound(tmp_path, shape)
    content = path.read_bytes()
    outcomes, told = set(), []
    for seed in range(CASES):
        path.write_bytes(damaged(content, random.Random(seed)))
        try:
            source = FilePrices(path)
            history = source.fetch(source.tickers())
        except (InputError, PriceError) as error:
            outcomes.add(type(error))
            told.append(str(error))
        else:
            outcomes.add(None)
            assert all(
                frame.index.is_unique and frame.index.is_monotonic_increasing for frame in history.frames.values()
            )
    assert len(outcomes) >= 2
    assert all(str(path) in words for words in told)


def test_a_damaged_store_gives_prices_or_a_reason(tmp_path: Path) -> None:
    store = open_store(tmp_path / "prices")
    rows = stored_from_frame(
        DAYS,
        np.tile(np.arange(DAYS.size) + 1.5, (6, 1)),
        currency="JPY",
        source="yahoo",
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        requested_start=date(2005, 1, 1),
    )
    write_rows(store, "A", rows)
    write_rows(store, "B", rows)
    file = store / "A.parquet"
    content = file.read_bytes()
    for seed in range(CASES):
        file.write_bytes(damaged(content, random.Random(seed)))
        history = FilePrices(store).fetch(["A", "B"])
        assert "B" in history.frames
        assert ("A" in history.frames) != ("A" in history.missing)
        assert [status.ticker for status in store_status(store)] == ["A", "B"]

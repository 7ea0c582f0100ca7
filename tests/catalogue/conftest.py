"""Small catalogue files, written as a curator would."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from eventstudy.catalogue import EVENT_COLUMNS, UNIVERSE_COLUMNS

EVENT = {
    "event_id": "2026-01-06-ban",
    "announced_at": "2026-01-06T16:38:24+08:00",
    "title": "A ban",
    "episode": "2026-curbs",
    "direction": "restriction",
    "actor": "China MOFCOM",
    "target": "Japan",
    "materials": "dysprosium;terbium",
    "summary": "What happened.",
    "source_title": "Story",
    "source_publisher": "Paper",
    "source_date": "2026-01-06",
    "source_url": "https://example.org/a,b",
    "confidence": "confirmed",
}
SECURITIES = (
    {"ticker": "1306.T", "name": "TOPIX fund", "role": "benchmark", "sector": "Benchmarks"},
    {"ticker": "7203.T", "name": "Toyota", "role": "exposed", "sector": "Autos", "benchmark": "1306.T"},
)

Writer = Callable[..., Path]


def as_csv(columns: Sequence[str], rows: Sequence[Mapping[str, str]], newline: str = "\n") -> str:
    """CSV text of rows; cells that a row leaves out are empty."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator=newline)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


@pytest.fixture
def write_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    """Writes ``events.csv`` in the working directory: one good row a given change, extra columns as they come."""
    monkeypatch.chdir(tmp_path)

    def write(*changes: Mapping[str, str], newline: str = "\n", drop: str = "") -> Path:
        rows = [{**EVENT, **change} for change in changes]
        extra = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in EVENT_COLUMNS]
        columns = [name for name in (*EVENT_COLUMNS, *extra) if name != drop]
        text = as_csv(columns, [{k: v for k, v in row.items() if k != drop} for row in rows], newline)
        (tmp_path / "events.csv").write_bytes(text.encode())
        return Path("events.csv")

    return write


@pytest.fixture
def write_universe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    """Writes ``universe.csv``: a benchmark on line 2, Toyota with the given changes on line 3, and so on."""
    monkeypatch.chdir(tmp_path)
    base = {"exchange": "XTKS", "currency": "JPY"}

    def write(*changes: Mapping[str, str], benchmark: Mapping[str, str] = {}) -> Path:
        rows = [
            {**base, **SECURITIES[0], **(benchmark or {})},
            *({**base, **SECURITIES[1], **change} for change in changes),
        ]
        extra = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in UNIVERSE_COLUMNS]
        (tmp_path / "universe.csv").write_text(as_csv([*UNIVERSE_COLUMNS, *extra], rows), encoding="utf-8")
        return Path("universe.csv")

    return write

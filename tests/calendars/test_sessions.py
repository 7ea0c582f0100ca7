"""Sessions against exchange notices, and the cache that keeps them."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from eventstudy.calendars import KNOWN_EXCHANGES, calendar, sessions
from eventstudy.calendars.cache import cache_folder, read_sessions, write_sessions

END = date(2026, 12, 31)


def local_close(mic: str, day: str) -> str:
    market = calendar(mic)
    position = market.index_of(day)
    assert position >= 0, f"{mic} should be open on {day}"
    moment = market.closes[position].astype("datetime64[us]").item()
    return f"{moment.replace(tzinfo=UTC).astimezone(market.timezone):%H:%M}"


@pytest.mark.parametrize(
    ("mic", "day", "close"),
    [
        ("XTKS", "2024-11-01", "15:00"),
        ("XTKS", "2024-11-05", "15:30"),
        ("XASX", "2026-01-07", "16:00"),
        ("XASX", "2025-12-24", "14:10"),
        ("XASX", "2025-12-31", "14:10"),
        ("XNYS", "2026-01-06", "16:00"),
        ("XNYS", "2025-11-28", "13:00"),
        ("XNYS", "2025-07-03", "13:00"),
        ("XNYS", "2025-12-24", "13:00"),
        ("XTSE", "2025-11-28", "16:00"),
        ("XTSE", "2025-12-24", "13:00"),
        ("XHKG", "2025-12-24", "12:00"),
        ("XHKG", "2026-02-16", "12:00"),
        ("XHKG", "2025-12-23", "16:00"),
        ("XSHG", "2025-12-24", "15:00"),
        ("XKRX", "2016-07-29", "15:00"),
        ("XKRX", "2016-08-01", "15:30"),
        ("XKRX", "2025-11-13", "16:30"),  # university entrance examination: everything an hour later
    ],
)
def test_closes_are_those_of_the_exchange(mic: str, day: str, close: str) -> None:
    assert local_close(mic, day) == close


@pytest.mark.parametrize(
    ("mic", "day"),
    [
        ("XTKS", "2010-09-23"),  # autumnal equinox
        ("XTKS", "2019-05-01"),  # accession, inside the ten-day Golden Week
        ("XTKS", "2020-10-01"),  # the arrowhead outage: no trade all day
        ("XTKS", "2026-01-12"),
        ("XSHG", "2025-10-08"),
        ("XSHG", "2026-02-23"),
        ("XSHG", "2020-01-31"),  # Lunar New Year prolonged
        ("XHKG", "2023-07-17"),  # typhoon Talim
        ("XHKG", "2023-09-01"),  # typhoon Saola
        ("XHKG", "2023-09-08"),  # black rainstorm
        ("XNYS", "2012-10-29"),  # hurricane Sandy
        ("XNYS", "2018-12-05"),
        ("XNYS", "2025-01-09"),
        ("XASX", "2022-09-22"),
        ("XKRX", "2025-10-09"),
        ("XKRX", "2026-06-03"),  # local elections
    ],
)
def test_closed_days_are_no_sessions(mic: str, day: str) -> None:
    assert calendar(mic).index_of(day) == -1


def test_shenzhen_keeps_the_sessions_of_shanghai_and_the_us_venues_those_of_new_york() -> None:
    np.testing.assert_array_equal(calendar("XSHE").closes, calendar("XSHG").closes)
    for venue in ("XNAS", "ARCX", "XASE"):
        np.testing.assert_array_equal(calendar(venue).sessions, calendar("XNYS").sessions)
    assert calendar("XSHE").city == "Shenzhen"


@pytest.mark.parametrize("mic", sorted(set(KNOWN_EXCHANGES) - {"XKRX"}))
def test_calendars_begin_in_2005_and_are_in_order(mic: str) -> None:
    market = calendar(mic)
    assert market.sessions[0] <= np.datetime64("2005-01-05")
    assert market.sessions[-1] >= np.datetime64("2026-12-30")
    assert (np.diff(market.sessions) > np.timedelta64(0, "D")).all()
    assert (market.opens < market.closes).all()
    assert (market.closes[:-1] < market.opens[1:]).all()


def test_arrays_are_read_only_and_a_calendar_is_made_once() -> None:
    market = calendar("XTKS")
    assert calendar("XTKS") is market
    with pytest.raises(ValueError, match="read-only"):
        market.closes[0] = market.closes[1]


def test_an_unknown_exchange_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'XLON' is no known exchange; known are XTKS, XASX"):
        calendar("XLON")


def test_an_end_beyond_the_published_holidays_stops_at_them() -> None:
    days, opens, closes = sessions._build("XSHG", date(2100, 12, 31))
    assert np.datetime64("2026-12-31") <= days[-1] < np.datetime64("2100-01-01")
    assert opens.shape == closes.shape == days.shape
    assert closes.dtype == np.dtype("datetime64[ns]")


def test_another_refusal_of_the_library_is_not_swallowed() -> None:
    with pytest.raises(ValueError, match="2004"):
        sessions._build("XTKS", date(2004, 12, 31))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return cache_folder()


def test_the_cache_gives_back_what_was_written(cache: Path) -> None:
    built = sessions._build("XSHG", END)
    assert read_sessions("XSHG", sessions.FIRST_DAY, END) is None
    write_sessions("XSHG", sessions.FIRST_DAY, END, built)
    kept = read_sessions("XSHG", sessions.FIRST_DAY, END)
    assert kept is not None
    for wanted, found in zip(built, kept, strict=True):
        assert wanted.dtype == found.dtype
        np.testing.assert_array_equal(found, wanted)
    assert [path.suffix for path in cache.iterdir()] == [".npz"]


@pytest.mark.parametrize("damage", ["empty", "half", "text", "values"])
def test_a_damaged_cache_is_not_believed(cache: Path, damage: str) -> None:
    days, opens, closes = sessions._build("XSHG", END)
    write_sessions("XSHG", sessions.FIRST_DAY, END, (days, opens, closes))
    (path,) = cache.iterdir()
    if damage == "values":
        with np.load(path) as stored:
            parts = dict(stored)
        np.savez(path, **{**parts, "closes": closes + np.timedelta64(1, "h")})
    else:
        content = path.read_bytes()
        path.write_bytes({"empty": b"", "half": content[: len(content) // 2], "text": b"sessions\n"}[damage])
    assert read_sessions("XSHG", sessions.FIRST_DAY, END) is None


def test_a_cache_that_cannot_be_written_is_harmless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    built = sessions._build("XSHG", END)
    write_sessions("XSHG", sessions.FIRST_DAY, END, built)
    assert read_sessions("XSHG", sessions.FIRST_DAY, END) is None


def test_only_the_calendars_asked_for_are_built(tmp_path: Path) -> None:
    code = "from eventstudy.calendars import calendar; calendar('XASX'); calendar('XSHE')"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert sorted(path.name[:4] for path in tmp_path.rglob("*.npz")) == ["XASX", "XSHG"]


def test_index_of_takes_dates_and_text() -> None:
    market = calendar("XTKS")
    position = market.index_of(date(2026, 1, 7))
    assert market.sessions[position] == np.datetime64("2026-01-07")
    assert market.index_of(np.datetime64("2026-01-07")) == market.index_of("2026-01-07") == position
    assert market.index_of(datetime(2026, 1, 7, 3).date()) == position
    assert market.index_of("1999-01-04") == market.index_of("2099-01-05") == -1

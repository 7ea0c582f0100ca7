"""The news clock against event_day itself, date by date."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from eventstudy.calendars import calendar, clock_columns, event_day

EPOCH = date(1970, 1, 1)


@pytest.mark.parametrize("mic", ["XTKS", "XASX", "XNYS", "XSHG", "XHKG"])
@pytest.mark.parametrize(
    "announced",
    [
        datetime.fromisoformat("2026-01-06T16:38:24+08:00"),
        datetime.fromisoformat("2025-10-10T10:57:00-04:00"),
        datetime.fromisoformat("2025-11-19T00:00:00+09:00"),
        datetime.fromisoformat("2025-11-19T15:30:00+09:00"),
        date(2025, 10, 9),
    ],
)
def test_each_column_is_the_first_date_that_event_day_sends_there(announced: date, mic: str) -> None:
    expected: dict[date, int] = {}
    for shift in range(-460, 320):
        moved = announced + timedelta(days=shift)
        day = moved.date() if isinstance(moved, datetime) else moved
        session = event_day(moved, mic).session
        if session is not None:
            expected.setdefault(session, (day - EPOCH).days)
    expected.pop(min(expected))  # earlier dates than those tried may lead there too
    market = calendar(mic)
    columns = clock_columns(announced, mic)
    first, last = market.index_of(min(expected)), market.index_of(max(expected))
    found = {market.sessions[i].item(): int(columns[i]) for i in range(first, last + 1) if columns[i] >= 0}
    assert found == expected


def test_new_york_stands_beside_the_next_day_in_tokyo() -> None:
    notice = datetime.fromisoformat("2026-01-06T16:38:24+08:00")

    def column(mic: str, day: str) -> int:
        return int(clock_columns(notice, mic)[calendar(mic).index_of(day)])

    assert column("XNYS", "2026-01-06") == column("XTKS", "2026-01-07") == column("XASX", "2026-01-07")
    # Friday's news trades in New York on Friday and in Tokyo on Tuesday, after the holiday on Monday.
    assert column("XNYS", "2026-01-09") == column("XTKS", "2026-01-13") == column("XSHG", "2026-01-12")


def test_dates_that_lead_to_one_session_keep_the_first() -> None:
    columns = clock_columns(date(2026, 1, 6), "XTKS")
    tuesday = calendar("XTKS").index_of("2026-01-13")
    assert columns[tuesday] == (date(2026, 1, 10) - EPOCH).days
    assert columns[tuesday + 1] == (date(2026, 1, 14) - EPOCH).days


def test_columns_increase_and_an_unreachable_session_has_none() -> None:
    # Sydney's 14:10 close on Christmas Eve 2025: 14:05 local news maps there; midnight news is at an hour of its own.
    columns = clock_columns(datetime.fromisoformat("2026-01-06T14:20:00+11:00"), "XASX")
    reached = columns[columns >= 0]
    assert (np.diff(reached) > 0).all()
    assert columns.shape == calendar("XASX").sessions.shape
    # 14:20 on the 23rd trades on the 23rd (close 16:00), on the 24th only after the half-day: the 24th has no column.
    assert columns[calendar("XASX").index_of("2025-12-24")] == -1


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="has no UTC offset"):
        clock_columns(datetime(2026, 1, 6, 16, 38), "XTKS")

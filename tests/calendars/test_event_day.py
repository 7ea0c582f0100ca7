"""Announcement to event day, against facts of the exchanges: hours, half-days, holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.calendars import calendar, event_day

BAN = "2026-01-06T16:38:24+08:00"


@pytest.mark.parametrize(
    ("announced", "mic", "session", "rule"),
    [
        # The notice of 6 January 2026: 17:38 in Tokyo, after every Asian close, before New York opens.
        (BAN, "XTKS", "2026-01-07", "after_close"),
        (BAN, "XASX", "2026-01-07", "after_close"),
        (BAN, "XSHG", "2026-01-07", "after_close"),
        (BAN, "XSHE", "2026-01-07", "after_close"),
        (BAN, "XHKG", "2026-01-07", "after_close"),
        (BAN, "XKRX", "2026-01-07", "after_close"),
        (BAN, "XNYS", "2026-01-06", "before_close"),
        (BAN, "XNAS", "2026-01-06", "before_close"),
        (BAN, "XTSX", "2026-01-06", "before_close"),
        # Tokyo closed at 15:00 until 1 November 2024, at 15:30 from the 5th; the 4th was a holiday.
        ("2024-11-01T15:10+09:00", "XTKS", "2024-11-05", "after_close"),
        ("2024-11-05T15:10+09:00", "XTKS", "2024-11-05", "before_close"),
        ("2024-11-01T14:59+09:00", "XTKS", "2024-11-01", "before_close"),
        ("2024-11-05T15:31+09:00", "XTKS", "2024-11-06", "after_close"),
        # 23 September 2010, autumnal equinox in Tokyo.
        ("2010-09-23T12:00+09:00", "XTKS", "2010-09-24", "no_session"),
        ("2010-09-22T23:00-04:00", "XTKS", "2010-09-24", "no_session"),
        ("2010-09-22T23:00-04:00", "XASX", "2010-09-23", "before_close"),
        ("2010-09-22T23:00-04:00", "XNYS", "2010-09-23", "after_close"),
        # A Saturday before a Monday holiday in Tokyo.
        ("2026-01-10T10:00+09:00", "XTKS", "2026-01-13", "no_session"),
        ("2026-01-10T10:00+09:00", "XSHG", "2026-01-12", "no_session"),
        ("2026-01-10T10:00+09:00", "XNYS", "2026-01-12", "after_close"),  # still Friday evening there
        # Lunar New Year 2026: the mainland from 16 to 23 February, Hong Kong half a day on the 16th, then to the 19th.
        ("2026-02-16T11:00+08:00", "XSHG", "2026-02-24", "no_session"),
        ("2026-02-13T15:30+08:00", "XSHE", "2026-02-24", "after_close"),
        ("2026-02-16T11:00+08:00", "XHKG", "2026-02-16", "before_close"),
        ("2026-02-16T12:30+08:00", "XHKG", "2026-02-20", "after_close"),
        ("2026-02-24T12:49+08:00", "XTKS", "2026-02-24", "before_close"),
        # Golden Week 2025: the mainland from 1 to 8 October; Hong Kong on the 1st and the 7th only.
        ("2025-10-03T10:00+08:00", "XSHG", "2025-10-09", "no_session"),
        ("2025-10-03T10:00+08:00", "XHKG", "2025-10-03", "before_close"),
        ("2025-10-09T10:00+08:00", "XKRX", "2025-10-10", "no_session"),
        # Tomb-sweeping day; New York traded.
        ("2025-04-04T19:52+08:00", "XSHG", "2025-04-07", "no_session"),
        ("2025-04-04T19:52+08:00", "XTKS", "2025-04-07", "after_close"),
        ("2025-04-04T19:52+08:00", "XNYS", "2025-04-04", "before_close"),
        # A Friday morning in New York, a long weekend in Tokyo.
        ("2025-10-10T10:57-04:00", "XNYS", "2025-10-10", "before_close"),
        ("2025-10-10T10:57-04:00", "XTKS", "2025-10-14", "after_close"),
        ("2025-10-10T10:57-04:00", "XSHG", "2025-10-13", "after_close"),
        # Half-days.
        ("2025-12-24T11:59+08:00", "XHKG", "2025-12-24", "before_close"),
        ("2025-12-24T13:00+08:00", "XHKG", "2025-12-29", "after_close"),
        ("2025-12-24T14:00+11:00", "XASX", "2025-12-24", "before_close"),
        ("2025-12-24T14:30+11:00", "XASX", "2025-12-29", "after_close"),
        ("2025-11-28T12:59-05:00", "XNYS", "2025-11-28", "before_close"),
        ("2025-11-28T13:30-05:00", "XNYS", "2025-12-01", "after_close"),
        ("2025-11-28T13:30-05:00", "XTSE", "2025-11-28", "before_close"),
        # Seoul's examination day closes an hour later.
        ("2025-11-12T16:00+09:00", "XKRX", "2025-11-13", "after_close"),
        ("2025-11-13T16:00+09:00", "XKRX", "2025-11-13", "before_close"),
        # Exactly at the close, and the last microsecond before it; summer time counts.
        ("2026-01-06T15:30+09:00", "XTKS", "2026-01-07", "after_close"),
        ("2026-01-06T15:29:59.999999+09:00", "XTKS", "2026-01-06", "before_close"),
        ("2026-01-06T16:00-05:00", "XNYS", "2026-01-07", "after_close"),
        ("2025-07-15T16:00-04:00", "XNYS", "2025-07-16", "after_close"),
        ("2025-07-15T15:59-04:00", "XNYS", "2025-07-15", "before_close"),
        ("2026-01-06T16:00+11:00", "XASX", "2026-01-07", "after_close"),
        ("2025-07-15T05:59Z", "XASX", "2025-07-15", "before_close"),
        ("2025-07-15T06:00Z", "XASX", "2025-07-16", "after_close"),
    ],
)
def test_an_instant_maps_to_the_first_session_that_closes_after_it(
    announced: str, mic: str, session: str, rule: str
) -> None:
    found = event_day(datetime.fromisoformat(announced), mic)
    assert (found.session, found.rule) == (date.fromisoformat(session), rule)


@pytest.mark.parametrize(
    ("announced", "mic", "session", "rule"),
    [
        ("2010-09-23", "XTKS", "2010-09-24", "date_only_no_session"),
        ("2010-09-23", "XNYS", "2010-09-23", "date_only"),
        ("2020-10-17", "XTKS", "2020-10-19", "date_only_no_session"),
        ("2026-01-10", "XTKS", "2026-01-13", "date_only_no_session"),
        ("2026-01-10", "XASX", "2026-01-12", "date_only_no_session"),
        ("2025-10-02", "XSHE", "2025-10-09", "date_only_no_session"),
        ("2025-12-24", "XHKG", "2025-12-24", "date_only"),
        ("2023-09-01", "XHKG", "2023-09-04", "date_only_no_session"),
    ],
)
def test_a_date_maps_to_its_session_or_the_next(announced: str, mic: str, session: str, rule: str) -> None:
    found = event_day(date.fromisoformat(announced), mic)
    assert (found.session, found.rule) == (date.fromisoformat(session), rule)


@pytest.mark.parametrize(
    "announced",
    [date(1999, 1, 4), date(2150, 1, 4), datetime(1999, 1, 4, tzinfo=UTC), datetime(2150, 1, 4, tzinfo=UTC)],
)
def test_outside_the_calendar_there_is_no_session(announced: date) -> None:
    found = event_day(announced, "XTKS")
    assert (found.session, found.rule) == (None, "beyond_calendar")
    assert found.sentence.endswith("no session to study")


def test_after_the_very_last_close_there_is_no_session() -> None:
    last = calendar("XSHG").sessions[-1].item()
    assert event_day(last, "XSHG").session == last
    evening = datetime(last.year, last.month, last.day, 20, tzinfo=timezone(timedelta(hours=8)))
    assert event_day(evening, "XSHG").rule == "beyond_calendar"


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="has no UTC offset"):
        event_day(datetime(2026, 1, 6, 16, 38), "XTKS")


@pytest.mark.parametrize(
    ("announced", "mic", "sentence"),
    [
        (BAN, "XTKS", "announced 17:38 Tokyo time on 6 January, after the 15:30 close: next session"),
        (BAN, "XNYS", "announced 03:38 New York time on 6 January, before the 09:30 open: same session"),
        (
            "2026-02-24T12:49+08:00",
            "XTKS",
            "announced 13:49 Tokyo time on 24 February, before the 15:30 close: same session",
        ),
        (
            "2024-11-01T15:10+09:00",
            "XTKS",
            "announced 15:10 Tokyo time on 1 November, after the 15:00 close: next session, Tuesday 5 November",
        ),
        (
            "2026-01-06T15:30+09:00",
            "XTKS",
            "announced 15:30 Tokyo time on 6 January, exactly at the 15:30 close: next session",
        ),
        (
            "2026-01-10T10:00+09:00",
            "XTKS",
            "announced 10:00 Tokyo time on 10 January, no session that day: next session, Tuesday 13 January",
        ),
    ],
)
def test_the_sentence_tells_local_time_and_reason(announced: str, mic: str, sentence: str) -> None:
    assert event_day(datetime.fromisoformat(announced), mic).sentence == sentence


moments = st.datetimes(datetime(2005, 2, 1), datetime(2026, 11, 30)).map(lambda moment: moment.replace(tzinfo=UTC))
offsets = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
exchanges = st.sampled_from(["XTKS", "XASX", "XNYS", "XSHG", "XHKG", "XTSE"])


@given(moments, st.timedeltas(timedelta(0), timedelta(days=12)), exchanges)
def test_later_news_never_maps_to_an_earlier_session(moment: datetime, later: timedelta, mic: str) -> None:
    first, second = event_day(moment, mic).session, event_day(moment + later, mic).session
    assert first is not None
    assert second is None or first <= second


@given(moments, offsets, exchanges)
def test_only_the_instant_counts_not_how_it_is_written(moment: datetime, offset: timezone, mic: str) -> None:
    assert event_day(moment.astimezone(offset), mic) == event_day(moment, mic)


@given(moments, exchanges)
def test_the_event_day_closes_after_the_news_and_the_session_before_does_not(moment: datetime, mic: str) -> None:
    market = calendar(mic)
    session = event_day(moment, mic).session
    assert session is not None
    closes = market.closes.astype("datetime64[us]")
    position = market.index_of(session)
    assert closes[position].item().replace(tzinfo=UTC) > moment
    assert closes[position - 1].item().replace(tzinfo=UTC) <= moment

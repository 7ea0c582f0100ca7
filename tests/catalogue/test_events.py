"""Events: types, selection, and the message for each fault of content."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.catalogue import EVENT_COLUMNS, Event, Events, read_events
from eventstudy.catalogue.cells import parse_moment
from eventstudy.errors import InputError, UsageError

HOSTILE = (
    "<script>alert(1)</script>",
    '#read("/etc/passwd")',
    '=HYPERLINK("http://x.example","y")',
    "../../x",
    "{{ 7 * 7 }}",
    " blanks kept ",
    'two\nlines, "quoted" — 中文',
)


def problems_of(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_events(path)
    return [str(problem) for problem in caught.value.problems]


def test_an_event_is_typed(write_events):
    (event,) = read_events(write_events({"note": "kept", "materials": " gallium ;;germanium"}))
    assert event.announced_at == datetime(2026, 1, 6, 16, 38, 24, tzinfo=timezone(timedelta(hours=8)))
    assert event.has_time
    assert event.announced_date == date(2026, 1, 6)
    assert event.target == ("Japan",)
    assert event.materials == ("gallium", "germanium")
    assert event.source_date == date(2026, 1, 6)
    assert event.extra == {"note": "kept"}
    assert event.line == 2
    assert hash(event) == hash(dataclasses.replace(event))


def test_a_bare_date_has_no_time_and_an_event_may_be_its_own_episode(write_events):
    changes = {"announced_at": "2010-09-23", "episode": "", "source_date": "", "source_url": "", "target": ""}
    (event,) = read_events(write_events(changes))
    assert type(event.announced_at) is date
    assert not event.has_time
    assert event.episode == event.event_id
    assert (event.source_date, event.target) == (None, ())


@pytest.mark.parametrize(
    ("direction", "news"),
    [("restriction", "tightening"), ("escalation", "tightening"), ("relief", "relief"), ("support", "support")],
)
def test_news_never_mixes_opposites(direction, news):
    assert Event("e", date(2020, 1, 1), "t", "e", direction).news == news


def test_a_future_event_is_no_error(write_events):
    (event,) = read_events(write_events({"announced_at": "2099-12-31T23:59-05:00"}))
    assert event.announced_date == date(2099, 12, 31)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_kept_verbatim(write_events, text):
    changes = dict.fromkeys(("title", "summary", "actor", "source_title", "episode", "free"), text)
    (event,) = read_events(write_events(changes))
    assert (event.title, event.summary, event.actor, event.source_title, event.episode) == (text,) * 5
    assert event.extra == {"free": text}


@given(
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 12, 31)),
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_every_instant_with_offset_comes_back(moment, minutes):
    instant = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_moment(instant.isoformat()) == instant


@pytest.mark.parametrize("text", ["2026-01-06T08:38Z", "2026-01-06T16:38+08", "2026-01-06T16:38:00.000+0800"])
def test_other_spellings_of_one_instant(text):
    assert parse_moment(text) == datetime(2026, 1, 6, 16, 38, tzinfo=timezone(timedelta(hours=8)))


IDS = "use letters, digits, '.', '_' and '-', and begin with a letter or digit"
MESSAGES = [
    ("event_id", "", "the cell is empty; write an id such as 2026-01-06-japan-dual-use-ban"),
    ("event_id", "../../x", f"'../../x' is not an event id; {IDS}, such as x"),
    ("event_id", "a/b", f"'a/b' is not an event id; {IDS}, such as a-b"),
    ("event_id", " a", f"' a' is not an event id; {IDS}, such as a"),
    ("event_id", "ä", f"'ä' is not an event id; {IDS}"),
    ("event_id", "a\n", f"'a\\n' is not an event id; {IDS}, such as a"),
    ("event_id", "a" * 81, f"'{'a' * 60}'… is 81 characters long; use 80 at most"),
    ("announced_at", "", "the cell is empty; write an instant such as 2026-01-06T16:38+08:00, or a date"),
    ("announced_at", "2026-01-06 16:38", "'2026-01-06 16:38' has no UTC offset; write 2026-01-06T16:38+08:00"),
    ("announced_at", "2026-01-06T16:38:24", "'2026-01-06T16:38:24' has no UTC offset; write 2026-01-06T16:38:24+08:00"),
    (
        "announced_at",
        "2026-01-06 16:38+08:00",
        "'2026-01-06 16:38+08:00' is not ISO 8601, which joins date and time by T; write 2026-01-06T16:38+08:00",
    ),
    ("announced_at", "2026-02-30", "'2026-02-30' is not a day of the calendar; correct the year, month or day"),
    (
        "announced_at",
        "2026-13-01T10:00+09:00",
        "'2026-13-01T10:00+09:00' is not a day of the calendar; correct the year, month or day",
    ),
    (
        "announced_at",
        "2026-01-06T24:10+09:00",
        "'2026-01-06T24:10+09:00' is not a time of day; write hours 00 to 23, minutes 00 to 59",
    ),
    (
        "announced_at",
        "2026-01-06T16:38+23:00",
        "'2026-01-06T16:38+23:00' has an offset that no place on earth keeps; write one such as +08:00",
    ),
    (
        "announced_at",
        "6 January 2026",
        "'6 January 2026' is neither an ISO 8601 instant nor a date; "
        "write an instant such as 2026-01-06T16:38+08:00, or a date such as 2026-01-06",
    ),
    ("announced_at", "1899-12-31", "'1899-12-31' lies outside the years 1900 to 2100; correct the year"),
    ("announced_at", "2101-01-01T00:00Z", "'2101-01-01T00:00Z' lies outside the years 1900 to 2100; correct the year"),
    ("title", " ", "the cell is empty; write a short heading"),
    (
        "direction",
        "Restrict",
        "'Restrict' is not one of restriction, escalation, relief, support; write restriction",
    ),
    ("direction", "", "the cell is empty; write one of restriction, escalation, relief, support"),
    (
        "confidence",
        "xyz",
        "'xyz' is not one of confirmed, reported, uncertain; write one of confirmed, reported, uncertain",
    ),
    ("source_date", "2026/1/6", "'2026/1/6' is not an ISO 8601 date; write 2026-01-06"),
    ("source_date", "soon", "'soon' is not an ISO 8601 date; write a date such as 2026-01-06"),
]
URLS = ("javascript:alert(1)", "ftp://example.org", "www.example.org", "http://", "https://a b", "http://[::1", "//x")


@pytest.mark.parametrize(("column", "value", "message"), MESSAGES)
def test_message(write_events, column, value, message):
    assert problems_of(write_events({column: value})) == [f"events.csv:2:{column}: {message}"]


@pytest.mark.parametrize("url", URLS)
def test_source_url_is_a_web_address(write_events, url):
    remedy = "write an address that begins with http:// or https://, or leave the cell empty"
    assert problems_of(write_events({"source_url": url})) == [
        f"events.csv:2:source_url: '{url}' is not a web address; {remedy}"
    ]


def test_all_problems_at_once_in_the_files_order(write_events):
    path = write_events(
        {"summary": "two\nlines"}, {"direction": "up"}, {"event_id": "b", "announced_at": "x", "title": ""}
    )
    text = path.read_text()
    path.write_text(text + "short,row\n")
    with pytest.raises(InputError) as caught:
        read_events(path)
    assert [(problem.line, problem.column) for problem in caught.value.problems] == [
        (4, "event_id"),
        (4, "direction"),
        (5, "announced_at"),
        (5, "title"),
        (6, ""),
    ]
    assert str(caught.value).splitlines()[:2] == [
        "events.csv has 5 problems:",
        "  events.csv:4:event_id: '2026-01-06-ban' already stands on line 2; give each event its own id",
    ]


@pytest.mark.parametrize("column", EVENT_COLUMNS)
def test_every_column_stands_in_the_header(write_events, column):
    message = "the column is missing; add it to the header, and an empty cell to each row"
    assert problems_of(write_events({}, drop=column)) == [f"events.csv:1:{column}: {message}"]


def test_columns_come_in_any_order_and_a_header_alone_is_an_empty_catalogue(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(",".join(reversed(EVENT_COLUMNS)))
    assert len(read_events(path)) == 0
    assert list(read_events(path).to_frame()) == list(EVENT_COLUMNS)


def test_get_and_select(write_events):
    events = read_events(
        write_events(
            {},
            {"event_id": "b", "announced_at": "2010-09-23", "episode": "2010"},
            {"event_id": "c", "announced_at": "2010-09-24", "episode": "2010"},
        )
    )
    assert [event.event_id for event in events.select(["c", "b"])] == ["b", "c"]
    assert [event.event_id for event in events.select(episode="2010", since=date(2010, 9, 24))] == ["c"]
    assert [event.event_id for event in events.select(until=date(2010, 9, 23))] == ["b"]
    assert events.select().rows == events.rows
    assert events.select(["b"]).sha256 == events.sha256
    assert (events[0], len(events), repr(events)) == (events.rows[0], 3, "Events(3 from events.csv)")
    for ask, message in (
        (lambda: events.get("2026-01-06-bann"), "did you mean 2026-01-06-ban?"),
        (lambda: events.get("zzz"), "there is no event 'zzz' in events.csv; see `eventstudy events list`"),
        (lambda: events.select(["bann"]), "there is no event 'bann' in events.csv"),
        (lambda: events.select(episode="2011"), "there is no episode '2011' in events.csv; did you mean 2010"),
        (lambda: events.select(since=date(2020, 1, 2), until=date(2020, 1, 1)), "must not follow the last"),
    ):
        with pytest.raises(UsageError, match=message.replace("?", r"\?")):
            ask()


def test_to_frame_carries_extra_columns(write_events):
    events = read_events(write_events({"free": "1,2"}, {"event_id": "b", "announced_at": "2010-09-23", "free": ""}))
    frame = events.to_frame()
    assert list(frame) == [*EVENT_COLUMNS, "free"]
    assert list(frame["announced_at"]) == ["2026-01-06T16:38:24+08:00", "2010-09-23"]
    assert list(frame["materials"]) == ["dysprosium;terbium"] * 2
    assert list(frame["free"]) == ["1,2", ""]


def test_events_made_in_code_need_no_file():
    events = Events((Event("e", date(2020, 1, 1), "t", "e", "relief"),))
    assert events.get("e").confidence == "confirmed"
    assert events.to_frame().loc[0, "source_date"] == ""


def test_default_file(write_events, tmp_path, monkeypatch):
    packaged = read_events(Path(__file__).parents[2] / "events.csv")
    monkeypatch.chdir(tmp_path)
    assert read_events().rows == packaged.rows
    write_events({})
    assert (read_events().path, len(read_events())) == ("events.csv", 1)

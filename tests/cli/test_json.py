"""``--json``: keys that programs may rely on, nothing else on stdout, and the faults of a file too."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest

from eventstudy.catalogue import EVENT_COLUMNS, UNIVERSE_COLUMNS
from eventstudy.prices import store
from eventstudy.prices.source import PRICE_COLUMNS

EVENT = "2026-01-06-japan-dual-use-ban"


@pytest.fixture
def said(command):
    def run(*arguments: str, code: int = 0):
        done = command(*arguments, "--json")
        assert done.code == code, done.err
        return json.loads(done.out)

    return run


def test_events(said):
    listed = said("events", "list", "--since", "2026-01-01", "--until", "2026-01-06")
    assert list(listed) == ["file", "events"]
    (event,) = [each for each in listed["events"] if each["event_id"] == EVENT]
    assert list(event) == [*EVENT_COLUMNS, "has_time", "extra", "line"]
    assert event["announced_at"] == "2026-01-06T16:38:24+08:00"
    assert (event["has_time"], event["target"]) == (True, ["Japan"])
    shown = said("events", "show", EVENT)
    assert {name: shown[name] for name in event} == event
    days = {each["exchange"]: each for each in shown["event_days"]}
    assert list(days["XTKS"]) == ["exchange", "city", "session", "rule", "sentence"]
    assert (days["XTKS"]["session"], days["XNYS"]["session"]) == ("2026-01-07", "2026-01-06")
    assert days["XTKS"]["rule"] == "after_close"


def test_universe(said):
    listed = said("universe", "list", "--sector", "Autos & parts")
    toyota = next(each for each in listed["securities"] if each["ticker"] == "7203.T")
    assert list(toyota) == [*UNIVERSE_COLUMNS, "characteristics", "extra"]
    assert (toyota["role"], toyota["benchmark"]) == ("exposed", "1306.T")
    assert said("universe", "check")["problems"] == []


def test_checks_tell_the_faults_on_stdout_too(command, said, tmp_path):
    assert said("events", "check")["events"] == 69
    (tmp_path / "events.csv").write_text(
        ",".join(EVENT_COLUMNS) + "\nx/y,2026-02-30,T,,restriction,,,,,,,,,confirmed\n", encoding="utf-8"
    )
    told = said("events", "check", code=1)
    assert (told["file"], told["events"]) == ("events.csv", None)
    assert [(each["line"], each["column"]) for each in told["problems"]] == [(2, "event_id"), (2, "announced_at")]
    assert list(told["problems"][0]) == ["line", "column", "what", "remedy"]
    assert "events.csv has 2 problems:" in command("events", "check", "--json").err
    (tmp_path / "universe.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert said("universe", "check", code=1)["securities"] is None


def test_prices(said, tmp_path):
    assert said("prices", "status") == {"store": "prices", "tickers": []}
    (tmp_path / "closes").mkdir()
    (tmp_path / "closes" / "7203.T.csv").write_text(
        "Date,Close\n2026-01-05,3400\n2026-01-06,0\n2026-01-07,3307\n", encoding="utf-8"
    )
    told = said("prices", "check", "--source", "closes")
    assert list(told) == [
        *("source", "simulated", "tickers_wanted", "tickers_with_prices", "tickers_beside", "findings"),
    ]
    assert (told["simulated"], told["tickers_with_prices"]) == (False, 1)
    (zero,) = [each for each in told["findings"] if each["session"] == "2026-01-06"]
    assert list(zero) == ["ticker", "session", "kind", "fact", "detail"]
    assert zero["ticker"] == "7203.T"


def test_status_of_a_store(said, tmp_path):
    folder = store.open_store(tmp_path / "prices")
    rows = store.stored_from_frame(
        np.array(["2026-01-05"], dtype="datetime64[D]"),
        np.full((len(PRICE_COLUMNS), 1), 3400.0),
        currency="JPY",
        source="yahoo",
        fetched_at=datetime(2026, 1, 6, tzinfo=UTC),
        requested_start=date(2026, 1, 5),
    )
    store.write_rows(folder, "7203.T", rows)
    (row,) = said("prices", "status")["tickers"]
    assert list(row) == [
        *("ticker", "sessions", "first", "last", "downloaded", "generation", "older_rows", "bytes", "fault"),
    ]
    assert (row["ticker"], row["sessions"], row["first"], row["fault"]) == ("7203.T", 1, "2026-01-05", None)


def test_nothing_in_json_steers_the_terminal(command, own_catalogue):
    hostile = "a\u202eb\u200bc\u009bd"
    path = own_catalogue / "events.csv"
    row = {"event_id": "2026-02-01-x", "announced_at": "2026-02-01", "title": hostile}
    row |= {"direction": "relief", "confidence": "confirmed"}
    line = ",".join(row.get(name, "") for name in EVENT_COLUMNS)
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    done = command("events", "show", "2026-02-01-x", "--json")
    if done.code:  # the catalogue refuses such characters before they are printed
        assert "2026-02-01-x" in done.err or "control" in done.err
        return
    assert json.loads(done.out)["title"] == hostile
    assert not set(done.out) & set(hostile[1::2])


def test_claims_of_simulated_prices_are_marked(said):
    told = said("claims", EVENT, "--source", "sample", "--estimation=-200,-11")
    assert told["simulated"] is True
    assert list(told["claims"][0]) == [
        *("event_id", "instrument", "name", "qualifier", "basis", "session", "reported", "measured", "difference"),
        *("reading", "publisher", "source_title", "source_url"),
    ]
    assert {each["measured"] for each in told["claims"]} == {None}
    assert {each["event_id"] for each in told["claims"]} == {EVENT}


def test_the_page_names_every_key(said, repository):
    page = (repository / "docs" / "how-to" / "from-a-program.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(" `"): line for line in page.splitlines() if line.startswith("| `")}
    asked = {
        "events show": said("events", "show", EVENT),
        "events check": said("events", "check"),
        "universe list": said("universe", "list"),
        "prices status": said("prices", "status"),
        "claims": said("claims", EVENT, "--source", "sample"),
    }
    for name, told in asked.items():
        inner = told["claims"][0] if name == "claims" else told["event_days"][0] if name == "events show" else {}
        keys = [*inner, *(told if name != "events show" else ["event_days"])]
        assert not [key for key in keys if f"`{key}`" not in rows[name]], name

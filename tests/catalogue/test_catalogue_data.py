"""The files that come with the package: sound, complete, and in agreement with each other."""

from __future__ import annotations

import csv
import os
from datetime import date
from pathlib import Path

import pytest

from eventstudy.catalogue import read_confounders, read_events, read_reported_moves, read_universe

ROOT = Path(__file__).parents[2]
FACTS = Path(os.environ.get("EVENTSTUDY_FACTS", ROOT / "../shared/facts"))
FILES = {name: ROOT / name for name in ("events.csv", "universe.csv", "confounders.csv")}
FILES["reported_moves.csv"] = ROOT / "eventstudy/catalogue/data/reported_moves.csv"

MARKETS = {
    "XTKS": "1306.T",
    "XASX": "^AXJO",
    "XNYS": "^GSPC",
    "XNAS": "^GSPC",
    "ARCX": "^GSPC",
    "XASE": "^GSPC",
    "XSHG": "000300.SS",
    "XSHE": "000300.SS",
    "XTSE": "^GSPTSE",
    "XTSX": "^GSPTSE",
    "XHKG": "^HSI",
    "XKRX": "^KS11",
}


@pytest.fixture(scope="module")
def events():
    return read_events(FILES["events.csv"])


@pytest.fixture(scope="module")
def universe():
    return read_universe(FILES["universe.csv"])


def raw(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


@pytest.mark.parametrize(("name", "rows"), [(n, r) for n, r in zip(FILES, (69, 228, 11, 229), strict=True)])
def test_files_are_plain(name, rows):
    content = FILES[name].read_bytes()
    assert len(raw(FILES[name])) == rows
    assert b"\r" not in content
    assert content.endswith(b"\n")
    assert not content.startswith(b"\xef\xbb\xbf")


def test_events(events):
    assert len(events) == 69
    assert max(len(event.title) for event in events) <= 90
    assert sum(event.has_time for event in events) == 9
    assert events.get("2010-09-07-senkaku-collision").line == 4
    assert all(event.source_url for event in events)
    assert len({event.episode for event in events}) == 15


def test_every_line_has_its_market_and_tokyo_its_sector_fund(universe):
    assert len(universe) == 228
    assert sum(security.role == "benchmark" for security in universe) == 30
    funds = {s.extra["industry"]: s.ticker for s in universe if s.ticker.startswith("16") and s.role == "benchmark"}
    assert len(funds) == 17
    for security in universe:
        if security.role == "benchmark":
            continue
        assert security.benchmark == MARKETS[security.exchange]
        expected = funds[security.extra["industry"]] if security.exchange == "XTKS" else ""
        assert security.sector_benchmark == expected
    assert universe.get("7203.T").sector_benchmark == "1622.T"
    assert universe.get("6330.T").sector_benchmark == "1619.T"
    assert universe.get("6702.T").sector_benchmark == "1626.T"


@pytest.mark.parametrize(
    ("ticker", "day"),
    [
        ("ASM.AX", date(2020, 7, 31)),
        ("UUUU", date(2013, 12, 31)),
        ("METC", date(2017, 2, 28)),
        ("NEO.TO", date(2017, 12, 31)),
        ("PPTA", date(2021, 2, 28)),
        ("301141.SZ", date(2022, 12, 31)),
    ],
)
def test_a_listing_known_to_the_month_begins_at_its_end(universe, ticker, day):
    security = universe.get(ticker)
    assert security.first_trade == day
    assert f"only ({day.year}" in security.listing_note
    assert security.listing_note.endswith(f"prices before {day} are not used")


def test_donors_stand_in_pools_alone(universe):
    donors = [security for security in universe if security.is_donor_only]
    counts = {mic: sum(each.exchange == mic for each in donors) for mic in ("XTKS", "XASX", "XNYS")}
    assert counts == {"XTKS": 72, "XASX": 16, "XNYS": 18}
    assert not set(donors) & set(universe.observations)
    assert all(each.role == "control" and "no rare-earth link" in each.exposure_note for each in donors)
    # they go with every selection, as the benchmarks do
    assert [each for each in universe.select(sector="Autos & parts") if each.is_donor_only] == donors


def test_confounders_have_a_scope_that_exists(universe):
    confounders = read_confounders(FILES["confounders.csv"])
    known = {"*"} | {security.ticker for security in universe} | {security.exchange for security in universe}
    assert {news.scope for news in confounders} <= known
    assert sum(bool(news.source_url) for news in confounders) == 10


def test_reported_moves_belong_to_events(events):
    ids = {event.event_id for event in events}
    assert {move.event_id for move in read_reported_moves()} <= ids


KEPT = {
    "events.csv": [
        *("event_id", "announced_at", "episode", "direction", "actor", "target", "materials"),
        *("source_date", "source_url", "confidence"),
    ],
    "universe.csv": ["ticker", "exchange", "currency", "sector", "role", "last_trade", "source_url"],
    "confounders.csv": ["session_date", "scope", "note"],
    "reported_moves.csv": ["event_id", "instrument", "session_date", "reported_move_pct", "source_date", "source_url"],
}


@pytest.mark.skipif(not FACTS.is_dir(), reason="the compiled facts are not beside the clone")
@pytest.mark.parametrize("name", FILES)
def test_nothing_changed_on_the_way_from_the_facts(name):
    ours, facts = raw(FILES[name]), raw(FACTS / name)
    if name == "universe.csv":  # donors and overseas factors are the package's own
        ours = [row for row in ours if row["sector"] not in ("Donors", "Factors")]
    for column in KEPT[name]:
        assert [row[column] for row in ours] == [row[column] for row in facts], column
    if name == "universe.csv":  # a month or year alone became its last day
        assert all(row["first_trade"].startswith(fact["first_trade"]) for row, fact in zip(ours, facts, strict=True))

"""Which known name is meant: slips of the pen, parts of names, words in another order, and nothing at all."""

from __future__ import annotations

import pytest

from eventstudy.catalogue import read_events, read_universe
from eventstudy.errors import UsageError
from eventstudy.spelling import nearest, nearest_names

SECTORS = sorted({line.sector for line in read_universe() if line.is_observation})
EVENTS = [event.event_id for event in read_events()]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("autos", "Autos & parts"),
        ("Autos and parts", "Autos & parts"),
        ("automobile", "Autos & parts"),
        ("defense", "Defence & heavy machinery"),
        ("rare earth", "Rare-earth miners"),
        ("MAGNETS", "Magnets & specialty metals"),
        ("electronics", "Electronic components"),
        ("deepsea", "Deep-sea & engineering"),
    ],
)
def test_sectors(written, meant):
    assert nearest(written, SECTORS) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-06-japan-dual-use", "2026-01-06-japan-dual-use-ban"),
        ("2026-01-06", "2026-01-06-japan-dual-use-ban"),
        ("japan ban", "2026-01-06-japan-dual-use-ban"),
        ("dual-use-japan", "2026-01-06-japan-dual-use-ban"),
        ("senkaku", "2010-09-07-senkaku-collision"),
        ("2025-04-04", "2025-04-04-seven-heavy-rare-earths"),
    ],
)
def test_events(written, meant):
    assert nearest(written, EVENTS) == meant


@pytest.mark.parametrize("written", ["", "x", "semiconductors", "zzz-qqq", "7", "x" * 10_000])
def test_nothing_is_suggested_where_nothing_is_alike(written):
    assert nearest_names(written, SECTORS) == ()


def test_one_likely_name_stands_alone_and_equals_stand_together():
    miners = ["Rare-earth miners", "Other miners", "Autos"]
    assert nearest_names("miners", miners) == ("Other miners", "Rare-earth miners")
    assert nearest_names("market", ["market", "market-adjusted", "mean"]) == ("market", "market-adjusted")


def test_companies_are_found_by_their_names():
    universe = read_universe()
    with pytest.raises(UsageError, match=r"did you mean 7203\.T \(Toyota Motor\)"):
        universe.get("Toyota Motors")
    with pytest.raises(UsageError, match=r"did you mean 7203\.T\?"):
        universe.get("7203")

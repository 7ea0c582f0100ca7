"""The universe: types, the message for each fault, and who counts as exposed to which event."""

from __future__ import annotations

import math
from datetime import date

import pytest

from eventstudy.catalogue import (
    EXCHANGES,
    ROLES,
    TARGET_MARKETS,
    UNIVERSE_COLUMNS,
    Event,
    Security,
    Universe,
    read_universe,
    role_in_event,
)
from eventstudy.errors import InputError, UsageError


def problems_of(path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_universe(path)
    return [str(problem) for problem in caught.value.problems]


def test_a_security_is_typed(write_universe):
    universe = read_universe(
        write_universe(
            {"first_trade": "1949-05-16", "last_trade": "", "leverage": "0.5", "code": "12"},
            {"ticker": "A", "leverage": "", "code": "x7"},
            benchmark={"leverage": "-1e-3"},
        )
    )
    toyota = universe.get("7203.T")
    assert (toyota.first_trade, toyota.last_trade) == (date(1949, 5, 16), None)
    assert (toyota.benchmark, toyota.sector_benchmark, toyota.line) == ("1306.T", "", 3)
    assert toyota.characteristics == {"leverage": 0.5}
    assert toyota.extra == {"code": "12"}
    assert math.isnan(universe.get("A").characteristics["leverage"])
    assert universe.get("1306.T").characteristics == {"leverage": -0.001}
    assert [security.ticker for security in universe.observations] == ["7203.T", "A"]
    frame = universe.to_frame()
    assert list(frame) == [*UNIVERSE_COLUMNS, "leverage", "code"]
    assert frame["leverage"].dtype == "float64"
    assert list(frame["first_trade"]) == ["", "1949-05-16", ""]


@pytest.mark.parametrize("cells", [("", ""), ("1", "n/a"), ("nan", "1"), ("1_000", "2"), ("1e999", "2")])
def test_a_column_that_is_not_all_numbers_stays_text(write_universe, cells):
    universe = read_universe(write_universe({"z": cells[0]}, {"ticker": "A", "z": cells[1]}))
    assert [dict(security.extra) for security in universe.observations] == [{"z": cell} for cell in cells]
    assert all(not security.characteristics for security in universe)


def test_hostile_text_is_kept_verbatim(write_universe):
    text = '<b>#read("x")</b>=1+1 ../..'
    toyota = read_universe(write_universe({"name": text, "sector": text})).get("7203.T")
    assert (toyota.name, toyota.sector) == (text, text)


BAD_TICKER = "is not a ticker; write the symbol without slashes, '..', line breaks or blanks around it"
MESSAGES = [
    ("ticker", "", "the cell is empty; write the symbol of the price source, such as 7203.T"),
    ("ticker", "../x", f"'../x' {BAD_TICKER}"),
    ("ticker", "a\\b", f"'a\\\\b' {BAD_TICKER}"),
    ("ticker", "a\nb", f"'a\\nb' {BAD_TICKER}"),
    ("ticker", "..", f"'..' {BAD_TICKER}"),
    ("ticker", "A ", f"'A ' {BAD_TICKER}"),
    ("ticker", "A" * 81, f"'{'A' * 60}'… is 81 characters long; use 80 at most"),
    ("ticker", "1306.T", "'1306.T' already stands on line 2; keep one line for each security"),
    ("name", "", "the cell is empty; write the name the report shows"),
    (
        "exchange",
        "XTK",
        "'XTK' is not one of XTKS, XASX, XNYS, XNAS, ARCX, XASE, XSHG, XSHE, XHKG, XKRX, XTSE, XTSX; write XTKS",
    ),
    ("currency", "yen", "'yen' is not a currency; write three capital letters such as JPY"),
    ("currency", "", "the cell is empty; write three capital letters such as JPY"),
    ("sector", "", "the cell is empty; write the sector of the report"),
    ("role", "exposd", "'exposd' is not one of exposed, beneficiary, control, benchmark; write exposed"),
    ("benchmark", "", "the cell is empty; write the ticker whose return is the market for this line"),
    ("benchmark", "1306", "'1306' is not a ticker of this file; write 1306.T, or add a line for it"),
    ("benchmark", "^DJI", "'^DJI' is not a ticker of this file; add a line with role benchmark for it"),
    ("benchmark", "7203.T", "'7203.T' is the line's own ticker; name another line as its market"),
    ("sector_benchmark", "^X", "'^X' is not a ticker of this file; add a line with role benchmark for it"),
    ("sector_benchmark", " ", "the cell holds only blanks; write a ticker of this file, or leave it empty"),
    ("first_trade", "2020-07", "'2020-07' is not an ISO 8601 date; write a date such as 2026-01-06"),
    ("last_trade", "2020-02-30", "'2020-02-30' is not a day of the calendar; correct the year, month or day"),
    (
        "source_url",
        "x",
        "'x' is not a web address; write an address that begins with http:// or https://, or leave the cell empty",
    ),
]


@pytest.mark.parametrize(("column", "value", "message"), MESSAGES)
def test_message(write_universe, column, value, message):
    expected = [f"universe.csv:3:{column}: {message}"]
    if column == "ticker" and value == "1306.T":
        expected.append("universe.csv:3:benchmark: '1306.T' is the line's own ticker; name another line as its market")
    assert problems_of(write_universe({column: value})) == expected


def test_sessions_in_order(write_universe):
    path = write_universe({"first_trade": "2020-01-02", "last_trade": "2020-01-01"})
    message = "the last session 2020-01-01 lies before the first, 2020-01-02; correct one of the two"
    assert problems_of(path) == [f"universe.csv:3:last_trade: {message}"]


def test_a_benchmark_line_needs_a_sector_but_no_benchmark(write_universe):
    expected = "universe.csv:2:sector: the cell is empty; write the sector of the report"
    assert problems_of(write_universe({}, benchmark={"sector": ""})) == [expected]


def test_get_and_select(write_universe):
    universe = read_universe(write_universe({}, {"ticker": "A", "sector": "Metals", "role": "control"}))
    assert [security.ticker for security in universe.select(sector="Metals")] == ["1306.T", "A"]
    assert [security.ticker for security in universe.select(role="exposed")] == ["1306.T", "7203.T"]
    assert [security.ticker for security in universe.select("Metals", "exposed")] == ["1306.T"]
    for ask, message in (
        (lambda: universe.get("7203"), "there is no ticker '7203' in universe.csv; did you mean 7203.T?"),
        (lambda: universe.get("Q"), "there is no ticker 'Q' in universe.csv; see `eventstudy universe list`"),
        (
            lambda: universe.select(sector="metal"),
            "no security has the sector 'metal' in universe.csv; did you mean Metals?",
        ),
        (
            lambda: universe.select(role="zz"),
            "no security has the role 'zz' in universe.csv; there are 'exposed', 'control'",
        ),
    ):
        with pytest.raises(UsageError) as caught:
            ask()
        assert str(caught.value) == message


def security(mic: str, role: str = "exposed") -> Security:
    return Security(mic, mic, mic, "USD", "S", role, "M")


EVERYWHERE = Universe(tuple(security(mic) for mic in EXCHANGES))


def exposed_to(targets: tuple[str, ...], universe: Universe = EVERYWHERE) -> set[str]:
    """The exchanges whose exposed lines keep that role in an event against ``targets``."""
    event = Event("e", date(2026, 1, 6), "t", "e", "restriction", target=targets)
    return {line.exchange for line in universe if role_in_event(event, line, universe) == "exposed"}


ALL = set(EXCHANGES)
US = {"XNYS", "XNAS", "XASE", "ARCX"}


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (("Japan",), {"XTKS"}),
        (("United States",), US),
        (("China",), {"XSHG", "XSHE", "XHKG"}),
        (("Australia",), {"XASX"}),
        (("Canada",), {"XTSE", "XTSX"}),
        (("South Korea",), {"XKRX"}),
        (("Japan", "United States", "European Union"), {"XTKS"} | US),
        (("Taiwan", "Japan"), {"XTKS"}),
        (("U.S.",), US),
        (("usa",), US),
        (("United States of America",), US),
        (("Korea",), {"XKRX"}),
        (("PRC",), {"XSHG", "XSHE", "XHKG"}),
        (("World",), ALL),
        (("European Union",), ALL),
        (("US miners",), ALL),
        ((), ALL),
    ],
)
def test_the_target_decides_who_is_exposed(targets, expected):
    assert exposed_to(targets) == expected


def test_markets_without_an_exposed_line_mean_all():
    universe = Universe((security("XTKS"), security("XNYS"), security("XASX", "beneficiary")))
    assert exposed_to(("Australia",), universe) == {"XTKS", "XNYS"}
    assert exposed_to(("Australia", "Japan"), universe) == {"XTKS"}


def test_a_selection_changes_nobodys_role():
    universe = Universe((security("XTKS"), Security("T", "T", "XNAS", "USD", "Autos", "exposed", "M")))
    assert exposed_to(("Japan",), universe.select(sector="Autos")) == set()


@pytest.mark.parametrize("role", [role for role in ROLES if role != "exposed"])
def test_other_roles_stay(role):
    event = Event("e", date(2026, 1, 6), "t", "e", "restriction", target=("Japan",))
    assert role_in_event(event, security("XNYS", role), EVERYWHERE) == role


def test_every_market_of_a_target_is_known():
    assert {mic for markets in TARGET_MARKETS.values() for mic in markets} == ALL

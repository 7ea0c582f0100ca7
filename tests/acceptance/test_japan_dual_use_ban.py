"""The ban of 6 January 2026 on real closes: each exchange's own event day, who moved, and what may be said of it."""

from __future__ import annotations

import pandas as pd
import pytest

EVENT = "2026-01-06-japan-dual-use-ban"

# published closes print two decimals; half of the last one, in per cent
PRINTED = 0.005
# "about" in abnormal returns: the mirrors of Tokyo's closes agree within 5 bp
ABOUT = 0.05


@pytest.fixture(scope="module")
def ban(studied):
    return studied(EVENT, formats="html,pdf")


@pytest.fixture(scope="module")
def texts(ban):
    """What is read on the page, and on paper where the PDF can be read at all."""
    return [ban.page.text, *filter(None, [ban.paper])]


def test_paper_is_eight_sheets_at_most(ban):
    assert 1 < ban.sheets <= 8


def test_paper_can_be_read(ban):
    if not ban.paper:
        pytest.skip("pdftotext (poppler-utils) is not installed, so only the page was read")
    assert ban.paper.startswith("Sector impact report · episode 2026-japan-curbs")


def row(frame: pd.DataFrame, **key: object) -> pd.Series:
    """The one row with these cells; an empty string means an empty cell."""
    for name, value in key.items():
        frame = frame[frame[name].isna() if value == "" else frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def moved(frame: pd.DataFrame, tickers: list[str], window: str) -> float:
    """The plain mean of their CARs, in per cent."""
    chosen = frame[(frame["window"] == window) & frame["ticker"].isin(tickers)]
    assert len(chosen) == len(tickers)
    return float(100 * chosen["car"].mean())


@pytest.mark.parametrize(
    ("ticker", "session", "per_cent"),
    [
        ("7203.T", "2026-01-07", -2.74),
        ("6330.T", "2026-01-07", 19.53),
        ("5715.T", "2026-01-07", 7.73),
        ("LYC.AX", "2026-01-07", 14.52),
    ],
)
def test_returns_on_each_exchanges_own_event_day(ban, texts, ticker, session, per_cent):
    day = row(ban.tables["abnormal_returns"], ticker=ticker, tau=0)
    assert day["session"] == session
    assert 100 * day["return"] == pytest.approx(per_cent, abs=PRINTED)
    shown = [
        line["Return, %"].text
        for rows in (ban.page.tables["table-3-full"],)
        for group in rows.groups
        for line in rows.records(group)
        if line["Company"].second == ticker
    ]
    printed = f"{per_cent:+.2f}".replace("-", "\N{MINUS SIGN}")
    assert [text.split()[0] for text in shown] == [printed]
    assert all(printed in text for text in texts)


def test_event_days_and_the_markets_on_them(ban, texts):
    days = {line["Exchange"].text: line for line in ban.page.tables["table-days"].records("")}
    assert {city: days[city]["Event day"].text for city in ("Tokyo", "Sydney", "New York")} == {
        "Tokyo": "7 Jan 2026",
        "Sydney": "7 Jan 2026",
        "New York": "6 Jan 2026",
    }
    tokyo = days["Tokyo"]
    assert (tokyo["Market"].second, tokyo["Market, %"].text) == ("1306.T", "−0.81")
    assert tokyo["How it was chosen"].text == (
        "Announced 17:38 Tokyo time on 6 January, after the 15:30 close: next session"
    )
    sessions = ban.tables["pairs"].groupby("exchange")["event_session"].unique().map(list).to_dict()
    assert (sessions["XTKS"], sessions["XASX"], sessions["XNYS"]) == (["2026-01-07"], ["2026-01-07"], ["2026-01-06"])
    assert "Announced 03:38 New York time on 6 January, before the 09:30 open: same session" in ban.page.text
    assert "NEXT FUNDS TOPIX ETF" in ban.page.text
    # on paper the name may stand on two lines of its cell
    assert all("NEXT FUNDS TOPIX" in text for text in texts)


def test_abnormal_returns_of_sectors_and_of_daido_steel(ban):
    groups = ban.tables["groups"]
    autos = row(groups, event_id=EVENT, role="exposed", sector="Autos & parts", window="[0,0]")
    deep_sea = row(groups, event_id=EVENT, role="beneficiary", sector="Deep-sea & engineering", window="[0,0]")
    assert 100 * autos["caar"] == pytest.approx(-1.2, abs=ABOUT)
    assert 100 * deep_sea["caar"] == pytest.approx(8.6, abs=ABOUT)
    assert (row(ban.tables["pairs"], ticker="5471.T")["role"], row(ban.tables["pairs"], ticker="5471.T")["status"]) == (
        "exposed",
        "used",
    )
    assert 100 * row(ban.tables["abnormal_returns"], ticker="5471.T", tau=0)["ar"] == pytest.approx(5.0, abs=ABOUT)


def test_the_twenty_beneficiaries_had_gained_before(ban, texts):
    pairs = ban.tables["pairs"]
    used = pairs[(pairs["role"] == "beneficiary") & (pairs["status"] == "used")]
    tokyo = used.loc[used["exchange"] == "XTKS", "ticker"].to_list()
    everybody = used["ticker"].to_list()
    assert (len(everybody), len(tokyo)) == (20, 10)
    assert set(used["exchange"]) - {"XTKS"} <= {"XNYS", "XNAS", "XASE", "ARCX", "XASX"}
    groups = ban.tables["groups"]
    for window, expected in (("[0,0]", 5.1), ("[-2,-1]", 10.5)):
        mean = moved(ban.tables["cars"], everybody, window)
        assert mean == pytest.approx(expected, abs=ABOUT)
        told = row(groups, event_id=EVENT, role="beneficiary", sector="", window=window)
        assert 100 * told["caar"] == pytest.approx(mean, abs=1e-9)  # equal weights, summed in another order
        assert told["n_pairs"] == 20
    assert moved(ban.tables["cars"], tokyo, "[-2,-1]") == pytest.approx(3.1, abs=ABOUT)
    for text in texts:
        assert "Of 20 likely beneficiaries 17 rose, +5.1% on average" in text
        assert "In the two sessions before the announcement the same 20 had already gained 10.5%" in text
        assert "Tokyo’s ten alone 3.1%" in text
        assert "windows that open before day 0 do not measure this announcement alone" in text


READINGS = {
    "clear": ("Clear",),
    "suggestive": ("Suggestive",),
    "uneven": ("Unusual, uneven",),
    "noise": ("Not told from noise",),
    "not_testable": ("One share: see the company",),
}


def test_says_what_the_headline_test_can_tell_from_noise(ban, texts):
    headline = (
        "Exposed Tokyo shares moved +0.2% on the first day, which cannot be told from noise; the beneficiaries’ gain "
        "of 10.5% came before the announcement"
    )
    assert ban.page.headings[0] == headline
    assert all(headline in text for text in texts)
    groups = ban.tables["groups"]
    exposed = row(groups, event_id=EVENT, role="exposed", sector="", window="[0,0]")
    beneficiaries = row(groups, event_id=EVENT, role="beneficiary", sector="", window="[0,0]")
    assert (exposed["headline_test"], exposed["reading"]) == ("adjusted_bmp_t", "noise")
    assert (beneficiaries["headline_test"], beneficiaries["reading"]) == ("adjusted_bmp_t", "noise")
    assert "+5.1% on average (weighted by volatility +3.3; interval −0.7 to +7.2), which cannot be told from noise" in (
        ban.page.text
    )
    assert "Deep-sea and engineering stands after adjustment for 80 tests" in ban.page.headings
    sectors = ban.page.tables["table-2"]
    told = {
        (role, line["Sector"].text): line["Reading"].text
        for title, role in (("Exposed", "exposed"), ("Beneficiaries", "beneficiary"), ("Controls", "control"))
        for line in sectors.records(title)
    }
    measured = groups[(groups["window"] == "[0,0]") & groups["sector"].notna() & (groups["n_pairs"] > 0)]
    table = measured[measured["role"] != "exposed_elsewhere"]
    assert len(told) == len(table) == 13
    for each in table.itertuples():
        assert told[(each.role, each.sector)] in READINGS[each.reading]
    assert [key for key, words in told.items() if words == "Clear"] == [("beneficiary", "Deep-sea & engineering")]
    assert told[("exposed", "Autos & parts")] == "Not told from noise"


def test_says_that_toyo_engineering_stood_at_its_limit(ban, texts):
    sentence = "Toyo Engineering closed at its daily limit, so its first day is cut short"
    assert all(sentence in text for text in texts)
    (line,) = [line for line in ban.page.tables["table-3"].records("Beneficiaries") if "6330.T" in line["Company"][1]]
    assert line["Company"].text.endswith("▲ limit")
    assert line["Return, %"].text == "+19.53 ▲"
    # beside the abnormal return: cut short, and what reaches past it
    assert (line["AR day 0, %"].raised, line["[0,+5], %"].raised) == ("a", "b")
    for text in texts:
        assert "at the limit on day 0: read [−1,+1]" in text
        assert "at the limit on days +3 to +5: ask for --window=0,6" in text


def test_says_what_the_price_checks_saw_with_the_sessions(ban):
    found = ban.page.tables["table-prices"].records("Facts")
    limits = [line["Sessions"].text for line in found if line["Line"].second == "6330.T"]
    assert sorted(limits) == [
        "2025-12-29", "2026-01-07", "2026-01-13", "2026-01-14", "2026-01-15", "2026-01-20", "2026-01-23",
    ]  # fmt: skip
    (beyond,) = [line for line in found if line["Sessions"].text == "2026-01-23"]
    assert "+705 where the band is 700, 5 beyond it" in beyond["What was seen"].text


def test_says_which_printed_moves_were_intraday(ban, texts):
    for text in texts:
        assert "Printed as the session’s high or low: Lynas Rare Earths +16.0%" in text
        assert "TOPIX-33 Transportation Equipment −2.5%" in text
        assert "Closes cannot confirm them." in text
    press = ban.page.tables["table-4"].records("")
    lynas = [line for line in press if line["Instrument"].second == "LYC.AX"]
    assert [(line["Reported, %"].text, line["Measured, %"].text, line["Reading"].text) for line in lynas[:1]] == [
        ("+16.0", "+14.5", "? High of the day: closes cannot confirm it")
    ]
    (transport,) = [line for line in press if line["Instrument"].text == "TOPIX-33 Transportation Equipment"]
    assert transport["Printed as"].text.startswith("as much as (intraday low)")
    assert (transport["Reported, %"].text, transport["Measured, %"].text) == ("−2.5", "–")


def test_tickers_that_the_source_lacks_are_attrition(ban, texts):
    attrition = ban.tables["attrition"]
    lacking = sorted(attrition.loc[attrition["reason"] == "no_prices", "ticker"])
    assert len(lacking) == 25
    assert {"600111.SS", "NEO.TO", "4082.T"} <= set(lacking)
    sentence = f"25 shares. The price source does not have this ticker: {', '.join(lacking[:-1])} and {lacking[-1]}."
    assert sentence in ban.page.text
    assert all("25 shares. The price source does not have this ticker" in text for text in texts)
    pairs = ban.tables["pairs"]
    assert set(pairs.loc[pairs["ticker"].isin(lacking), "status"]) == {"excluded"}


def test_says_what_the_source_is(ban, texts):
    for text in texts:
        assert "141 lines (Tokyo) have closes without dividend adjustment" in text
        assert "Returns of a line without adjusted closes are without dividends." in text
        assert "The source has no high or low." in text

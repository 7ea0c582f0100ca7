"""Closes at the daily limit, against the exchanges' own tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eventstudy.catalogue import Universe, read_universe
from eventstudy.prices.files import FilePrices
from eventstudy.prices.limits import TOKYO_BAND, TOKYO_BELOW, limit_closes, tokyo_band

Make = Callable[..., Any]


@pytest.fixture
def side(history_of: Make, line: Make) -> Make:
    """+1, -1 or 0 for the second of two neighbouring sessions."""

    def judge(
        ticker: str, base: float, close: float, days: tuple[str, str] = ("2026-01-06", "2026-01-07"), **rest: Any
    ) -> int:
        history = history_of({ticker: (list(days), [base, close])})
        found = limit_closes(history, Universe((line(ticker, **rest),)))
        assert set(found) <= {ticker}
        return int(found.get(ticker, {}).get(date.fromisoformat(days[1]), 0))

    return judge


def test_the_tokyo_table_has_its_published_steps() -> None:
    assert len(TOKYO_BAND) == len(TOKYO_BELOW) + 1 == 34
    steps = dict(zip(TOKYO_BELOW.tolist(), TOKYO_BAND[:-1].tolist(), strict=True))
    assert steps[1500] == 300
    assert steps[5000] == 700
    assert steps[20_000] == 4000
    assert steps[150_000] == 30_000
    assert steps[1_000_000] == 150_000
    assert steps[3_000_000] == 500_000
    assert steps[50_000_000] == 7_000_000
    assert TOKYO_BAND[-1] == 10_000_000
    assert (np.diff(TOKYO_BELOW) > 0).all()
    assert (np.diff(TOKYO_BAND) > 0).all()


@pytest.mark.parametrize(
    ("base", "close", "expected"),
    [
        (99, 129, 1), (100, 150, 1), (100, 130, 0), (3585, 4285, 1), (3585, 4280, 0), (6630, 5630, -1), (6630, 5640, 0),
        (337.6, 417.6, 1),  # the finest shares stand on a tenth of a yen
        (2716, 3220, 1),  # 3,216 lies between two ticks of five yen: rounded up
        (2716, 3215, 0),
        (4665, 5370, 1),  # 5,365, tick of ten
        (751.6, 901.6, 1),
        (4995, 4295, -1),
    ],
)  # fmt: skip
def test_tokyo(side: Make, base: float, close: float, expected: int) -> None:
    assert side("7203.T", base, close) == expected


@pytest.mark.parametrize(
    ("ticker", "base", "close", "day", "expected"),
    [
        ("600111.SS", 10.05, 11.06, "2025-04-08", 1),  # 11.055, rounded half up
        ("600111.SS", 10.05, 9.05, "2025-04-08", -1),
        ("600111.SS", 10.05, 11.05, "2025-04-08", 0),
        ("600111.SS", 10.053, 11.058, "2025-04-08", 0),  # not on the tick: adjusted, so nothing can be said
        ("000831.SZ", 20.00, 22.00, "2025-04-08", 1),
        ("300748.SZ", 20.00, 22.00, "2020-08-21", 1),
        ("300748.SZ", 20.00, 22.00, "2025-04-08", 0),
        ("300748.SZ", 20.00, 24.00, "2025-04-08", 1),
        ("688077.SS", 20.00, 16.00, "2025-04-08", -1),
        ("000300.SS", 4000.0, 4400.0, "2025-04-08", 0),  # an index
        ("399006.SZ", 2000.0, 2400.0, "2025-04-08", 0),
    ],
)
def test_the_mainland(side: Make, ticker: str, base: float, close: float, day: str, expected: int) -> None:
    before = {"2025-04-08": "2025-04-07", "2020-08-21": "2020-08-20"}[day]
    assert side(ticker, base, close, (before, day)) == expected


@pytest.mark.parametrize(
    ("base", "close", "day", "expected"),
    [
        (50_000, 65_000, "2025-04-08", 1),
        (10_050, 13_060, "2025-04-08", 1),  # 3,015 cut to ticks of ten
        (10_050, 7_040, "2025-04-08", -1),
        (10_050, 13_000, "2025-04-08", 0),
        (10_000, 11_500, "2014-04-08", 1),
        (10_000, 13_000, "2014-04-08", 0),
    ],
)
def test_seoul(side: Make, base: float, close: float, day: str, expected: int) -> None:
    before = str(np.datetime64(day) - np.timedelta64(1, "D"))
    assert side("047400.KS", base, close, (before, day)) == expected


def test_only_from_one_session_to_the_next(side: Make) -> None:
    assert side("7203.T", 3585, 4285, ("2026-01-05", "2026-01-07")) == 0
    assert side("7203.T", 3585, 4285, ("2026-01-09", "2026-01-13")) == 1  # a weekend and a holiday between


def test_benchmarks_and_exchanges_without_limits_have_none(side: Make) -> None:
    assert side("1306.T", 3585, 4285, role="benchmark") == 0
    assert side("MP", 100, 150) == 0


def test_adjusted_closes_are_not_judged(history_of: Make, line: Make) -> None:
    history = history_of({"7203.T": (["2026-01-06", "2026-01-07"], [3585, 4285])})
    frame = history.frames["7203.T"]
    frame["adj_close"], frame["close"] = frame["close"], np.nan
    assert limit_closes(history, Universe((line("7203.T"),))) == {}


def test_toyo_engineering_stood_at_its_limit(real_prices: Path, repository: Path) -> None:
    """By hand: 2716 -> 3220 (500, 3216 on the tick), 3585 -> 4285 (700), 4665 -> 5370 (700, 5365 on the tick),
    5370 -> 6370 -> 7370 (1000), 6630 -> 5630 (1000), 4775 -> 5480 (700, 5475 on the tick).
    """
    universe = read_universe(repository / "universe.csv")
    found = limit_closes(FilePrices(real_prices).fetch(["6330.T"], date(2025, 12, 1)), universe)["6330.T"]
    assert found == {
        date(2025, 12, 29): 1,
        date(2026, 1, 7): 1,
        date(2026, 1, 13): 1,
        date(2026, 1, 14): 1,
        date(2026, 1, 15): 1,
        date(2026, 1, 20): -1,
        date(2026, 1, 23): 1,
    }


@pytest.mark.parametrize("base", [99.9, 100.0, 6999.0, 7000.0, 1e8])
def test_a_base_price_on_a_step_takes_the_wider_band(base: float) -> None:
    expected = {99.9: 30, 100.0: 50, 6999.0: 1000, 7000.0: 1500, 1e8: 1e7}[base]
    assert tokyo_band(np.array([base])).item() == expected

"""Price histories made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from eventstudy.catalogue import Security
from eventstudy.prices.source import PRICE_COLUMNS, PriceHistory, Snapshot

MakeHistory = Callable[..., PriceHistory]


def frame_of(days: Any, columns: Mapping[str, Any]) -> pd.DataFrame:
    """A frame of the shape ``PriceHistory`` has, NaN in every column not given."""
    index = pd.DatetimeIndex(np.asarray(days, dtype="datetime64[D]").astype("datetime64[ns]"), name="date")
    frame = pd.DataFrame(np.nan, index=index, columns=list(PRICE_COLUMNS))
    for name, values in columns.items():
        frame[name] = np.asarray(values, dtype=np.float64)
    return frame


@pytest.fixture
def history_of() -> MakeHistory:
    """A price history of ticker -> frame, or ticker -> (days, closes)."""

    def make(lines: Mapping[str, Any], **rest: Any) -> PriceHistory:
        frames = {
            ticker: line if isinstance(line, pd.DataFrame) else frame_of(line[0], {"close": line[1]})
            for ticker, line in lines.items()
        }
        return PriceHistory(frames, rest.pop("missing", {}), Snapshot("test", "", "", ""), **rest)

    return make


@pytest.fixture
def line() -> Callable[..., Security]:
    """A security with its exchange and currency by suffix."""

    def make(ticker: str, **rest: Any) -> Security:
        suffix = ticker.rpartition(".")[2] if "." in ticker else ""
        exchange, currency = {
            "T": ("XTKS", "JPY"),
            "AX": ("XASX", "AUD"),
            "SS": ("XSHG", "CNY"),
            "SZ": ("XSHE", "CNY"),
            "KS": ("XKRX", "KRW"),
        }.get(suffix, ("XNYS", "USD"))
        given = {"exchange": exchange, "currency": currency, "sector": "Autos", "role": "exposed", **rest}
        return Security(ticker, ticker, **given)

    return make

"""Price histories made by hand, and Yahoo's stand-in."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from eventstudy.catalogue import Security
from eventstudy.prices.source import PRICE_COLUMNS, PriceHistory, Snapshot

if TYPE_CHECKING:
    from yahoo_stand_in import Certificates, Yahoo

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


def _load_stand_in() -> None:
    """Make ``import yahoo_stand_in`` work in the tests of this folder, which stands on no path."""
    folder = Path(__file__).with_name("yahoo_stand_in")
    place = {"submodule_search_locations": [str(folder)]}
    spec = importlib.util.spec_from_file_location("yahoo_stand_in", folder / "__init__.py", **place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["yahoo_stand_in"] = module
    spec.loader.exec_module(module)


_load_stand_in()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """The stand-in's own authority, made once."""
    from yahoo_stand_in import Certificates

    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def yahoo(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yahoo]:
    """Yahoo on this machine, and a fetch that is impatient with it."""
    import yfinance  # noqa: F401  # takes seconds, which are no part of a fetch's
    from yahoo_stand_in import Yahoo

    monkeypatch.setattr("eventstudy.prices.pace.FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("eventstudy.prices.pace.LONGEST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr("eventstudy.prices.yahoo._TIMEOUT_SECONDS", 10.0)
    with Yahoo(certificates) as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where a price store will be."""
    return tmp_path / "prices"

"""What the pages take for granted: prices at PATH, a price store, a factor file, and Yahoo."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import pandas as pd


def _load(name: str, place: Path) -> None:
    """Make ``import name`` work in the tests of this folder, which stands on no path."""
    if name in sys.modules:
        return
    folder = [str(place.parent)] if place.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, place, submodule_search_locations=folder)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


_load("documented_pages", Path(__file__).with_name("documented_pages.py"))
_load("yahoo_stand_in", Path(__file__).parents[1] / "prices" / "yahoo_stand_in" / "__init__.py")

# enough for an estimation window before the events that the pages name
FIRST, LAST = date(2024, 7, 1), date(2026, 4, 30)
STORED = datetime(2026, 2, 6, 8, 15, tzinfo=UTC)


@pytest.fixture(scope="session")
def frames(sample_prices: Any) -> dict[str, pd.DataFrame]:
    """The embedded market, as if it were real: every ticker of the universe."""
    import eventstudy as es

    history = sample_prices.fetch([each.ticker for each in es.read_universe()], FIRST, LAST)
    return dict(history.frames)


@pytest.fixture(scope="session")
def market(frames: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``prices.csv``, ``ff3.csv`` and the store ``prices/``, last filled on 6 February 2026."""
    import pandas as pd

    from eventstudy.prices.store import open_store, stored_from_frame, write_rows

    folder = tmp_path_factory.mktemp("market")
    long = pd.concat(frames, names=["ticker"]).reset_index()
    long.to_csv(folder / "prices.csv", index=False)
    returns = frames["1306.T"]["adj_close"].pct_change().dropna()
    factors = pd.DataFrame({"mktrf": returns, "smb": 0.3 * returns.shift(1), "hml": 0.3 * returns.shift(2), "rf": 1e-4})
    factors.dropna().rename_axis("date").to_csv(folder / "ff3.csv")
    store = open_store(folder / "prices")
    for ticker, frame in frames.items():
        then = frame[: STORED.date().isoformat()]
        if len(then):
            rows = stored_from_frame(
                then.index.to_numpy().astype("datetime64[D]"),
                then.to_numpy().T,
                currency="",
                source="yahoo",
                fetched_at=STORED,
                requested_start=FIRST,
            )
            write_rows(store, ticker, rows)
    return folder


@pytest.fixture
def place(market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The reader's folder, with what stands above in it."""
    folder = tmp_path / "place"
    shutil.copytree(market, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def yahoo(
    frames: dict[str, pd.DataFrame],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[dict[str, str]]:
    """Yahoo on this machine, which knows the embedded market: the variables that lead a program to it, set."""
    import numpy as np
    from yahoo_stand_in import Certificates, Line, Yahoo

    with Yahoo(Certificates(tmp_path_factory.mktemp("certificates"))) as server:
        for ticker, frame in frames.items():
            bars = frame.dropna(subset=["close"])
            adjusted = np.where(np.isnan(bars["adj_close"]), bars["close"], bars["adj_close"])
            server.knows(Line(ticker, (*bars["close"],), (*adjusted,), days=(*bars.index.date,)))
        for name in ("ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.delenv(name, raising=False)
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        yield server.environment()

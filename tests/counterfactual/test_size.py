"""Size on days without an event: the embedded market without effects, and real Tokyo dates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import eventstudy as es

DRAWS = 200


@pytest.mark.slow
@pytest.mark.parametrize("market", ["embedded", "real"])
def test_false_alarms_lie_in_the_band(
    market: str, repository: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(repository)
    from benchmarks.counterfactual_size import GROUPS, band, size_table

    real = es.FilePrices(shared_data / "real_prices" / "prices.csv.gz")
    prices = es.SamplePrices(effects=False) if market == "embedded" else real
    rates, counts = size_table(prices, DRAWS, placebo=False)
    for row in range(len(GROUPS)):
        low, high = band(int(counts[row, 0]))
        assert ((low <= rates[row, :2]) & (rates[row, :2] <= high)).all()
    # joint bands are too narrow on loud real days, as the document says
    assert rates[len(GROUPS), 0] <= (0.09 if market == "embedded" else 0.13)
    assert np.isnan(rates[0, 2])

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
    low, high = band(int(counts[0, 0, 0]))
    # by estimator, each group alone and all with their differences at once: tests and intervals alike
    tested = rates[:, :, :2][np.isfinite(rates[:, :, :2])]
    assert len(tested) == 2 * len(GROUPS) * 2 + 2
    assert ((low <= tested) & (tested <= high)).all()
    assert np.isnan(rates[0, 0, 3])

"""Ordinary days of a study by compiled running sums: those of the plain path."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.study import one_calendar

pytest.importorskip("numba")


def studied(panels: Any, days: list[int]) -> es.StudyResults:
    returns, _, factors = panels.irregular(5, sessions=900)
    names = ["S07", "S09", "S10"]
    pairs = pd.DataFrame(
        {
            "event_id": np.repeat([f"E{day}" for day in days], len(names)),
            "security_id": names * len(days),
            "event_session": np.repeat(returns.index[days], len(names)),
        }
    )
    spec = es.StudySpec(
        estimation=(-120, -11), min_estimation=60, windows=((0, 0), (-1, 1)), tests=("portfolio_t", "placebo"),
        placebo_draws=150,
    )  # fmt: skip
    return es.study_returns(returns, pairs, factors["market"], spec)


@pytest.mark.parametrize("days", [[280], [220, 270]])
def test_a_large_study_has_the_ordinary_days_of_a_small_one(
    days: list[int], panels: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = []
    for fewest in (1 << 62, 0):
        monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", fewest)
        results = studied(panels, days)
        tables.append([results.tests(by=()), results.tests(by=("event_id",))])
        known = "ar" in vars(results.evidence.arrays.abnormal)
    # the last one gathered nothing
    assert not known
    for plain, fast in zip(*tables, strict=True):
        assert plain.query("test == 'placebo'")["pvalue"].notna().all()
        pd.testing.assert_frame_equal(fast, plain, check_exact=False, rtol=1e-10, atol=1e-10)

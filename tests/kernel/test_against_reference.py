"""The compiled path gives the tables of the plain one, whatever the panel looks like."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.study import one_calendar

pytest.importorskip("numba")

# relative; p-values, R² and what else is a difference of nearly equal numbers by their own size
CLOSE, SMALL = 1e-10, 1e-12
EVERY_TEST = (
    *es.StudySpec().tests, "wild_bootstrap_t", "grank_permutation", "mvrm_f",
)  # fmt: skip


def _both(monkeypatch: pytest.MonkeyPatch, returns, pairs, factors, spec) -> tuple[es.StudyResults, es.StudyResults]:
    """The same study by the plain path and by the compiled one."""
    monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", 10**9)
    plain = es.study_returns(returns, pairs, factors, spec)
    monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", 0)
    fast = es.study_returns(returns, pairs, factors, spec)
    assert type(plain.evidence) is not type(fast.evidence)
    return plain, fast


def _same(panels: ModuleType, plain: es.StudyResults, fast: es.StudyResults) -> None:
    """Equal tables: words as they are, numbers to rounding."""
    wanted, found = panels.tables(plain), panels.tables(fast)
    for name, table in wanted.items():
        pd.testing.assert_frame_equal(found[name], table, check_exact=False, rtol=CLOSE, atol=SMALL, obj=name)


MODELS = {
    "market": (es.MarketModel(), ["market"]),
    "mean": (es.MeanAdjusted(), []),
    "market-adjusted": (es.MarketAdjusted(), ["market"]),
    "factors": (es.FactorModel(["market", "smb", "hml"]), ["market", "smb", "hml"]),
    "sector": (es.SectorModel(), ["market", "sector"]),
}


@pytest.mark.parametrize("gaps", ["trade-to-trade", "drop"])
@pytest.mark.parametrize("name", MODELS)
def test_every_table_of_every_model(name, gaps, panels, monkeypatch):
    model, columns = MODELS[name]
    returns, pairs, factors = panels.irregular(1)
    factors = factors.rename(columns={"smb": "sector"} if name == "sector" else {})
    spec = es.StudySpec(
        model=model, windows=((0, 0), (-1, 1), (0, 5), (-5, -1)), min_estimation=100, gaps=gaps, tests=EVERY_TEST
    )
    plain, fast = _both(monkeypatch, returns, pairs, factors[columns] if columns else None, spec)
    reasons = set(plain.attrition["reason"])
    assert {"short_estimation", "window_edge", "no_prices"} <= reasons
    _same(panels, plain, fast)


@pytest.mark.parametrize("seed", [2, 3])
def test_other_choices(seed, panels, monkeypatch):
    returns, pairs, factors = panels.irregular(seed)
    spec = es.StudySpec(
        estimation=(-90, -8), windows=((-3, 12), (0, 0)), min_estimation=20, standardise="sum", returns="log"
    )
    _same(panels, *_both(monkeypatch, returns, pairs, factors["market"], spec))


def test_observations_that_running_sums_cannot_do_justice(panels, monkeypatch):
    """Returns without variance, with hardly any, and a regressor that hardly moves go the plain way."""
    returns, pairs, factors = panels.irregular(4)
    returns["S07"] = 0.001
    returns["S08"] = factors["market"].to_numpy() * 2.0
    returns["S09"] = factors["market"].to_numpy() + np.where(np.arange(len(returns)) % 2, 1e-7, -1e-7)
    returns["S10"] = 500.0 + returns["S10"]
    spec = es.StudySpec(windows=((0, 0), (-1, 1)), min_estimation=60)
    plain, fast = _both(monkeypatch, returns, pairs, factors["market"], spec)
    assert "zero_variance" in set(plain.attrition["reason"])
    _same(panels, plain, fast)
    level = factors["market"] * 1e-9 + 1.0
    plain, fast = _both(monkeypatch, returns, pairs, level, spec)
    assert "singular_regressors" in set(plain.attrition["reason"])
    _same(panels, plain, fast)


def test_regressors_missing_for_good(panels, monkeypatch):
    returns, pairs, factors = panels.irregular(5)
    market = factors["market"].where(np.arange(len(returns)) > 200)
    market.iloc[330::3] = np.nan
    spec = es.StudySpec(windows=((0, 0), (-1, 1)), min_estimation=100)
    plain, fast = _both(monkeypatch, returns, pairs, market, spec)
    assert {"short_regressors", "no_regressors"} <= set(plain.attrition["reason"])
    _same(panels, plain, fast)


def test_labels_of_any_kind_and_returns_in_any_layout(panels, monkeypatch):
    returns, pairs, factors = panels.irregular(6)
    returns = pd.DataFrame(np.ascontiguousarray(returns.to_numpy()), index=range(len(returns)), columns=range(12))
    pairs = pairs.assign(
        event_session=pairs["event_id"].str[1:].astype(int),
        event_id=pairs["event_id"].str[1:].astype(int),
        security_id=pairs["security_id"].str[1:].astype(int),
        group=pairs["group"].astype("category"),
        size=pairs["event_id"].str[1:].astype(float) / 8.0,
    )
    market = factors["market"].set_axis(returns.index)
    plain, fast = _both(monkeypatch, returns, pairs, market, es.StudySpec(windows=((0, 0), (0, 3)), min_estimation=60))
    _same(panels, plain, fast)
    by = ("group", "size")
    pd.testing.assert_frame_equal(fast.groups(by=by), plain.groups(by=by), rtol=CLOSE, atol=SMALL)
    assert repr(fast) == repr(plain)


def test_threads_move_no_bit(panels, monkeypatch):
    returns, pairs, factors = panels.irregular(7)
    spec = es.StudySpec(windows=((0, 0), (-1, 1)), min_estimation=60)
    monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", 0)
    found = []
    for cores in (1, 3):
        monkeypatch.setattr("eventstudy.threads.cores", lambda cores=cores: cores)
        found.append(panels.tables(es.study_returns(returns, pairs, factors["market"], spec)))
    for name, table in found[0].items():
        pd.testing.assert_frame_equal(found[1][name], table, check_exact=True, obj=name)

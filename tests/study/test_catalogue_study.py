"""Catalogue studies: who is in, who is out and why, and what the numbers depend on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.catalogue import Events, Universe
from eventstudy.panel.attrition import REASONS

SPEC = es.StudySpec(windows=((-1, 1), (0, 0), (0, 5)))
USED = ["A.T", "B.T", "C.T", "D.T", "ALONE.T", "HALT.T"]


@pytest.fixture(scope="module")
def results(small_inputs: Any, small_market: Callable[..., Any]) -> es.StudyResults:
    events, universe = small_inputs
    return es.run_study(events, universe, small_market(), SPEC, confounders=(), reported_moves=())


@pytest.mark.parametrize(
    ("ticker", "reason"),
    [
        ("FLAT.T", "zero_variance"),
        ("YOUNG.T", "short_estimation"),
        ("ABSENT.T", "no_prices"),
        ("EMPTY.T", "no_prices"),
        ("NOMARKET.T", "no_benchmark"),
        ("SINGULAR.T", "singular_regressors"),
        ("AFTER.T", "before_prices"),
        ("ENDED.T", "after_prices"),
        ("LISTED.T", "not_yet_listed"),
        ("DELISTED.T", "delisted"),
        ("LONGHALT.T", "no_event_return"),
    ],
)
def test_every_way_out_has_its_reason(results: es.StudyResults, ticker: str, reason: str) -> None:
    pair = results.pairs.set_index(["event_id", "ticker"]).loc[("ban", ticker)]
    assert (pair["status"], pair["reason"]) == ("excluded", reason)
    assert np.isnan(pair[["alpha", "beta", "residual_sd", "r_squared"]].to_numpy(dtype=float)).all()
    row = results.attrition.query("event_id == 'ban' and ticker == @ticker")
    assert row[["window", "step", "reason"]].to_numpy().tolist() == [["", REASONS[reason][0], reason]]
    for table in (results.cars, results.abnormal_returns):
        assert ticker not in set(table["ticker"])


def test_who_is_used(results: es.StudyResults) -> None:
    used = results.pairs[results.pairs["status"] == "used"]
    assert used["ticker"].tolist() == USED
    assert (used["event_id"] == "ban").all()
    assert (used["reason"] == "").all()
    assert (used["n_estimation"] == 250).all()
    assert (used["event_session"] == "2026-01-07").all()
    assert "MARKET.T" not in set(results.pairs["ticker"])


@pytest.mark.parametrize(
    ("event", "reasons"),
    [
        ("ancient", {"before_prices", "no_prices", "no_benchmark", "not_yet_listed"}),
        ("tomorrow", {"future_event", "no_prices", "no_benchmark", "delisted"}),
        ("beyond", {"beyond_calendar"}),
    ],
)
def test_events_out_of_reach(results: es.StudyResults, event: str, reasons: set[str]) -> None:
    pairs = results.pairs[results.pairs["event_id"] == event]
    assert len(pairs) == len(results.universe.observations)
    assert set(pairs["reason"]) == reasons
    groups = results.groups(by=("event_id", "role")).query("event_id == @event")
    assert (groups["n_pairs"] == 0).all()
    assert (groups["reading"] == "not_testable").all()
    assert groups["pvalue"].isna().all()


def test_a_halt_costs_the_windows_it_ends(results: es.StudyResults) -> None:
    """No price on day 5: the window that ends there has no CAR, the others have."""
    lost = results.attrition.query("ticker == 'HALT.T' and event_id == 'ban'")
    assert lost.to_numpy().tolist() == [["ban", "HALT.T", "[0,+5]", "window", "window_edge"]]
    assert results.cars.query("ticker == 'HALT.T'")["window"].tolist() == ["[-1,+1]", "[0,0]"]
    days = results.abnormal_returns.query("ticker == 'HALT.T'").set_index("tau")
    assert days.loc[5, ["return", "expected", "ar", "sar"]].isna().all()
    # the return of day 6 spans two sessions
    assert np.isfinite(days.loc[6, "ar"])


def test_a_sector_of_one_ticker(results: es.StudyResults) -> None:
    row = results.groups(by=("event_id", "role", "sector")).query("sector == 'Magnets' and event_id == 'ban'")
    assert (row["n_pairs"] == 1).all()
    assert (row["headline_test"] == "portfolio_t").all()
    assert (row["reading"] == "not_testable").all()
    # its own CAR, interval and p stand in the table all the same
    own = results.cars.query("ticker == 'ALONE.T'").set_index("window")
    np.testing.assert_allclose(row.set_index("window")["caar"], own["car"], rtol=1e-12)
    np.testing.assert_allclose(row.set_index("window")["pvalue"], own["pvalue"], rtol=1e-10)
    np.testing.assert_allclose(row.set_index("window")["caar_se"], own["car_se"], rtol=1e-12)


def test_the_sector_model_needs_a_sector_benchmark(small_inputs: Any, small_market: Callable[..., Any]) -> None:
    events, universe = small_inputs
    spec = replace(SPEC, model=es.SectorModel())
    found = es.run_study(events.select(event_ids=("ban",)), universe, small_market(), spec, confounders=())
    reasons = found.pairs.set_index("ticker")["reason"]
    assert reasons["ALONE.T"] == "no_sector_benchmark"
    assert reasons["A.T"] == ""


def test_nothing_to_estimate_is_an_error_that_counts_reasons(
    small_inputs: Any, small_market: Callable[..., Any]
) -> None:
    events, universe = small_inputs
    with pytest.raises(es.ModelError) as caught:
        es.run_study(events.select(event_ids=("beyond",)), universe, small_market(), SPEC, confounders=())
    assert f"{len(universe.observations)} × {REASONS['beyond_calendar'][1]}" in str(caught.value)


def test_the_source_is_asked_for_every_line_once(small_inputs: Any, small_market: Callable[..., Any]) -> None:
    events, universe = small_inputs
    market = small_market()
    es.run_study(events.select(event_ids=("ban",)), universe, market, SPEC, confounders=(), reported_moves=())
    assert sorted(market.asked) == sorted({line.ticker for line in universe})


def in_order(events: Events, universe: Universe, seed: int, market: Any, **choices: Any) -> es.StudyResults:
    """A study whose lines stand in another order."""
    rng = np.random.default_rng(seed)
    lines = list(universe)
    shuffled = replace(universe, rows=tuple(lines[place] for place in rng.permutation(len(lines))))
    return es.run_study(events, shuffled, market, replace(SPEC, **choices), confounders=(), reported_moves=())


def test_numbers_depend_on_the_seed_not_on_the_order_of_the_universe(
    small_inputs: Any, small_market: Callable[..., Any]
) -> None:
    events, universe = small_inputs
    events = events.select(event_ids=("ban",))
    choices = {"tests": ("portfolio_t", "placebo"), "placebo_draws": 99, "estimation": (-130, -11)}
    spec = replace(SPEC, **choices)
    plain = es.run_study(events, universe, small_market(), spec, confounders=(), reported_moves=())
    moved = in_order(events, universe, 3, small_market(), **choices)
    key = ["event_id", "role", "sector", "window"]
    left, right = (found.groups().set_index(key).sort_index() for found in (plain, moved))
    numbers = left.select_dtypes("number").columns
    np.testing.assert_allclose(left[numbers], right.loc[left.index, numbers], rtol=1e-9, atol=1e-12)
    assert left["placebo_pvalue"].notna().sum() >= 6
    other = es.run_study(events, universe, small_market(), replace(spec, seed=1), confounders=(), reported_moves=())
    assert not np.allclose(
        left["placebo_pvalue"], other.groups().set_index(key).sort_index()["placebo_pvalue"], equal_nan=True
    )


def test_other_groups_move_no_group(small_inputs: Any, small_market: Callable[..., Any]) -> None:
    events, universe = small_inputs
    events = events.select(event_ids=("ban",))
    fewer = replace(universe, rows=tuple(line for line in universe if line.sector in ("Benchmarks", "Autos")))
    spec = replace(SPEC, tests=("portfolio_t", "placebo"), placebo_draws=99, estimation=(-130, -11))
    whole, part = (es.run_study(events, lines, small_market(), spec, confounders=()) for lines in (universe, fewer))
    left = whole.groups().query("sector == 'Autos'").set_index("window")
    right = part.groups().query("sector == 'Autos'").set_index("window")
    for name in ("caar", "caar_se", "pvalue", "placebo_pvalue", "ci_low", "mean_correlation"):
        np.testing.assert_allclose(left[name], right[name], rtol=1e-12)


def test_provenance_says_what_was_studied(results: es.StudyResults, small_inputs: Any) -> None:
    events, universe = small_inputs
    found = results.provenance
    assert found["inputs"]["events"] == {"path": events.path, "sha256": events.sha256}
    assert found["inputs"]["universe"]["sha256"] == universe.sha256
    assert found["prices"] == {
        "source": "a small market",
        "simulated": False,
        "first_fetch": "2026-04-01T00:00:00+00:00",
        "last_fetch": "2026-04-01T00:00:00+00:00",
        "sha256": "0" * 64,
    }
    assert found["specification"]["windows"] == [[-1, 1], [0, 0], [0, 5]]
    assert found["specification"]["model"] == "market"
    assert found["seed"] == 0
    assert found["packages"]["numpy"] == np.__version__
    assert found["packages"]["pandas"] == pd.__version__
    assert found["eventstudy"] == es.__version__


def test_events_stand_in_the_order_of_time(results: es.StudyResults) -> None:
    assert [event.event_id for event in results.events] == ["ancient", "ban", "tomorrow", "beyond"]


def test_event_days_name_their_rule(results: es.StudyResults) -> None:
    days = results.event_days().set_index(["event_id", "exchange"])
    row = days.loc[("ban", "XTKS")]
    assert row["session"] == pd.Timestamp(date(2026, 1, 7))
    assert row["city"] == "Tokyo"
    assert row["rule"] == results.pairs.query("event_id == 'ban'")["event_day_rule"].iloc[0]
    assert pd.isna(days.loc[("beyond", "XTKS"), "session"])


def test_the_rest_of_the_catalogue_stands_beside(small_inputs: Any, small_market: Callable[..., Any]) -> None:
    """Its events are studied apart, and keep their days out of the ordinary ones."""
    events, universe = small_inputs
    extra = replace(events.get("ban"), event_id="earlier", announced_at=date(2025, 9, 3))
    catalogue = replace(events, rows=(*events, extra))
    alone = es.run_study(events.select(event_ids=("ban",)), universe, small_market(), SPEC, confounders=())
    among = es.run_study(
        events.select(event_ids=("ban",)), universe, small_market(), SPEC, context=catalogue, confounders=()
    )
    assert alone.context is None
    assert [event.event_id for event in among.context.events] == ["ancient", "earlier", "tomorrow", "beyond"]
    assert set(among.context.study(among.context.events).cars["event_id"]) == {"earlier"}
    pd.testing.assert_frame_equal(alone.cars, among.cars)

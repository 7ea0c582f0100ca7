"""Studies on returns that the user brought."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

SPEC = es.StudySpec(windows=((0, 0), (-1, 1)))


def test_example_has_the_effect_it_says() -> None:
    returns, pairs, market = es.example_returns()
    assert returns.shape == (300, 6)
    assert pairs["event_session"].unique().tolist() == [returns.index[280]]
    results = es.study_returns(returns, pairs, market, SPEC)
    row = results.groups(by=("event_id",)).set_index("window").loc["[0,0]"]
    # 3% within three standard errors of 1.5%/√6
    assert row["caar"] == pytest.approx(0.03, abs=3 * 0.015 / np.sqrt(6))
    assert row["ci_low"] > 0
    again = es.example_returns()
    pd.testing.assert_frame_equal(returns, again[0])
    assert not returns.equals(es.example_returns(seed=1)[0])


def test_all_that_is_wrong_in_one_error() -> None:
    returns, pairs, market = es.example_returns()
    spoilt = pd.concat([pairs, pairs.iloc[[0]], pairs.iloc[[1]].assign(security_id="X9"), pairs.iloc[[2]].assign(
        event_id="other", event_session=pd.Timestamp("2031-01-01"))])  # fmt: skip
    shuffled = returns.iloc[::-1]
    with pytest.raises(ValueError) as caught:
        es.study_returns(shuffled, spoilt, market.iloc[1:], SPEC)
    lines = str(caught.value).splitlines()
    assert len(lines) == 5
    assert lines[0] == "returns: the index must hold each session once, in ascending order; sort it, drop duplicates"
    assert lines[1] == "pairs: security_id X9 is no column of returns; add its returns"
    assert lines[2].startswith("pairs: event_session 2031-01-01 00:00:00 is no session of returns")
    assert lines[3] == "pairs: (announcement, S0) stands twice; keep one row an event and security"
    assert lines[4] == "factors: the index differs from that of returns; reindex it to the same sessions"


def test_factors_are_checked_with_the_rest() -> None:
    returns, pairs, _ = es.example_returns()
    with pytest.raises(ValueError) as caught:
        es.study_returns(returns, pairs.drop(columns="event_session"), None, SPEC)
    lines = str(caught.value).splitlines()
    assert lines[0] == "pairs: no column event_session; it needs event_id, security_id, event_session"
    assert lines[1].startswith("factors: the market model needs 1 column (market)")


def test_no_pairs_and_twice_the_same_security() -> None:
    returns, pairs, market = es.example_returns()
    with pytest.raises(ValueError, match="pairs: no rows; give at least one"):
        es.study_returns(returns, pairs.iloc[:0], market, SPEC)
    twice = pd.concat([returns, returns[["S0"]]], axis=1)
    with pytest.raises(ValueError, match="security ids stand twice among the columns"):
        es.study_returns(twice, pairs, market, SPEC)


def test_attrition_of_own_returns() -> None:
    returns, pairs, market = es.example_returns()
    returns = returns.copy()
    returns["S0"] = np.nan
    returns["S1"] = 0.0
    returns.iloc[:200, 2] = np.nan
    returns.iloc[281, 3] = np.nan
    results = es.study_returns(returns, pairs, market, SPEC)
    reasons = results.pairs.set_index("ticker")["reason"].to_dict()
    assert reasons == {
        "S0": "no_prices", "S1": "zero_variance", "S2": "short_estimation", "S3": "", "S4": "", "S5": "",
    }  # fmt: skip
    # no return on day 1: the window that ends there is lost, the day itself is not
    assert results.attrition.query("ticker == 'S3'")[["window", "reason"]].to_numpy().tolist() == [
        ["[-1,+1]", "window_edge"]
    ]
    assert results.groups(by=("event_id",)).set_index("window")["n_pairs"].to_dict() == {"[0,0]": 3, "[-1,+1]": 2}


def test_a_market_that_stands_still() -> None:
    returns, pairs, market = es.example_returns()
    with pytest.raises(es.ModelError, match="6 × the regressors do not vary in the estimation window"):
        es.study_returns(returns, pairs, market * 0.0, SPEC)


def test_each_event_session_is_its_own_calendar_cluster() -> None:
    """Two events of one session are one date; one event on two sessions is two."""
    returns, pairs, market = es.example_returns()
    rows = [
        ("one", "S0", 280), ("one", "S1", 280), ("two", "S2", 280), ("two", "S3", 260), ("two", "S4", 240),
    ]  # fmt: skip
    pairs = pd.DataFrame(
        [(event, name, returns.index[day]) for event, name, day in rows], columns=list(pairs.columns[:3])
    )
    results = es.study_returns(returns, pairs, market, replace(SPEC, estimation=(-230, -11)))
    arrays = results.evidence.arrays
    assert len(np.unique(arrays.cluster)) == 3
    assert arrays.cluster[0] == arrays.cluster[1] == arrays.cluster[2]
    notes = results.group_notes(by=()).set_index("window")
    assert notes.loc["[0,0]", "n_dates"] == 3
    assert results.group_notes(by=("event_id",)).set_index(["event_id", "window"])["n_dates"].to_dict() == {
        ("one", "[0,0]"): 1, ("one", "[-1,+1]"): 1, ("two", "[0,0]"): 3, ("two", "[-1,+1]"): 3,
    }  # fmt: skip


def test_sessions_may_be_any_ordered_labels() -> None:
    returns, pairs, market = es.example_returns()
    numbers = pd.RangeIndex(len(returns))
    plain = es.study_returns(returns, pairs, market, SPEC)
    numbered = es.study_returns(
        returns.set_axis(numbers), pairs.assign(event_session=280), market.set_axis(numbers), SPEC
    )
    pd.testing.assert_frame_equal(plain.cars, numbered.cars)
    assert numbered.abnormal_returns.query("tau == 0")["session"].unique().tolist() == [280]


def test_catalogue_columns_that_were_not_given_are_absent() -> None:
    returns, pairs, market = es.example_returns()
    results = es.study_returns(returns, pairs, market, SPEC)
    assert list(results.pairs.columns) == [
        "event_id", "ticker", "role", "event_session", "n_estimation", "status", "reason", "alpha", "beta",
        "residual_sd", "r_squared",
    ]  # fmt: skip
    assert results.provenance["prices"] is None
    assert results.provenance["inputs"] == {}


def test_results_depend_on_the_seed_only() -> None:
    """Not on the order of pairs and columns; the bootstrap and the placebo included."""
    rng = np.random.default_rng(0)
    returns, _, market = es.example_returns()
    days = [205, 220, 235, 250, 265, 280]
    rows = [(f"e{day}", name, returns.index[day], "exposed") for day in days for name in returns.columns]
    pairs = pd.DataFrame(rows, columns=["event_id", "security_id", "event_session", "role"])
    spec = es.StudySpec(
        estimation=(-60, -11),
        min_estimation=40,
        windows=((0, 0),),
        tests=("wild_bootstrap_t", "placebo"),
        placebo_draws=99,
    )
    plain = es.study_returns(returns, pairs, market, spec)
    moved = es.study_returns(
        returns[rng.permutation(returns.columns)], pairs.iloc[rng.permutation(len(pairs))], market, spec
    )
    left, right = plain.groups(by=("role",)).iloc[0], moved.groups(by=("role",)).iloc[0]
    assert left["headline_test"] == "wild_bootstrap_t"
    for name in ("caar", "caar_se", "pvalue", "placebo_pvalue", "ci_low", "ci_high"):
        assert right[name] == pytest.approx(left[name], rel=1e-9), name
    other = es.study_returns(returns, pairs, market, replace(spec, seed=1)).groups(by=("role",)).iloc[0]
    assert other["caar"] == pytest.approx(left["caar"], rel=1e-15)
    assert other["ci_low"] != left["ci_low"]

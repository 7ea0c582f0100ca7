"""What must hold of every study on returns that the user brought, whatever they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.tables import write_tables

# the same sums in another order: a few units in the last place of each term
REL, ABS = 1e-9, 1e-12

SESSIONS = pd.bdate_range("2024-01-01", periods=120, name="session")
WINDOWS = ((-1, 1), (0, 0), (0, 1), (2, 3), (0, 3))
MODELS = {"market": es.MarketModel(), "mean": es.MeanAdjusted(), "market-adjusted": es.MarketAdjusted()}
# every study costs a tenth of a second, so few examples; derandomised, they are the same for everybody
FEW = settings(max_examples=8)


def spec(**options) -> es.StudySpec:
    """Forty-five sessions of estimation, four short windows, every closed-form test."""
    return es.StudySpec(**{"estimation": (-50, -6), "windows": WINDOWS, "min_estimation": 20} | options)


@st.composite
def worlds(draw) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Returns with gaps, pairs of two or three events with two roles, and the market."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(3, 6))
    gaps = draw(st.sampled_from([0.0, 0.03]))
    names = [f"S{number}" for number in range(count)]
    market = pd.Series(rng.normal(0.0, 0.01, len(SESSIONS)), SESSIONS, name="market")
    common = rng.normal(0.0, 0.006, len(SESSIONS))
    values = market.to_numpy()[:, None] * rng.uniform(0.5, 1.5, count) + common[:, None]
    values = values + rng.normal(0.0, 0.015, values.shape)
    values[rng.random(values.shape) < gaps] = np.nan
    days = draw(st.lists(st.integers(60, 110), min_size=2, max_size=3, unique=True))
    pairs = pd.DataFrame(
        [
            (f"E{number}", name, SESSIONS[day], "exposed" if place % 2 else "beneficiary")
            for number, day in enumerate(days)
            for place, name in enumerate(names)
        ],
        columns=["event_id", "security_id", "event_session", "role"],
    )
    return pd.DataFrame(values, SESSIONS, names), pairs, market


models = st.sampled_from(sorted(MODELS))


def same(one: pd.DataFrame, other: pd.DataFrame, keys: list[str], rel: float = REL) -> None:
    """Two tables hold the same rows, in whatever order."""
    one, other = (table.set_index(keys).sort_index() for table in (one, other))
    pd.testing.assert_frame_equal(one, other[one.columns], rtol=rel, atol=ABS, check_exact=False)


def same_study(one: es.StudyResults, other: es.StudyResults, rel: float = REL) -> None:
    """All tables of two studies hold the same rows."""
    same(one.pairs, other.pairs, ["event_id", "ticker"], rel)
    same(one.abnormal_returns, other.abnormal_returns, ["event_id", "ticker", "tau"], rel)
    same(one.cars, other.cars, ["event_id", "ticker", "window"], rel)
    same(one.attrition, other.attrition, ["event_id", "ticker", "window"], rel)
    by = ("event_id", "role")
    same(one.groups(by), other.groups(by), ["event_id", "role", "window"], rel)
    same(one.tests(by), other.tests(by), ["event_id", "role", "window", "test"], rel)
    same(one.tests(("role",)), other.tests(("role",)), ["role", "window", "test"], rel)


@FEW
@given(worlds(), models, st.randoms(use_true_random=False))
def test_the_order_of_pairs_and_columns_is_irrelevant(world, model, random):
    returns, pairs, market = world
    columns, rows = list(returns.columns), list(pairs.index)
    random.shuffle(columns)
    random.shuffle(rows)
    plain = es.study_returns(returns, pairs, market, spec(model=MODELS[model]))
    shuffled = es.study_returns(returns[columns], pairs.loc[rows], market, spec(model=MODELS[model]))
    same_study(plain, shuffled)


def test_resampled_p_follow_the_members_not_their_order():
    """Seven dates make the pooled headline a bootstrap: its draws, and the placebo's, are seeded by who is there."""
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2022-01-03", periods=500, name="session")
    returns = pd.DataFrame(rng.normal(0.0, 0.02, (500, 4)), days, [f"S{number}" for number in range(4)])
    market = pd.Series(rng.normal(0.0, 0.01, 500), days)
    pairs = pd.DataFrame(
        [(f"E{day}", name, days[day], "exposed") for day in range(330, 470, 20) for name in returns],
        columns=["event_id", "security_id", "event_session", "role"],
    )
    tests = ("cross_sectional_t", "wild_bootstrap_t", "placebo")
    options = spec(tests=tests, windows=((0, 0), (0, 1)), placebo_draws=99)
    plain = es.study_returns(returns, pairs, market, options)
    shuffled = es.study_returns(
        returns[["S2", "S0", "S3", "S1"]], pairs.sample(frac=1.0, random_state=5), market, options
    )
    headline = plain.groups(("role",))
    assert headline["headline_test"].tolist() == ["wild_bootstrap_t"] * 2
    assert headline[["pvalue", "placebo_pvalue"]].notna().all().all()
    same(headline, shuffled.groups(("role",)), ["role", "window"])
    same(plain.tests(("role",)), shuffled.tests(("role",)), ["role", "window", "test"])
    # nor does a second group, whose rows stand before them
    beside = returns.add_prefix("B").join(returns)
    others = pairs.assign(security_id="B" + pairs["security_id"], role="beneficiary")
    with_others = es.study_returns(beside, pd.concat([others, pairs]), market, options)
    joined = with_others.tests(("role",))
    same(
        plain.tests(("role",))[["role", "window", "test", "statistic", "pvalue"]],
        joined.loc[joined["role"] == "exposed"],
        ["role", "window", "test"],
    )


@FEW
@given(worlds(), models)
def test_inputs_are_left_as_they_were(world, model):
    returns, pairs, market = world
    before = returns.copy(), pairs.copy(), market.copy()
    results = es.study_returns(returns, pairs, market, spec(model=MODELS[model]))
    results.summary_groups()
    results.summary_tests()
    pd.testing.assert_frame_equal(returns, before[0])
    pd.testing.assert_frame_equal(pairs, before[1])
    pd.testing.assert_series_equal(market, before[2])


@FEW
@given(worlds(), st.sampled_from(["market", "mean"]), st.floats(0.05, 20.0))
def test_scaling_a_securitys_returns_leaves_its_sar(world, model, factor):
    """R and every fitted coefficient scale alike, so AR/s does not move; market-adjusted returns are not fitted."""
    returns, pairs, market = world
    options = {"model": MODELS[model], "returns": "log"}  # a scaled simple return may fall below -100%
    plain = es.study_returns(returns, pairs, market, spec(**options))
    scaled = es.study_returns(returns.assign(S1=returns["S1"] * factor), pairs, market, spec(**options))
    keys = ["event_id", "ticker", "tau"]
    same(plain.abnormal_returns[[*keys, "sar"]], scaled.abnormal_returns[[*keys, "sar"]], keys)
    one, other = (results.cars.query("ticker == 'S1'").set_index(["event_id", "window"]) for results in (plain, scaled))
    np.testing.assert_allclose(other[["scar", "pvalue"]], one[["scar", "pvalue"]], rtol=REL, atol=ABS)
    np.testing.assert_allclose(other[["car", "car_se"]], factor * one[["car", "car_se"]], rtol=REL, atol=ABS)


@FEW
@given(worlds(), models)
def test_adding_a_multiple_of_the_market_leaves_a_fitted_car(world, model):
    """Only the loading moves; without a fitted loading the CAR moves by the market itself."""
    returns, pairs, market = world
    whole = returns.fillna(0.001)  # a gap compounds the market, and then it is no longer a sum
    plain = es.study_returns(whole, pairs, market, spec(model=MODELS[model]))
    tilted = es.study_returns(whole.add(0.7 * market, axis=0), pairs, market, spec(model=MODELS[model]))
    one, other = (results.cars.set_index(["event_id", "ticker", "window"]) for results in (plain, tilted))
    if model == "market":
        np.testing.assert_allclose(other["scar"], one["scar"], rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(tilted.pairs["beta"], plain.pairs["beta"] + 0.7, rtol=REL)
    else:
        assert np.abs(other["car"] - one["car"]).max() > 1e-4


@FEW
@given(worlds(), models)
def test_cars_of_adjoining_windows_add(world, model):
    returns, pairs, market = world
    results = es.study_returns(returns, pairs, market, spec(model=MODELS[model]))
    wide = results.cars.pivot(index=["event_id", "ticker"], columns="window", values="car")
    both = wide[["[0,+1]", "[+2,+3]", "[0,+3]"]].dropna()
    assert len(both)
    np.testing.assert_allclose(both["[0,+3]"], both["[0,+1]"] + both["[+2,+3]"], rtol=REL, atol=ABS)
    # and a CAR is the sum of its days
    ar = results.abnormal_returns.query("0 <= tau <= 3").groupby(["event_id", "ticker"])["ar"].sum()
    np.testing.assert_allclose(both["[0,+3]"], ar.loc[both.index], rtol=REL, atol=ABS)


@FEW
@given(worlds(), models)
def test_a_security_in_two_events_is_two_rows(world, model):
    returns, pairs, market = world
    results = es.study_returns(returns, pairs, market, spec(model=MODELS[model]))
    keys = ["event_id", "ticker"]
    assert len(results.pairs) == len(pairs)
    assert not results.pairs.duplicated(keys).any()
    assert not results.cars.duplicated([*keys, "window"]).any()
    assert not results.abnormal_returns.duplicated([*keys, "tau"]).any()
    # pooled over events a group counts observations: every used pair with a CAR
    expected = results.cars.merge(results.pairs, on=keys).groupby(["role", "window"]).size()
    pooled = results.groups(("role",)).set_index(["role", "window"])["n_pairs"]
    assert pooled[pooled > 0].sort_index().to_dict() == expected.sort_index().to_dict()


@FEW
@given(worlds(), models)
def test_another_event_changes_no_older_verdict(world, model):
    """Neither estimates nor tests nor, with the event as Holm's family, adjusted p."""
    returns, pairs, market = world
    last = sorted(pairs["event_id"].unique())[-1]
    older = pairs[pairs["event_id"] != last]
    before = es.study_returns(returns, older, market, spec(model=MODELS[model]))
    after = es.study_returns(returns, pairs, market, spec(model=MODELS[model]))
    by = ("event_id", "role")
    for one, other, keys in (
        (before.pairs, after.pairs, ["event_id", "ticker"]),
        (before.cars, after.cars, ["event_id", "ticker", "window"]),
        (before.groups(by), after.groups(by), ["event_id", "role", "window"]),
        (before.tests(by), after.tests(by), ["event_id", "role", "window", "test"]),
    ):
        same(one, other[other["event_id"] != last], keys, 1e-12)


@FEW
@given(worlds(), models, st.integers(1, 30))
def test_event_days_do_not_shape_the_estimate(world, model, percent):
    """Whatever happens from the event on, coefficients, s and the standard errors of CAR without gaps stay."""
    returns, pairs, market = world
    event = pairs["event_id"].iloc[0]
    one_event = pairs[pairs["event_id"] == event]
    shocked = returns.copy()
    shocked.loc[one_event["event_session"].iloc[0] :] += percent / 100
    plain = es.study_returns(returns, one_event, market, spec(model=MODELS[model]))
    moved = es.study_returns(shocked, one_event, market, spec(model=MODELS[model]))
    same(plain.pairs, moved.pairs, ["event_id", "ticker"], 1e-14)
    keys = ["event_id", "ticker", "window"]
    same(plain.cars[[*keys, "car_se"]], moved.cars[[*keys, "car_se"]], keys, 1e-13)
    # one session's AR moves by the shock
    day = (results.cars.query("window == '[0,0]'").set_index("ticker")["car"] for results in (plain, moved))
    before, after = day
    np.testing.assert_allclose(after, before + percent / 100, rtol=REL, atol=ABS)


@pytest.mark.parametrize("model", MODELS)
def test_the_same_study_run_twice_writes_the_same_bytes(tmp_path, model):
    returns, pairs, market = es.example_returns()
    options = {"tests": (*es.StudySpec().tests, "wild_bootstrap_t", "placebo"), "placebo_draws": 99, "seed": 7}
    for name in ("one", "two"):
        results = es.study_returns(
            returns.copy(), pairs.copy(), market.copy(),
            es.StudySpec(model=MODELS[model], estimation=(-140, -21), min_estimation=60, **options),
        )  # fmt: skip
        write_tables(results, tmp_path / name)
    written = sorted(path.name for path in (tmp_path / "one").glob("*.csv"))
    assert written == ["abnormal_returns.csv", "attrition.csv", "cars.csv", "groups.csv", "pairs.csv", "tests.csv"]
    for name in written:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_another_catalogue_event_changes_no_older_verdict(sample_prices, repository):
    """On catalogue events, exchanges with their own calendars, and the embedded market."""
    events, universe = es.read_events(repository / "events.csv"), es.read_universe(repository / "universe.csv")
    older, newer = "2025-04-04-seven-heavy-rare-earths", "2026-01-06-japan-dual-use-ban"
    alone = es.run_study(events.select((older,)), universe, sample_prices)
    both = es.run_study(events.select((older, newer)), universe, sample_prices)
    for by in (("event_id", "role"), ("event_id", "role", "sector")):
        keys = [*by, "window"]
        after = both.groups(by)
        same(alone.groups(by), after[after["event_id"] == older], keys, 1e-12)
        assert set(after["event_id"]) == {older, newer}
    cars = both.cars
    same(alone.cars, cars[cars["event_id"] == older], ["event_id", "ticker", "window"], 1e-12)


def test_the_order_of_the_universe_and_the_catalogue_is_irrelevant(sample_prices, repository):
    events, universe = es.read_events(repository / "events.csv"), es.read_universe(repository / "universe.csv")
    chosen = events.select(("2025-04-04-seven-heavy-rare-earths", "2026-01-06-japan-dual-use-ban"))
    backwards = (
        replace(chosen, rows=tuple(reversed(list(chosen)))),
        replace(universe, rows=tuple(reversed(list(universe)))),
    )
    plain = es.run_study(chosen, universe, sample_prices)
    turned = es.run_study(*backwards, sample_prices)
    same(plain.cars, turned.cars, ["event_id", "ticker", "window"])
    by = ("event_id", "role", "sector")
    same(plain.groups(by), turned.groups(by), [*by, "window"])
    # pooled over two events the headline may be a bootstrap: its seed follows the members, not their order
    same(plain.groups(("role",)), turned.groups(("role",)), ["role", "direction", "window"])

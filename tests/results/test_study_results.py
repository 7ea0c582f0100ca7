"""The tables that come out of a study: their columns, their groups, their families and their readings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.panel.attrition import REASONS
from eventstudy.results.unit import Group

GROUPING = ["episode", "event_id", "direction", "role", "sector"]
GROUPS = [
    "window", "n_pairs", "caar", "caar_se", "ci_low", "ci_high", "share_positive", "mean_correlation", "mde",
    "headline_test", "pvalue", "pvalue_holm", "placebo_pvalue", "reading",
]  # fmt: skip
TESTS = ["window", "test", "statistic", "distribution", "pvalue", "pvalue_holm", "pvalue_bh", "n_pairs", "reason"]
COLUMNS = {
    "pairs": [
        "event_id", "ticker", "exchange", "sector", "role", "event_session", "event_day_rule", "n_estimation", "status",
        "reason", "alpha", "beta", "residual_sd", "r_squared",
    ],
    "abnormal_returns": ["event_id", "ticker", "tau", "session", "return", "expected", "ar", "sar"],
    "cars": ["event_id", "ticker", "window", "car", "car_se", "scar", "pvalue", "bhar"],
    "attrition": ["event_id", "ticker", "window", "step", "reason"],
}  # fmt: skip
# sums of some hundred numbers in another order
ROUNDING = {"rel": 1e-10, "abs": 1e-14}
CHOSEN = (
    "2025-10-09-announcements-55-62",
    "2025-10-10-trump-100pct-tariff-threat",
    "2025-10-26-kuala-lumpur-deferral-signal",
    "2026-01-06-japan-dual-use-ban",
    "2026-02-02-chikyu-mud-recovered",
)


@pytest.fixture(scope="module")
def several(sample_prices: Any, repository: Any) -> es.StudyResults:
    """Two episodes; restriction, escalation, relief and support."""
    events = es.read_events(repository / "events.csv").select(event_ids=CHOSEN)
    universe = es.read_universe(repository / "universe.csv")
    spec = es.StudySpec(windows=((0, 0), (-1, 1)), tests=("portfolio_t", "adjusted_bmp_t", "cross_sectional_t"))
    return es.run_study(events, universe, sample_prices, spec, confounders=(), reported_moves=())


def test_units_say_what_the_summary_says(several: es.StudyResults) -> None:
    labels = [f"[{first:+d},{last:+d}]".replace("+0", "0") for first, last in several.spec.windows]
    rows = several.summary_groups().to_dict("records")
    for row in rows:
        event_id = row["event_id"]
        unit = several.unit(event_id, "" if event_id else row["episode"])
        group = Group(row["role"], row["sector"], "" if event_id else row["direction"])
        number = labels.index(row["window"])
        found = unit.headline(group, number)
        assert (found.n_pairs, found.test) == (row["n_pairs"], row["headline_test"])
        told = [found.caar, found.pvalue, unit.adjusted[group, number], unit.ordinary_pvalue(group, number)]
        assert told == pytest.approx(
            [row[name] for name in ("caar", "pvalue", "pvalue_holm", "placebo_pvalue")], nan_ok=True
        )
        assert unit.reading(group, number) == row["reading"]
    units = [several.unit(event.event_id) for event in several.events]
    units += [several.unit("", episode) for episode in dict.fromkeys(event.episode for event in several.events)]
    assert sum(len(unit.headlines()) for unit in [*units, several.unit()]) == len(rows)
    assert several.unit().family == sum(
        1 for row in rows if not row["event_id"] and not row["episode"] and not math.isnan(row["pvalue"])
    )
    assert not several.unit("no-such-event").groups


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_pair_tables_have_the_agreed_columns(sample_results: es.StudyResults, name: str) -> None:
    table = getattr(sample_results, name)
    assert list(table.columns) == COLUMNS[name]
    assert len(table) or name == "attrition"


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        (("event_id", "role", "sector"), ["event_id", "role", "sector"]),
        (("event_id",), ["event_id"]),
        (("role",), ["role", "direction"]),
        ((), ["direction"]),
        (("episode", "role"), ["episode", "role", "direction"]),
        (("direction", "sector"), ["direction", "sector"]),
        (("event_id", "exchange"), ["event_id", "exchange"]),
        (("ticker",), ["ticker", "direction"]),
    ],
)
def test_group_tables_have_the_agreed_columns(several: es.StudyResults, by: tuple[str, ...], keys: list[str]) -> None:
    groups, tests = several.groups(by=by), several.tests(by=by)
    assert list(groups.columns) == [*keys, *GROUPS]
    assert list(tests.columns) == [*keys, *TESTS]
    assert not groups.duplicated([*keys, "window"]).any()
    assert not tests.duplicated([*keys, "window", "test"]).any()
    assert len(tests) == len(groups) * 3
    assert list(several.group_notes(by=by).columns) == [*keys, "window", "variance_ratio", "n_dates", "reason"]


def test_summary_tables_have_every_grouping_column(several: es.StudyResults) -> None:
    groups, tests = several.summary_groups(), several.summary_tests()
    assert list(groups.columns) == [*GROUPING, *GROUPS]
    assert list(tests.columns) == [*GROUPING, *TESTS]
    # each event, each episode and the whole; by role and by role and sector
    level = np.where(groups["event_id"] != "", "event", np.where(groups["episode"] != "", "episode", "whole"))
    found = pd.crosstab(level, groups["sector"] != "")
    assert (found.to_numpy() > 0).all()
    assert found.shape == (3, 2)
    assert (groups["role"] != "").all()
    events = groups[groups["event_id"] != ""]
    assert set(events["direction"]) == {"restriction", "escalation", "relief", "support"}
    # an event's row carries its own direction, a pooled row that of the news
    assert set(groups[groups["event_id"] == ""]["direction"]) == {"tightening", "relief", "support"}
    assert events.groupby("event_id")["episode"].nunique().eq(1).all()


def test_one_event_is_not_pooled(sample_prices: Any, repository: Any) -> None:
    events = es.read_events(repository / "events.csv").select(event_ids=CHOSEN[3:4])
    universe = es.read_universe(repository / "universe.csv")
    spec = es.StudySpec(windows=((0, 0),), tests=("portfolio_t",))
    found = es.run_study(events, universe, sample_prices, spec, confounders=(), reported_moves=()).summary_groups()
    assert set(found["event_id"]) == set(CHOSEN[3:4])


def test_opposite_news_is_never_averaged(several: es.StudyResults) -> None:
    pairs = several.pairs
    direction = {event.event_id: event.news for event in several.events}
    cars = several.cars.merge(pairs[["event_id", "ticker", "role", "sector"]], on=["event_id", "ticker"])
    cars["news"] = cars["event_id"].map(direction)
    for row in several.groups(by=("role",)).itertuples():
        own = cars[(cars["role"] == row.role) & (cars["news"] == row.direction) & (cars["window"] == row.window)]
        assert row.n_pairs == len(own)
        assert row.caar == pytest.approx(own["car"].mean(), nan_ok=True, **ROUNDING)
        assert row.share_positive == pytest.approx((own["car"] > 0).mean(), nan_ok=True, **ROUNDING)
    assert set(several.groups(by=("role",))["direction"]) == {"tightening", "relief", "support"}


def test_groups_average_their_cars(several: es.StudyResults) -> None:
    cars = several.cars.merge(several.pairs[["event_id", "ticker", "role", "sector"]], on=["event_id", "ticker"])
    mean = cars.groupby(["event_id", "role", "sector", "window"])["car"].agg(["mean", "size"])
    table = several.groups().set_index(["event_id", "role", "sector", "window"])
    table = table[table["n_pairs"] > 0]
    assert sorted(table.index) == sorted(mean.index)
    np.testing.assert_allclose(table["caar"], mean.loc[table.index, "mean"], rtol=1e-10, atol=1e-14)
    np.testing.assert_array_equal(table["n_pairs"], mean.loc[table.index, "size"])


def slow_holm(pvalues: list[float]) -> list[float]:
    """Holm's step-down, as printed."""
    present = sorted((p, place) for place, p in enumerate(pvalues) if not math.isnan(p))
    adjusted, largest = [math.nan] * len(pvalues), 0.0
    for rank, (p, place) in enumerate(present):
        largest = max(largest, min(1.0, p * (len(present) - rank)))
        adjusted[place] = largest
    return adjusted


@pytest.mark.parametrize(
    ("by", "unit"),
    [
        (("event_id", "role", "sector"), "event_id"),
        (("event_id",), "event_id"),
        (("episode", "role"), "episode"),
        (("role", "sector"), None),
        ((), None),
    ],
)
def test_families_are_events_episodes_or_the_whole(
    several: es.StudyResults, by: tuple[str, ...], unit: str | None
) -> None:
    """One event's headline p over its groups and windows; pooled rows have families of their own."""
    table = several.groups(by=by)
    families = [table] if unit is None else [rows for _, rows in table.groupby(unit)]
    assert len(families) == {None: 1, "event_id": 5, "episode": 2}[unit]
    for rows in families:
        np.testing.assert_allclose(rows["pvalue_holm"], slow_holm(rows["pvalue"].tolist()), rtol=1e-12)


def test_adjusted_p_stand_in_headline_rows_alone(several: es.StudyResults) -> None:
    keys = ["event_id", "role", "sector", "window"]
    tests = several.tests().merge(several.groups()[[*keys, "headline_test", "pvalue", "pvalue_holm"]], on=keys)
    headline = tests["test"] == tests["headline_test"]
    assert tests.loc[~headline, ["pvalue_holm_x", "pvalue_bh"]].isna().all().all()
    np.testing.assert_array_equal(tests.loc[headline, "pvalue_x"], tests.loc[headline, "pvalue_y"])
    np.testing.assert_array_equal(tests.loc[headline, "pvalue_holm_x"], tests.loc[headline, "pvalue_holm_y"])
    lenient = tests.loc[headline, "pvalue_bh"].dropna()
    assert len(lenient)
    assert (lenient <= tests.loc[lenient.index, "pvalue_holm_x"] * (1 + 1e-12)).all()


def test_adding_an_event_changes_no_older_verdict(
    several: es.StudyResults, sample_prices: Any, repository: Any
) -> None:
    events = es.read_events(repository / "events.csv").select(event_ids=CHOSEN[:1])
    universe = es.read_universe(repository / "universe.csv")
    alone = es.run_study(events, universe, sample_prices, several.spec, confounders=(), reported_moves=())
    among = several.groups().query("event_id == @CHOSEN[0]").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.groups().reset_index(drop=True), among)


def test_readings_follow_their_rule(sample_results: es.StudyResults) -> None:
    """Holm p, raw p, placebo p and N; never the size of the effect."""
    table = sample_results.summary_groups()
    for row in table.itertuples():
        if row.n_pairs < 2 or math.isnan(row.pvalue):
            expected = "not_testable"
        elif row.pvalue_holm < 0.05:
            expected = "clear"
        elif row.pvalue < 0.05:
            expected = "suggestive"
        elif row.placebo_pvalue < 0.05:
            expected = "uneven"
        else:
            expected = "noise"
        assert row.reading == expected
    assert {"clear", "noise", "not_testable"} <= set(table["reading"])


def test_intervals_agree_with_headlines(sample_results: es.StudyResults) -> None:
    table = sample_results.summary_groups().dropna(subset=["pvalue"])
    holds_zero = (table["ci_low"] <= 0) & (table["ci_high"] >= 0)
    assert (holds_zero == (table["pvalue"] > 0.05)).all()
    assert (table["mde"] > 0).all()
    assert len(table) > 50


def test_headline_by_number_of_pairs(sample_results: es.StudyResults) -> None:
    table = sample_results.groups().query("n_pairs > 0")
    expected = np.where(table["n_pairs"] < 6, "portfolio_t", "adjusted_bmp_t")
    assert (table["headline_test"] == expected).all()


def test_every_named_test_has_its_row(sample_results: es.StudyResults) -> None:
    table = sample_results.tests(by=("event_id", "role"))
    for _, rows in table.groupby(["event_id", "role", "window"]):
        assert rows["test"].tolist() == list(sample_results.spec.tests)
    missing = table["statistic"].isna()
    assert (table.loc[missing, "reason"] != "").all()
    assert (table.loc[~missing, "reason"] == "").all()
    assert table.loc[~missing, "pvalue"].between(0, 1).all()


@pytest.mark.parametrize("method", ["groups", "tests", "group_notes", "paths"])
@pytest.mark.parametrize(
    ("by", "name"), [(("planet",), "planet"), (("event_id", "status"), "status"), (("reason",), "reason")]
)
def test_an_unknown_grouping_column_is_named(
    sample_results: es.StudyResults, method: str, by: tuple[str, ...], name: str
) -> None:
    with pytest.raises(ValueError, match=f"by: no column {name}; choose from event_id, ticker, exchange"):
        getattr(sample_results, method)(by=by)


def test_attrition_lists_every_pair_without_a_car(sample_results: es.StudyResults) -> None:
    pairs, table = sample_results.pairs, sample_results.attrition
    excluded = pairs[pairs["status"] == "excluded"]
    whole = table[table["window"] == ""]
    assert list(zip(whole["event_id"], whole["ticker"], whole["reason"], strict=True)) == list(
        zip(excluded["event_id"], excluded["ticker"], excluded["reason"], strict=True)
    )
    assert (whole["step"] == whole["reason"].map(lambda reason: REASONS[reason][0])).all()
    used = set(zip(*pairs[pairs["status"] == "used"][["event_id", "ticker"]].to_numpy().T, strict=True))
    windows = dict.fromkeys(sample_results.cars["window"])
    have = set(sample_results.cars[["event_id", "ticker", "window"]].itertuples(index=False, name=None))
    lost = set(table[table["window"] != ""][["event_id", "ticker", "window"]].itertuples(index=False, name=None))
    assert have | lost == {(*pair, window) for pair in used for window in windows}
    assert not have & lost


def test_abnormal_returns_add_up_to_cars(sample_results: es.StudyResults) -> None:
    ar = sample_results.abnormal_returns
    np.testing.assert_allclose(ar["ar"], ar["return"] - ar["expected"], rtol=1e-10, atol=1e-15)
    assert sorted(ar["tau"].unique()) == list(range(-10, 11))
    inside = ar[ar["tau"].between(0, 5)].groupby(["event_id", "ticker"])["ar"].sum()
    cars = sample_results.cars.query("window == '[0,+5]'").set_index(["event_id", "ticker"])
    np.testing.assert_allclose(cars["car"], inside.loc[cars.index], rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(cars["scar"], cars["car"] / cars["car_se"], rtol=1e-12)


def test_paths(sample_results: es.StudyResults) -> None:
    """From the close before day 0: what came after, and with a minus what was still to come."""
    paths = sample_results.paths(by=("event_id", "role"))
    assert list(paths.columns) == [
        "event_id", "role", "tau", "n_pairs", "caar", "ci_low", "ci_high", "ordinary_low", "ordinary_high",
    ]  # fmt: skip
    groups = sample_results.groups(by=("event_id", "role")).set_index(["event_id", "role", "window"])
    roles = sample_results.pairs[["event_id", "ticker", "role"]]
    ar = sample_results.abnormal_returns.merge(roles, on=["event_id", "ticker"])
    for (event, role), path in paths.groupby(["event_id", "role"]):
        path = path.set_index("tau")
        assert list(path.index) == list(range(-10, 11))
        assert path.loc[-1, ["caar", "ci_low", "ci_high", "ordinary_low", "ordinary_high"]].tolist() == [0.0] * 5
        for window, tau in (("[0,0]", 0), ("[0,+5]", 5)):
            row = groups.loc[(event, role, window)]
            for name in ("caar", "ci_low", "ci_high"):
                assert path.loc[tau, name] == pytest.approx(row[name], **ROUNDING)
            assert path.loc[tau, "n_pairs"] == row["n_pairs"]
        own = ar[(ar["event_id"] == event) & (ar["role"] == role) & ar["tau"].between(-2, -1)]
        full = own.groupby("ticker")["ar"].apply(lambda values: values.notna().all())
        if full.all():
            before = own.groupby("ticker")["ar"].sum().mean()
            assert path.loc[-3, "caar"] == pytest.approx(-before, **ROUNDING)
        wide = path.dropna(subset=["ordinary_low"])
        assert (wide["ordinary_low"] <= wide["ordinary_high"]).all()


def test_ordinary_days(sample_results: es.StudyResults) -> None:
    event = "2026-01-06-japan-dual-use-ban"
    found = sample_results.ordinary_days(event, "exposed", window=(0, 5))
    row = (
        sample_results.groups(by=("event_id", "role"))
        .set_index(["event_id", "role", "window"])
        .loc[(event, "exposed", "[0,+5]")]
    )
    assert found.pvalue == row["placebo_pvalue"]
    assert found.n_dates == len(found.statistics) <= 199
    assert found.effective == pytest.approx(found.n_dates / 6, rel=1e-12)
    beyond = int((np.abs(found.statistics) >= abs(found.observed)).sum())
    assert found.pvalue == pytest.approx((1 + beyond) / (1 + found.n_dates), rel=1e-12)
    t = sample_results.tests(by=("event_id", "role")).set_index(["event_id", "role", "window", "test"])["statistic"]
    assert found.observed == pytest.approx(t[event, "exposed", "[0,+5]", "portfolio_t"], rel=1e-12)
    sector = sample_results.groups().query("event_id == @event and role == 'exposed'")["sector"].iloc[0]
    one = sample_results.ordinary_days(event, "exposed", sector, window=(0, 0))
    table = sample_results.groups().set_index(["event_id", "role", "sector", "window"])
    assert one.pvalue == pytest.approx(table.loc[(event, "exposed", sector, "[0,0]"), "placebo_pvalue"], nan_ok=True)


def test_ordinary_days_that_were_not_asked_for_say_so(several: es.StudyResults) -> None:
    found = several.ordinary_days(CHOSEN[0], "exposed")
    assert math.isnan(found.pvalue)
    assert found.reason
    assert several.groups()["placebo_pvalue"].isna().all()


def test_asking_twice_gives_a_table_of_its_own(several: es.StudyResults) -> None:
    first = several.groups()
    first["caar"] = 0.0
    assert several.groups()["caar"].abs().max() > 0
    assert repr(several) == (
        f"<StudyResults: {int((several.pairs['status'] == 'used').sum())} of {len(several.pairs)} pairs used, "
        "5 events, model market, windows [0,0], [-1,+1]>"
    )


def test_roles_of_an_event_follow_its_target(several: es.StudyResults) -> None:
    """Exposed lines outside the target's markets are shown apart and never averaged in."""
    ban = several.pairs.query("event_id == @CHOSEN[3]")
    assert set(ban[ban["role"] == "exposed"]["exchange"]) == {"XTKS"}
    apart = ban[ban["role"] == "exposed_elsewhere"]
    assert len(apart)
    assert "XTKS" not in set(apart["exchange"])

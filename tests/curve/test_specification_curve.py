"""The curve against the studies it is made of, and against studies made date by date."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.calendars import calendar, clock_columns, event_day
from eventstudy.catalogue import Events
from eventstudy.curve.joint import curve_statistics
from eventstudy.curve.result import TABLE_COLUMNS

SAME = 1e-12  # the same operations on the same numbers
RUNNING = 1e-8  # running sums against direct sums

SMALL: dict[str, Any] = {
    "event_id": "ban",
    "role": "exposed",
    "estimations": ((-160, -11), (-140, -21)),
    "windows": ((0, 0), (-1, 1), (0, 5)),
    "min_estimation": 100,
}


@pytest.fixture(scope="module")
def curve(two_events: Any, quiet_inputs: Any, quiet_market: Callable[..., Any]) -> es.SpecificationCurve:
    return es.specification_curve(two_events, quiet_inputs[1], quiet_market(), **SMALL)


def test_one_row_a_specification_in_the_order_of_the_means(curve: es.SpecificationCurve) -> None:
    table = curve.table
    assert tuple(table.columns) == TABLE_COLUMNS
    assert len(table) == 4 * 2 * 3
    assert table["caar"].is_monotonic_increasing
    key = ["model", "estimation", "window", "benchmark"]
    assert not table.duplicated(key).any()
    assert set(table["model"]) == {"market", "mean", "market-adjusted", "sector"}
    assert set(table["estimation"]) == {"[-160,-11]", "[-140,-21]"}
    assert table.groupby("model")["benchmark"].unique().map(list).to_dict() == {
        "market": ["own"], "market-adjusted": ["own"], "mean": [""], "sector": ["own"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "model", [es.MarketModel(), es.MeanAdjusted(), es.MarketAdjusted(), es.SectorModel()], ids=lambda each: each.name
)
@pytest.mark.parametrize("estimation", SMALL["estimations"])
def test_a_row_is_that_study(
    curve: es.SpecificationCurve, two_events: Any, quiet_inputs: Any, quiet_market: Callable[..., Any],
    model: Any, estimation: tuple[int, int],
) -> None:  # fmt: skip
    """Each specification by itself, with every line of the universe in the study."""
    for window in SMALL["windows"]:
        spec = es.StudySpec(model=model, estimation=estimation, windows=(window,), min_estimation=100)
        chosen = two_events.select(event_ids=("ban",))
        results = es.run_study(
            chosen, quiet_inputs[1], quiet_market(), spec, context=two_events, confounders=(), reported_moves=()
        )
        group = results.groups(by=("event_id", "role")).query("role == 'exposed'").iloc[0]
        tests = results.tests(by=("event_id", "role")).query("role == 'exposed' and test == 'portfolio_t'").iloc[0]
        key = (model.name, f"[{estimation[0]},{estimation[1]}]", group["window"])
        row = curve.table.set_index(["model", "estimation", "window"]).sort_index().loc[key]
        assert (row["n_pairs"], row["headline_test"]) == (4, "portfolio_t")
        assert (group["n_pairs"], group["headline_test"]) == (4, "portfolio_t")
        numbers = ["caar", "ci_low", "ci_high", "pvalue"]
        np.testing.assert_allclose(row[numbers].astype(float), group[numbers].astype(float), rtol=SAME)
        np.testing.assert_allclose(row["portfolio_t"], tests["statistic"], rtol=SAME)


def test_dates_equal_studies_made_date_by_date(quiet_inputs: Any, quiet_market: Callable[..., Any]) -> None:
    """Two dates moved to by hand: an announcement at the same hour, a study of its own for each specification."""
    events, universe = quiet_inputs
    models = (es.MarketModel(), es.MarketAdjusted(), es.MeanAdjusted(), es.SectorModel())
    windows = ((0, 0), (-1, 1))
    found = es.specification_curve(
        events, universe, quiet_market(), **{**SMALL, "models": models, "windows": windows}
    ).joint
    event = events.get("ban")
    # M - p, with M = 150 and 120: the market model's two coefficients, a mean, and the sector's third
    dof = np.array([d for p in (2.0, 1.0, 1.0, 3.0) for m in (150.0, 120.0) for d in (m - p, m - p)])
    for days_before in (150, 260):
        moved = replace(event, announced_at=event.announced_at - timedelta(days=days_before))
        statistics: list[float] = []
        for model in models:
            for estimation in SMALL["estimations"]:
                spec = es.StudySpec(
                    model=model, estimation=estimation, windows=windows, min_estimation=100, tests=("portfolio_t",)
                )
                study = es.run_study(
                    Events((moved,)), universe, quiet_market(), spec, confounders=(), reported_moves=()
                )
                statistics += study.tests(by=("event_id", "role")).query("role == 'exposed'")["statistic"].tolist()
        tokyo = calendar("XTKS")
        column = clock_columns(event.announced_at, "XTKS")[
            tokyo.index_of(event_day(moved.announced_at, "XTKS").session)
        ]
        place = np.flatnonzero(found.dates == column)
        assert len(place) == 1
        expected = curve_statistics(np.array([statistics]), dof)
        np.testing.assert_allclose(found.ordinary[place], expected, rtol=RUNNING)
    assert found.n_dates == len(found.dates) >= 99


@pytest.mark.parametrize("draws", [120, 999])
def test_one_specification_alone_has_the_placebo_p_of_its_study(
    two_events: Any, quiet_inputs: Any, quiet_market: Callable[..., Any], draws: int
) -> None:
    """The median of one t is that t, and its dates are those of the placebo: the p are equal, not close."""
    window = (-1, 1)
    spec = es.StudySpec(
        model=es.SectorModel(),
        estimation=(-160, -11),
        windows=(window,),
        min_estimation=100,
        tests=("placebo",),
        placebo_draws=draws,
    )
    chosen = two_events.select(event_ids=("ban",))
    study = es.run_study(
        chosen, quiet_inputs[1], quiet_market(), spec, context=two_events, confounders=(), reported_moves=()
    )
    group = study.groups(by=("event_id", "role")).query("role == 'exposed'").iloc[0]
    choices = {
        **SMALL,
        "models": (es.SectorModel(),),
        "estimations": ((-160, -11),),
        "windows": (window,),
        "draws": draws,
    }
    found = es.specification_curve(two_events, quiet_inputs[1], quiet_market(), **choices)
    assert found.joint.median_t.pvalue == group["placebo_pvalue"]
    assert found.joint.stouffer_z.pvalue == group["placebo_pvalue"]


def test_a_shock_moves_the_curve_and_the_joint_test(quiet_inputs: Any, quiet_market: Callable[..., Any]) -> None:
    """Ten per cent on one day: every specification is told, and no ordinary date is like it."""
    events, universe = quiet_inputs
    plain = es.specification_curve(events, universe, quiet_market(), **SMALL)
    moved = es.specification_curve(events, universe, quiet_market(shock=0.10), **SMALL)
    key = ["model", "estimation", "window"]
    gain = moved.table.set_index(key)["caar"] - plain.table.set_index(key)["caar"]
    np.testing.assert_allclose(gain, 0.10, rtol=SAME)  # added to the return of one day
    assert moved.n_told == len(moved.table) == 24
    assert moved.joint.share_significant.value == 1.0
    assert moved.joint.median_t.pvalue == pytest.approx(1 / (1 + moved.joint.n_dates))
    assert "Headline p < 0.05: 24 (24 up, 0 down)" in moved.summary()


def test_other_benchmarks_are_other_specifications(quiet_inputs: Any, quiet_market: Callable[..., Any]) -> None:
    events, universe = quiet_inputs
    market = quiet_market()
    choices = {**SMALL, "models": (es.MarketModel(), es.MeanAdjusted()), "estimations": ((-160, -11),)}
    found = es.specification_curve(events, universe, market, benchmarks={"nikkei": {"XTKS": "NIKKEI"}}, **choices)
    assert found.table.groupby(["model", "benchmark"]).size().to_dict() == {
        ("market", "own"): 3, ("market", "nikkei"): 3, ("mean", ""): 3,
    }  # fmt: skip
    lines = tuple(replace(line, benchmark="NIKKEI") if line.benchmark == "TOPIX" else line for line in universe)
    spec = es.StudySpec(estimation=(-160, -11), windows=SMALL["windows"], min_estimation=100)
    study = es.run_study(events, replace(universe, rows=lines), quiet_market(), spec, confounders=(), reported_moves=())
    groups = study.groups(by=("event_id", "role")).query("role == 'exposed'").set_index("window")
    rows = found.table.query("benchmark == 'nikkei'").set_index("window")
    np.testing.assert_allclose(rows["caar"], groups.loc[rows.index, "caar"], rtol=SAME)
    assert sorted(market.asked[0]) == ["A", "B", "C", "D", "FUND", "NIKKEI", "TOPIX"]
    assert len(market.asked) == 1


def test_a_model_without_running_sums_is_shown_and_left_out(
    quiet_inputs: Any, quiet_market: Callable[..., Any]
) -> None:
    events, universe = quiet_inputs
    choices = {**SMALL, "models": (es.MarketModel(), es.RobustMarketModel()), "estimations": ((-160, -11),)}
    found = es.specification_curve(events, universe, quiet_market(), **choices)
    assert found.table.query("model == 'robust'")["caar"].notna().sum() == 3
    assert found.joint.n_specifications == 3
    assert found.joint.left_out == tuple(
        (f"robust [-160,-11] {window} own", "ordinary days need a model fitted by least squares")
        for window in ("[0,0]", "[-1,+1]", "[0,+5]")
    )
    assert "Left out of the joint test: 3" in found.summary()


def test_a_group_without_a_sector_fund_has_a_reason_in_its_rows(
    quiet_inputs: Any, quiet_market: Callable[..., Any]
) -> None:
    events, universe = quiet_inputs
    found = es.specification_curve(events, universe, quiet_market(), **{**SMALL, "role": "beneficiary"})
    sector = found.table.query("model == 'sector'")
    assert sector["caar"].isna().all()
    assert set(sector["reason"]) == {"2 × the line has no sector benchmark, or the source has no prices for it"}
    assert found.table["caar"].notna().tolist() == [True] * 18 + [False] * 6
    assert found.joint.n_specifications == 18


def test_shares_outside_the_target_are_a_group_of_their_own(
    quiet_inputs: Any, quiet_market: Callable[..., Any]
) -> None:
    """The whole universe decides who stands outside, also where the group alone is studied."""
    events, universe = quiet_inputs
    choices = {**SMALL, "role": "exposed_elsewhere", "models": (es.MarketModel(),)}
    found = es.specification_curve(events, universe, quiet_market(), **choices)
    assert (found.table["n_pairs"] == 1).all()
    assert found.table["caar"].notna().all()


def test_too_short_a_history_has_no_joint_p(quiet_inputs: Any, quiet_market: Callable[..., Any]) -> None:
    events, universe = quiet_inputs
    found = es.specification_curve(events, universe, quiet_market(begin="2025-03-03"), **SMALL)
    assert found.joint.reason.startswith(f"only {found.joint.n_dates} ordinary dates")
    assert "99 needed" in found.joint.reason
    assert all(np.isnan(each.pvalue) for each in found.joint.statistics)
    assert "Joint test: none" in found.summary()


def test_order_does_not_matter_and_the_seed_draws_the_dates(
    quiet_inputs: Any, quiet_market: Callable[..., Any]
) -> None:
    events, universe = quiet_inputs
    choices = {**SMALL, "models": (es.MarketModel(),), "draws": 120}
    turned = replace(universe, rows=tuple(reversed(universe.rows)))
    first = es.specification_curve(events, universe, quiet_market(), **choices)
    second = es.specification_curve(events, turned, quiet_market(), **choices)
    other = es.specification_curve(events, universe, quiet_market(), seed=1, **choices)
    assert first.joint.n_dates == 120
    np.testing.assert_allclose(first.joint.ordinary, second.joint.ordinary, rtol=1e-9)
    pd.testing.assert_frame_equal(first.table, second.table, rtol=1e-9)
    assert not np.allclose(first.joint.ordinary, other.joint.ordinary)


def test_plain_values_are_json_and_hostile_names_are_text(quiet_inputs: Any, quiet_market: Callable[..., Any]) -> None:
    events, universe = quiet_inputs
    sector = "<b>Magnets</b> & $more$"
    choices = {**SMALL, "sector": sector, "models": (es.MarketModel(), es.SectorModel())}
    name = "<script>$x</script>"
    found = es.specification_curve(events, universe, quiet_market(), benchmarks={name: {"XTKS": "NIKKEI"}}, **choices)
    plain = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert plain["sector"] == sector
    assert plain["specifications"][0]["caar"] == found.table["caar"][0]
    assert plain["joint"]["statistics"]["median_t"]["value"] == found.joint.median_t.value
    assert plain["provenance"]["curve"]["benchmarks"] == {"own": {}, name: {"XTKS": "NIKKEI"}}
    page = found._repr_html_()
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;$x&lt;/script&gt;" in page
    assert "&lt;b&gt;Magnets&lt;/b&gt;" in page
    assert (
        repr(found) == f"<SpecificationCurve: ban, exposed, {sector}, 24 specifications, {found.n_told} with p < 0.05>"
    )


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"event_id": "bann"}, es.UsageError, "ban"),
        ({"role": "exposd"}, es.UsageError, "there are exposed, beneficiary, exposed_elsewhere"),
        ({"sector": "Mines"}, es.UsageError, "there are Autos, "),
        ({"models": ()}, ValueError, "at least one of each"),
        ({"models": (es.MarketModel(), es.MarketModel())}, ValueError, "more than once"),
        ({"windows": ((-15, 0),)}, ValueError, r"windows: \(-15, 0\) reaches"),
        ({"benchmarks": {"own": {"XTKS": "NIKKEI"}}}, ValueError, "'own' cannot name an alternative"),
        ({"benchmarks": {"same": {"XNYS": "NIKKEI"}}}, ValueError, "'same' gives every line the benchmark that 'own'"),
        ({"benchmarks": {"none": {"XTKS": " "}}}, ValueError, "names no ticker for XTKS"),
    ],
    ids=["event", "role", "sector", "no model", "twice", "window", "own", "same", "empty"],
)
def test_a_wrong_choice_is_told(
    quiet_inputs: Any, quiet_market: Callable[..., Any], changed: dict[str, Any], error: type[Exception], words: str
) -> None:
    events, universe = quiet_inputs
    with pytest.raises(error, match=words):
        es.specification_curve(events, universe, quiet_market(), **{**SMALL, **changed})


def test_no_mean_at_all_is_an_error_that_counts_reasons(quiet_inputs: Any, quiet_market: Callable[..., Any]) -> None:
    events, universe = quiet_inputs
    with pytest.raises(es.ModelError, match=r"no specification has a mean for ban, exposed: .* × "):
        es.specification_curve(events, universe, quiet_market(end="2025-12-01"), **SMALL)

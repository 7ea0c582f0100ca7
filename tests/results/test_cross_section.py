"""The cross-sectional regression against statsmodels, against loops, and under no effect."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

import eventstudy as es
from eventstudy.inference.ordinary_law import ordinary_cars
from eventstudy.inference.regression import (
    by_pattern,
    clustered_slopes,
    no_slopes,
    ordinary_slopes,
    portfolio_slopes,
    projection,
)
from eventstudy.results.cross_section import TABLE_COLUMNS

EXACT = 1e-10  # the same sums in another order


def panel(
    seed: int = 1, dates: int = 1, members: int = 12, common: float = 0.6, effect: float = 0.0
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Returns whose residuals share a factor that loads on a characteristic, so that dates matter."""
    rng = np.random.default_rng(seed)
    length = 300 + 40 * dates
    sessions = pd.bdate_range("2020-01-01", periods=length)
    market = rng.normal(0, 0.01, length)
    exposure = np.linspace(-1, 1, members)
    shock = rng.normal(0, 0.01, length)
    noise = rng.normal(0, 0.015, (length, members))
    values = market[:, None] + common * shock[:, None] * exposure + noise
    columns = [f"S{number:02d}" for number in range(members)]
    rows = []
    for date in range(dates):
        day = 290 + 40 * date
        values[day] += effect * exposure
        rows += [
            {"event_id": f"e{date}", "security_id": name, "event_session": sessions[day], "exposure": value}
            for name, value in zip(columns, exposure, strict=True)
        ]
    pairs = pd.DataFrame(rows)
    pairs["side"] = np.where(pairs["exposure"] > 0, "gains", "loses")
    return pd.DataFrame(values, sessions, columns), pairs, pd.Series(market, sessions)


def study(tests: tuple[str, ...] = (), **options: float) -> es.StudyResults:
    returns, pairs, market = panel(**options)  # type: ignore[arg-type]
    spec = es.StudySpec(windows=((0, 0), (0, 2)), tests=(*es.StudySpec().tests, *tests))
    return es.study_returns(returns, pairs, market, spec)


def test_least_squares_and_weights_equal_statsmodels() -> None:
    results = study()
    cars = results.cars[results.cars["window"] == "[0,+2]"].merge(
        results.pairs[["ticker", "beta"]].assign(exposure=np.linspace(-1, 1, 12)), on="ticker"
    )
    for weights in ("equal", "precision"):
        share = np.ones(len(cars)) if weights == "equal" else 1 / cars["car_se"] ** 2
        fit = smf.wls("car ~ exposure + beta", cars, weights=share).fit(cov_type="HC3", use_t=True)
        found = results.cross_section("car ~ exposure + beta", (0, 2), weights=weights)
        table = found.table.set_index("term")
        assert tuple(found.table.columns) == TABLE_COLUMNS
        np.testing.assert_allclose(table["coefficient"], fit.params, rtol=EXACT)
        np.testing.assert_allclose(table["se"], fit.bse, rtol=EXACT)
        np.testing.assert_allclose(table["pvalue"], fit.pvalues, rtol=1e-8)
        np.testing.assert_allclose(table[["ci_low", "ci_high"]], fit.conf_int(), rtol=1e-8)
        assert found.r_squared == pytest.approx(fit.rsquared, rel=EXACT)
        both = sm.OLS(cars["exposure"], sm.add_constant(cars["beta"])).fit()
        assert table.loc["exposure", "vif"] == pytest.approx(1 / (1 - both.rsquared), rel=1e-8)
        assert np.isnan(table.loc["Intercept", "vif"])


def test_a_coefficient_is_a_portfolio_of_estimation_residuals() -> None:
    results = study()
    arrays = results.evidence.arrays
    z = np.column_stack([np.ones(12), np.linspace(-1, 1, 12)])
    weights = np.linalg.solve(z.T @ z, z.T)
    paths = weights @ arrays.fit.residuals
    # one market for all: k is the same, d = M - 2
    error = np.sqrt((paths**2).sum(axis=1) / 248 * arrays.windows[0].k[0])
    table = results.cross_section("car ~ exposure").table
    np.testing.assert_allclose(table["portfolio_se"], error, rtol=1e-9)
    np.testing.assert_allclose(table["portfolio_t"], weights @ arrays.windows[0].car / error, rtol=1e-9)


def test_coefficients_as_portfolios_vary_together() -> None:
    """The variance of a fitted value is that of the portfolio that it is: P'z, the weights of CAR at z."""
    results = study()
    found = results.cross_section("car ~ exposure")
    covariance, table = found.portfolio_covariance, found.table.set_index("term")
    assert list(covariance.index) == list(covariance.columns) == table.index.tolist()
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), table["portfolio_se"], rtol=EXACT)
    # exposure counted from another origin: the constant becomes the fitted value there
    moved = results.cross_section("car ~ I(exposure - 0.5)").table["portfolio_se"].iloc[0]
    at = np.array([1.0, 0.5])
    assert np.sqrt(at @ covariance.to_numpy() @ at) == pytest.approx(moved, rel=1e-9)


def test_the_constant_alone_is_the_portfolio_t() -> None:
    results = study()
    row = results.tests(by=("event_id",)).query("test == 'portfolio_t' and window == '[0,0]'").iloc[0]
    table = results.cross_section("car ~ 1").table
    assert table["portfolio_t"].iloc[0] == pytest.approx(row["statistic"], rel=1e-9)
    assert table["portfolio_pvalue"].iloc[0] == pytest.approx(row["pvalue"], rel=1e-8)


def test_missing_observations_leave_that_days_portfolio() -> None:
    z = np.column_stack([np.ones(5), [0.0, 1.0, 2.0, 3.0, 5.0]])
    values = np.arange(20.0).reshape(5, 4) ** 1.5
    values[0, 1] = values[3, 2] = np.nan
    values[[0, 1, 2], 3] = np.nan  # two left for two coefficients: no residual, no slope
    found = by_pattern(z, np.ones(5), values)
    for day in range(3):
        there = np.isfinite(values[:, day])
        expected = np.linalg.lstsq(z[there], values[there, day], rcond=None)[0]
        np.testing.assert_allclose(found[:, day], expected, rtol=1e-9)
    assert np.isnan(found[:, 3]).all()


def test_days_with_and_without_a_pattern_of_their_own_are_fitted_alike() -> None:
    rng = np.random.default_rng(5)
    z = np.column_stack([np.ones(40), rng.normal(size=(40, 2))])
    weights = rng.uniform(0.5, 2.0, 40)
    values = rng.normal(size=(40, 60))
    values[rng.random(values.shape) < 0.02] = np.nan  # some days have all, some share what they lack
    values[1:, 7] = np.nan
    found = by_pattern(z, weights, values)
    for day in range(60):
        there = np.isfinite(values[:, day])
        if there.sum() <= 3:
            assert np.isnan(found[:, day]).all()
            continue
        root = np.sqrt(weights[there])
        fit = np.linalg.lstsq(z[there] * root[:, None], values[there, day] * root, rcond=None)[0]
        np.testing.assert_allclose(found[:, day], fit, rtol=1e-9)


def test_ordinary_slopes_are_those_of_the_whole_study_on_each_date() -> None:
    returns, pairs, market = panel()
    spec = es.StudySpec(estimation=(-130, -11), min_estimation=100, windows=((0, 1),), tests=("placebo",))
    results = es.study_returns(returns, pairs, market, spec)
    evidence = results.evidence
    assert evidence.placebo is not None
    dates, cars = ordinary_cars(evidence.placebo, evidence.clocks[0], np.arange(12), (0, 1))
    event = returns.index.get_loc(pairs["event_session"].iloc[0])
    # before the event nothing is left out of any estimation window
    for day in range(140, event - 10, 17):
        moved = pairs.assign(event_session=returns.index[day])
        direct = es.study_returns(returns, moved, market, spec).cars["car"]
        np.testing.assert_allclose(cars[:, dates == day][:, 0], direct, rtol=1e-8)
    # the window lies two sessions clear of the event's
    assert not set(dates.tolist()) & set(range(event - 3, event + 4))
    z = np.column_stack([np.ones(12), np.linspace(-1, 1, 12)])
    slopes = (np.linalg.pinv(z) @ cars[:, np.isfinite(cars).all(axis=0)])[1]
    found = results.cross_section("car ~ exposure", (0, 1)).table.iloc[1]
    beyond = (np.abs(slopes) >= abs(found["coefficient"])).sum()
    assert found["ordinary_pvalue"] == pytest.approx((1 + beyond) / (1 + len(slopes)), rel=EXACT)
    assert found["ordinary_t"] == pytest.approx(found["coefficient"] / np.std(slopes, ddof=1), rel=1e-9)


def test_clusters_equal_statsmodels_and_every_webb_draw() -> None:
    rng = np.random.default_rng(3)
    z = np.column_stack([np.ones(15), rng.normal(size=15)])
    cluster = np.repeat(np.arange(5), 3)
    y = rng.normal(size=15) + 0.5 * z[:, 1] + rng.normal(size=5)[cluster]
    found = clustered_slopes(z, np.ones(15), y, cluster, (0,), draws=20_000)
    fit = sm.OLS(y, z).fit(cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True)
    np.testing.assert_allclose(found.standard_error, fit.bse, rtol=EXACT)
    # all 6^5 draws for the slope: the restricted fit is the mean
    webb = np.array([-np.sqrt(1.5), -1, -np.sqrt(0.5), np.sqrt(0.5), 1, np.sqrt(1.5)])
    residual, inverse = y - y.mean(), np.linalg.pinv(z)
    at_least = 0
    for eta in itertools.product(webb, repeat=5):
        drawn = y.mean() + np.array(eta)[cluster] * residual
        b = inverse @ drawn
        scores = [(inverse[1] * (drawn - z @ b))[cluster == c].sum() for c in range(5)]
        se = np.sqrt(5 / 4 * 14 / 13 * np.square(scores).sum())
        at_least += abs(b[1] / se) >= abs(found.statistic[1]) * (1 - 1e-12)
    exact = at_least / 6**5
    assert found.pvalue[1] == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 20_000))


def test_several_dates_are_told_by_the_bootstrap_and_one_is_not() -> None:
    several = study(dates=6, effect=0.03)
    found = several.cross_section("car ~ exposure", covariance="cluster")
    assert found.n_dates == 6
    assert found.verdict_column == "bootstrap_pvalue"
    assert found.table["bootstrap_pvalue"].iloc[1] < 0.05
    assert found.table["distribution"].tolist() == ["t(5)", "t(5)"]
    assert found.table["portfolio_pvalue"].isna().all()
    assert found.notes["portfolio p"] == "the observations fall on 6 dates"
    one = study()
    with pytest.raises(ValueError, match="'cluster' needs observations on several dates"):
        one.cross_section("car ~ exposure", covariance="cluster")
    assert one.cross_section("car ~ exposure").notes["bootstrap p"] == "one date; a bootstrap needs 5"


def test_results_do_not_depend_on_the_order_of_pairs() -> None:
    returns, pairs, market = panel(dates=6)
    one = es.study_returns(returns, pairs, market).cross_section("car ~ exposure + side")
    other = es.study_returns(returns, pairs.sample(frac=1.0, random_state=5), market).cross_section(
        "car ~ exposure + side"
    )
    # a draw belongs to a date, and dates are numbered in time
    pd.testing.assert_frame_equal(one.table, other.table, rtol=1e-9)


@pytest.mark.parametrize(
    ("formula", "options", "words"),
    [
        ("car ~ nothing", {}, "cannot be read"),
        ("car ~ exposure + I(2 * exposure)", {}, "determine one another"),
        ("car ~ C(ticker)", {}, "12 observations do not determine 12 coefficients"),
        ("car ~ exposure", {"covariance": "white"}, "covariance: 'white' unknown; choose from HC3, cluster"),
        ("car ~ exposure", {"weights": "size"}, "weights: 'size' unknown; choose from equal, precision"),
        ("car ~ exposure", {"where": "nobody > 1"}, "where: 'nobody > 1' cannot be read"),
        ("car ~ exposure", {"window": (0, 9)}, r"window: \(0, 9\) is not studied"),
    ],
)
def test_what_cannot_be_estimated_says_so(formula: str, options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        study().cross_section(formula, **options)  # type: ignore[arg-type]


def test_output_carries_the_terms_and_escapes_them() -> None:
    returns, pairs, market = panel()
    pairs["side"] = np.where(pairs["exposure"] > 0, "gains | 5% & <b>", "loses_$x$")
    found = es.study_returns(returns, pairs, market).cross_section("car ~ side")
    assert "side[T.loses_$x$]" in found.summary()
    assert r"\$x\$" in found.to_latex()
    assert found.to_latex().count(r"\\") == 4  # head, two terms, the note
    hostile = es.study_returns(returns, pairs.iloc[::-1], market).cross_section("car ~ C(side, Treatment('loses_$x$'))")
    line = next(row for row in hostile.to_markdown().splitlines() if "gains" in row)
    assert r"gains \| 5% \& \<b\>" in line
    assert r"C(side, Treatment('loses\_\$x\$'))" in hostile.to_markdown()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hostile.plot().canvas.draw()
    assert len(hostile.plot().axes[0].get_yticklabels()) == 1


def test_too_few_sessions_or_dates_give_a_reason() -> None:
    z = np.ones((3, 1))
    short = portfolio_slopes(z, np.ones(3), np.zeros(1), np.zeros((3, 20)), np.ones(20, bool), 1.0, 2, 120)
    assert short.reason == "too few sessions on which the observations stand together"
    assert ordinary_slopes(z, np.ones(3), np.zeros(1), np.zeros((3, 5))).reason.startswith("only 5 ordinary dates")
    assert np.isnan(no_slopes(2, "why").statistic).all()
    np.testing.assert_allclose(projection(z, np.array([1.0, 2.0, 1.0])), [[0.25, 0.5, 0.25]])


@pytest.mark.slow
def test_under_a_shared_shock_the_portfolio_holds_its_level_and_hc3_does_not() -> None:
    """A common shock that loads on the exposure: with no effect the slope of every day is that day's shock."""
    rejected = {"pvalue": 0, "portfolio_pvalue": 0, "ordinary_pvalue": 0}
    runs = 400
    for seed in range(runs):
        row = study(("placebo",), seed=1000 + seed, common=1.0).cross_section("car ~ exposure").table.iloc[1]
        for name in rejected:
            rejected[name] += bool(row[name] < 0.05)
    # 99.9% binomial band around 5% of 400 runs: 8 to 36
    assert 8 <= rejected["portfolio_pvalue"] <= 36, rejected
    assert 8 <= rejected["ordinary_pvalue"] <= 36, rejected
    assert rejected["pvalue"] > 80, rejected


def test_the_contrast_of_roles_is_the_regression_on_role_beta_and_volatility(sample_results: es.StudyResults) -> None:
    event = "2026-01-06-japan-dual-use-ban"
    found = sample_results.role_contrast(event)
    table = sample_results.cross_section(
        "car ~ C(role, Treatment('exposed')) + beta + I(100 * residual_sd)",
        (0, 0),
        where=f"event_id == '{event}' and role in ['exposed', 'beneficiary', 'control']",
    ).table.iloc[1:]
    terms = ("beneficiary", "control", "beta", "volatility")
    assert tuple(term.name for term in found.terms) == terms
    order = [0, 1, 2, 3] if "beneficiary" in table["term"].iloc[0] else [1, 0, 2, 3]
    table = table.iloc[order]
    np.testing.assert_allclose([term.coefficient for term in found.terms], table["coefficient"], rtol=1e-8)
    np.testing.assert_allclose([term.pvalue for term in found.terms], table["portfolio_pvalue"], rtol=1e-7)
    np.testing.assert_allclose([term.ordinary_pvalue for term in found.terms], table["ordinary_pvalue"], rtol=1e-12)
    for term in found.terms:  # the interval holds zero exactly when the p is above the level
        assert (term.low < 0 < term.high) == (term.pvalue > 0.05)


def test_a_contrast_takes_three_shares_on_either_side() -> None:
    returns, pairs, market = es.example_returns()
    pairs["role"] = ["exposed"] * 4 + ["beneficiary"] * 2
    results = es.study_returns(returns, pairs, market, es.StudySpec(windows=((0, 0),)))
    found = results.role_contrast("announcement")
    assert found.terms == ()
    assert found.reason == "a contrast takes 3 shares on either side"

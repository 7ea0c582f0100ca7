"""Every estimator: one contract, small panels by hand, and the definitions written out with a general solver."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from eventstudy.counterfactual.base import CounterfactualFit, CounterfactualPanel, Estimator
from eventstudy.counterfactual.interactive import InteractiveFixedEffects
from eventstudy.counterfactual.means import DifferenceInDifferences, DifferenceInMeans
from eventstudy.counterfactual.sdid import SyntheticDiD
from eventstudy.counterfactual.synthetic_control import RidgeAugmentedControl, SyntheticControl

ESTIMATORS = (
    DifferenceInMeans(), DifferenceInDifferences(), SyntheticControl(), RidgeAugmentedControl(), SyntheticDiD(),
    InteractiveFixedEffects(),
)  # fmt: skip
# an interior-point solution of a small problem
SOLVER = 2e-5


@pytest.fixture
def panel(factor_panel) -> CounterfactualPanel:
    return factor_panel(np.random.default_rng(5), treated=3, donors=20, before=60, after=3, effect=-0.04)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda each: each.name)
def test_contract(estimator: Estimator, panel: CounterfactualPanel):
    fit = estimator.fit(panel)
    assert fit.name == estimator.name
    assert fit.observed.tolist() == panel.mean.tolist()
    assert fit.expected.shape == (63,)
    assert fit.weights.shape == (20,)
    assert fit.att.tolist() == fit.effect[60:].tolist()
    # three days of −4%, each known to about a deviation of 1.2%/√3
    assert fit.att.mean() == pytest.approx(-0.04, abs=0.02)
    assert fit.pre_rmse == pytest.approx(float(np.sqrt(np.mean(fit.effect[:60] ** 2))))
    # expected = weighted donors + a constant, whatever the estimator
    rest = fit.expected - fit.weights @ panel.donors
    assert np.abs(rest - rest[0]).max() < 1e-12
    if estimator.name != "gsynth":
        assert fit.weights.sum() == pytest.approx(1.0)
    assert 0.0 <= fit.dof_used < 60
    assert 0.0 < fit.effective_donors <= 20.0 + 1e-9
    residuals = estimator.residuals(panel)
    assert residuals.shape == (63,)
    # the window's days are days like others: residuals follow a permutation of all days
    order = np.random.default_rng(0).permutation(63)
    turned = CounterfactualPanel(panel.treated[:, order], panel.donors[:, order], 60)
    if estimator.name != "sdid":  # its penalty is the variance of differences between neighbouring days
        assert np.abs(estimator.residuals(turned) - residuals[order]).max() < 1e-9
    # rows in another order are the same groups
    other = CounterfactualPanel(panel.treated[::-1], panel.donors[::-1], 60)
    assert np.abs(estimator.fit(other).att - fit.att).max() < 1e-9
    # the treated of the window do not touch the counterfactual
    raised = panel.without(-0.02)
    assert np.abs(estimator.fit(raised).att - fit.att - 0.02).max() < 1e-12
    assert raised.treated.base is not panel.treated


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda each: each.name)
def test_effects_come_back_without_bias(estimator: Estimator, factor_panel):
    found = [
        estimator.fit(factor_panel(np.random.default_rng(seed), treated=4, donors=25, before=80, effect=0.03)).att[0]
        for seed in range(25 if estimator.name == "asc" else 100)
    ]
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx(0.03, abs=3.5 * error)
    assert error < 0.003


def test_a_panel_refuses_what_it_cannot_hold():
    good = np.zeros((1, 5))
    with pytest.raises(ValueError, match="treated: shape"):
        CounterfactualPanel(np.empty((0, 5)), good, 4)
    with pytest.raises(ValueError, match=r"donors: a return is missing in rows \[1\]"):
        CounterfactualPanel(good, np.array([[0.0] * 5, [0.0, np.nan, 0.0, 0.0, 0.0]]), 4)
    with pytest.raises(ValueError, match="4 days for the treated's 5"):
        CounterfactualPanel(good, np.zeros((1, 4)), 3)
    for n_before in (2, 5):
        with pytest.raises(ValueError, match=f"n_before: {n_before} of 5 days"):
            CounterfactualPanel(good, good, n_before)
    given = np.zeros((1, 5))
    panel = CounterfactualPanel(given, given, 4)
    with pytest.raises(ValueError):
        panel.treated[0, 0] = 1.0
    given[0, 0] = 1.0  # the caller's own array stays his
    assert panel.treated[0, 0] == 0.0


def test_a_path_cumulates_day_by_day():
    fit = CounterfactualFit("x", np.array([0, 0, 0, 0.1, 0.2]), np.array([0, 0, 0, 0.05, 0.0]), np.ones(1), 3, 0.0)
    assert fit.path().tolist() == pytest.approx([0.05, 0.25])
    assert fit.path("compound").tolist() == pytest.approx([0.05, 1.1 * 1.2 - 1.05])
    assert fit.path("log").tolist() == pytest.approx([np.log(1.1 / 1.05), np.log(1.1 * 1.2 / 1.05)])
    with pytest.raises(ValueError, match="how: 'mean' unknown; choose from sum, compound, log"):
        fit.cumulated("mean")


def test_ridge_augmentation_is_its_definition(panel: CounterfactualPanel):
    plain = SyntheticControl().fit(panel)
    x = panel.donors[:, :60] - panel.donors[:, :60].mean(axis=0)
    gap = panel.mean[:60] - panel.donors[:, :60].mean(axis=0) - x.T @ plain.weights
    for penalty in (1e-3, 0.1):
        weights = plain.weights + x @ np.linalg.solve(x.T @ x + penalty * np.eye(60), gap)
        found = RidgeAugmentedControl(penalty=penalty).fit(panel)
        assert np.abs(found.weights - weights).max() < 1e-10
        assert found.pre_rmse < plain.pre_rmse
    # λ by leaving days out, every fit made anew
    sizes = np.linalg.svd(x, compute_uv=False) ** 2
    penalties = sizes[0] * np.geomspace(1.0, 1e-8, 20)
    squares = np.empty((20, 60))
    for day in range(60):
        left = np.append(np.delete(np.arange(60), day), day)
        less = CounterfactualPanel(panel.treated[:, left], panel.donors[:, left], 59)
        for number, penalty in enumerate(penalties):
            weights = RidgeAugmentedControl(penalty=penalty).fit(less).weights
            squares[number, day] = (panel.mean[day] - weights @ panel.donors[:, day]) ** 2
    mean = squares.mean(axis=1)
    best = mean.argmin()
    limit = mean[best] + squares[best].std(ddof=1) / np.sqrt(60)
    chosen = RidgeAugmentedControl().fit(panel).diagnostics["ridge"]
    assert chosen == pytest.approx(penalties[np.flatnonzero(mean <= limit)[0]])
    with pytest.raises(ValueError, match=r"penalty: 0.0 is not positive"):
        RidgeAugmentedControl(penalty=0.0)


def test_synthetic_did_by_hand():
    # Donors A, B over three days and one of the window. Centred on their means of the days before:
    # A: 1, −1, 0 and B: −1, 1, 0 (in hundredths), treated: 1, −1, 0 halved: ½, −½, 0.
    # Differences of A: −2, 1; of B: 2, −1: mean 0, σ̂² = (4 + 1 + 4 + 1)/3 = 10/3, all in 1e-4.
    # ω: v = 2ω_A − 1 makes the synthetic v, −v, 0; 2(v − ½)² + ζ²T0 (1 + v²)/2 with N1 L = 1 so that ζ²T0 = 10:
    # derivative 4v − 2 + 10v = 0, v = 1/7, ω = 4/7, 3/7.
    # λ: donors' differences A − B by day: 2, −2, 0; of the window: 1 − (−1) = 2. Only differences matter under λ0:
    # λ = (1, 0, 0) meets it exactly and is the only one to, but for a ridge of 1e-12.
    # τ = (y_W − y_1) − Σω(Y_W − Y_1): window A = 1, B = −1, treated 3; y_W − y_1 = 3 − ½; synthetic v − v = 0.
    donors = np.array([[1.0, -1.0, 0.0, 1.0], [-1.0, 1.0, 0.0, -1.0]]) / 100 + np.array([[0.02], [-0.01]])
    treated = np.array([[0.5, -0.5, 0.0, 3.0]]) / 100
    fit = SyntheticDiD().fit(CounterfactualPanel(treated, donors, 3))
    assert fit.weights.tolist() == pytest.approx([4 / 7, 3 / 7])
    assert fit.diagnostics["zeta"] == pytest.approx(np.sqrt(10 / 3) / 100)
    assert fit.att[0] == pytest.approx(0.025, abs=1e-9)
    assert fit.diagnostics["days_used"] == 1.0


@pytest.mark.parametrize(("treated", "after"), [(1, 1), (3, 4)])
def test_synthetic_did_is_the_published_program(treated: int, after: int, factor_panel):
    cp = pytest.importorskip("cvxpy", reason="CVXPY, of the dev extra, is not installed")
    pytest.importorskip("clarabel", reason="Clarabel, of the dev extra, is not installed")
    panel = factor_panel(np.random.default_rng(2), treated=treated, donors=12, before=20, after=after, effect=0.02)
    before, later = 100 * panel.donors[:, :20], 100 * panel.donors[:, 20:]
    own = 100 * panel.mean
    sigma = np.diff(before, axis=1).std(ddof=1)
    zeta = (treated * after) ** 0.25 * sigma
    omega, omega0 = cp.Variable(12, nonneg=True), cp.Variable()
    lam, lam0 = cp.Variable(20, nonneg=True), cp.Variable()
    units = cp.sum_squares(omega0 + before.T @ omega - own[:20]) + zeta**2 * 20 * cp.sum_squares(omega)
    days = cp.sum_squares(lam0 + before @ lam - later.mean(axis=1)) + (1e-6 * sigma) ** 2 * 12 * cp.sum_squares(lam)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for objective, weights in ((units, omega), (days, lam)):
            cp.Problem(cp.Minimize(objective), [cp.sum(weights) == 1]).solve(
                solver="CLARABEL", tol_gap_abs=1e-13, tol_gap_rel=1e-13, tol_feas=1e-13
            )
    tau = (own[20:].mean() - lam.value @ own[:20]) - omega.value @ (later.mean(axis=1) - before @ lam.value)
    fit = SyntheticDiD().fit(panel)
    assert np.abs(fit.weights - omega.value).max() < SOLVER
    # days may be many with one least-ridge solution; the effect does not hang on which
    assert 100 * fit.att.mean() == pytest.approx(tau, abs=50 * SOLVER)


def test_interactive_effects_are_principal_components(factor_panel):
    panel = factor_panel(np.random.default_rng(4), treated=2, donors=15, before=40, after=2)
    fit = InteractiveFixedEffects(factors=2).fit(panel)
    level = panel.donors.mean(axis=1, keepdims=True)
    _, sizes, right = np.linalg.svd(panel.donors - level)
    factors = right[:2].T * np.sqrt(42)
    design = np.column_stack([np.ones(42), factors])
    expected = design @ np.linalg.lstsq(design[:40], panel.mean[:40], rcond=None)[0]
    assert np.abs(fit.expected - expected).max() < 1e-12
    assert fit.diagnostics["common_share"] == pytest.approx((sizes[:2] ** 2).sum() / (sizes**2).sum())
    # more donors than days takes the other Gram matrix
    wide = CounterfactualPanel(panel.treated[:, -12:], panel.donors[:, -12:], 10)
    _, _, right = np.linalg.svd(wide.donors - wide.donors.mean(axis=1, keepdims=True))
    design = np.column_stack([np.ones(12), right[:1].T])
    expected = design @ np.linalg.lstsq(design[:10], wide.mean[:10], rcond=None)[0]
    assert np.abs(InteractiveFixedEffects(factors=1).fit(wide).expected - expected).max() < 1e-12
    # with effects of days, donors and treated are taken about the donors' mean
    both = InteractiveFixedEffects(factors=0, two_way=True).fit(panel)
    other = DifferenceInDifferences().fit(panel)
    assert np.abs(both.expected - other.expected).max() < 1e-12
    with pytest.raises(ValueError, match="factors: 40 need more than"):
        InteractiveFixedEffects(factors=40).fit(panel)
    with pytest.raises(ValueError, match="factors: a number is negative"):
        InteractiveFixedEffects(factors=-1)


def test_the_number_of_factors_predicts_left_out_days_best(factor_panel):
    panel = factor_panel(np.random.default_rng(4), treated=3, donors=30, before=50, factors=3)
    _, _, right = np.linalg.svd(panel.donors - panel.donors.mean(axis=1, keepdims=True), full_matrices=False)
    errors = []
    for count in range(11):
        design = np.column_stack([np.ones(51), right[:count].T])
        missed = []
        for day in range(50):
            left = np.delete(np.arange(50), day)
            for row in panel.treated:
                missed.append(row[day] - design[day] @ np.linalg.lstsq(design[left], row[left], rcond=None)[0])
        errors.append(np.mean(np.square(missed)))
    fit = InteractiveFixedEffects().fit(panel)
    assert fit.diagnostics["factors"] == np.argmin(errors) == 3
    assert fit.diagnostics["leave_one_out_rmse"] == pytest.approx(np.sqrt(min(errors)))


def test_interactive_effects_follow_loadings_that_no_average_of_donors_has(factor_panel):
    rng = np.random.default_rng(3)
    biases = {estimator.name: [] for estimator in (SyntheticControl(), InteractiveFixedEffects())}
    for _ in range(60):
        panel = factor_panel(rng, treated=10, donors=40, before=120, factors=1, loading=3.0)
        returns = panel.donors.copy()
        # a factor day: every donor moves by its own loading, the treated by three times as much
        beta = returns @ panel.mean / (panel.mean @ panel.mean)
        returns[:, -1] += 0.03 * beta / beta.mean()
        treated = panel.treated.copy()
        treated[:, -1] += 0.09
        moved = CounterfactualPanel(treated, returns, 120)
        for estimator in (SyntheticControl(), InteractiveFixedEffects()):
            biases[estimator.name].append(estimator.fit(moved).att[0])
    assert np.mean(biases["sc"]) > 0.01
    assert abs(np.mean(biases["gsynth"])) < 0.01

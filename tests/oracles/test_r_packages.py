"""Against two R packages, EventStudy 0.50.0 and estudy2 0.10.0, on one simulated panel and one set of real returns.

The numbers stand in the reference data (``oracle_r``, ``estudy2_covid``), with the packages' versions and their input.
Both print one-day statistics per event day of -10 … +10; EventStudy also cumulates from day -10. Its multi-day SCAR is
Patell's Σ SAR/√L, hence ``standardise="sum"``. Where a package departs from the paper that it names, the test holds the
study to the correction, and reproduces the printed number from the departure, so that the reason is seen to be the
whole difference.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.inference.rank import centred_rank_sums, midranks, rank_z

# both packages print 15 digits; a statistic near zero has lost a few of them to cancellation
REL, ABS = 1e-10, 1e-12
# expected.json of the real returns holds 11 digits
COVID_REL = 1e-8

DAYS = tuple(range(-10, 11))
SINGLE = tuple((day, day) for day in DAYS)
CUMULATED = tuple((-10, day) for day in DAYS)
LABELS = {window: "[" + ",".join(f"{day:+d}" if day else "0" for day in window) + "]" for window in SINGLE + CUMULATED}
COMPARED_TESTS = (
    "cross_sectional_t", "time_series_t", "patell_z", "bmp_t", "adjusted_bmp_t", "sign", "generalized_sign_z",
    "wilcoxon",
)  # fmt: skip

MODELS = {
    "MarketModel": es.MarketModel(),
    "MarketAdjusted": es.MarketAdjusted(),
    "MeanAdjusted": es.MeanAdjusted(),
    "FF3": es.FactorModel(["market_excess", "smb", "hml"], excess=True),
}
ESTUDY2_MODELS = {"sim": "MarketModel", "mrkt_adj": "MarketAdjusted", "mean_adj": "MeanAdjusted"}
DESIGNS = ("clustered", "staggered")
GROUPS = ("all", "Exposed", "Beneficiary")


class Oracle:
    """The reference panel, what each package printed of it, and the same studies here."""

    def __init__(self, folder: Path) -> None:
        returns = pd.read_csv(folder / "returns.csv", index_col="date", parse_dates=True)
        factors = pd.read_csv(folder / "factors.csv", index_col="date", parse_dates=True)
        self.market = returns.pop("MKT")
        self.returns, self.factors = returns, factors.rename(columns={"risk_free_rate": "rf"})
        self.events = pd.read_csv(folder / "events.csv", parse_dates=["event_date"]).rename(
            columns={"symbol": "security_id", "event_date": "event_session"}
        )
        self.estudy2 = json.loads((folder / "results_estudy2.json").read_text())
        self.event_study = json.loads((folder / "results_EventStudy.json").read_text())

    @cache  # noqa: B019 - one oracle a session
    def study(
        self, design: str, model: str, windows: tuple[tuple[int, int], ...] = SINGLE + CUMULATED[1:]
    ) -> es.StudyResults:
        """Both packages' specification: 250 days to three weeks before the event; ``both`` studies the two designs."""
        chosen = self.events if design == "both" else self.events[self.events["design"] == design]
        spec = es.StudySpec(
            model=MODELS[model], estimation=(-270, -21), windows=windows, min_estimation=250, standardise="sum",
            tests=COMPARED_TESTS,
        )  # fmt: skip
        factors = {"FF3": self.factors, "MeanAdjusted": None}.get(model, self.market)
        return es.study_returns(self.returns, chosen, factors, spec)

    @cache  # noqa: B019
    def tests(self, design: str, model: str, by: str) -> pd.DataFrame:
        """Statistics by group and window, a column a test."""
        table = self.study(design, model).tests(by=(by,))
        return table.pivot(index=[by, "window"], columns="test", values="statistic")

    def statistics(self, design: str, model: str, group: str, windows=SINGLE) -> dict[str, np.ndarray]:
        """Statistics of one group by test, one value a window."""
        by, key = ("design", design) if group == "all" else ("group", group)
        wide = self.tests(design, model, by).loc[key]
        return {name: wide[name].reindex([LABELS[w] for w in windows]).to_numpy() for name in COMPARED_TESTS}

    def means(self, design: str, model: str, group: str, windows=SINGLE) -> np.ndarray:
        """CAAR of one group, one value a window."""
        by = "design" if group == "all" else "group"
        table = self.study(design, model).groups(by=(by,))
        table = table[table[by] == (design if group == "all" else group)].set_index("window")
        return table["caar"].reindex([LABELS[w] for w in windows]).to_numpy()

    def printed(self, design: str, model: str, group: str) -> dict[str, dict[str, list[float]]]:
        """EventStudy's tables of one group."""
        groups = self.event_study[f"{design}|{'all' if group == 'all' else 'bygroup'}|{model}"]["groups"]
        return next(entry for entry in groups if entry["group"] == group)

    def rows(self, design: str, group: str) -> np.ndarray:
        """Rows of the study's arrays that are in a group; every pair is used."""
        events = self.events[self.events["design"] == design]
        return np.flatnonzero((events["group"] == group).to_numpy() | (group == "all"))


@pytest.fixture(scope="session")
def oracle(shared_data: Path) -> Oracle:
    return Oracle(shared_data / "oracle_r")


def _close(value: object, other: object, rel: float = REL, absolute: float = ABS) -> None:
    np.testing.assert_allclose(np.asarray(value, float), np.asarray(other, float), rtol=rel, atol=absolute)


def _bmp(standardised: np.ndarray) -> np.ndarray:
    """mean/(sd/√N) down the rows."""
    return standardised.mean(axis=0) / (standardised.std(axis=0, ddof=1) / np.sqrt(len(standardised)))


# EventStudy: one observation


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("model", MODELS)
def test_every_observation_equals_event_study(oracle, design, model):
    results = oracle.study(design, model)
    printed = oracle.event_study[f"{design}|all|{model}"]["events"]
    ids = [event["event_id"] for event in printed]
    pairs = results.pairs.set_index("event_id").loc[ids]
    daily = results.abnormal_returns.set_index(["event_id", "tau"])
    ar = daily["ar"].unstack().loc[ids, list(DAYS)].to_numpy()
    sar = daily["sar"].unstack().loc[ids, list(DAYS)].to_numpy()
    cars = results.cars.pivot(index="event_id", columns="window", values="car")
    assert pairs["n_estimation"].eq(250).all()
    _close(pairs["residual_sd"], [event["sigma"] for event in printed])
    _close(ar, [event["ART"]["abnormal_returns"] for event in printed])
    _close(cars.loc[ids, [LABELS[w] for w in CUMULATED]], [event["CART"]["car"] for event in printed])
    if MODELS[model].estimated and model != "MeanAdjusted":
        for ours, theirs in (("alpha", "alpha"), ("beta", "beta"), ("r_squared", "r2")):
            _close(pairs[ours], [event[theirs] for event in printed])
    if model == "MarketAdjusted":
        # fec_sigma there is s √(1 + 1/M), the error of a mean that this model never subtracts: METHODS 4 has k = L
        _close(ar / sar, np.array([event["fec_sigma"] for event in printed]) / np.sqrt(1 + 1 / 250))
    else:
        _close(ar / sar, [event["fec_sigma"] for event in printed])
    # ar_t is AR over s alone, not a prediction error; SAR is
    sigma = pairs["residual_sd"].to_numpy()[:, None]
    _close(sar * (ar / sar) / sigma, [event["ART"]["ar_t"] for event in printed])


@pytest.mark.parametrize("design", DESIGNS)
def test_buy_and_hold_equals_event_study(oracle, design):
    """It holds against the market whatever the model: the BHAR of the market-adjusted one."""
    bhar = oracle.study(design, "MarketAdjusted").cars.pivot(index="event_id", columns="window", values="bhar")
    for model in MODELS:
        for event in oracle.event_study[f"{design}|all|{model}"]["events"]:
            _close(bhar.loc[event["event_id"], [LABELS[w] for w in CUMULATED]], event["BHART"]["bhar"])
    of_all = oracle.event_study[f"{design}|all|BHAR"]["groups"][0]["CSectT"]
    values = bhar[[LABELS[w] for w in CUMULATED]].to_numpy()
    _close(values.mean(axis=0), of_all["aar"])
    _close(_bmp(values), of_all["aar_t"])  # the same mean over sd/√N, of BHAR


# EventStudy: groups


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("model", MODELS)
def test_every_group_equals_event_study(oracle, design, model, group):
    printed = oracle.printed(design, model, group)
    daily = oracle.statistics(design, model, group)
    cumulated = oracle.statistics(design, model, group, CUMULATED)
    size = len(oracle.rows(design, group))
    _close(oracle.means(design, model, group), printed["CSectT"]["aar"])
    _close(oracle.means(design, model, group, CUMULATED), printed["CSectT"]["caar"])
    _close(daily["cross_sectional_t"], printed["CSectT"]["aar_t"])
    _close(cumulated["cross_sectional_t"], printed["CSectT"]["caar_t"])
    # see fec_sigma above: without a subtracted mean there is no prediction error
    factor = np.sqrt(1 + 1 / 250) if model == "MarketAdjusted" else 1.0
    _close(daily["patell_z"], np.array(printed["PatellZ"]["aar_z"]) * factor)
    _close(cumulated["patell_z"], np.array(printed["PatellZ"]["caar_z"]) * factor)
    assert daily["sign"].tolist() == printed["SignT"]["n_pos"]
    # the sign test here is exact binomial and reports the count; the normal form of that count is theirs
    _close((daily["sign"] - size / 2) / np.sqrt(size / 4), printed["SignT"]["sign_z"])
    _close((cumulated["sign"] - size / 2) / np.sqrt(size / 4), printed["SignT"]["csign_z"])
    _close(daily["generalized_sign_z"], printed["GSignT"]["gsign_z"])
    _close(cumulated["generalized_sign_z"], printed["GSignT"]["cgsign_z"])


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("model", MODELS)
def test_event_study_bmp_lacks_the_prediction_error(oracle, design, model, group):
    """Its documentation has the factor, its SAR is AR/s: equal to the textbook only where all share one date."""
    printed = oracle.printed(design, model, group)["BMP"]
    chosen = oracle.rows(design, group)
    events = [oracle.event_study[f"{design}|all|{model}"]["events"][row] for row in chosen]
    ar = np.array([event["ART"]["abnormal_returns"] for event in events])
    sigma = np.array([event["sigma"] for event in events])[:, None]
    deviation = np.array([event["fec_sigma"] for event in events])
    lengths = np.sqrt(np.arange(1, 22))
    _close(_bmp(ar / sigma), printed["bmp_t"])
    _close(_bmp(np.cumsum(ar, axis=1) / sigma / lengths), printed["cbmp_t"])
    # with its own fec_sigma the textbook statistic follows, and that is ours
    daily = oracle.statistics(design, model, group)["bmp_t"]
    _close(daily, _bmp(ar / deviation))
    _close(
        oracle.statistics(design, model, group, CUMULATED)["bmp_t"], _bmp(np.cumsum(ar / deviation, axis=1) / lengths)
    )
    gap = np.abs(daily / np.array(printed["bmp_t"]) - 1).max()
    # the factor is the same for all members on a common date, and in models whose factor does not depend on the day
    assert gap < REL if design == "clustered" or model in ("MarketAdjusted", "MeanAdjusted") else gap > 1e-3


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("model", MODELS)
def test_adjusted_bmp_equals_event_study_on_a_common_date(oracle, model, group):
    _close(
        oracle.statistics("clustered", model, group)["adjusted_bmp_t"],
        oracle.printed("clustered", model, group)["KP"]["kp_t"],
    )


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("model", ["MarketModel", "MeanAdjusted", "FF3"])
def test_event_study_correlates_staggered_residuals_in_event_time(oracle, model, group):
    """Residuals of different dates, side by side by event day, say nothing of common shocks: calendar time does."""
    results = oracle.study("staggered", model)
    rows = oracle.rows("staggered", group)
    arrays, size = results.evidence.arrays, len(rows)
    residuals, position = arrays.fit.residuals[rows], arrays.position[rows]
    upper = np.triu_indices(size, 1)
    assert len(np.unique(position)) == size  # no two share a date

    in_event_time = np.corrcoef(residuals)[upper].mean()
    printed = oracle.printed("staggered", model, group)
    shrink = np.sqrt((1 - in_event_time) / (1 + (size - 1) * in_event_time))
    _close(np.array(printed["BMP"]["bmp_t"]) * shrink, printed["KP"]["kp_t"])

    # one-day windows on different dates have no session in common: nothing to adjust for
    daily = oracle.statistics("staggered", model, group)
    _close(daily["adjusted_bmp_t"], daily["bmp_t"])
    # windows of 21 days do: each pair counts by its share of common sessions
    scaled = residuals / np.sqrt((residuals**2).mean(axis=1, keepdims=True))
    pairs = []
    for one, other in zip(*upper, strict=True):
        lag = position[other] - position[one]
        left = scaled[one, max(lag, 0) : 250 + min(lag, 0)]
        right = scaled[other, max(-lag, 0) : 250 + min(-lag, 0)]
        pairs.append(max(21 - abs(lag), 0) / 21 * (left @ right) / len(left))
    by = "design" if group == "all" else "group"
    table = results.groups(by=(by,)).set_index([by, "window"])
    reported = table.loc[("staggered" if group == "all" else group, "[-10,+10]"), "mean_correlation"]
    _close(reported, np.mean(pairs))
    floored = np.mean(np.maximum(pairs, 0.0))  # a negative correlation never sharpens a test
    last = oracle.statistics("staggered", model, group, CUMULATED[-1:])
    _close(last["adjusted_bmp_t"], last["bmp_t"] * np.sqrt((1 - floored) / (1 + (size - 1) * floored)))


def _corrado_days(results: es.StudyResults, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """√N Ū/√(mean of N Ū²) by event day, all days of both windows ranked and counted; and Ū."""
    arrays = results.evidence.arrays
    days = np.concatenate([arrays.fit.residuals[rows], arrays.abnormal.ar[rows]], axis=1)
    total, count = centred_rank_sums(midranks(days))
    mean = total / count
    event = slice(-arrays.abnormal.ar.shape[1], None)
    return (np.sqrt(count) * mean / np.sqrt((count * mean**2).mean()))[event], mean[event]


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("model", MODELS)
def test_event_study_repeats_one_rank_z_for_all_days(oracle, design, model, group):
    """Its mean ranks are right; rank_z is day -10's value on every line, with divisor T - 1 for Corrado's T."""
    printed = oracle.printed(design, model, group)["RankT"]
    statistic, mean = _corrado_days(oracle.study(design, model), oracle.rows(design, group))
    _close(mean, printed["mean_rank"])
    assert len(set(printed["rank_z"])) == 1
    _close(statistic[0] * np.sqrt(270 / 271), printed["rank_z"][0])
    assert len(set(statistic.tolist())) >= 20  # means of few ranks may tie
    caltime = oracle.printed(design, model, group)["CalTimeT"]
    # no calendar-time portfolio either: one value of the event-time means for all days
    assert len(set(caltime["caltime_t"])) == 1


@pytest.mark.parametrize("model", ["MarketModel", "FF3"])
def test_a_firm_in_two_events_is_two_observations(oracle, model):
    """EventStudy keys ranks and shares by firm, which mixes the two events of a firm; each pair has its own here."""
    assert oracle.events["security_id"].value_counts().eq(2).all()
    both = oracle.study("both", model)
    assert len(both.abnormal_returns.groupby(["event_id", "ticker"])) == 48
    table = both.tests(by=("design",)).pivot(index=["design", "window"], columns="test", values="statistic")
    for design in DESIGNS:
        for name, values in oracle.statistics(design, model, "all").items():
            _close(table.loc[design].loc[[LABELS[w] for w in SINGLE], name], values, rel=1e-12)


# estudy2


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("name", ESTUDY2_MODELS)
def test_every_group_equals_estudy2(oracle, design, name, group):
    model = ESTUDY2_MODELS[name]
    printed = oracle.estudy2[f"{design}|{group}|{name}"]
    parametric, ranks = printed["parametric"], printed["nonparametric"]
    rows = oracle.rows(design, group)
    daily = oracle.statistics(design, model, group)
    ids = [*printed["coefficients"]]
    ar = oracle.study(design, model).abnormal_returns.set_index("event_id").loc[ids, "ar"]
    _close(ar, printed["abnormal_returns"]["ar"])
    assert all(one["estimation_length"] == 250 for one in printed["coefficients"].values())
    _close(oracle.means(design, model, group), parametric["mean"])
    _close(daily["cross_sectional_t"], parametric["t_test_stat"])
    _close(daily["time_series_t"], parametric["bw_1985_stat"])
    if name == "sim":  # it has Patell and BMP for the market model alone
        _close(daily["bmp_t"], parametric["bh_stat"])
        # its s divides by M - 1; the market model leaves M - 2
        _close(daily["patell_z"], np.array(parametric["pt_stat"]) / np.sqrt(249 / 248))
    _close((daily["sign"] - len(rows) / 2) / np.sqrt(len(rows) / 4), ranks["sign_stat"])
    _close(daily["generalized_sign_z"], ranks["gsign_stat"])
    _close(daily["wilcoxon"], ranks["wlcx_stat"])
    _close(_corrado_days(oracle.study(design, model), rows)[0], ranks["rank_stat"])


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("name", ESTUDY2_MODELS)
def test_every_window_equals_estudy2(oracle, design, name, group):
    """car_mean is the mean of daily means: times the number of days it is the CAAR."""
    windows = ((-10, 10), (-1, 1), (0, 1), (0, 5))
    results = oracle.study(design, ESTUDY2_MODELS[name], windows)
    by, key = ("design", design) if group == "all" else ("group", group)
    means = results.groups(by=(by,)).set_index([by, "window"])["caar"]
    tests = results.tests(by=(by,)).set_index([by, "window", "test"])["statistic"]
    for number, window in enumerate(windows):
        label = f"[{window[0]:+d},{window[1]:+d}]".replace("+0", "0")
        printed = oracle.estudy2[f"{design}|{group}|{name}"]["car_tests"][label.replace("+", "")]
        days = window[1] - window[0] + 1
        assert printed["car_parametric"]["number_of_days"][0] == days
        _close(means[key, label], printed["car_parametric"]["car_mean"][0] * days)
        _close(means[key, label] / days, printed["car_parametric"]["car_mean"][0])
        place = printed["car_parametric"]["name"].index("car_brown_warner_1985")
        _close(tests[key, label, "time_series_t"], printed["car_parametric"]["statistic"][place])
        # Corrado's multi-day rank on plain AR, without the factor for ranks that sum to a constant
        sample = results.evidence.sample(oracle.rows(design, group), number)
        corrado = rank_z(sample, restandardise=None, on="ar", sum_correction=False)
        _close(corrado.statistic, printed["car_rank"]["statistic"][0])


# estudy2 on seven US stocks and the lockdown of March 2020


class Lockdown:
    """The vignette's study: log returns, 240 days, of which two late listings lack the first."""

    def __init__(self, folder: Path) -> None:
        self.expected = json.loads((folder / "expected.json").read_text())
        self.returns = pd.read_csv(folder / "log_returns.csv", index_col="date", parse_dates=True)
        self.market = self.returns.pop("^GSPC")
        self.names = list(self.returns)
        pairs = pd.DataFrame(
            {"event_id": "lockdown", "security_id": self.names, "event_session": pd.Timestamp("2020-03-16")}
        )
        spec = es.StudySpec(
            estimation=(-240, -1),
            windows=(*((day, day) for day in range(5)), (0, 4)),
            returns="log",
            tests=COMPARED_TESTS,
        )
        self.results = es.study_returns(self.returns, pairs, self.market, spec)
        table = self.results.tests(by=("event_id",))
        self.tests = {name: rows["statistic"].to_numpy() for name, rows in table.groupby("test")}

    def printed(self, table: str, column: str) -> np.ndarray:
        """A column of the vignette's tables, one value an event day."""
        return np.array([row[column] for row in self.expected[table]])


@pytest.fixture(scope="session")
def lockdown(shared_data: Path) -> Lockdown:
    return Lockdown(shared_data / "estudy2_covid")


def test_real_regressions_equal_estudy2(lockdown):
    pairs = lockdown.results.pairs.set_index("ticker")
    for name, printed in lockdown.expected["regressions"].items():
        assert pairs.loc[name, "n_estimation"] == printed["n_est"]
        _close(pairs.loc[name, ["alpha", "beta"]], [printed["alpha"], printed["beta"]], COVID_REL)


def test_real_tests_equal_estudy2(lockdown):
    means = lockdown.results.groups(by=("event_id",))["caar"].to_numpy()
    _close(means[:5], lockdown.printed("parametric", "mean"), COVID_REL)
    _close(means[5] / 5, lockdown.expected["car_parametric"][0]["car_mean"], COVID_REL)
    _close(lockdown.tests["cross_sectional_t"][:5], lockdown.printed("parametric", "t_test_stat"), COVID_REL)
    _close(lockdown.tests["time_series_t"][:5], lockdown.printed("parametric", "bw_1985_stat"), COVID_REL)
    assert lockdown.expected["car_parametric"][1]["name"] == "car_brown_warner_1985"
    _close(lockdown.tests["time_series_t"][5], lockdown.expected["car_parametric"][1]["statistic"], COVID_REL)
    _close(
        (lockdown.tests["sign"][:5] - 3.5) / np.sqrt(7 / 4), lockdown.printed("nonparametric", "sign_stat"), COVID_REL
    )
    _close(lockdown.tests["wilcoxon"][:5], lockdown.printed("nonparametric", "wlcx_stat"), COVID_REL)


def test_estudy2_takes_the_market_of_days_before_a_listing(lockdown):
    """Its Patell and BMP put all 240 market days into the prediction error of a fit on 212, and s over M - 1.

    Each observation's own days, and M - 2, are right; in this sample that moves the statistics by less than 0.5%.
    """
    fit, daily = lockdown.results.evidence.arrays.fit, lockdown.results.abnormal_returns
    inside, event = lockdown.market["2019-04-02":"2020-03-13"], lockdown.market["2020-03-16":"2020-03-20"].to_numpy()
    ar = (
        daily[daily["tau"].between(0, 4)]
        .pivot(index="ticker", columns="tau", values="ar")
        .loc[lockdown.names]
        .to_numpy()
    )
    spread = ((inside - inside.mean()) ** 2).sum()
    count = fit.n_estimation

    factor = 1 + 1 / count[:, None] + (event - inside.mean()) ** 2 / spread
    theirs = ar / np.sqrt(np.nansum(fit.residuals**2, axis=1) / (count - 1))[:, None] / np.sqrt(factor)
    quality = (count - 2) / (count - 4)
    _close(theirs.sum(axis=0) / np.sqrt(quality.sum()), lockdown.printed("parametric", "pt_stat"), COVID_REL)
    _close(_bmp(theirs), lockdown.printed("parametric", "bh_stat"), COVID_REL)

    own = []
    for name in lockdown.names:
        days = inside[lockdown.returns.loc[inside.index, name].notna()]
        own.append(1 + 1 / len(days) + (event - days.mean()) ** 2 / ((days - days.mean()) ** 2).sum())
    ours = ar / np.sqrt(fit.residual_variance)[:, None] / np.sqrt(own)
    _close(lockdown.tests["patell_z"][:5], ours.sum(axis=0) / np.sqrt(quality.sum()))
    _close(lockdown.tests["bmp_t"][:5], _bmp(ours))
    gap = np.abs(lockdown.tests["patell_z"][:5] / lockdown.printed("parametric", "pt_stat") - 1)
    assert 1e-3 < gap.max() < 5e-3


def test_estudy2_pools_the_shares_of_positive_days(lockdown):
    """Cowan's p̂ is the mean over observations of each one's share; estudy2 counts days over all of them at once."""
    residuals = lockdown.results.evidence.arrays.fit.residuals
    positive, valid = (residuals > 0).sum(axis=1), np.isfinite(residuals).sum(axis=1)
    printed = lockdown.printed("nonparametric", "gsign_stat")
    count = lockdown.tests["sign"][:5]
    for share, values in (
        (positive.sum() / valid.sum(), printed),
        ((positive / valid).mean(), lockdown.tests["generalized_sign_z"][:5]),
    ):
        _close((count - 7 * share) / np.sqrt(7 * share * (1 - share)), values, COVID_REL)


def test_modified_rank_differs_from_estudy2_by_one_divisor(lockdown):
    """Ū of each day is the same up to one common factor of its deviation, 1.033; 1 where no listing is late."""
    arrays = lockdown.results.evidence.arrays
    first = int(np.flatnonzero(arrays.abnormal.taus == 0)[0])
    days = np.concatenate([arrays.fit.residuals, arrays.abnormal.ar[:, first : first + 5]], axis=1)
    total, count = centred_rank_sums(midranks(days))
    mean = total / count
    ours = (np.sqrt(count) * mean / np.sqrt((count * mean**2).mean()))[-5:]
    ratio = ours / lockdown.printed("nonparametric", "mrank_stat")
    _close(ratio, np.full(5, ratio[0]), COVID_REL)
    assert 1.03 < ratio[0] < 1.035

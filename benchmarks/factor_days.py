"""A day picked for its factor return: Table 1 of Goldsmith-Pinkham & Lyu (2025), panels A and D, run again.

``python -m benchmarks.factor_days`` simulates their panels, studies each with :func:`eventstudy.study_returns` and
prints every cell beside the published one. 500 firms load on the market and on SMB; days are rows of the US factor file
in random order; treated firms gain 3% on the event day. In panel A firms and day are picked by chance. In panel D firms
with a low SMB loading are treated more often, and the event falls on the candidate day with the largest SMB.

The factor file (``french_daily``) and the published cells (``gpl_table1``) are read from the reference data, which is
no part of the project: the folder ``EVENTSTUDY_DATA``, else ``../shared/data``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

import eventstudy as es
from eventstudy._arrays import BoolArray, FloatArray

REPOSITORY = Path(__file__).resolve().parents[1]

FIRMS, BEFORE, CANDIDATES, AFTER = 500, 239, 250, 10
SESSIONS = BEFORE + CANDIDATES + AFTER + 1
DAYS = AFTER + 1
EFFECT = 0.03
SHARE_TREATED = 0.1
LOADING_MEAN, LOADING_SD = 1.0, 0.3
LEVEL = 0.05
PUBLISHED_RUNS = 50
# runs that stand in one table of returns: 12,500 sessions, 50 MB
STACKED = 25

PANELS = {"A": "random firms, random day", "D": "selected firms, selected day"}
METRICS = (
    "All Periods: E(Bias)", "All Periods: MAD", "All Periods: RMSE",
    "Treated Periods: E(Bias)", "Treated Periods: MAD", "Treated Periods: Coverage",
    "Untreated Periods: E(Bias)", "Untreated Periods: MAD", "Untreated Periods: Coverage",
)  # fmt: skip
SIMPLE_MEANS, CAPM, CORRECT = "Simple Means", "CAPM", "Correct Factor Structure"
CAPM_HEADLINE, CORRECT_EXCESS = "CAPM, adjusted BMP", "Two factors, excess returns"
ESTIMATORS = (SIMPLE_MEANS, CAPM, CORRECT, CAPM_HEADLINE, CORRECT_EXCESS)


@dataclass(frozen=True, eq=False)
class Run:
    """One simulated panel.

    Attributes
    ----------
    returns : (S, n) float
        Decimal returns; row = session, column = firm.
    factors : (S, 3) float
        Market excess return, SMB and riskless return of each session, decimal.
    treated : (n,) bool
        The firms with an effect.
    event_row : int
        Row of the event day.
    """

    returns: FloatArray
    factors: FloatArray
    treated: BoolArray
    event_row: int


@dataclass(frozen=True, eq=False)
class Estimates:
    """What one estimator says of every run and day.

    Attributes
    ----------
    effect : (R, 11) float
        Estimated effect, event day first, decimal.
    pvalue : (R, 11) float
        Two-sided, of no effect.
    """

    effect: FloatArray
    pvalue: FloatArray


def data_folder() -> Path:
    """Folder of the reference data."""
    return Path(os.environ.get("EVENTSTUDY_DATA", REPOSITORY / ".." / "shared" / "data"))


def read_factor_rows(folder: Path) -> FloatArray:
    """Market excess return, SMB and riskless return by day, decimal; (25378, 3)."""
    frame = pd.read_csv(folder / "french_daily" / "ff3_us_daily_1926_2022.csv.gz")
    return frame[["mktrf", "smb", "rf"]].to_numpy(dtype=np.float64)


def read_published(folder: Path) -> pd.Series:
    """Published cells by (panel, estimator, metric): bias in percentage points, coverage as the share of rejections."""
    table = pd.read_csv(folder / "gpl_table1" / "targets_panels_A_D.csv")
    return table.set_index(["panel", "estimator", "metric"])["published"]


def simulate(rows: FloatArray, selected: bool, rng: np.random.Generator, effect: float = EFFECT) -> Run:
    """One panel: r = b_mkt MktRF + b_smb SMB + rf + e, and the effect for treated firms on the event day.

    Parameters
    ----------
    rows : (D, 3) float
        Factor days to draw from, as :func:`read_factor_rows` gives them.
    selected : bool
        Panel D; panel A otherwise.
    rng : Generator
        Source of all draws.
    effect : float
        Decimal.
    """
    market, smb, riskless = factors = rng.permutation(rows)[:SESSIONS].T
    loadings = rng.normal(LOADING_MEAN, LOADING_SD, (2, FIRMS))
    # idiosyncratic variance = variance of a firm's systematic part at loadings of one
    scale = np.sqrt(np.cov(rows[:, :2].T).sum())
    returns = np.outer(market, loadings[0]) + np.outer(smb, loadings[1]) + riskless[:, None]
    returns += rng.normal(0.0, scale, (SESSIONS, FIRMS))
    chance = np.full(FIRMS, SHARE_TREATED)
    event_row = BEFORE
    if selected:
        slope = np.log(SHARE_TREATED) / loadings[1].mean()
        chance = 1.0 / (1.0 + np.exp(-slope * loadings[1]))
        event_row += int(smb[BEFORE : BEFORE + CANDIDATES].argmax())
    treated = rng.random(FIRMS) < chance
    returns[event_row, treated] += effect
    return Run(returns, factors.T, treated, event_row)


def estimate(runs: Sequence[Run]) -> dict[str, Estimates]:
    """Every estimator of :data:`ESTIMATORS` on the same runs.

    Notes
    -----
    The runs follow each other in one table, each an event of its own; no window reaches from one into the next.
    """
    returns = pd.DataFrame(np.vstack([run.returns for run in runs]))
    factors = pd.DataFrame(np.vstack([run.factors for run in runs]), columns=["mktrf", "smb", "rf"])
    every = pd.concat(
        [
            pd.DataFrame(
                {
                    "event_id": number,
                    "security_id": np.arange(FIRMS),
                    "event_session": number * SESSIONS + run.event_row,
                    "treated": run.treated,
                }
            )
            for number, run in enumerate(runs)
        ],
        ignore_index=True,
    )
    treated = every[every["treated"]].drop(columns="treated")
    # the published two-factor code fits raw returns and takes the riskless return off the abnormal one
    late = np.concatenate([np.arange(SESSIONS) >= run.event_row for run in runs])
    reduced = returns.sub(factors["rf"].where(late, 0.0), axis=0)
    capm = _study(returns, treated, factors, es.FactorModel(["mktrf"], excess=True))
    return {
        SIMPLE_MEANS: _difference_in_means(returns, every, runs),
        CAPM: _mean_abnormal(capm, "cross_sectional_t"),
        CORRECT: _mean_abnormal(
            _study(reduced, treated, factors, es.FactorModel(["mktrf", "smb"])), "cross_sectional_t"
        ),
        CAPM_HEADLINE: _mean_abnormal(capm, "adjusted_bmp_t"),
        CORRECT_EXCESS: _mean_abnormal(
            _study(returns, treated, factors, es.FactorModel(["mktrf", "smb"], excess=True)), "cross_sectional_t"
        ),
    }


def _study(
    returns: pd.DataFrame,
    pairs: pd.DataFrame,
    factors: pd.DataFrame | pd.Series,
    model: es.FactorModel | es.MarketAdjusted,
) -> es.StudyResults:
    """Estimated on the 239 days before the event, one window a day."""
    spec = es.StudySpec(
        model=model,
        estimation=(-BEFORE, -1),
        windows=tuple((day, day) for day in range(DAYS)),
        tests=("cross_sectional_t", "adjusted_bmp_t"),
    )
    return es.study_returns(returns, pairs, factors, spec)


def _mean_abnormal(results: es.StudyResults, test: str) -> Estimates:
    """Mean abnormal return of the treated, a day, and one test of it; cross_sectional_t is that of an HC1 error."""
    effect, tests = results.groups(("event_id",))["caar"], results.tests(("event_id",))
    pvalue = tests.loc[tests["test"] == test, "pvalue"]
    return Estimates(effect.to_numpy().reshape(-1, DAYS), pvalue.to_numpy().reshape(-1, DAYS))


def _difference_in_means(returns: pd.DataFrame, pairs: pd.DataFrame, runs: Sequence[Run]) -> Estimates:
    """Mean return of the treated over that of all others, a day: the slope of return on treatment, with HC1."""
    controls = pd.Series(
        np.concatenate([run.returns[:, ~run.treated].mean(axis=1) for run in runs]), index=returns.index, name="market"
    )
    results = _study(returns, pairs, controls, es.MarketAdjusted())
    # an AR here is the return over the controls' mean, which makes the treated's mean AR the slope, and AR - mean AR
    # of either group the residual
    abnormal = results.abnormal_returns["ar"].to_numpy().reshape(len(runs), FIRMS, DAYS)
    effect, pvalue = np.empty((len(runs), DAYS)), np.empty((len(runs), DAYS))
    for number, run in enumerate(runs):
        one, other = abnormal[number, run.treated], abnormal[number, ~run.treated]
        effect[number] = one.mean(axis=0) - other.mean(axis=0)
        variance = one.var(axis=0) / len(one) + other.var(axis=0) / len(other)
        error = np.sqrt(variance * FIRMS / (FIRMS - 2))
        pvalue[number] = 2.0 * stats.t.sf(np.abs(effect[number] / error), FIRMS - 2)
    return Estimates(effect, pvalue)


def cells(estimates: Estimates, effect: float = EFFECT) -> pd.DataFrame:
    """The nine cells of one estimator, as the paper defines them.

    Parameters
    ----------
    estimates : Estimates
        Of all runs.
    effect : float
        The truth on the event day, decimal.

    Returns
    -------
    DataFrame
        Index: metric. ``measured``: bias in percentage points, coverage as the share of rejections at 5%. ``spread``:
        deviation between runs, so that ``spread / √runs`` is the Monte Carlo error of a table of so many runs (RMSE by
        the delta method).

    Notes
    -----
    With b_t the estimate minus the truth: E(Bias) = mean Σ b_t/11 and MAD = mean |Σ b_t|/11 over all days,
    RMSE = √mean Σ b_t²; the treated period is the event day, the untreated one the ten days after, divided by 10.

    Examples
    --------
    >>> effect = np.full((2, 11), 0.01)
    >>> effect[:, 0] = 0.04, 0.02
    >>> found = cells(Estimates(effect, np.zeros((2, 11))))["measured"]
    >>> [float(found[name].round(3)) for name in ("All Periods: E(Bias)", "Treated Periods: MAD")]
    [0.909, 1.0]
    """
    truth = np.zeros(DAYS)
    truth[0] = effect
    bias = 100.0 * (estimates.effect - truth)
    rejected = estimates.pvalue < LEVEL
    whole, after = bias.sum(axis=1) / DAYS, bias[:, 1:].sum(axis=1) / AFTER
    squares = (bias**2).sum(axis=1)
    values = {
        "All Periods: E(Bias)": whole,
        "All Periods: MAD": np.abs(whole),
        "All Periods: RMSE": squares,
        "Treated Periods: E(Bias)": bias[:, 0],
        "Treated Periods: MAD": np.abs(bias[:, 0]),
        "Treated Periods: Coverage": rejected[:, 0].astype(np.float64),
        "Untreated Periods: E(Bias)": after,
        "Untreated Periods: MAD": np.abs(after),
        "Untreated Periods: Coverage": rejected[:, 1:].mean(axis=1),
    }
    table = pd.DataFrame(
        {
            "measured": {name: value.mean() for name, value in values.items()},
            "spread": {name: value.std(ddof=1) for name, value in values.items()},
        }
    )
    rmse = np.sqrt(squares.mean())
    table.loc["All Periods: RMSE"] = rmse, squares.std(ddof=1) / (2.0 * rmse)
    return table.loc[list(METRICS)]


def factor_days(rows: FloatArray, runs: int, seed: int = 0, effect: float = EFFECT) -> pd.DataFrame:
    """Both panels, every estimator.

    Parameters
    ----------
    rows : (D, 3) float
        Factor days.
    runs : int
        Simulated panels a cell, two or more.
    seed : int
        Each run draws from a seed of its own, so that more runs leave the first ones as they were.
    effect : float
        Of treatment on the event day, decimal; the published tables have 0.03.

    Returns
    -------
    DataFrame
        Index: panel, estimator, metric. Columns as in :func:`cells`.
    """
    found = {}
    for order, panel in enumerate(PANELS):
        generators = [np.random.default_rng((seed, order, number)) for number in range(runs)]
        parts = [
            estimate([simulate(rows, panel == "D", rng, effect) for rng in generators[start : start + STACKED]])
            for start in range(0, runs, STACKED)
        ]
        for name in ESTIMATORS:
            pooled = Estimates(
                np.vstack([part[name].effect for part in parts]), np.vstack([part[name].pvalue for part in parts])
            )
            found[panel, name] = cells(pooled, effect)
    return pd.concat(found, names=["panel", "estimator", "metric"])


def markdown(found: pd.DataFrame, published: pd.Series, runs: int, estimators: Sequence[str] = ESTIMATORS) -> str:
    """The table as Markdown: measured ± its Monte Carlo error, and the published number in parentheses."""
    lines = []
    for panel, title in PANELS.items():
        lines += [
            f"Panel {panel}: {title}",
            "",
            f"| | {' | '.join(estimators)} |",
            "|---|" + "--:|" * len(estimators),
        ]
        for metric in METRICS:
            words = []
            for name in estimators:
                cell = found.loc[(panel, name, metric)]
                words.append(f"{cell['measured']:z.3f} ± {cell['spread'] / np.sqrt(runs):.3f}".replace("-", "−"))
                if (panel, name, metric) in published.index:
                    words[-1] += f" ({published[panel, name, metric]:z.2f})".replace("-", "−")
            lines.append(f"| {metric} | {' | '.join(words)} |")
        lines.append("")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, study, print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.factor_days", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--runs", type=int, default=500, metavar="N", help="simulated panels a cell (default 500)")
    parser.add_argument("--effect", type=float, default=EFFECT, metavar="X", help="of treatment (default 0.03)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--data", type=Path, default=data_folder(), metavar="DIR", help="folder of the reference data")
    parser.add_argument(
        "--generalised",
        type=int,
        default=0,
        metavar="N",
        help="panels for generalised synthetic control (default none)",
    )
    chosen = parser.parse_args(arguments)
    if chosen.runs < 2:
        parser.error(f"--runs {chosen.runs} has no Monte Carlo error; write 2 or more")
    if not chosen.data.is_dir():
        parser.error(f"no reference data at {chosen.data}; name its folder by --data or EVENTSTUDY_DATA")
    if chosen.generalised == 1 or chosen.generalised < 0:
        parser.error(f"--generalised {chosen.generalised} has no Monte Carlo error; write 2 or more")
    found = factor_days(read_factor_rows(chosen.data), chosen.runs, chosen.seed, chosen.effect)
    published = read_published(chosen.data)
    # the paper has no cell for another effect
    print(markdown(found, published if chosen.effect == EFFECT else published.iloc[:0], chosen.runs), end="")
    if chosen.generalised:
        from benchmarks.generalised_control import table

        rows = read_factor_rows(chosen.data)
        print(table(rows, chosen.generalised, chosen.seed, chosen.effect, chosen.data), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())

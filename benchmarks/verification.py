"""Every number of another program or paper that the tests hold this package to, with ours beside it.

``python -m benchmarks.verification`` computes them again, from the reference data that ``--data`` or
``EVENTSTUDY_DATA`` names, and prints the page ``docs/verification.md``; with ``--write`` it replaces it. It fails where
a number is not met. The studies are those of ``tests/oracles``, loaded from there.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "verification.md"
TEMPLATE = REPOSITORY / "docs" / "site" / "verification.md"
DAY_ZERO = 10  # both R packages print days -10 to +10
PUBLISHED_RUNS = 50
_CELL = re.compile(r"^(−?[\d.]+) ± ([\d.]+) \((−?[\d.]+)\)$")


class NotMetError(AssertionError):
    """A number that is not what it should be."""


@cache
def oracle(name: str) -> ModuleType:
    """A module of ``tests/oracles``, loaded from its file."""
    path = REPOSITORY / "tests" / "oracles" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"verification_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@dataclass
class Comparison:
    """Values of theirs against values of ours.

    Attributes
    ----------
    name : str
        What is compared.
    within : float
        Largest relative difference allowed.
    """

    name: str
    within: float
    count: int = 0
    theirs: float = np.nan
    ours: float = np.nan

    def add(self, ours: Any, theirs: Any, shown: int = 0) -> None:
        """Compare arrays of one shape; the value at ``shown`` is printed, if it is the first one added."""
        mine, other = (np.asarray(each, dtype=np.float64).ravel() for each in (ours, theirs))
        if mine.shape != other.shape or not len(mine):
            raise NotMetError(f"{self.name}: {mine.shape} values of ours against {other.shape}")
        close = np.isclose(mine, other, rtol=self.within, atol=1e-12, equal_nan=True)
        if not close.all():
            worst = int(np.argmin(close))
            raise NotMetError(f"{self.name}: {mine[worst]:.17g} is not {other[worst]:.17g} to {self.within:g}")
        if not self.count:
            self.theirs, self.ours = other[shown], mine[shown]
        self.count += len(mine)

    def row(self) -> str:
        """A line of the page's tables."""
        return (
            f"| {self.name} | {self.count:,} | {number(self.theirs)} | {number(self.ours)} | {self.within:.0e} |"
        ).replace("e-0", "e-")


TABLE_HEAD = "| | values compared | theirs | ours | agrees to |\n|---|--:|--:|--:|--:|"


def number(value: float) -> str:
    """Six digits with a true minus."""
    return f"{value:.6g}".replace("-", "−")


def event_study(data: Path) -> str:
    """R EventStudy 0.50.0 on the simulated panel."""
    module = oracle("test_r_packages")
    found = module.Oracle(data / "oracle_r")
    names = {
        "sigma": "residual deviation s", "alpha": "α", "beta": "β", "r_squared": "R²", "ar": "AR, 21 days a share",
        "car": "CAR from day −10", "bhar": "BHAR from day −10", "aar": "AAR", "caar": "CAAR",
        "aar_t": "cross-sectional t of AAR", "caar_t": "cross-sectional t of CAAR", "aar_z": "Patell Z, by day",
        "caar_z": "Patell Z, cumulated (Σ SAR/√L)", "sign": "sign test, normal form",
        "gsign": "generalised sign Z, by day", "cgsign": "generalised sign Z, cumulated",
        "kp": "adjusted BMP, one common date",
    }  # fmt: skip
    made = {key: Comparison(name, module.REL) for key, name in names.items()}
    for design in module.DESIGNS:
        bhar = found.study(design, "MarketAdjusted").cars.pivot(index="event_id", columns="window", values="bhar")
        for model in module.MODELS:
            _observations(module, found, design, model, made, bhar)
            for group in module.GROUPS:
                _group(module, found, design, model, group, made)
    return _table(made.values())


def _observations(
    module: ModuleType, found: Any, design: str, model: str, made: dict[str, Comparison], bhar: Any
) -> None:
    results = found.study(design, model)
    printed = found.event_study[f"{design}|all|{model}"]["events"]
    ids = [event["event_id"] for event in printed]
    pairs = results.pairs.set_index("event_id").loc[ids]
    daily = results.abnormal_returns.set_index(["event_id", "tau"])["ar"].unstack()
    cars = results.cars.pivot(index="event_id", columns="window", values="car")
    cumulated = [module.LABELS[window] for window in module.CUMULATED]
    made["sigma"].add(pairs["residual_sd"], [event["sigma"] for event in printed])
    made["ar"].add(
        daily.loc[ids, list(module.DAYS)], [event["ART"]["abnormal_returns"] for event in printed], shown=DAY_ZERO
    )
    made["car"].add(cars.loc[ids, cumulated], [event["CART"]["car"] for event in printed], shown=20)
    made["bhar"].add(bhar.loc[ids, cumulated], [event["BHART"]["bhar"] for event in printed], shown=20)
    if model in ("MarketModel", "FF3"):
        for ours, theirs in (("alpha", "alpha"), ("beta", "beta"), ("r_squared", "r2")):
            made[ours].add(pairs[ours], [event[theirs] for event in printed])


def _group(module: ModuleType, found: Any, design: str, model: str, group: str, made: dict[str, Comparison]) -> None:
    printed = found.printed(design, model, group)
    daily = found.statistics(design, model, group)
    cumulated = found.statistics(design, model, group, module.CUMULATED)
    half = len(found.rows(design, group)) / 2
    made["aar"].add(found.means(design, model, group), printed["CSectT"]["aar"], DAY_ZERO)
    made["caar"].add(found.means(design, model, group, module.CUMULATED), printed["CSectT"]["caar"], 20)
    made["aar_t"].add(daily["cross_sectional_t"], printed["CSectT"]["aar_t"], DAY_ZERO)
    made["caar_t"].add(cumulated["cross_sectional_t"], printed["CSectT"]["caar_t"], 20)
    if model != "MarketAdjusted":  # see "where they differ"
        made["aar_z"].add(daily["patell_z"], printed["PatellZ"]["aar_z"], DAY_ZERO)
        made["caar_z"].add(cumulated["patell_z"], printed["PatellZ"]["caar_z"], 20)
    made["sign"].add((daily["sign"] - half) / np.sqrt(half / 2), printed["SignT"]["sign_z"], DAY_ZERO)
    made["gsign"].add(daily["generalized_sign_z"], printed["GSignT"]["gsign_z"], DAY_ZERO)
    made["cgsign"].add(cumulated["generalized_sign_z"], printed["GSignT"]["cgsign_z"], 20)
    if design == "clustered":
        made["kp"].add(daily["adjusted_bmp_t"], printed["KP"]["kp_t"], DAY_ZERO)


def estudy2(data: Path) -> str:
    """R estudy2 0.10.0 on the simulated panel."""
    module = oracle("test_r_packages")
    found = module.Oracle(data / "oracle_r")
    names = {
        "ar": "AR, 21 days a share", "mean": "AAR", "t": "cross-sectional t", "bw": "Brown–Warner 1985 t", "bh": "BMP",
        "patell": "Patell Z (theirs over √(249/248))", "sign": "sign test, normal form", "gsign": "generalised sign Z",
        "wilcoxon": "Wilcoxon signed rank", "rank": "Corrado rank Z",
    }  # fmt: skip
    made = {key: Comparison(name, module.REL) for key, name in names.items()}
    for design in module.DESIGNS:
        for name, model in module.ESTUDY2_MODELS.items():
            for group in module.GROUPS:
                printed = found.estudy2[f"{design}|{group}|{name}"]
                parametric, ranks = printed["parametric"], printed["nonparametric"]
                daily, rows = found.statistics(design, model, group), found.rows(design, group)
                results, half = found.study(design, model), len(rows) / 2
                ar = results.abnormal_returns.set_index("event_id").loc[[*printed["coefficients"]], "ar"]
                made["ar"].add(ar, printed["abnormal_returns"]["ar"], DAY_ZERO)
                made["mean"].add(found.means(design, model, group), parametric["mean"], DAY_ZERO)
                made["t"].add(daily["cross_sectional_t"], parametric["t_test_stat"], DAY_ZERO)
                made["bw"].add(daily["time_series_t"], parametric["bw_1985_stat"], DAY_ZERO)
                if name == "sim":  # it has Patell and BMP for the market model alone
                    made["bh"].add(daily["bmp_t"], parametric["bh_stat"], DAY_ZERO)
                    made["patell"].add(
                        daily["patell_z"], np.array(parametric["pt_stat"]) / np.sqrt(249 / 248), DAY_ZERO
                    )
                made["sign"].add((daily["sign"] - half) / np.sqrt(half / 2), ranks["sign_stat"], DAY_ZERO)
                made["gsign"].add(daily["generalized_sign_z"], ranks["gsign_stat"], DAY_ZERO)
                made["wilcoxon"].add(daily["wilcoxon"], ranks["wlcx_stat"], DAY_ZERO)
                made["rank"].add(module._corrado_days(results, rows)[0], ranks["rank_stat"], DAY_ZERO)
    return _table(made.values())


def lockdown(data: Path) -> str:
    """estudy2's own vignette: seven US shares in the lockdown of March 2020."""
    module = oracle("test_r_packages")
    study = module.Lockdown(data / "estudy2_covid")
    means = study.results.groups(by=("event_id",))["caar"].to_numpy()[:5]
    held = {
        ("mean", "mean AR"): ("parametric", 100 * means, 100.0),
        ("t_test_stat", "cross-sectional t"): ("parametric", study.tests["cross_sectional_t"][:5], 1.0),
        ("bw_1985_stat", "Brown–Warner 1985 t"): ("parametric", study.tests["time_series_t"][:5], 1.0),
        ("sign_stat", "sign test"): ("nonparametric", (study.tests["sign"][:5] - 3.5) / np.sqrt(7 / 4), 1.0),
        ("wlcx_stat", "Wilcoxon"): ("nonparametric", study.tests["wilcoxon"][:5], 1.0),
    }
    days = [f"{day} March" for day in range(16, 21)]
    lines = [f"| | {' | '.join(days)} |", f"|---{'|--:' * 5}|"]
    for (column, name), (table, ours, unit) in held.items():
        theirs = unit * study.printed(table, column)
        Comparison(name, module.COVID_REL).add(ours, theirs)
        named = f"{name}, %" if unit != 1.0 else name
        for who, values in (("estudy2", theirs), ("ours", ours)):
            lines.append(f"| {named}: {who} | {' | '.join(f'{value:.4f}'.replace('-', '−') for value in values)} |")
    pairs = study.results.pairs.set_index("ticker")
    lines += ["", "| share | α theirs | α ours | β theirs | β ours | returns |", "|---|--:|--:|--:|--:|--:|"]
    for ticker, printed in study.expected["regressions"].items():
        mine = pairs.loc[ticker]
        Comparison(ticker, module.COVID_REL).add(mine[["alpha", "beta"]], [printed["alpha"], printed["beta"]])
        cells = (number(each) for each in (printed["alpha"], mine["alpha"], printed["beta"], mine["beta"]))
        lines.append(f"| {ticker} | {' | '.join(cells)} | {mine['n_estimation']} |")
    return "\n".join(lines)


def statsmodels(data: Path) -> str:
    """statsmodels on real prices: every number of every pair."""
    import pandas as pd

    import eventstudy as es

    module = oracle("test_statsmodels")
    path = data / "real_prices" / "prices.csv.gz"
    market = module.Market(pd.read_csv(path, parse_dates=["date"]), REPOSITORY / "universe.csv")
    source = es.FilePrices(path)
    events = es.read_events(REPOSITORY / "events.csv")
    catalogue = events.to_frame().set_index("event_id")
    universe = es.read_universe(REPOSITORY / "universe.csv")
    lines = [
        "| model | pairs | AR and SAR | CAR, s.e., SCAR, p, BHAR | β theirs | β ours | agrees to |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, (model, columns) in module.MODELS.items():
        results = es.run_study(
            events.select(module.EVENTS), universe, source, es.StudySpec(model=model, windows=module.WINDOWS)
        )
        daily = dict(iter(results.abnormal_returns.groupby(["event_id", "ticker"])))
        windows = dict(iter(results.cars.groupby(["event_id", "ticker"])))
        days, cars = Comparison(name, module.REL), Comparison(name, module.REL)
        shown, pairs = ("–", "–"), 0
        for row in results.pairs[results.pairs["status"] == "used"].itertuples():
            key = row.event_id, row.ticker
            plain = market.pair(row.ticker, catalogue.loc[row.event_id, "announced_at"], columns, model.estimated)
            there = np.isfinite(plain.days["return"])
            for column in ("ar", "sar"):
                days.add(daily[key][column].to_numpy()[there], plain.days[column][there])
            cars.add(windows[key][["car", "car_se", "scar", "pvalue", "bhar"]], list(plain.cars.values()))
            if len(plain.coefficients) > 1 and key == (module.EVENTS[0], "7203.T"):
                shown = number(plain.coefficients[1]), number(row.beta)
            pairs += 1
        lines.append(f"| {name} | {pairs} | {days.count:,} | {cars.count:,} | {shown[0]} | {shown[1]} | 1e-10 |")
    return "\n".join(lines)


def published_tables() -> str:
    """Goldsmith-Pinkham & Lyu, Table 1, from the two pages that their own commands made."""
    lines = ["| panel | estimator | cells | farthest, in Monte Carlo errors of both |", "|---|---|--:|--:|"]
    total = 0
    for page in ("factor-days.md", "counterfactuals.md"):
        cells: dict[tuple[str, str], list[float]] = {}
        for panel, estimator, cell in _documented(page):
            runs = 500 if page == "factor-days.md" else 200
            measured, error, published = (float(each.replace("−", "-")) for each in cell.groups())
            allowed = 1.96 * error * (1 + np.sqrt(runs / PUBLISHED_RUNS)) + 0.005
            share = abs(measured - published) / allowed
            if share > 1:
                raise NotMetError(f"{page}: {panel}, {estimator}: {measured} is not {published}")
            cells.setdefault((panel, estimator), []).append(1.96 * share)
        for (panel, estimator), shares in cells.items():
            total += len(shares)
            lines.append(f"| {panel} | {estimator} | {len(shares)} | {max(shares):.2f} |")
    return "\n".join([*lines, f"| both | all | {total} | allowed: 1.96 |"])


def _documented(page: str) -> Iterator[tuple[str, str, re.Match[str]]]:
    """Panel, estimator and cell of every cell of a page that has a published number."""
    panel, estimators = "", []
    for line in (REPOSITORY / "docs" / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("Panel "):
            panel = line[6]
        elif line.startswith("| | "):
            estimators = line.strip("| ").split(" | ")
        elif " Periods: " in line and panel:
            for estimator, words in zip(estimators, line.strip("| ").split(" | ")[1:], strict=True):
                if cell := _CELL.match(words):
                    yield panel, estimator, cell


def simplex() -> str:
    """CVXPY with Clarabel: synthetic-control weights."""
    import cvxpy as cp

    spec = importlib.util.spec_from_file_location(
        "verification_simplex", REPOSITORY / "tests" / "counterfactual" / "test_simplex.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made, donors = Comparison("objective of 200 problems", 1.0), 0
    worst = 0.0
    for seed in range(module.PROBLEMS):
        columns, target, ridge = module.problem(seed)
        mine = module.simplex_least_squares(columns, target, ridge)
        scale = float(np.abs(columns).max()) or 1.0
        weights = cp.Variable(columns.shape[1], nonneg=True)
        loss = cp.sum_squares((columns @ weights - target) / scale) + ridge / scale**2 * cp.sum_squares(weights)
        other = cp.Problem(cp.Minimize(loss), [cp.sum(weights) == 1])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            other.solve(solver="CLARABEL", tol_gap_abs=1e-11, tol_gap_rel=1e-11, tol_feas=1e-11)
        worst = max(worst, abs(mine.objective / scale**2 - other.value))
        if not made.count:
            made.theirs, made.ours = other.value, mine.objective / scale**2
        made.count, donors = made.count + 1, max(donors, columns.shape[1])
    if worst > module.OBJECTIVE:
        raise NotMetError(f"simplex: an objective differs by {worst:g}")
    line = f"| objective, up to {donors} donors | {made.count} | {number(made.theirs)} | {number(made.ours)} | 1e-7 |"
    return f"{TABLE_HEAD}\n{line}"


def _table(rows: Any) -> str:
    return "\n".join([TABLE_HEAD, *(row.row() for row in rows)])


PARTS = {
    "event_study": event_study,
    "estudy2": estudy2,
    "lockdown": lockdown,
    "published_tables": lambda _: published_tables(),
    "statsmodels": statsmodels,
    "simplex": lambda _: simplex(),
}


def page(data: Path) -> str:
    """The page, in Markdown: the template with every table made anew."""
    template = TEMPLATE.read_text(encoding="utf-8")
    return re.sub(r"^\{\{(\w+)\}\}$", lambda found: PARTS[found[1]](data), template, flags=re.MULTILINE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verification", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("EVENTSTUDY_DATA", "../shared/data")))
    parser.add_argument("--write", action="store_true", help=f"replace {PAGE.relative_to(REPOSITORY)}")
    given = parser.parse_args(arguments)
    if not given.data.is_dir():
        parser.error(f"no reference data at {given.data}; name its folder by --data or EVENTSTUDY_DATA")
    made = page(given.data)
    if given.write:
        PAGE.write_text(made, encoding="utf-8")
    else:
        print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())

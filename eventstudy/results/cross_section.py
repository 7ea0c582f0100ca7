"""CAR on characteristics of the observations: one regression, with the covariance named and the date respected."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.inference.bootstrap import FEWEST_CLUSTERS, merged_clusters
from eventstudy.inference.ordinary_law import ordinary_cars
from eventstudy.inference.placebo import group_seed
from eventstudy.inference.reasons import because
from eventstudy.inference.regression import (
    Slopes,
    clustered_slopes,
    no_slopes,
    ordinary_slopes,
    portfolio_slopes,
    projection,
)
from eventstudy.markup import latex, markdown
from eventstudy.notebook import card
from eventstudy.panel.windows import Window, window_label
from eventstudy.results.evidence import Evidence
from eventstudy.results.formula import formula_error

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from eventstudy.catalogue import Universe

COVARIANCES = ("HC3", "cluster")
WEIGHTS = ("equal", "precision")
# with more clusters than this, their own law needs no bootstrap
MANY_CLUSTERS = 30
TABLE_COLUMNS = (
    "term", "coefficient", "se", "statistic", "distribution", "pvalue", "ci_low", "ci_high", "vif",
    "portfolio_se", "portfolio_t", "portfolio_pvalue", "ordinary_t", "ordinary_pvalue", "bootstrap_pvalue",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class CrossSection:
    """A cross-sectional regression of CAR.

    Attributes
    ----------
    formula : str
        As given.
    window : (int, int)
        Whose CAR.
    covariance : str
        Of ``se``: ``HC3``, or ``cluster`` by date.
    weights : str
        ``equal``, or ``precision``: 1/σ² of each CAR.
    table : DataFrame
        One row a term: term, coefficient, se, statistic, distribution, pvalue, ci_low, ci_high, vif; then beside them
        portfolio_se, portfolio_t, portfolio_pvalue (Sefcik & Thompson, one common date); ordinary_t,
        ordinary_pvalue (the same slope on ordinary days); bootstrap_pvalue (wild cluster bootstrap, several dates).
        Decimal returns; NaN with a reason in ``notes``.
    n_pairs, n_dates, n_left_out : int
        Observations, separate dates, observations left out because a variable of the formula is missing.
    r_squared : float
        Share of the variance of CAR that the terms explain.
    notes : dict of str to str
        Column of the table to the reason why it is empty.
    portfolio_covariance : DataFrame
        Covariance of the coefficients as portfolios, term by term: for sums and differences of them. Empty where there
        is no ``portfolio_se``.
    simulated : bool
        Whether the prices are those of the embedded market.

    Examples
    --------
    >>> import eventstudy as es
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> found = results.cross_section("car ~ role + beta")
    >>> found
    <CrossSection: car ~ role + beta, window [0,0], 6 pairs on 1 date, R² 0.16>
    >>> found.verdict_column, found.table["term"].tolist()
    ('portfolio_pvalue', ['Intercept', 'role[T.exposed]', 'beta'])
    >>> found.summary().splitlines()[0] == repr(found)[1:-1]
    True
    >>> found.to_markdown().splitlines()[0]
    '| term | coefficient, % | 95% interval | p (HC3) | p (portfolio) | p (ordinary days) | p (bootstrap) | VIF |'
    >>> found.to_latex().splitlines()[0]
    '\\\\begin{tabular}{lrrrrrrr}'
    >>> found.plot().axes[0].get_title(loc="left")
    'what goes with the abnormal return over [0,0]'
    """

    formula: str
    window: Window
    covariance: str
    weights: str
    table: pd.DataFrame
    n_pairs: int
    n_dates: int
    n_left_out: int
    r_squared: float
    notes: dict[str, str]
    portfolio_covariance: pd.DataFrame
    simulated: bool = False

    def __repr__(self) -> str:
        return (
            f"<CrossSection: {self.formula}, window {window_label(self.window)}, {self.n_pairs} pairs on "
            f"{self.n_dates} date{'' if self.n_dates == 1 else 's'}, R² {self.r_squared:.2f}>"
        )

    @property
    def verdict_column(self) -> str:
        """The column whose p respects the dates: of the portfolio for one, of the bootstrap for several."""
        return "portfolio_pvalue" if self.n_dates == 1 else "bootstrap_pvalue"

    def _repr_html_(self) -> str:
        head, rows = self._printed()
        notes = [each.removeprefix("Simulated prices. ") for each in self._small_print()]
        return card("Cross-section of CAR", (), head, rows, notes, simulated=self.simulated)

    def summary(self) -> str:
        """The table as aligned text, with what it is and what is missing."""
        shown = self.table.set_index("term").round(4)
        lines = [repr(self)[1:-1], *(["Simulated prices."] if self.simulated else []), shown.to_string(na_rep="–")]
        return "\n".join([*lines, *self._small_print()])

    def to_markdown(self) -> str:
        """The table in Markdown: coefficients in per cent, p to three decimals."""
        head, rows = self._printed()
        lines = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
        lines += ["| " + " | ".join(markdown(cell) for cell in row) + " |" for row in rows]
        return "\n".join([*lines, "", *map(markdown, self._small_print())])

    def to_latex(self) -> str:
        """The table in LaTeX with booktabs rules."""
        head, rows = self._printed()
        body = [" & ".join(latex(cell) for cell in row) + r" \\" for row in rows]
        columns = "l" + "r" * (len(head) - 1)
        titles = " & ".join(latex(cell) for cell in head) + r" \\"
        note = latex(" ".join(self._small_print()))
        return "\n".join(
            [
                rf"\begin{{tabular}}{{{columns}}}",
                r"\toprule",
                titles,
                r"\midrule",
                *body,
                r"\bottomrule",
                rf"\multicolumn{{{len(head)}}}{{l}}{{\footnotesize {note}}} \\",
                r"\end{tabular}",
            ]
        )

    def plot(self) -> Figure:
        """Coefficients with their 95% intervals, in points of return; the constant is left out.

        The interval is the one that respects the date where there is one date: coefficient ± 1.96 portfolio
        standard errors; else that of ``se``.
        """
        from matplotlib.figure import Figure

        rows = self.table[~self.table["term"].isin(["Intercept", "const"])].iloc[::-1]
        error = rows["portfolio_se"] if self.n_dates == 1 and rows["portfolio_se"].notna().all() else rows["se"]
        figure = Figure(figsize=(7.0, 0.42 * len(rows) + 1.3), layout="constrained")
        axes = figure.subplots()
        axes.axvline(0.0, color="#1B1D20", lw=1.2)
        axes.errorbar(
            100 * rows["coefficient"], range(len(rows)), xerr=196 * error, fmt="o", color="#0B4474", mfc="#FDFCF9",
            mew=1.8, lw=2.0,
        )  # fmt: skip
        axes.set_yticks(range(len(rows)), [str(term).replace("$", r"\$") for term in rows["term"]])
        axes.set_xlabel("coefficient, points of return (per unit of the variable), with 95% interval")
        axes.set_title(
            f"{'Simulated prices: ' if self.simulated else ''}what goes with the abnormal return over "
            f"{window_label(self.window)}",
            loc="left",
            fontweight="bold",
        )
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.grid(axis="x", color="#E8E4DB")
        axes.set_axisbelow(True)
        return figure

    def _printed(self) -> tuple[list[str], list[list[str]]]:
        head = [
            "term",
            "coefficient, %",
            "95% interval",
            f"p ({self.covariance})",
            "p (portfolio)",
            "p (ordinary days)",
        ]
        head += ["p (bootstrap)", "VIF"]
        rows = []
        for row in self.table.to_dict("records"):
            interval = f"{100 * row['ci_low']:+.2f} to {100 * row['ci_high']:+.2f}".replace("-", "−")
            values = [row[name] for name in ("pvalue", "portfolio_pvalue", "ordinary_pvalue", "bootstrap_pvalue")]
            rows.append(
                [
                    str(row["term"]),
                    f"{100 * row['coefficient']:+.2f}".replace("-", "−"),
                    interval,
                    *("–" if math.isnan(value) else "< 0.001" if value < 0.001 else f"{value:.3f}" for value in values),
                    "–" if math.isnan(row["vif"]) else f"{row['vif']:.1f}",
                ]
            )
        return head, rows

    def _small_print(self) -> list[str]:
        dates = f"{self.n_dates} date{'' if self.n_dates == 1 else 's'}"
        told = [
            f"{'Simulated prices. ' if self.simulated else ''}{self.formula}, CAR over {window_label(self.window)}; "
            f"{self.n_pairs} observations on {dates}, R² {self.r_squared:.2f}; weights: {self.weights}."
        ]
        if self.n_left_out:
            told.append(f"{self.n_left_out} observations are left out: a variable is missing.")
        return told + [f"No {name}: {reason}." for name, reason in self.notes.items()]


def observation_frame(
    evidence: Evidence, universe: Universe | None, number: int, event_id: str | None = None
) -> pd.DataFrame:
    """What a formula may name, one row a used observation that has a CAR in the window; of one event, if given.

    Columns: car, sigma (its standard error), alpha, beta, residual_sd, r_squared, every column of the pairs (role,
    sector, exchange, event_id, episode, direction, …) and every numeric characteristic of the universe; ``row`` is the
    observation's place in the arrays.
    """
    window = evidence.arrays.windows[number]
    chosen = evidence.row >= 0
    if event_id is not None:
        chosen &= (evidence.pairs["event_id"] == event_id).to_numpy(dtype=bool)
    used = evidence.pairs[chosen].copy()
    used["row"] = evidence.row[chosen]
    used["car"], used["sigma"] = window.car[used["row"]], window.sigma[used["row"]]
    if universe is not None:
        lines = {security.ticker: security.characteristics for security in universe}
        for name in dict.fromkeys(key for own in lines.values() for key in own):
            if name not in used.columns:
                used[name] = [lines.get(ticker, {}).get(name, math.nan) for ticker in used["ticker"]]
    return used[window.present[used["row"]]].reset_index(drop=True)


def cross_section(
    evidence: Evidence,
    frame: pd.DataFrame,
    formula: str,
    number: int,
    covariance: str,
    weights: str,
    seed: int,
    simulated: bool,
) -> CrossSection:
    """The regression and the verdicts beside it; see :meth:`StudyResults.cross_section`."""
    import statsmodels.formula.api as smf

    for name, value, choices in (("covariance", covariance, COVARIANCES), ("weights", weights, WEIGHTS)):
        if value not in choices:
            raise ValueError(f"{name}: {value!r} unknown; choose from {', '.join(choices)}")
    try:
        model = smf.ols(formula, frame)
    except Exception as error:  # the formula language raises errors of many kinds of its own
        raise formula_error("formula", formula, error, frame.columns) from error
    kept = np.asarray(model.data.row_labels, dtype=np.int64)
    design, outcome = np.asarray(model.exog, dtype=np.float64), np.asarray(model.endog, dtype=np.float64)
    terms = [str(name) for name in model.exog_names]
    n, size = design.shape
    if n <= size:
        raise ValueError(
            f"formula: {n} observation{'' if n == 1 else 's'} do not determine {size} coefficients and an error; "
            "drop terms, or study more pairs"
        )
    if np.linalg.matrix_rank(design) < size:
        raise ValueError(f"formula: the terms {', '.join(terms)} determine one another; drop one of them")
    rows = frame["row"].to_numpy()[kept]
    sample = evidence.sample(rows, number)
    dates = merged_clusters(sample)
    date_of = np.empty(n, dtype=np.int64)
    for place, members in enumerate(dates):
        date_of[np.isin(rows, members)] = place
    if covariance == "cluster" and len(dates) < 2:
        raise ValueError("covariance: 'cluster' needs observations on several dates; choose 'HC3' for one")
    share = 1.0 / frame["sigma"].to_numpy()[kept] ** 2 if weights == "precision" else np.ones(n)
    fit = _fitted(design, outcome, share, covariance, date_of)
    beside = slopes_beside(evidence, rows, number, design, share, outcome, fit.params, date_of, len(dates), seed)
    together = beside["portfolio"].covariance
    reasons = {"portfolio": "portfolio p", "ordinary": "ordinary-days p", "bootstrap": "bootstrap p"}
    table = pd.DataFrame(
        {
            "term": terms,
            "coefficient": fit.params,
            "se": fit.bse,
            "statistic": fit.tvalues,
            "distribution": f"t({fit.df_resid:.0f})" if covariance == "HC3" else f"t({len(dates) - 1})",
            "pvalue": fit.pvalues,
            "ci_low": fit.conf_int()[:, 0],
            "ci_high": fit.conf_int()[:, 1],
            "vif": _inflation(design),
            "portfolio_se": beside["portfolio"].standard_error,
            "portfolio_t": beside["portfolio"].statistic,
            "portfolio_pvalue": beside["portfolio"].pvalue,
            "ordinary_t": beside["ordinary"].statistic,
            "ordinary_pvalue": beside["ordinary"].pvalue,
            "bootstrap_pvalue": beside["bootstrap"].pvalue,
        }
    )
    return CrossSection(
        formula=formula,
        window=evidence.arrays.windows[number].window,
        covariance=covariance,
        weights=weights,
        table=table,
        n_pairs=n,
        n_dates=len(dates),
        n_left_out=len(frame) - n,
        r_squared=float(fit.rsquared),
        notes={words: beside[name].reason for name, words in reasons.items() if beside[name].reason},
        portfolio_covariance=(
            pd.DataFrame() if together is None else pd.DataFrame(together, index=terms, columns=terms)
        ),
        simulated=simulated,
    )


def _fitted(design: FloatArray, outcome: FloatArray, share: FloatArray, covariance: str, date_of: IntArray) -> Any:
    """The statsmodels fit; t laws, for clusters with C - 1 degrees of freedom."""
    import statsmodels.api as sm

    model = sm.WLS(outcome, design, weights=share)
    if covariance == "HC3":
        return model.fit(cov_type="HC3", use_t=True)
    return model.fit(cov_type="cluster", cov_kwds={"groups": date_of, "df_correction": True}, use_t=True)


def _inflation(design: FloatArray) -> FloatArray:
    """Variance inflation 1/(1 - R²) of each column that varies on the others and a constant; NaN for the constant."""
    varies = np.ptp(design, axis=0) > 0
    found = np.full(design.shape[1], np.nan)
    if varies.any():
        correlation = np.atleast_2d(np.corrcoef(design[:, varies], rowvar=False))
        found[varies] = np.diag(np.linalg.inv(correlation))
    return found


def slopes_beside(
    evidence: Evidence,
    rows: IntArray,
    number: int,
    design: FloatArray,
    share: FloatArray,
    outcome: FloatArray,
    coefficients: FloatArray,
    date_of: IntArray,
    dates: int,
    seed: int,
) -> dict[str, Slopes]:
    """The verdicts that a shared date cannot fool."""
    arrays, size = evidence.arrays, design.shape[1]
    window = arrays.windows[number]
    if dates > 1:
        several = because("none.several_dates", dates=dates)
        draw = group_seed(seed, evidence.pair_names(rows), window.window)
        bootstrap = (
            no_slopes(size, because("none.many_dates", dates=dates))
            if dates >= MANY_CLUSTERS
            else clustered_slopes(design, share, outcome, date_of, draw)
        )
        return {"portfolio": no_slopes(size, several), "ordinary": no_slopes(size, several), "bootstrap": bootstrap}
    one = no_slopes(size, because("none.one_date", needed=FEWEST_CLUSTERS))
    residuals, complete = arrays.residuals_on_clock(rows)
    portfolio = portfolio_slopes(
        design, share, projection(design, share) @ outcome, residuals, complete, float(window.k[rows].mean()),
        arrays.fit.n_parameters, arrays.min_estimation,
    )  # fmt: skip
    if evidence.placebo is None:
        return {"portfolio": portfolio, "ordinary": no_slopes(size, evidence.no_placebo), "bootstrap": one}
    clock = evidence.clocks[int(arrays.panel.event[rows].min())]
    _, cars = ordinary_cars(evidence.placebo, clock, arrays.panel.security[rows], window.window)
    return {"portfolio": portfolio, "ordinary": ordinary_slopes(design, share, coefficients, cars), "bootstrap": one}

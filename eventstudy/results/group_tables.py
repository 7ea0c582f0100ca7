"""The tables with one row a group: headline, interval, reading; and every test."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from eventstudy._arrays import BoolArray, IntArray
from eventstudy.grouping import Label, numbered, places_of
from eventstudy.inference.base import StatisticResult
from eventstudy.inference.bmp import adjusted_bmp_t, bmp_t
from eventstudy.inference.bootstrap import merged_clusters, sample_bootstrap, wild_bootstrap_t
from eventstudy.inference.calendar_time import calendar_time_t
from eventstudy.inference.cross_sectional import cross_sectional_t
from eventstudy.inference.grank import grank_permutation, grank_t, grank_z
from eventstudy.inference.headline import Headline, headline, headline_test
from eventstudy.inference.multiplicity import benjamini_hochberg, holm
from eventstudy.inference.mvrm import mvrm_f
from eventstudy.inference.patell import adjusted_patell_z, patell_z
from eventstudy.inference.placebo import OrdinaryDays, group_seed, ordinary_days, placebo
from eventstudy.inference.portfolio import portfolio_t, time_series_t
from eventstudy.inference.rank import rank_z
from eventstudy.inference.reading import reading
from eventstudy.inference.reasons import because
from eventstudy.inference.sample import GroupSample
from eventstudy.inference.sign import generalized_sign_z, sign
from eventstudy.inference.skewness import skewness_adjusted_t
from eventstudy.inference.wilcoxon import wilcoxon
from eventstudy.panel.windows import window_label
from eventstudy.results.evidence import Evidence

GROUP_COLUMNS = (
    "window", "n_pairs", "caar", "caar_se", "ci_low", "ci_high", "share_positive", "mean_correlation", "mde",
    "headline_test", "pvalue", "pvalue_holm", "placebo_pvalue", "reading",
)  # fmt: skip
TEST_COLUMNS = (
    "window", "test", "statistic", "distribution", "pvalue", "pvalue_holm", "pvalue_bh", "n_pairs", "reason",
)  # fmt: skip

# what a large study adds up for all groups at once, and the tests made of it
SUMS = {
    "days": frozenset(("time_series_t", "generalized_sign_z")),
    "clusters": frozenset(("portfolio_t", "adjusted_patell_z", "adjusted_bmp_t", "wild_bootstrap_t", "placebo")),
    "ranks": frozenset(("rank_z",)),
    "window ranks": frozenset(("grank_t", "grank_z", "grank_permutation")),
}
CLOSED_FORM: dict[str, Callable[[GroupSample], StatisticResult]] = {
    "cross_sectional_t": cross_sectional_t,
    "time_series_t": time_series_t,
    "portfolio_t": portfolio_t,
    "patell_z": patell_z,
    "bmp_t": bmp_t,
    "adjusted_patell_z": adjusted_patell_z,
    "adjusted_bmp_t": adjusted_bmp_t,
    "rank_z": rank_z,
    "grank_t": grank_t,
    "grank_z": grank_z,
    "sign": sign,
    "generalized_sign_z": generalized_sign_z,
    "wilcoxon": wilcoxon,
    "skewness_adjusted_t": skewness_adjusted_t,
}
ON_REQUEST: dict[str, Callable[[GroupSample], StatisticResult]] = {
    "grank_permutation": grank_permutation,
    "mvrm_f": mvrm_f,
}


def labelled_groups(evidence: Evidence, by: Sequence[str], wanted: BoolArray | None = None) -> dict[Label, IntArray]:
    """Rows of the used observations of every group that any of the wanted pairs belongs to, used or not."""
    columns = [evidence.labels(name) for name in by]
    chosen = np.arange(len(evidence.row)) if wanted is None else np.flatnonzero(wanted)
    labels, number = numbered(columns, chosen)
    row = evidence.row[chosen]
    # by row, and not by pair: so the rows of a group ascend without being sorted
    group = np.full(int(row.max(initial=-1)) + 1, -1, dtype=np.int64)
    group[row[row >= 0]] = number[row >= 0]
    return dict(zip(labels, places_of(group, len(labels)), strict=True))


def group_ordinary_days(evidence: Evidence, sample: GroupSample) -> OrdinaryDays:
    """The group on ordinary days, every calendar cluster moved as a whole."""
    study = evidence.placebo
    if study is None or not sample.n:
        return OrdinaryDays(np.empty(0), float("nan"), float("nan"), 0, 0.0, evidence.no_placebo)
    arrays, window = sample.arrays, sample.window.window
    if len(merged_clusters(sample)) < len(sample.clusters):
        return OrdinaryDays(
            np.empty(0),
            float("nan"),
            float("nan"),
            0,
            0.0,
            because("none.overlap"),
        )
    laws, shares = [], []
    for rows in sample.clusters:
        event = int(arrays.panel.event[rows[0]])
        members = np.unique(arrays.panel.security[rows])
        laws.append(study.law(int(evidence.clock_number[event]), evidence.clocks[event], members, window))
        shares.append(len(rows) / sample.n)
    observed = portfolio_t(sample).statistic
    # tickers, not row numbers: neither the order of the universe nor other lines move the draws
    names = [name.partition("\t")[2] for name in evidence.pair_names(sample.rows)]
    seed = group_seed(study.seed, names, window)
    return ordinary_days(observed, laws, shares, sample.length, seed, study.draws)


def _bootstrap_seed(evidence: Evidence, sample: GroupSample, seed: int) -> tuple[int, ...]:
    """Seed of a group's bootstrap: who is in it, not where the rows stand."""
    return group_seed(seed, evidence.pair_names(sample.rows), sample.window.window)


def group_headline(evidence: Evidence, rows: IntArray, number: int, seed: int) -> Headline:
    """Headline of a group over one of the study's windows, unadjusted."""
    sample = evidence.sample(rows, number)
    bootstrapped = sample.n and headline_test(sample.n, sample.state.n_dates) == "wild_bootstrap_t"
    return headline(sample, _bootstrap_seed(evidence, sample, seed) if bootstrapped else (seed,))


def group_records(
    evidence: Evidence, groups: dict[Label, IntArray], seed: int, with_placebo: bool
) -> list[dict[str, object]]:
    """Headline of every group and window, unadjusted."""
    records: list[dict[str, object]] = []
    evidence.expect(groups.values(), {"clusters"})
    for label, rows in groups.items():
        for number, window in enumerate(evidence.arrays.windows):
            found = group_headline(evidence, rows, number, seed)
            ordinary = group_ordinary_days(evidence, evidence.sample(rows, number)) if with_placebo else None
            records.append(
                {
                    "label": label,
                    "window": window_label(window.window),
                    "n_pairs": found.n_pairs,
                    "caar": found.caar,
                    "caar_se": found.caar_se,
                    "ci_low": found.ci_low,
                    "ci_high": found.ci_high,
                    "share_positive": found.share_positive,
                    "mean_correlation": found.mean_correlation,
                    "mde": found.mde,
                    "headline_test": found.test,
                    "pvalue": found.pvalue,
                    "placebo_pvalue": float("nan") if ordinary is None else ordinary.pvalue,
                    "variance_ratio": found.variance_ratio,
                    "n_dates": found.n_dates,
                    "reason": found.reason,
                }
            )
    return records


def group_frame(records: list[dict[str, object]], by: Sequence[str], family: Callable[[Label], object]) -> pd.DataFrame:
    """Records as a table, with p adjusted inside each family and the reading of each row."""
    frame = pd.DataFrame.from_records(records)
    labels = frame.pop("label").tolist() if len(frame) else []
    for place, name in enumerate(by):
        frame.insert(place, name, [label[place] for label in labels])
    if not len(frame):
        return pd.DataFrame(columns=[*by, *GROUP_COLUMNS])
    return adjusted(frame, [family(label) for label in labels])


def adjusted(frame: pd.DataFrame, families_of: Sequence[object]) -> pd.DataFrame:
    """The frame with p adjusted over each family of rows, and the reading that follows."""
    pvalues = frame["pvalue"].to_numpy(dtype=np.float64)
    step_down, discovery = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    families: dict[object, list[int]] = {}
    for row, family in enumerate(families_of):
        families.setdefault(family, []).append(row)
    for members in families.values():
        step_down[members] = holm(pvalues[members])
        discovery[members] = benjamini_hochberg(pvalues[members])
    frame["pvalue_holm"], frame["pvalue_bh"] = step_down, discovery
    frame["reading"] = [
        reading(p, q, r, int(n))
        for p, q, r, n in zip(pvalues, step_down, frame["placebo_pvalue"], frame["n_pairs"], strict=True)
    ]
    return frame


def expect(evidence: Evidence, groups: dict[Label, IntArray], names: Sequence[str]) -> None:
    """Tell a large study what tests of these groups will ask for, so that it adds up all at once."""
    evidence.expect(groups.values(), {sums for sums, tests in SUMS.items() if not tests.isdisjoint(names)})


def any_headline(evidence: Evidence, groups: dict[Label, IntArray], names: Sequence[str]) -> bool:
    """Whether one of the tests is the headline of any group and window."""
    for rows in groups.values():
        for number in range(len(evidence.arrays.windows)):
            sample = evidence.sample(rows, number)
            if sample.n and headline_test(sample.n, sample.state.n_dates) in names:
                return True
    return False


def tests_frame(
    evidence: Evidence,
    groups: dict[Label, IntArray],
    headlines: pd.DataFrame | None,
    by: Sequence[str],
    names: Sequence[str],
    seed: int,
) -> pd.DataFrame:
    """Every test of every group and window; adjusted p in the headline's row alone, if it is known."""
    records: list[tuple[object, ...]] = []
    rows_of = iter(() if headlines is None else headlines.itertuples(index=False))
    for label, rows in groups.items():
        for number, window in enumerate(evidence.arrays.windows):
            sample = evidence.sample(rows, number)
            top = next(rows_of, None)
            for name in names:
                result = one_test(evidence, sample, name, seed)
                spoken = top if top is not None and name == top.headline_test else None
                records.append(
                    (
                        *label,
                        window_label(window.window),
                        name,
                        result.statistic,
                        result.distribution,
                        result.pvalue,
                        float("nan") if spoken is None else spoken.pvalue_holm,
                        float("nan") if spoken is None else spoken.pvalue_bh,
                        sample.n,
                        result.reason,
                    )
                )
            sample.release()
    return pd.DataFrame.from_records(records, columns=[*by, *TEST_COLUMNS])


def one_test(evidence: Evidence, sample: GroupSample, name: str, seed: int) -> StatisticResult:
    """One named test of a group."""
    if name in CLOSED_FORM:
        return CLOSED_FORM[name](sample)
    if name == "placebo":
        return placebo(sample, group_ordinary_days(evidence, sample))
    if name in ON_REQUEST:
        return ON_REQUEST[name](sample)
    if name == "calendar_time_t":
        return calendar_time_t(sample, evidence.clocks)
    outcome = sample_bootstrap(sample, _bootstrap_seed(evidence, sample, seed)) if sample.n else None
    return wild_bootstrap_t(sample, outcome)

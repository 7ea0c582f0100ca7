"""Words of cells that several parts share."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.wording import numbers

TEST_NAMES = {
    "adjusted_bmp_t": "Adjusted BMP",
    "portfolio_t": "Portfolio t",
    "wild_bootstrap_t": "Wild cluster bootstrap",
    "adjusted_patell_z": "Adjusted Patell",
    "grank_t": "GRANK-T",
    "grank_permutation": "GRANK permutation",
    "grank_z": "GRANK-Z",
    "rank_z": "Rank",
    "patell_z": "Patell Z",
    "bmp_t": "BMP",
    "cross_sectional_t": "Cross-sectional t",
    "time_series_t": "Time-series t",
    "sign": "Sign",
    "generalized_sign_z": "Generalised sign",
    "wilcoxon": "Wilcoxon",
    "skewness_adjusted_t": "Skewness-adjusted t",
    "placebo": "Placebo in time",
    "mvrm_f": "MVRM F",
    "calendar_time_t": "Calendar time",
}
NO_RETURN = "no return over this window"
NOT_ESTIMATED = "not estimated"
NO_INTERVAL = "no interval"
NO_VALUE = "the test has no value here"
NO_SHARES = "no shares"


def shares_of_markets(cities: Mapping[str, int], shares: str, markets: str) -> str:
    return f"{shares}, {markets}" if cities else "no shares"


def shares_text(count: int) -> str:
    return "1 share" if count == 1 else f"{numbers.integer(count)} shares"

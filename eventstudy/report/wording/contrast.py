"""Words of part 5b: exposed against beneficiaries."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.wording import numbers

HEADS: Mapping[str, str] = {
    "term": "Characteristic",
    "coefficient": "Points",
    "interval": "95% interval",
    "ordinary": "ordinary-days p",
}
TIPS: Mapping[str, str] = {
    "term": "what differs between companies",
    "p": "of the coefficient as a portfolio of ordinary residuals",
    "ordinary": "share of ordinary dates with a slope as large",
}
TOPIC = "Exposed against beneficiaries"
TERMS = {
    "beneficiary": ("Beneficiary", "against exposed"),
    "control": ("Control", "against exposed"),
    "beta": ("Beta", "per unit"),
    "volatility": ("Volatility", "per point of daily residual deviation"),
}
NO_COMPARISON_FINDING = "The two sides cannot be compared share by share"
NO_ORDINARY_DAYS = "no ordinary days"
TABLE_TITLE = "What goes with a company’s abnormal return"


def no_comparison(reason: str) -> str:
    return f"No comparison: {reason}."


def more_or_less(coefficient: float) -> str:
    return "more" if coefficient > 0 else "less"


def gained(size: str, more: str) -> str:
    return f"Beneficiaries gained {size} points {more} than exposed shares alike in beta and volatility"


def above_or_below(coefficient: float) -> str:
    return "above" if coefficient > 0 else "below"


def stand_apart(size: str, side: str) -> str:
    return f"Beneficiaries stand {size} points {side} exposed shares alike in beta and volatility, not told from noise"


def certainty(low: float, high: float, pvalue: float) -> str:
    return f"95% interval {numbers.interval(low, high)}; {numbers.p_equals(pvalue)}"


def moved(opening: str, beneficiaries: str, coefficient: float, exposed: str, certainty: str) -> str:
    return (
        f"{opening} the {beneficiaries} beneficiaries moved {numbers.percent(coefficient)} points against the "
        f"{exposed} exposed shares once beta and volatility are held equal ({certainty})"
    )


def not_against_ordinary(text: str, noun: str, ordinary_reason: str) -> str:
    return f"{text}. It cannot be set against ordinary {noun}: {ordinary_reason}."


def against_ordinary(text: str, often: str, noun: str) -> str:
    return f"{text}; {often} ordinary {noun} showed a gap as wide."


def on_ordinary_dates(n_ordinary: int) -> str:
    return f" and on {numbers.integer(n_ordinary)} ordinary dates"


def table_subtitle(count: int, focus_window: str) -> str:
    return (
        f"Least squares over {numbers.integer(count)} companies, window "
        f"{numbers.window(focus_window)}; coefficients in points of return"
    )


def table_note(n_sessions: int, days: str) -> str:
    return (
        "All companies share the date, so each coefficient is judged as a portfolio, by its own history on "
        f"{numbers.integer(n_sessions)} sessions of the estimation window (Sefcik and Thompson){days}. These "
        "p are not among the adjusted ones."
    )

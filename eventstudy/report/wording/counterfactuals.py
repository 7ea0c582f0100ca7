"""Words of part 5c: against shares that the event did not touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eventstudy.report.wording import numbers
from eventstudy.report.wording.sectors import KINDS

HEADS: Mapping[str, str] = {
    "group": "Group",
    "model": "Own model, %",
    "interval": "95% interval",
    "range": "Leave one out",
    "fit": "Fit before, R²",
}
TIPS: Mapping[str, str] = {
    "group": "treated shares, and donors that carry weight",
    "model": "mean CAR by the study's model",
    "chosen": "mean return minus that of weighted donors",
    "interval": "effects that the test does not reject",
    "p": "conformal: against every other stretch of days, each set against what is usual where the donors move as much",
    "range": "without one of the heaviest donors",
    "fit": "share of variance followed",
}
TOPIC = "Against shares that the news did not touch"
ESTIMATORS = {
    "sc": "synthetic control",
    "asc": "ridge-augmented control",
    "sdid": "synthetic DiD",
    "gsynth": "factor model",
    "did": "difference in differences",
}
NO_GROUP = "no group of this event was estimated"
NO_DONORS = "There are no donors to compare with"
TOTAL = "total"
PARTS: Mapping[str, str] = {
    "usual drift": "usual drift",
    "market": "market",
    "sector fund": "sector fund",
    "remainder": "remainder",
}
"""What a group's return is made of, beside the factors that the universe names."""
LARGER = "larger "
SMALLER = "smaller "
TABLE_TITLE = "The same shares by three ways to say what is normal"
TABLE_NOTE = (
    "The own model is that of the rest of this report. The others need no model of the market: weighted donors "
    "that moved alike before, and the donors’ own common factors with the shares’ loadings on them. None of "
    "these p is among the adjusted ones."
)
ALL_SECTORS = "All"
NO_BOUND = "no finite bound"
NO_VARIANCE = "no variance"
FIGURE_SUBTITLE = (
    "Mean return cumulated from the close before the event day, %. Dashed: donors, weighted on the "
    "estimation window alone"
)
WATERFALL_TITLE = "News against factors: what each group’s move is made of"


def no_counterfactual(why: str) -> str:
    return f"No counterfactual: {why}."


def sector_in(sector: str, city: str) -> str:
    return f"{sector} in {city}"


def of_kind(sector: str, role: str) -> str:
    return f"{sector} ({KINDS[role]})"


def role_noun(role: str) -> str:
    return "exposed shares" if role == "exposed" else "beneficiaries"


def group_in(count: int, noun: str, city: str) -> str:
    return f"the {numbers.integer(count)} {noun} in {city}"


def no_further(names: str) -> str:
    return f"Against untouched shares {names} moved no further than on other days"


def gained_or_lost(effect: float) -> str:
    return "gained" if effect > 0 else "lost"


def against_untouched(words: Sequence[str]) -> str:
    return f"Against untouched shares {numbers.listed(words)}"


def moved_against(name: str, effect: float, estimator: str, low_high: str, p: float, own: float) -> str:
    return (
        f"{numbers.capitalised(name)} moved {numbers.percent(effect)}% against their "
        f"{estimator} (95% {low_high}; {numbers.p_equals(p)}), "
        f"{numbers.percent(own)}% by the study’s own model."
    )


def among_donors(count: int, p: float) -> str:
    return (
        f" Of {numbers.integer(count)} groups of as many donors, {numbers.in_a_hundred(p)} moved as far, measured by "
        "how well each was matched before."
    )


def contrast_sentence(effect: float, low: float, high: float) -> str:
    return (
        f"Exposed shares moved {numbers.percent(effect)} points against beneficiaries "
        f"({numbers.interval(low, high)} in a band that holds for both and for their "
        "difference at once)."
    )


def against_estimator(effect: float, estimator: str, p: float) -> str:
    return f"{numbers.percent(effect)}% against the {estimator} ({numbers.p_equals(p)})"


def survives_all(count: int) -> str:
    return "survives both" if count == 2 else "survives all of them"


def survives_some(kept: Sequence[str], rest: Sequence[str]) -> str:
    return f"survives the {numbers.listed(kept)}, and not the {numbers.listed(rest)}"


def survives_none(count: int) -> str:
    return "survives neither" if count == 2 else "survives none of them"


def survival(name: str, own: float, size: str, parts: Sequence[str], verdict: str) -> str:
    return (
        f"The loss of {name}, {numbers.percent(own)}% by the study’s own model, is "
        f"{size}against shares that the event did not touch: {numbers.listed(parts)}. At the 5% level it {verdict}."
    )


def bounds(low: float, high: float) -> str:
    return f"interval {numbers.interval(low, high)}"


def own_says(own: float, estimator: str, effect: float) -> str:
    return f"the study’s model says {numbers.percent(own)}%, the {estimator} {numbers.percent(effect)}%"


def one_tells(told: Sequence[str], rest: Sequence[str]) -> str:
    return f"the {numbers.listed(told)} tells a move from noise, the {numbers.listed(rest)} does not"


def disagree(names: Sequence[str], words: Sequence[str]) -> str:
    return f"The estimates disagree on {numbers.listed(names)}: {'; '.join(words)}."


def table_subtitle(focus_window: str) -> str:
    return f"Window {numbers.window(focus_window)}; mean of the shares that trade where most of the group does, %"


def against(count: int, heavy: int) -> str:
    return f"{count} against {heavy}"


def figure_title(estimator: str) -> str:
    return f"What the shares did, and what their {estimator} did"


def panel_alt(title: str, value: float, other: float, tau: int) -> str:
    return f"{title}: {value:+.1f}% against {other:+.1f}% by day {tau}"


def on_day_0(value: float) -> str:
    return f"{value:+.1f} on day 0".replace("-", "−")


def panel_subtitle(shares: str, city: str, donors: int) -> str:
    return f"{shares} in {city}, {numbers.integer(donors)} donors"


def all_of_role(role: str) -> str:
    return "All exposed" if role == "exposed" else "All beneficiaries"


def waterfall_subtitle(focus_window: str) -> str:
    return f"Mean return over {numbers.window(focus_window)}, %; each factor cleared of those above it"


def waterfall_alt(title: str, total: str, remainder: str) -> str:
    return f"{title}: total {total}%, remainder {remainder}%"


def waterfall_note(names: Sequence[str], lacking: str) -> str:
    return (
        f"Factors with prices on all these days: {numbers.listed(names)}. The sector fund holds exposed shares "
        "itself and so takes a part of the effect; the remainder is what no factor here explains."
        f"{lacking}"
    )


def lacking(told: Sequence[str]) -> str:
    return (
        f" The price source lacks {numbers.listed(told)} on some of these days, so that the remainder holds their "
        "part: add their prices to it, or fetch them with “eventstudy prices fetch”, to take it out."
    )


def pool(count: int, city: str, weights: Sequence[str]) -> str:
    return (
        f"Pool: {numbers.integer(count)} controls of the universe that trade in {city}, "
        f"never beneficiaries. Most weight: {', '.join(weights)}."
    )


def left_out(told: str) -> str:
    return f" Left out: {told}."

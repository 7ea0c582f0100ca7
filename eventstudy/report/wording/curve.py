"""Words of part 10: under other choices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from eventstudy.report.wording import numbers

HEADS: Mapping[str, str] = {
    "model": "Model",
    "estimation": "Estimation",
    "window": "Window",
    "benchmark": "Benchmark",
    "n": "Shares",
    "caar": "CAAR, %",
    "interval": "95% interval",
}
TIPS: Mapping[str, str] = {
    "p": "of the headline test, not adjusted for the other specifications",
}
TOPIC = "Under other choices"
MODEL_NAMES = {
    "market": "Market model",
    "mean": "Mean-adjusted",
    "market-adjusted": "Market-adjusted",
    "sector": "Market and sector",
    "scholes-williams": "Scholes–Williams",
    "dimson": "Dimson",
    "garch": "GARCH",
    "robust": "Robust",
}
GROUPS = {
    "exposed": "exposed shares",
    "beneficiary": "beneficiaries",
    "control": "control shares",
    "exposed_elsewhere": "exposed shares outside the target",
}
NO_MEAN = "Not one specification has a mean."
NOTHING_MEASURED = "No other choice could be measured"
FIGURE_SUBTITLE = (
    "Mean cumulative abnormal return with its 95% interval, from the lowest to the highest. Each column "
    "is one specification, its choices below"
)
OWN_TEST = "p is that of each specification's own headline test."
NOT_ONE = "Not one is told from noise at 5%, even taken by itself."
ALL_MEASURES = "Taken together, the specifications are told from ordinary dates."
SOME_MEASURES = "Taken together, they are told from ordinary dates by some of the three measures and not by others."
NO_MEASURE = "Taken together, the specifications are not told from ordinary dates."
MODEL = "Model"
ESTIMATION = "Estimation"
EVENT_WINDOW = "Event window"
BENCHMARK = "Benchmark"
OWN_BENCHMARK = "The line's own"
TABLE_SUBTITLE = "Mean cumulative abnormal return in per cent, p of the headline test"
NO_INTERVAL = "no interval"
NONE_NEEDED = "none needed"


def figure_title(group: str, count: int) -> str:
    return f"{numbers.capitalised(group)} under {numbers.integer(count)} specifications"


def group_in_sector(words: str, sector: str) -> str:
    return f"{words} in {sector}"


def specifications(count: int) -> str:
    return numbers.counted(count, "specification")


def all_told(count: int) -> str:
    return "it is told from noise" if count == 1 else "all of them told from noise"


def some_told(told: int) -> str:
    return f"{numbers.number_word(told) if told else 'none'} of them told from noise"


def finding(which: str, share: str, median_caar: float) -> str:
    return f"{which}, {share}; the median move is {numbers.percent(median_caar)}%"


def range_sentence(day: date, group: str, lowest: float, highest: float) -> str:
    return (
        f"Around the announcement of {numbers.day_year(day)} the {group} moved between "
        f"{numbers.percent(lowest)}% and {numbers.percent(highest)}%, whichever "
        "model, estimation window, event window and benchmark is taken. "
    )


def median_over(value: float, label: str) -> str:
    return f"{numbers.percent(value)}% over {numbers.window(label)}"


def medians(listed: str) -> str:
    return f"By window the median is {listed}. "


def up_and_down(up: int, down: int) -> str:
    return (
        f"Of those told from noise at 5%, taken one by one, {numbers.number_word(up)} point up and "
        f"{numbers.number_word(down)} down."
    )


def those_told(up: int, down: int) -> str:
    return "The one" if up + down == 1 else "Those"


def point_words(up: int, down: int) -> str:
    return "points" if up + down == 1 else "all point"


def one_way(which: str, verb: str, up: int) -> str:
    return f"{which} told from noise at 5%, taken one by one, {verb} {'up' if up else 'down'}."


def no_joint_test(reason: str) -> str:
    return f"The specifications have no joint test: {reason}."


def joint(dates: str, count: str, median_p: float, share_p: float, stouffer_p: float) -> str:
    return (
        f"Set beside {dates} ordinary dates, on each of which the same {count} were run on the same shares: a "
        f"median at least as many standard errors from zero comes on "
        f"{numbers.in_a_hundred(median_p)} "
        f"({numbers.p_equals(median_p)}), "
        f"as large a share of tests below 5% in the median's direction on "
        f"{numbers.in_a_hundred(share_p)} "
        f"({numbers.p_equals(share_p)}), and a Stouffer Z as large on "
        f"{numbers.in_a_hundred(stouffer_p)} ({numbers.p_equals(stouffer_p)})."
    )


def dates_count_for(effective: int) -> str:
    return f"Windows overlap, so these dates count for about {numbers.integer(effective)}."


def is_are(count: int) -> str:
    return "is" if count == 1 else "are"


def left_out(count: str, verb: str, reasons: str) -> str:
    return f"{numbers.capitalised(count)} {verb} shown but not in the joint test: {reasons}."


def median(median_caar: float) -> str:
    return f"median {numbers.percent(median_caar)}"


def table_title(everything: bool) -> str:
    return "The lowest, the middle and the highest specification" if everything else "The specifications"


def all_specifications(count: int) -> str:
    return f"All {numbers.integer(count)} specifications"


def samples(fewest: int, most: int) -> str:
    return (
        f"Specifications hold between {numbers.number_word(fewest)} and {numbers.counted(most, 'share')}: "
        "a model leaves out the shares it has no regressor for."
    )


def has_have(count: int) -> str:
    return "has" if count == 1 else "have"


def without_mean(count: str, verb: str, reasons: str) -> str:
    return f"{numbers.capitalised(count)} {verb} no mean ({reasons})."

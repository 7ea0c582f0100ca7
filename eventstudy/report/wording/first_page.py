"""Words of part 1: the event, Figure 1 and Table 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from eventstudy.report.wording import numbers

HEADS: Mapping[str, str] = {
    "window": "Window",
    "caar": "CAAR, %",
    "interval": "95% interval",
    "adj_p": "adj. p",
    "placebo_p": "placebo p",
    "rising": "Rising",
    "mde": "MDE",
}
TIPS: Mapping[str, str] = {
    "window": "sessions counted from the first that could react",
    "caar": "mean cumulated abnormal return",
    "p": "of the headline test",
    "adj_p": "Holm’s adjustment over all tests of this event",
    "placebo_p": "share of ordinary days that moved it as far",
    "rising": "how many rose against the market",
    "mde": "smallest effect found four times in five",
}
UNEVENLY = " unevenly"
NO_SECTOR_TOLD = "No sector can be told from noise"
TABLE_SUBTITLE = "Sessions counted from the first that could react"
NO_ORDINARY_DAYS = "no ordinary days, or too few"
EXPOSED = "Exposed"
BENEFICIARIES = "Beneficiaries"
NOTE_WEIGHTED = "The adjusted BMP interval is that of the mean weighted by volatility."
NOTE_BOLD = "A row in bold stands after adjustment."
BOTH_TESTS = "adjusted BMP test, portfolio t below six shares"
EXCESS_RETURNS = ", excess returns"
MARKET_MODEL = "market model"
MEAN_ADJUSTED = "mean-adjusted returns"
MARKET_ADJUSTED = "market-adjusted returns"
SECTOR_MODEL = "market and sector model"
SCHOLES_WILLIAMS = "Scholes–Williams market model"
GARCH_MODEL = "market model with GARCH errors"
ROBUST_MODEL = "robust market model (Huber)"


def doubt(confidence: str) -> str:
    return {"reported": "reported, not confirmed", "uncertain": "uncertain"}.get(confidence, "")


def pooled_rest(first: date, last: date, title: str, day: date) -> str:
    return f"{numbers.day_year(first)} to {numbers.day_year(last)} · parts 2 to 5: {title}, {numbers.day_year(day)}"


def pool_name(count: int, kind: str) -> str:
    return numbers.counted(count, f"{kind} announcement".strip())


def unit(is_pooled: bool) -> str:
    return "observation" if is_pooled else "share"


def early_noun(role: str) -> str:
    return "exposed shares" if role == "exposed" else "likely beneficiaries"


def early_group(found: Sequence[str], role: str, n: int, noun: str) -> str:
    return f"the same {numbers.number_word(n)}" if not found and role == "beneficiary" else f"the {noun}"


def all_of(role_title: str) -> str:
    return f"{role_title}, all"


def over_what(window: str) -> str:
    return "on the event day" if window == "[0,0]" else "over the window"


def figure_subtitle(what: str, window: str) -> str:
    return f"Average abnormal return {what} {window}, %, with 95% interval"


def pooled(pool: str) -> str:
    return f"; {pool} pooled"


def row_head(is_pooled: bool) -> str:
    return "Sector, observations" if is_pooled else "Sector, number of shares"


def went(name: str, caar: float, how: str) -> str:
    return f"{name} {'rose' if caar > 0 else 'fell'}{how}"


def all_members(n: int, members: str) -> str:
    return f"all {numbers.number_word(n)} {members}"


def all_went(who: str, up: int) -> str:
    return f"{who} {'rose' if up else 'fell'}"


def rose_or_fell(caar: float) -> str:
    return "rose" if caar > 0 else "fell"


def both_went(first: str, second: str, verb: str) -> str:
    return f"{first} and {second} both {verb}"


def role_noun(role: str) -> str:
    return {"exposed": "Exposed", "beneficiary": "Beneficiaries", "control": "Controls"}[role]


def nothing_measured(reason: str) -> str:
    return f"No share could be measured around this announcement: {reason}."


def table_title(shown: int) -> str:
    return f"The {numbers.counted(shown, 'group')} by window" if shown else "The groups by window"


def observations(n: int) -> str:
    return "1 observation" if n == 1 else f"{numbers.integer(n)} observations"


def announcements(count: int) -> str:
    return numbers.counted(count, "announcement")


def after_news(kind: str) -> str:
    return f"After {kind}"


def scope_word(is_pooled: bool, of_episode: bool = False) -> str:
    return "episode" if of_episode else "study" if is_pooled else "event"


def note_caar(model: str) -> str:
    return f"CAAR: mean cumulated abnormal return, {model}."


def note_tests(tests: str) -> str:
    return f"Interval, p and MDE (smallest effect found 4 times in 5): {tests}."


def note_holm(family: int, scope: str) -> str:
    return f"adj. p: Holm over the {numbers.counted(family, 'test')} of this {scope}."


def whose_hour(is_pooled: bool) -> str:
    return "The hour of some announcements is" if is_pooled else "The hour is"


def hour_unknown(whose: str, window: str) -> str:
    return f"{whose} unknown, so the verdict is read over {numbers.window(window)}, which holds the day after."


def tests_named(known: Sequence[str]) -> str:
    return f"{numbers.listed(known)} test" if known else "none"


def factor_model(factors: Sequence[str], riskless: str) -> str:
    return f"factor model ({', '.join(factors)}{riskless})"


def leads_and_lags(lags: int) -> str:
    return "a lead and a lag" if lags == 1 else f"{lags} leads and lags"


def dimson_model(sides: str, summed: bool) -> str:
    return f"Dimson market model with {sides}{', loadings summed' if summed else ''}"


def stand_apart_words(count: int) -> str:
    return "share stands" if count == 1 else "shares stand"


def stand_apart(count: str, who: str) -> str:
    return f"{count} exposed {who} apart from announcements whose target lies elsewhere."


def lie_outside_words(count: int) -> str:
    return "share lies" if count == 1 else "shares lie"


def is_are(count: int) -> str:
    return "is" if count == 1 else "are"


def left_out(count: str, where: str, noun: str, target: str, verb: str) -> str:
    return f"{count} exposed{where} {noun} outside the target, {target}, and {verb} left out (see the companies)."

"""Words of part 9: other news, missing shares, event days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from eventstudy.report.wording import numbers

HEADS: Mapping[str, str] = {
    "exchange": "Exchange",
    "shares": "Shares",
    "session": "Event day",
    "rule": "How it was chosen",
    "benchmark": "Market",
    "market": "Market, %",
}
TIPS: Mapping[str, str] = {
    "shares": "shares used",
}
TOPIC = "Other news, missing shares, event days"
NOTHING_ON_FILE = "Nothing on file."
NO_OTHER_NEWS = " The catalogue names no other news on these sessions."
NEWS_HEADING = "What else happened"
MISSING_HEADING = "What is missing"
ALL_MARKETS = "all markets"
TWO_SESSIONS_BEFORE = "Two sessions before."
EXPOSED_SHARES = "exposed shares"
BENEFICIARIES = "beneficiaries"
NO_SHARE = "No share"
NONE_LEFT_OUT = " is left out."
NO_EVENT_DAY = "No exchange has an event day."
NO_BENCHMARK = "no benchmark"
TABLE_TITLE = "How each exchange’s event day was chosen"
TABLE_SUBTITLE = "First session that closes after the announcement; return of that market’s benchmark on it"
NO_MARKET_PRICE = "no price of this market"
NO_PRICE_ON_SESSION = "no price of this market on that session"
NO_PRICE = "no price"


def all_have_prices(count: int) -> str:
    return f"All {numbers.integer(count)} shares have prices"


def some_left_out(out: int, count: int) -> str:
    return f"{numbers.integer(out)} of {numbers.integer(count)} shares are left out"


def one_day(first: str, day: date) -> str:
    return f"{first}; every exchange with shares is read on {numbers.day_month(day)}"


def several_days(first: str, days: set[date]) -> str:
    return f"{first}; the first session was {numbers.days_either(days)}, by exchange"


def news_head(day: date, tau: int) -> str:
    return f"{numbers.day_month(day)}, day {tau:+d}."


def no_cause(early: str) -> str:
    return f" {early}; the catalogue names no cause."


def further_items(left: int) -> str:
    return f"{numbers.capitalised(numbers.counted(left, 'further item'))} in the catalogue."


def is_are(out: int) -> str:
    return "is" if out == 1 else "are"


def shares_of(out: int, count: int) -> str:
    return f"{numbers.integer(out)} of {numbers.integer(count)} shares"


def left_out(verb: str) -> str:
    return f" {verb} left out."


def share_count(count: int) -> str:
    return f"{numbers.capitalised(numbers.counted(count, 'share'))}."


def window_gap(has_value: bool) -> str:
    return "with a value of fewer sessions" if has_value else "without a value"


def gap_sentence(count: int, what: str, reason: str, who: str) -> str:
    return f" {numbers.counted(count, 'share')} {what} ({reason}): {who}."


def announcements(count: int) -> str:
    return numbers.counted(count, "announcement")


def untestable(reason: str, names: Sequence[str]) -> str:
    return f" cannot be tested: {reason} ({numbers.listed(names, most=4)})."


def of_the_episode(count: str) -> str:
    return f"{count} of the episode"


def all_exchanges(count: int) -> str:
    return f"All {numbers.integer(count)} exchanges"

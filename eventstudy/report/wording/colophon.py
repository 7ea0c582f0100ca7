"""Words of the closing columns: method, prices, made by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from eventstudy.report.wording import numbers

FINDING_WORDS = {
    "missing_sessions": ("gap in the sessions", "gaps in the sessions"),
    "no_trade": ("stretch without trade", "stretches without trade"),
    "unknown_session": ("row on a day without a session", "rows on days without a session"),
    "shifted_dates": ("stretch of dates one day off", "stretches of dates one day off"),
    "other_calendar": ("series with another exchange’s dates", "series with another exchange’s dates"),
    "stale_run": ("run of unchanged closes", "runs of unchanged closes"),
    "zero_price": ("price of zero", "prices of zero"),
    "zero_volume": ("price on a day without volume", "prices on days without volume"),
    "raw_close": ("split that the closes were not adjusted for", "splits that the closes were not adjusted for"),
    "suspected_split": ("split that the adjustment may have missed", "splits that the adjustment may have missed"),
    "stretch": ("stretch in another unit", "stretches in another unit"),
    "level_shift": (
        "change of level that the market may not have made",
        "changes of level that the market may not have made",
    ),
    "jump": ("unexplained jump", "unexplained jumps"),
    "columns": ("disagreement of close and adjusted close", "disagreements of close and adjusted close"),
    "swapped": ("series that may be another ticker’s", "series that may be another ticker’s"),
    "identical": ("series that another ticker has too", "series that another ticker has too"),
    "currency": ("sign of another currency or unit", "signs of another currency or unit"),
    "limit_close": ("close at the daily limit", "closes at the daily limit"),
    "beyond_limit": ("close beyond the daily limit", "closes beyond the daily limit"),
    "no_prices": ("ticker without prices", "tickers without prices"),
}
METHOD = "Method"
PRICES = "Prices"
MADE_BY = "Made by"
EVENT_DAY_SENTENCE = "Event day: the first session whose close follows the announcement."
HEADLINE_TEST_SENTENCE = (
    "Headline test, fixed by the number of shares and dates before any result is seen: on one date adjusted BMP from "
    "six shares, portfolio t below; on two to five dates adjusted BMP; from six dates the wild cluster bootstrap."
)
ADJUSTED_SENTENCE = "Adjusted p: Holm within each event, each episode, and the whole."
NO_ORDINARY_DAYS = "Ordinary days: none, as they need a model fitted by least squares."
RETURNS_GIVEN = "Returns given by the user."
NOTHING_FOUND = "The quality checks found nothing."
REPEAT_IT = "Every number stands in the tables of eventstudy run, and study.json beside them says how to repeat it."
NO_PRICES = "Prices: none usable"


def returns_kind(returns: str) -> str:
    return "Simple" if returns == "simple" else "Log"


def gaps_kind(kept: bool) -> str:
    return "a return after a gap keeps its span" if kept else "returns after a gap are left out"


def model_sentence(model: str, first: str, last: str, least: int) -> str:
    return f"{numbers.capitalised(model)}, sessions {first} to {last}, at least {numbers.integer(least)} valid."


def returns_sentence(returns: str, gaps: str) -> str:
    return f"{returns} returns in local currency; {gaps}."


def ordinary_days(draws: int) -> str:
    return f"Ordinary days: the same group on up to {numbers.integer(draws)} dates clear of every event."


def market_of(city: str, benchmark: str) -> str:
    return f"{city} against {benchmark}"


def source_name(source: str) -> str:
    return {
        "sample": "The embedded market, simulated: no real share",
        "yahoo": "Yahoo Finance",
    }.get(source, f"Files at {source}")


def prices_until(cities: Sequence[str], day: date) -> str:
    return f"{numbers.listed(cities)} to {numbers.day_year(day)}"


def prices_from(begin: date, until: str) -> str:
    return f"From {numbers.day_year(begin)}{until}."


def fetched(fetched: Sequence[str]) -> str:
    return f"Fetched {' to '.join(fetched)}."


def snapshot(digest: str) -> str:
    return f"Snapshot {numbers.hash_short(digest)}."


def quality_checks(named: Sequence[str]) -> str:
    return f"Quality checks, reported and not repaired: {numbers.listed(named)}."


def versions(version: str, python: str) -> str:
    return f"eventstudy {version}" + (f", Python {python}" if python else "") + "."


def seed(seed: object) -> str:
    return f"Seed {seed}."


def hashes(named: Sequence[str]) -> str:
    return f"Hashes: {', '.join(named)}."


def prices_to(ends: date) -> str:
    return f"Prices to {numbers.day_year(ends)}"

"""Words of part 5: company by company."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.wording import numbers

HEADS: Mapping[str, str] = {
    "company": "Company",
    "market": "Market",
    "sector": "Sector",
    "return": "Return, %",
    "ar": "AR day 0, %",
}
TIPS: Mapping[str, str] = {
    "return": "close to close on the exchange’s own event day",
    "ar": "abnormal return against the market",
}
TOPIC = "Company by company"
NOBODY_MEASURED = "No company could be measured"
TABLE_TITLE = "Companies"
TABLE_SUBTITLE = (
    "Line: cumulated abnormal return from ten sessions before to ten after, own scale; dot: event day; "
    "▲ ▼ closed at the daily limit. Bold: p below 0.05 before adjustment"
)
TABLE_NOTE = (
    "Return: close to close in local currency on the exchange’s own event day. AR: against the market. "
    "One company’s p is not adjusted for the number of companies."
)
TICKER = "Ticker"
CUT_SHORT = " Cut short by the daily limit, so that only a part of the effect is in the number:"
NO_ERROR = "no standard error"
TOO_FEW_DAYS = "too few days for a line"
NO_RETURN_ON_DAY = "No company has a return on the event day"


def no_return(reason: str) -> str:
    return f"No company has a return: {reason}."


def all_companies(total: int) -> str:
    return f"All {numbers.integer(total)} companies"


def shown_of(shown: int, total: int, shares: str) -> str:
    return (
        f"{numbers.integer(shown)} of {numbers.integer(total)} shown, ordered by abnormal return"
        if shown < total
        else f"{shares}, ordered by abnormal return"
    )


def at_limit(sign: str) -> str:
    return f"{sign}\u00a0limit"


def spark_alt(first: float, last: float) -> str:
    return f"from {numbers.percent(first)}% to {numbers.percent(last)}%, zero at the close before the event day"


def nobody_gained(name: str, ar: float) -> str:
    return f"No company gained; {name} ({numbers.percent(ar)}%) lost least"


def lead(names: str, count: int) -> str:
    return f"{names} {'lead' if count > 1 else 'leads'}"


def last_one(first: str, name: str, ar: float) -> str:
    return f"{first}; {name} ({numbers.percent(ar)}%) is last"

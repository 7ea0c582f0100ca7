"""Words of part 1b: the episode's announcements in time."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.wording import numbers

HEADS: Mapping[str, str] = {
    "title": "Announcement",
    "date": "Announced",
    "window": "Window",
    "exposed": "Exposed, %",
    "exposed_interval": "95% interval",
    "beneficiary": "Beneficiaries, %",
    "beneficiary_interval": "95% interval",
    "source": "Source",
}
TOPIC = "The episode’s announcements"
NONE = "none"
FIGURE_TITLE = "When they came"
TABLE_TITLE = "What each announcement moved"
TABLE_SUBTITLE = "Mean cumulated abnormal return over the window that is read. Bold: told from noise before adjustment"
KIND = "Kind"
NO_RETURN = "no usable return"
ONE_DAY = "one day"


def figure_subtitle(table: str) -> str:
    return f"Numbers as in {table}; bold: the announcement that parts 2 to 5 show"


def figure_alt(finding: str, first: str, last: str) -> str:
    return f"{finding}. Announcements on a line of time, from {first} to {last}."


def days(days: int) -> str:
    return numbers.counted(days, "day")


def announcements(count: int) -> str:
    return numbers.counted(count, "announcement")


def finding(start: str, span: str, exposed: str, beneficiaries: str) -> str:
    return f"{start} in {span}: the exposed are told from noise at {exposed}, the beneficiaries at {beneficiaries}"


def months(value: int) -> str:
    return numbers.counted(value, "month")


def years(value: int) -> str:
    return numbers.counted(value, "year")

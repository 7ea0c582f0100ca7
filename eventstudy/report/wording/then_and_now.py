"""Words of the comparison of episodes: then and now."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.wording import numbers

HEADS: Mapping[str, str] = {
    "when": "From",
    "episode": "Episode",
    "announcements": "Announcements",
    "observations": "Observations",
    "window": "Window",
    "caar": "CAAR, %",
    "interval": "95% interval",
    "adj_p": "adj. p",
    "reading": "Reading",
}
TOPIC = "Then and now"
NONE = "none"
NOTHING_MEASURED = "No episode could be measured"
NO_USABLE_SHARE = "No episode has a usable share."
TABLE_LABEL = "Table A"
TABLE_TITLE = "Episodes side by side"
TABLE_SUBTITLE = (
    "Mean cumulated abnormal return of each episode’s tightening announcements, pooled; of its only one; "
    "or, where it has none, of its relief or support"
)
TABLE_NOTE = "Windows with day +1 where the hour of an announcement is unknown. adj. p: Holm within each episode."
FIGURE_LABEL = "Figure B"
FIGURE_SUBTITLE = (
    "Mean cumulated abnormal return around the announcement that each chapter shows, %, zero at the close "
    "before the event day; ten sessions before to ten after, all on one scale"
)
EXPOSED = "the exposed"
BENEFICIARIES = "the beneficiaries"
AFTER_ADJUSTMENT = "after adjustment"


def figure_title(count: int) -> str:
    return f"The paths of {numbers.counted(count, 'episode')}"


def figure_alt(finding: str) -> str:
    return f"{finding}. One small panel an episode, exposed shares and beneficiaries."


def standing(standing: int) -> str:
    return f"; {numbers.number_word(standing) if standing else 'none'} {'stands' if standing < 2 else 'stand'} "


def only_second(second: str, also: int, tail: str) -> str:
    return f"{numbers.capitalised(second)} are told from noise in {numbers.counted(also, 'episode')}{tail}"


def in_episodes(told: str, total: int) -> str:
    return f"In {told} of {numbers.counted(total, 'episode')}"


def finding(where: str, first: str, second: str, also: str, tail: str) -> str:
    return f"{where} {first} are told from noise, {second} in {also}{tail}"

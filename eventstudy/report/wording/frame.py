"""Words of the frame: masthead, title, foot of a sheet, the opening of a report on several episodes."""

from __future__ import annotations

from datetime import date

from eventstudy.report.wording import numbers

REPORT_KIND = "Sector impact report"
WHOLE_CATALOGUE = "The whole catalogue"
OVERVIEW_TOPIC = "Sectors across the episodes"
NO_SECOND_EPISODE = "There is no second episode to compare with"
NO_HEAT_MAP = "No heat map: fewer than two episodes have usable prices."
FIGURE_A = "Figure A"
EXPOSED_SHARES = "exposed shares"
THE_BENEFICIARIES = "the beneficiaries"
SIMULATED_PRICES = "simulated prices"
EVENT_STUDY = "event study"
ABNORMAL_RETURNS = "abnormal returns"
LANGUAGE = "en"
"""Of these words, as a page and a file of paper name it."""
CONTENTS = "Episodes"
SIMULATED_TITLE = "Simulated prices."
SIMULATED_NOTICE = (
    " This report was made on the embedded market, which is invented. No number below describes a real share. "
    "For real prices: "
)


def episode_of(episode: str) -> str:
    return f"episode {episode}"


def episodes(count: int) -> str:
    return f"{numbers.counted(count, 'episode')}"


def announcements_in(announcements: int, episodes: int) -> str:
    return f"{numbers.integer(announcements)} announcements in {numbers.counted(episodes, 'episode')}"


def from_to_pooled(first: date, last: date, count: int) -> str:
    return (
        f"{numbers.day_year(first)} to {numbers.day_year(last)} · "
        f"{numbers.counted(count, 'tightening announcement')} pooled"
    )


def overview_title(count: int) -> str:
    return f"Sectors across {numbers.counted(count, 'episode')}"


def one_announcement(note: str) -> str:
    return "One announcement an episode: its first confirmed restriction with usable prices. " + note


def title(simulated: bool, subject: str) -> str:
    return f"{'Simulated market: ' if simulated else ''}{subject} – sector impact report"


def simulated_prices_right(seed: int) -> str:
    return f"Prices: embedded market (simulated), seed {seed}"


def events_count(count: int) -> str:
    return numbers.counted(count, "event")


def prices_right(prices_to: str, events: str, lines: int) -> str:
    return f"{prices_to} · {events}, {numbers.integer(lines)} lines in the catalogue"


def package(version: str) -> str:
    return f"eventstudy {version}"


def snapshot(sha256: str) -> str:
    return f", snapshot {numbers.hash_short(sha256)}"


def seed_words(seed: int) -> str:
    return f"seed {seed}"

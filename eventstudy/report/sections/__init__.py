"""The report's parts, one file each; a part is ``build(chapter) -> Section``."""

from __future__ import annotations

from collections.abc import Callable

from eventstudy.report.chapter import Chapter
from eventstudy.report.model import Section
from eventstudy.report.sections import (
    before_after,
    companies,
    contrast,
    counterfactuals,
    method,
    ordinary_days,
    other_announcements,
    other_news,
    press,
    price_checks,
    sectors,
    timeline,
    trust,
)

Builder = Callable[[Chapter], Section]

DEFAULT_SECTIONS: tuple[Builder, ...] = (
    timeline.build,
    before_after.build,
    sectors.build,
    ordinary_days.build,
    companies.build,
    contrast.build,
    counterfactuals.build,
    other_announcements.build,
    press.build,
    trust.build,
    other_news.build,
    price_checks.build,
    method.build,
    method.build_glossary,
)
"""Parts 1b to 9 of a report on one event or one episode, in order."""

BRIEF: tuple[Builder, ...] = (contrast.build, counterfactuals.build, other_announcements.build)
"""Parts whose tables and figures only the page has in a report on several episodes: paper tells what they found."""

CLOSING: tuple[Builder, ...] = (method.build, method.build_glossary)
"""Parts that close every report, whatever it is about."""

ONCE: tuple[Builder, ...] = (trust.build, price_checks.build, *CLOSING)
"""Parts that a report on several episodes has once, at its end, over all of them."""

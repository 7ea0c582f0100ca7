"""What other parts of the package tell the report: why something is missing, how a day was chosen, what prices show.

They answer with a ``Sentence``: English, as tables and the command line print it, with the code of its pattern and the
parts put into it. The English report takes their patterns as they are; another language writes its own under the same
codes. Whatever is no such sentence was given from outside and is shown as it came: a name, or what a price source
answered.
"""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.calendars.event_day import PATTERNS as EVENT_DAYS
from eventstudy.catalogue.markets import CITIES
from eventstudy.counterfactual.reasons import PATTERNS as DONORS
from eventstudy.inference.reasons import PATTERNS as STATISTICS
from eventstudy.panel.attrition import PATTERNS as ATTRITION
from eventstudy.prices.words import PATTERNS as PRICES
from eventstudy.sentences import Sentence, filled

PATTERNS: Mapping[str, str] = {
    **ATTRITION,
    **CITIES,
    **EVENT_DAYS,
    **PRICES,
    **STATISTICS,
    **DONORS,
    "column.adj_close": "adjusted close",
}
"""Code to text, with the parts in braces."""

NO_SHARE = "the study has none"
BETWEEN = ", "
"""What stands between the members of a list."""


def worded(text: str) -> str:
    """A sentence of another part of the package in this language; other texts as they are.

    Examples
    --------
    >>> from eventstudy.panel.attrition import describe
    >>> worded(describe("no_prices")), worded("NO ANSWER")
    ('the price source does not have this ticker', 'NO ANSWER')
    """
    return filled(PATTERNS[text.code], _parts(text), BETWEEN) if isinstance(text, Sentence) else text


def city(exchange: str) -> str:
    """Where an exchange is; of one that is not known, its code.

    Examples
    --------
    >>> city("XTKS"), city("XLON")
    ('Tokyo', 'XLON')
    """
    return PATTERNS[exchange] if exchange in CITIES else exchange


def _parts(text: Sentence) -> dict[str, object]:
    return {name: _part(part) for name, part in text.parts.items()}


def _part(part: object) -> object:
    if isinstance(part, tuple):
        return tuple(map(_part, part))
    return worded(part) if isinstance(part, Sentence) else part

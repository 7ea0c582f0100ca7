"""Why a group has no donors, or a donor does not serve: English texts by the code that every ``Sentence`` carries."""

from __future__ import annotations

from functools import partial
from typing import Final

from eventstudy.sentences import sentence

PATTERNS: Final[dict[str, str]] = {
    "pool.calendar": "the calendar does not hold the whole estimation window",
    "pool.no_share": "no share of the group has a return on nearly every day",
    "pool.no_controls": "the universe has no controls in {city}",
    "pool.few": "{count} of {all} controls in {city} serve as donors, {needed} needed: mostly {reason}",
    "pool.days": "{count} days of the estimation window on which all have a return, {needed} needed",
    "pool.no_more": "the universe has no more",
    "donor.no_prices": "no prices on these days",
    "donor.no_return": "no return on a day of the window",
    "donor.few_returns": "no return on {count} days of the estimation window",
    "donor.named": "named with the event",
    "donor.news": "news of its own in the window",
    "donors.left": "{donors} donors for {treated} treated, {needed} needed",
    "donors.draws": "only {count} donors, {needed} needed",
}
because = partial(sentence, PATTERNS)

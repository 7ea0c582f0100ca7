"""Verdicts in words: pure functions of numbers, so that headline, sentences and tables say one thing.

The reading itself is decided in ``eventstudy.inference.reading``; here it only becomes words. *Rose* and *fell*
are said of what is told from noise, *moved* of the rest, and "no effect" never.
"""

from eventstudy.report.wording.headline import HEADLINE_LIMIT, LEDE_LENGTH, Clause, headline, lede
from eventstudy.report.wording.measure import EARLY, TOLD, Measure, Period, is_early
from eventstudy.report.wording.names import (
    NEWS_TITLES,
    ROLE_TITLES,
    beneficiary_name,
    control_name,
    exposed_name,
    markets_text,
    members,
    possessive,
)
from eventstudy.report.wording.page import FORMULA_TEXTS, GLOSSARY, PAGE, PageWords
from eventstudy.report.wording.verdicts import (
    Supply,
    before_note,
    both_noise,
    certainty,
    certainty_short,
    early_sentence,
    gain_or_loss,
    gained_or_lost,
    limit_sentence,
    one_side,
    suggestive_sentence,
    supply,
    supply_words,
    table_word,
    unseen,
    unusual_day,
    verdict,
    went,
)

__all__ = [
    "EARLY",
    "FORMULA_TEXTS",
    "GLOSSARY",
    "HEADLINE_LIMIT",
    "LEDE_LENGTH",
    "NEWS_TITLES",
    "PAGE",
    "ROLE_TITLES",
    "TOLD",
    "Clause",
    "Measure",
    "PageWords",
    "Period",
    "Supply",
    "before_note",
    "beneficiary_name",
    "both_noise",
    "certainty",
    "certainty_short",
    "control_name",
    "early_sentence",
    "exposed_name",
    "gain_or_loss",
    "gained_or_lost",
    "headline",
    "is_early",
    "lede",
    "limit_sentence",
    "markets_text",
    "members",
    "one_side",
    "possessive",
    "suggestive_sentence",
    "supply",
    "supply_words",
    "table_word",
    "unseen",
    "unusual_day",
    "verdict",
    "went",
]

"""Words of part 3: sector by sector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eventstudy.report.wording import numbers

HEADS: Mapping[str, str] = {
    "sector": "Sector",
    "shares": "Shares",
    "interval": "95% interval",
    "adj_p": "adj. p",
    "placebo_p": "placebo p",
    "rising": "Rising",
    "mde": "MDE",
    "reading": "Reading",
}
TIPS: Mapping[str, str] = {
    "caar": "mean cumulated abnormal return",
    "p": "of the headline test",
    "adj_p": "Holm’s adjustment over all tests of this event",
    "placebo_p": "share of ordinary days that moved the group as far",
    "correlation": "mean residual correlation between the shares",
    "mde": "smallest effect found four times in five",
}
KINDS: Mapping[str, str] = {
    "exposed": "exposed",
    "beneficiary": "beneficiary",
    "control": "control",
    "exposed_elsewhere": "exposed elsewhere",
}
"""Behind a sector that stands under several roles."""
TOPIC = "Sector by sector"
NOTHING_MEASURED = "No sector could be measured"
NO_ORDINARY_DAYS = "no ordinary days, or too few"
OUTSIDE_TARGET = "outside the target’s markets, never averaged in"
PORTFOLIO_BELOW = " portfolio t below."
TABLE_SUBTITLE = "Ordered by abnormal return within each role"


def no_mean(reason: str) -> str:
    return f"No sector has a mean: {reason}."


def table_note(family: int) -> str:
    return (
        f"{numbers.R_BAR}: mean residual correlation between the shares. Rising: how many rose against the "
        f"market. adj. p: Holm over the {numbers.counted(family, 'test')} of this event, sectors and windows "
        f"together. MDE: smallest effect found 4 times in 5. p: adjusted BMP from six shares on; "
    )


def over_what(focus_window: str, window: str) -> str:
    return "on the event day" if focus_window == "[0,0]" else f"over {window}"


def table_title(what: str) -> str:
    return f"Sectors {what}"


def move_word(focus_window: str) -> str:
    return "first day" if focus_window == "[0,0]" else "move"


def stands(count: int) -> str:
    return "stands" if count == 1 else "stand"


def stand_adjusted(clear: Sequence[str], verb: str, family: int) -> str:
    return f"{numbers.listed(clear, most=3)} {verb} after adjustment for {numbers.counted(family, 'test')}"


def none_adjusted(move: str, family: int) -> str:
    return f"No sector’s {move} survives adjustment for {numbers.counted(family, 'test')}"


def is_are(count: int) -> str:
    return "is" if count == 1 else "are"


def suggestive(first: str, suggestive: Sequence[str], verb: str) -> str:
    return f"{first}; {numbers.listed(suggestive, most=3)} {verb} suggestive"


def day_or_stretch(focus_window: str) -> str:
    return "day" if focus_window == "[0,0]" else "stretch"


def uneven(first: str, uneven: Sequence[str], kind: str) -> str:
    return f"{first}; {numbers.listed(uneven, most=3)} had an unusual but uneven {kind}"

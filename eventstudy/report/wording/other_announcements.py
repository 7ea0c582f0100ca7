"""Words of part 6: against other announcements."""

from __future__ import annotations

from collections.abc import Sequence

from eventstudy.report.wording import numbers

TOPIC = "Against other announcements"
NO_OTHER = "There is no other announcement to compare with"


def nothing_to_compare(count: int) -> str:
    return (
        "this study holds one announcement only"
        if count < 2
        else "no other announcement of the study has usable prices"
    )


def no_heat_map(reason: str) -> str:
    return f"No heat map: {reason}."


def not_shown(left_out: int) -> str:
    return f"{numbers.capitalised(numbers.counted(left_out, 'further announcement'))} of the episode not shown."


def none_survives(total: str, first: int) -> str:
    return f"None of {total} sector reactions since {first} survives adjustment"


def survives(count: int) -> str:
    return "survives" if count == 1 else "survive"


def some_survive(count: str, total: str, first: int, verb: str) -> str:
    return f"{count} of {total} sector reactions since {first} {verb} adjustment"


def not_exposed(count: int, text: str) -> str:
    return f"{text}, none of them in an exposed sector" if count > 1 else f"{text}, not in an exposed sector"


def all_exposed(text: str, exposed: int) -> str:
    return f"{text}, {'all in exposed sectors' if exposed > 1 else 'in an exposed sector'}"


def exposed_sectors(exposed: int) -> str:
    return "an exposed sector" if exposed == 1 else "exposed sectors"


def some_exposed(text: str, exposed: int, where: str) -> str:
    return f"{text}, {numbers.number_word(exposed)} of them in {where}"


def hour_unknown(windows: Sequence[str]) -> str:
    return f"* Hour unknown: read over {numbers.listed(windows)}."


def on_what(other: Sequence[str]) -> str:
    return "on the event day" if not other else "on the event day, or over the window that is read*"


def figure_title(count: int) -> str:
    return f"Sectors across {numbers.counted(count, 'announcement')}"


def figure_subtitle(what: str) -> str:
    return f"Average abnormal return {what}, %. Cells are coloured only where p is below 0.05 before adjustment"

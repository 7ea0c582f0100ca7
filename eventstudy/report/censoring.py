"""Returns that a daily limit cut short, and the window that reaches past it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from eventstudy.report.wording import censoring as say
from eventstudy.report.wording import numbers


def cut_short(window: tuple[int, int], limits: Collection[int], windows: Sequence[tuple[int, int]], last: int) -> str:
    """What to read in place of a window that ends on a close at the daily limit; "" where it ends on another.

    Behind a limit the price goes on in the next session, so that a window which ends there holds only a part of the
    effect. A window that reaches past the run of limit closes holds all of it.

    Parameters
    ----------
    window : (int, int)
        First and last event day.
    limits : collection of int
        Event days on which the share closed at its limit.
    windows : sequence of (int, int)
        Those that the study has.
    last : int
        The last event day of which it is known whether the share closed at its limit.

    Returns
    -------
    str
        A clause without a full stop.

    Examples
    --------
    >>> study = [(-2, -1), (0, 0), (-1, 1), (0, 5)]
    >>> cut_short((0, 0), {0, 1}, study, 10)
    'at the limit on days 0 and +1: read [0,+5]'
    >>> cut_short((0, 5), {0, 3, 4, 5}, study, 10)
    'at the limit on days +3 to +5: ask for --window=0,6'
    >>> cut_short((0, 5), {0, 3}, study, 10)
    ''
    >>> cut_short((0, 0), {0, 1}, study, 1)
    'at the limit on days 0 and +1, and no session follows yet'
    """
    first, end = window
    if end not in limits:
        return ""
    begin, stop = end, end
    while begin - 1 in limits:
        begin -= 1
    while stop + 1 in limits:
        stop += 1
    run = list(range(begin, stop + 1))
    days = say.days(len(run), _day(end), _day(begin), _day(stop))
    if stop >= last:
        return say.no_session_yet(days)
    past = [each for each in windows if each[0] <= begin and each[1] > stop and each[1] not in limits]
    if not past:
        until = next(day for day in range(stop + 1, last + 1) if day not in limits)
        return say.ask_for(days, first, until)
    nearest = min(past, key=lambda each: (each[1], abs(each[0] - first)))
    return say.read_instead(days, nearest)


def _day(tau: int) -> str:
    """An event day with its sign: "0", "+5", "−1"."""
    return "0" if tau == 0 else f"{'+' if tau > 0 else numbers.MINUS}{abs(tau)}"

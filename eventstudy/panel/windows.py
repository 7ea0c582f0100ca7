"""Windows of event days: what they are called, and which sessions they hold."""

from __future__ import annotations

Window = tuple[int, int]


def window_label(window: Window) -> str:
    """The window as every table prints it, with a plain hyphen for minus.

    Parameters
    ----------
    window : (int, int)
        First and last event day, both inclusive.

    Returns
    -------
    str
        A sign before every day but 0.

    Examples
    --------
    >>> window_label((-1, 1)), window_label((0, 0)), window_label((0, 5))
    ('[-1,+1]', '[0,0]', '[0,+5]')
    """
    return "[" + ",".join(f"{day:+d}" if day else "0" for day in window) + "]"


def window_length(window: Window) -> int:
    """Number of sessions L the window holds, both ends included.

    Examples
    --------
    >>> window_length((-1, 5))
    7
    """
    return window[1] - window[0] + 1


def check_window(window: object, name: str) -> Window:
    """The window as a pair of ints, or a ``ValueError`` that says what a window is.

    Examples
    --------
    >>> check_window([0, 5], "windows")
    (0, 5)
    """
    if not isinstance(window, (tuple, list)) or len(window) != 2 or not all(isinstance(day, int) for day in window):
        raise ValueError(f"{name}: {window!r} is no window; write two whole event days such as (-1, 1)")
    first, last = window
    if first > last:
        raise ValueError(f"{name}: {window!r} ends before it begins; write ({last}, {first})")
    return first, last


def event_range(windows: tuple[Window, ...], estimation: Window) -> Window:
    """First and last event day for which abnormal returns are kept.

    Ten days each side of the event, further if a window reaches further, never into the estimation window.

    Examples
    --------
    >>> event_range(((0, 0), (-1, 1)), (-260, -11))
    (-10, 10)
    >>> event_range(((0, 25),), (-130, -6))
    (-5, 25)
    """
    first = max(min([-10, *(window[0] for window in windows)]), estimation[1] + 1)
    last = max([10, *(window[1] for window in windows)])
    return first, last

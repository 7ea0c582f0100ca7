"""Which file is read when the user names none."""

from __future__ import annotations

import os
from pathlib import Path

from eventstudy.errors import InputError, Problem

_PACKAGED = Path(__file__).parent / "data"
_SOURCE_TREE = Path(__file__).parents[2]  # holds the catalogue when the package runs from a checkout


def default_path(name: str) -> str:
    """The file of that name in the working directory, else the copy inside the package.

    Parameters
    ----------
    name : str
        ``events.csv``, ``universe.csv`` or ``confounders.csv``.

    Raises
    ------
    InputError
        If there is neither.
    """
    return name if os.path.lexists(name) else packaged_path(name)  # a dangling link is an error, not an absence


def packaged_path(name: str) -> str:
    """The copy of a catalogue file inside the package, or in the checkout it runs from."""
    for folder in (_PACKAGED, _SOURCE_TREE):
        if (folder / name).is_file():
            return str(folder / name)
    what = "there is no such file here, and the package holds no copy"
    raise InputError(name, [Problem(name, 0, "", what, "name the file, or install the package again")])


def confounders_beside(events_path: str) -> str | None:
    """The ``confounders.csv`` in the folder of an event catalogue, or None where it has none.

    For the packaged catalogue this is the packaged file.
    """
    beside = Path(events_path).parent / "confounders.csv"
    return str(beside) if beside.is_file() else None

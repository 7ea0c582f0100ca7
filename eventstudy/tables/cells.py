"""Cells as plain Python values, and as exact text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def rows(frame: pd.DataFrame, safe: Callable[[str], str]) -> Iterable[tuple[str, ...]]:
    """The cells as text, row by row: numbers as they are, all else made safe."""
    return zip(*([cell_text(value, safe) for value in values(frame[name])] for name in frame.columns), strict=True)


def values(column: pd.Series[Any]) -> list[Any]:
    """Plain Python values; None where the cell is missing."""
    plain = column.astype(object).where(column.notna(), None).tolist()
    return [value.item() if hasattr(value, "item") else value for value in plain]


def cell_text(value: Any, safe: Callable[[str], str]) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ""
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, date):
        return iso(value)
    return safe(str(value))


def iso(value: date) -> str:
    """A date as such, also where it is stored as midnight."""
    if isinstance(value, datetime) and value.tzinfo is None and value.time() == datetime.min.time():
        return value.date().isoformat()
    return value.isoformat()


def jsonable(value: Any) -> Any:
    """The value in the types of JSON, with null for what is missing or not finite."""
    if isinstance(value, dict):
        return {str(key): jsonable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return iso(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)

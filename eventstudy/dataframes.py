"""Frames of other libraries as pandas frames: polars, PyArrow, and whatever else has ``to_pandas``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pandas as pd

# what a column of sessions may be called; else the one column of dates is it
_SESSIONS = ("session", "date")


@runtime_checkable
class Convertible(Protocol):
    """A frame or series of another library, such as ``polars.DataFrame`` or ``pyarrow.Table``."""

    def to_pandas(self) -> Any:
        """The same as a pandas object."""
        ...


def frame_of(given: Any) -> Any:
    """A pandas frame or series for one of another library; anything else as it is.

    Examples
    --------
    >>> import pyarrow
    >>> frame_of(pyarrow.table({"event_id": ["a"], "security_id": ["x"]})).columns.tolist()
    ['event_id', 'security_id']
    """
    import pandas as pd

    if isinstance(given, pd.DataFrame | pd.Series) or not isinstance(given, Convertible):
        # a lazy frame of polars is asked for its rows
        collected = getattr(given, "collect", None)
        if isinstance(given, pd.DataFrame | pd.Series) or not callable(collected):
            return given
        given = collected()
        if not isinstance(given, Convertible):
            return given
    return given.to_pandas()


def by_session(given: Any, name: str, index: pd.Index | None = None) -> Any:
    """A pandas object whose index holds sessions.

    Parameters
    ----------
    given : object
        A pandas object is returned as it is. A frame of another library has no index: its column ``session`` or
        ``date``, else its only column of dates, becomes one.
    name : str
        What an error calls it.
    index : Index, optional
        The sessions of a series of another library, which has none of its own.

    Raises
    ------
    ValueError
        If no column, or several, could hold the sessions; if a series has another length than ``index``.

    Examples
    --------
    >>> import datetime, pyarrow
    >>> table = pyarrow.table({"date": [datetime.date(2026, 1, 6)], "7203.T": [0.01]})
    >>> by_session(table, "returns").loc["2026-01-06", "7203.T"]
    np.float64(0.01)
    """
    import pandas as pd

    found = frame_of(given)
    if found is given or not isinstance(found, pd.DataFrame | pd.Series):
        return found
    if isinstance(found, pd.Series):
        if index is None or len(found) != len(index):
            length = "" if index is None else f" of {len(index)}"
            raise ValueError(
                f"{name}: a series of {len(found)} values without sessions cannot be set beside the sessions{length}; "
                "give a frame with a column session"
            )
        return found.set_axis(index)
    column = _sessions_of(found, name)
    return found.assign(**{column: _as_dates(found[column])}).set_index(column)


def _sessions_of(frame: pd.DataFrame, name: str) -> str:
    """The column that holds the sessions."""
    import pandas as pd

    called = [str(column) for column in frame.columns if str(column).casefold() in _SESSIONS]
    dated = [
        str(column)
        for column in frame.columns
        if pd.api.types.is_datetime64_any_dtype(frame[column].dtype) or _holds_dates(frame[column])
    ]
    for candidates in (called, dated):
        if len(candidates) == 1:
            return candidates[0]
    told = f"several columns could be ({', '.join(called or dated)})" if called or dated else "no column holds dates"
    raise ValueError(f"{name}: which column holds the sessions is not clear, {told}; name one of them session")


def _holds_dates(column: pd.Series[Any]) -> bool:
    import datetime

    return column.dtype == object and len(column) > 0 and isinstance(column.iloc[0], datetime.date)


def _as_dates(column: pd.Series[Any]) -> pd.Series[Any]:
    """Dates as pandas has them; labels of another kind as they are."""
    import pandas as pd

    return pd.to_datetime(column) if _holds_dates(column) else column

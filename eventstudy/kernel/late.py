"""Study arrays of which only what a row needs is kept; (N, T) arrays are made by the reference when someone asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.abnormal import AbnormalReturns, abnormal_returns
from eventstudy.models.base import ModelFit, ReturnModel
from eventstudy.panel.event_panel import EventPanel
from eventstudy.threads import each

Found = TypeVar("Found")
Whole = TypeVar("Whole", bound="_Late")
# rows of the reference that are gathered at a time
GATHERED = 1_024
# numbers that are kept in case they are asked for again
KEPT = 1_000_000


class ByRow:
    """An (N, days) array whose rows are made when they are asked for.

    Parameters
    ----------
    shape : (int, int)
        N and days.
    made : function
        The rows of some observations.
    """

    def __init__(self, shape: tuple[int, int], made: Callable[[IntArray], FloatArray]) -> None:
        self.shape = shape
        self._made = made
        self._last: tuple[IntArray, FloatArray] | None = None

    def __getitem__(self, key: Any) -> FloatArray:
        rows, *days = key if isinstance(key, tuple) else (key,)
        found = self._of(np.arange(self.shape[0])[rows])
        return found[:, days[0]] if days else found

    def _of(self, rows: IntArray) -> FloatArray:
        """Rows that are asked for again are there as long as they are few."""
        if self._last is not None and np.array_equal(self._last[0], rows):
            return self._last[1].copy()
        found = self._made(rows)
        self._last = (rows, found.copy()) if found.size <= KEPT else None
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> FloatArray:
        return self._made(np.arange(self.shape[0])).astype(dtype or np.float64, copy=False)

    def reshape(self, *shape: int) -> FloatArray:
        """The whole array in another shape."""
        return np.asarray(self).reshape(*shape)


class _Late:
    """A dataclass of arrays, some of which are made on first use."""

    _missing: Callable[[str], Any]

    @classmethod
    def knowing(cls: type[Whole], known: Mapping[str, Any], missing: Callable[[str], Any]) -> Whole:
        """With these fields now, and the others from ``missing`` by name."""
        made = object.__new__(cls)
        made.__dict__.update(known, _missing=missing)
        return made

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = self.__dict__[name] = self._missing(name)
        return value


class LatePanel(_Late, EventPanel):
    """An event panel gathered on first use."""


class LateFit(_Late, ModelFit):
    """A fit whose residuals are made on first use."""


class LateAbnormal(_Late, AbnormalReturns):
    """Abnormal returns made on first use."""


@dataclass(eq=False)
class Reference:
    """The reference arrays of all observations, made once.

    Attributes
    ----------
    model : ReturnModel
        Fits them.
    panel_of : function
        The panel of some observations.
    count : int
        N.
    """

    model: ReturnModel
    panel_of: Callable[[IntArray], EventPanel]
    count: int
    _whole: tuple[EventPanel, ModelFit] | None = None

    def whole(self) -> tuple[EventPanel, ModelFit]:
        """Panel and fit of everything: several kB an observation."""
        if self._whole is None:
            panel = self.panel_of(np.arange(self.count))
            self._whole = panel, self.model.fit(panel)
        return self._whole

    def sar(self, rows: IntArray, first: int, days: int) -> FloatArray:
        """(n, days) ``sar`` of some observations from an event day on."""

        def inside(found: AbnormalReturns) -> FloatArray:
            begin = first - int(found.taus[0])
            return found.sar[:, begin : begin + days]

        return np.concatenate(self._parts(rows, inside))

    def estimation_sar(self, rows: IntArray) -> FloatArray:
        """(n, T) ``estimation_sar`` of some observations."""
        return np.concatenate(self._parts(rows, lambda found: found.estimation_sar))

    def abnormal(self, name: str) -> Any:
        """One field of ``AbnormalReturns``, a part of the rows at a time."""
        return np.concatenate(self._parts(np.arange(self.count), lambda found: getattr(found, name)))

    def _parts(self, rows: IntArray, chosen: Callable[[AbnormalReturns], Found]) -> list[Found]:
        """What is chosen of the abnormal returns of chunks of rows."""

        def work(part: IntArray) -> Found:
            panel = self.panel_of(part)
            return chosen(abnormal_returns(panel, self.model.fit(panel)))

        return each(work, [rows[begin : begin + GATHERED] for begin in range(0, max(len(rows), 1), GATHERED)])

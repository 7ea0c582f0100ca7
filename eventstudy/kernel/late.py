"""Study arrays of which only what a row needs is kept; (N, T) arrays are made by the reference when someone asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from eventstudy._arrays import IntArray
from eventstudy.abnormal import AbnormalReturns, abnormal_returns
from eventstudy.models.base import ModelFit, ReturnModel
from eventstudy.panel.event_panel import EventPanel

Whole = TypeVar("Whole", bound="_Late")
# rows of the reference that are gathered at a time for arrays by event day
GATHERED = 4_096


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
    """Abnormal returns made on first use, those by event day without the estimation window's."""


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
    _whole: tuple[EventPanel, ModelFit, AbnormalReturns] | None = None

    def whole(self) -> tuple[EventPanel, ModelFit, AbnormalReturns]:
        """Panel, fit and abnormal returns of everything: 2 kB and more an observation."""
        if self._whole is None:
            panel = self.panel_of(np.arange(self.count))
            fit = self.model.fit(panel)
            self._whole = panel, fit, abnormal_returns(panel, fit)
        return self._whole

    def by_event_day(self, name: str) -> Any:
        """One array of ``AbnormalReturns`` by event day, a part at a time."""
        if self._whole is not None or name == "estimation_sar":
            return getattr(self.whole()[2], name)
        parts = []
        for begin in range(0, self.count, GATHERED):
            panel = self.panel_of(np.arange(begin, min(begin + GATHERED, self.count)))
            parts.append(getattr(abnormal_returns(panel, self.model.fit(panel)), name))
        return np.concatenate(parts)

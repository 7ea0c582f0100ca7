"""The embedded market: invented prices whose planted effects are known."""

from __future__ import annotations

from eventstudy.simulate.market import SamplePrices

__all__ = ["SamplePrices"]

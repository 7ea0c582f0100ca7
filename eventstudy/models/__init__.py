"""What return to expect: one file a model, one protocol."""

from eventstudy.models.base import ModelFit, ReturnModel
from eventstudy.models.factor import FactorModel
from eventstudy.models.market import MarketModel
from eventstudy.models.market_adjusted import MarketAdjusted
from eventstudy.models.mean_adjusted import MeanAdjusted
from eventstudy.models.sector import SectorModel

__all__ = ["FactorModel", "MarketAdjusted", "MarketModel", "MeanAdjusted", "ModelFit", "ReturnModel", "SectorModel"]

"""What return to expect: one file a model, one protocol."""

from eventstudy.models.base import ModelFit, ReturnModel
from eventstudy.models.dimson import Dimson
from eventstudy.models.factor import FactorModel
from eventstudy.models.garch import GarchMarketModel
from eventstudy.models.market import MarketModel
from eventstudy.models.market_adjusted import MarketAdjusted
from eventstudy.models.mean_adjusted import MeanAdjusted
from eventstudy.models.robust import RobustMarketModel
from eventstudy.models.scholes_williams import ScholesWilliams
from eventstudy.models.sector import SectorModel

__all__ = [
    "Dimson",
    "FactorModel",
    "GarchMarketModel",
    "MarketAdjusted",
    "MarketModel",
    "MeanAdjusted",
    "ModelFit",
    "ReturnModel",
    "RobustMarketModel",
    "ScholesWilliams",
    "SectorModel",
]

"""Event studies from a catalogue of events and an exposed universe.

Importing this module reads no file, no network and no heavy library: every name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventstudy.catalogue import read_confounders, read_events, read_reported_moves, read_universe
    from eventstudy.curve import SpecificationCurve, specification_curve
    from eventstudy.errors import EventStudyError, InputError, ModelError, PriceError, UsageError, WorkerError
    from eventstudy.models import (
        Dimson,
        FactorModel,
        GarchMarketModel,
        MarketAdjusted,
        MarketModel,
        MeanAdjusted,
        RobustMarketModel,
        ScholesWilliams,
        SectorModel,
    )
    from eventstudy.parquet_returns import ParquetReturns
    from eventstudy.prices.factors import read_factors
    from eventstudy.prices.files import FilePrices
    from eventstudy.prices.yahoo import YahooPrices
    from eventstudy.report import write_report
    from eventstudy.results import StudyResults
    from eventstudy.simulate import SamplePrices
    from eventstudy.specification import StudySpec
    from eventstudy.study import example_returns, run_study, study_returns
    from eventstudy.tables import write_tables

    __version__: str

_HOMES = {
    "Dimson": "models",
    "EventStudyError": "errors",
    "FactorModel": "models",
    "FilePrices": "prices.files",
    "GarchMarketModel": "models",
    "InputError": "errors",
    "MarketAdjusted": "models",
    "MarketModel": "models",
    "MeanAdjusted": "models",
    "ModelError": "errors",
    "ParquetReturns": "parquet_returns",
    "PriceError": "errors",
    "RobustMarketModel": "models",
    "SamplePrices": "simulate",
    "ScholesWilliams": "models",
    "SectorModel": "models",
    "SpecificationCurve": "curve",
    "StudyResults": "results",
    "StudySpec": "specification",
    "UsageError": "errors",
    "WorkerError": "errors",
    "YahooPrices": "prices.yahoo",
    "example_returns": "study",
    "read_confounders": "catalogue",
    "read_events": "catalogue",
    "read_factors": "prices.factors",
    "read_reported_moves": "catalogue",
    "read_universe": "catalogue",
    "run_study": "study",
    "specification_curve": "curve",
    "study_returns": "study",
    "write_report": "report",
    "write_tables": "tables",
}

__all__ = [
    "Dimson",
    "EventStudyError",
    "FactorModel",
    "FilePrices",
    "GarchMarketModel",
    "InputError",
    "MarketAdjusted",
    "MarketModel",
    "MeanAdjusted",
    "ModelError",
    "ParquetReturns",
    "PriceError",
    "RobustMarketModel",
    "SamplePrices",
    "ScholesWilliams",
    "SectorModel",
    "SpecificationCurve",
    "StudyResults",
    "StudySpec",
    "UsageError",
    "WorkerError",
    "YahooPrices",
    "example_returns",
    "read_confounders",
    "read_events",
    "read_factors",
    "read_reported_moves",
    "read_universe",
    "run_study",
    "specification_curve",
    "study_returns",
    "write_report",
    "write_tables",
]


# a type checker sees the imports above instead, so that a name that does not exist is an error to it
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from eventstudy.study.provenance import package_version

            return package_version()
        if name not in _HOMES:
            raise AttributeError(f"module 'eventstudy' has no attribute {name!r}")
        return getattr(import_module(f"eventstudy.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

"""The size and power laboratory: how often each test rejects where nothing happened, and what it would have seen."""

from eventstudy.laboratory.exact import bmp_rejection
from eventstudy.laboratory.of_study import study_size
from eventstudy.laboratory.pooled import pooled_size
from eventstudy.laboratory.power import PowerResult, own_power, simulated_power
from eventstudy.laboratory.pseudo_events import OwnPanel, PseudoGroup, own_panel
from eventstudy.laboratory.rates import binomial_band, verdict, wilson_interval
from eventstudy.laboratory.simulated import Scenario
from eventstudy.laboratory.size import SizeResult, own_size, simulated_size

__all__ = [
    "OwnPanel",
    "PowerResult",
    "PseudoGroup",
    "Scenario",
    "SizeResult",
    "binomial_band",
    "bmp_rejection",
    "own_panel",
    "own_power",
    "own_size",
    "pooled_size",
    "simulated_power",
    "simulated_size",
    "study_size",
    "verdict",
    "wilson_interval",
]

"""Groups made by hand, random studies with every irregularity, and slow references, for every test of a statistic."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def panels(module_beside: Callable[[str, str], ModuleType]) -> ModuleType:
    """``hand_sample`` and ``random_study``."""
    return module_beside(__file__, "panels")


@pytest.fixture(scope="session")
def reference(module_beside: Callable[[str, str], ModuleType]) -> ModuleType:
    """METHODS in loops, from raw returns."""
    return module_beside(__file__, "reference")

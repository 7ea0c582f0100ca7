"""Panels on which the compiled path and the plain one have to agree."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def panels(module_beside: Callable[[str, str], ModuleType]) -> ModuleType:
    """``irregular`` and ``tables``."""
    return module_beside(__file__, "panels")

"""Panels on which draws by compiled running sums and gathered ones have to agree: those of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def panels(module_beside: Callable[[str, str], ModuleType]) -> ModuleType:
    """``irregular`` and ``tables``."""
    return module_beside(str(Path(__file__).parents[1] / "kernel" / "conftest.py"), "panels")

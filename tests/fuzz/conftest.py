"""Damage, readers and limits, shared by the tests of hostile input."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def damage(module_beside: Callable[[str, str], ModuleType]) -> ModuleType:
    """Ways to spoil a file."""
    return module_beside(__file__, "damage")


@pytest.fixture(scope="session")
def readers(module_beside: Callable[[str, str], ModuleType]) -> ModuleType:
    """Every reader of the package, each with a slow one that shares no code with it."""
    return module_beside(__file__, "readers")


@pytest.fixture(scope="session")
def hostile(module_beside: Callable[[str, str], ModuleType]) -> ModuleType:
    """Files of 1 MB that are hostile from the start."""
    return module_beside(__file__, "hostile")

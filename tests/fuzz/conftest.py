"""Damage, readers and limits, shared by the tests of hostile input."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _beside(name: str) -> ModuleType:
    """The module of that name in this folder."""
    full = f"fuzz_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return sys.modules[full]


@pytest.fixture(scope="session")
def damage() -> ModuleType:
    """Ways to spoil a file."""
    return _beside("damage")


@pytest.fixture(scope="session")
def readers() -> ModuleType:
    """Every reader of the package, each with a slow one that shares no code with it."""
    return _beside("readers")


@pytest.fixture(scope="session")
def hostile() -> ModuleType:
    """Files of 1 MB that are hostile from the start."""
    return _beside("hostile")

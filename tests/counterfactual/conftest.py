"""Panels for every test of counterfactuals."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from eventstudy.counterfactual.base import CounterfactualPanel


@pytest.fixture(scope="session")
def factor_panel() -> Callable[..., CounterfactualPanel]:
    """The function of ``panels.py`` beside this file."""
    spec = importlib.util.spec_from_file_location("counterfactual_panels", Path(__file__).with_name("panels.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., CounterfactualPanel] = module.factor_panel
    return found

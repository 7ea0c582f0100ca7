"""The verification page is what its command prints."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def verification(repository: Path) -> ModuleType:
    """The command, loaded from its file."""
    spec = importlib.util.spec_from_file_location("verification", repository / "benchmarks" / "verification.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_number_that_is_not_met_stops_the_command(verification: ModuleType) -> None:
    compared = verification.Comparison("β", 1e-10)
    compared.add([1.0, 2.0], [1.0, 2.0 + 1e-12], shown=1)
    assert compared.row() == "| β | 2 | 2 | 2 | 1e-10 |"
    with pytest.raises(verification.NotMetError, match=r"β: 1 is not 1\.00"):
        compared.add([1.0], [1.001])
    with pytest.raises(verification.NotMetError, match="values of ours"):
        compared.add([1.0], [1.0, 2.0])


def test_published_cells_stand_beside_measured_ones(verification: ModuleType) -> None:
    table = verification.published_tables()
    assert table.splitlines()[-1] == "| both | all | 72 | allowed: 1.96 |"


@pytest.mark.slow
def test_the_page_is_what_the_command_prints(verification: ModuleType, shared_data: Path) -> None:
    pytest.importorskip("cvxpy", reason="CVXPY, of the dev extra, is not installed")
    assert verification.page(shared_data) == verification.PAGE.read_text(encoding="utf-8")

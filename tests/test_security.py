"""What SECURITY.md promises and no other test holds; and that the tests it names are there."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import eventstudy as es

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "eventstudy"
MODULES = sorted(PACKAGE.rglob("*.py"))
# what turns data into code, or starts another program
FORBIDDEN_IMPORTS = {"pickle", "marshal", "shelve", "subprocess", "ctypes", "dill", "cloudpickle", "joblib", "yaml"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
# the modules that may speak to a network
NETWORK = {"socket", "ssl", "http", "urllib.request", "requests", "curl_cffi", "yfinance"}
SPEAKERS = {"prices/yahoo.py", "prices/wire.py"}


def imports_of(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def test_nothing_turns_data_into_code() -> None:
    wrong = []
    for path in MODULES:
        tree = ast.parse(path.read_text("utf-8"))
        names = {name.split(".")[0] for name in imports_of(tree)}
        wrong += [f"{path}: imports {name}" for name in sorted(names & FORBIDDEN_IMPORTS)]
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in FORBIDDEN_CALLS:
                wrong.append(f"{path}:{node.lineno}: {ast.unparse(node.func)}")
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert ast.unparse(node.value) == "False"
    assert len(MODULES) > 100
    assert not wrong


def test_one_price_source_speaks_to_a_network() -> None:
    speakers = set()
    for path in MODULES:
        for name in imports_of(ast.parse(path.read_text("utf-8"))):
            if any(name == each or name.startswith(f"{each}.") for each in NETWORK):
                speakers.add(path.relative_to(PACKAGE).as_posix())
    assert speakers
    assert speakers <= SPEAKERS


def test_a_report_on_given_prices_asks_nobody_and_starts_nothing(tmp_path: Path) -> None:
    code = f"""
import json, sys
watched = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")
seen = []
sys.addaudithook(lambda name, given: seen.append(name) if name in watched else None)
from eventstudy.cli import main
code = main(["report", "2026-01-06-japan-dual-use-ban", "--source", "sample", "--format", "html", "--quiet",
             "--out", {str(tmp_path)!r}])
print(json.dumps([code, seen]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=300)
    assert json.loads(done.stdout.splitlines()[-1]) == [0, []], done.stderr


def test_parquet_cannot_carry_code() -> None:
    """Before 14.0.1 pyarrow unpickled what a Parquet file of an extension type held (CVE-2023-47248)."""
    (bound,) = re.findall(r'"pyarrow>=(\d+)', (REPOSITORY / "pyproject.toml").read_text("utf-8"))
    assert int(bound) >= 15


@pytest.fixture
def hostile_study(tmp_path: Path) -> tuple[es.StudyResults, Path]:
    """A study whose columns and cells are Python that would leave a file behind."""
    mark = tmp_path / "ran"
    code = f"open({str(mark)!r}, 'w').close() or 'x'"
    returns, pairs, market = es.example_returns()
    pairs = pairs.assign(sector=[code, "a", "b", "a", "b", code])
    pairs[code] = np.arange(len(pairs)) * 1.0
    pairs[f"__import__('os').system('touch {mark}')"] = "x"
    return es.study_returns(returns, pairs, market, es.StudySpec(windows=((0, 0),))), mark


def test_names_and_cells_of_files_are_never_code(hostile_study: tuple[es.StudyResults, Path]) -> None:
    results, mark = hostile_study
    assert len(results.cross_section("car ~ role").table) == 2
    assert len(results.cross_section("car ~ sector", where="role in ['exposed', 'beneficiary']").table) == 3
    assert not mark.exists()


def test_a_formula_is_code_of_whoever_writes_it(hostile_study: tuple[es.StudyResults, Path]) -> None:
    """Stated, so that nobody takes one from a stranger: patsy evaluates Python."""
    results, mark = hostile_study
    results.cross_section(f"car ~ beta + I(beta * 0 * len([open({str(mark)!r}, 'w').close()]) + residual_sd)")
    assert mark.exists()


def test_no_command_takes_a_formula() -> None:
    told = [path for path in (PACKAGE / "cli").rglob("*.py") if "formula" in path.read_text("utf-8").lower()]
    assert not told
    assert not [path for path in (PACKAGE / "cli").rglob("*.py") if ".cross_section(" in path.read_text("utf-8")]


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (REPOSITORY / "SECURITY.md").read_text("utf-8"))
    assert len(named) > 15
    for path, name in named:
        text = (REPOSITORY / path).read_text("utf-8")
        assert not name or f"def {name}(" in text, f"{path}::{name}"

"""The benchmark of returns past memory runs whole at a small size, with a worker killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists() or os.name != "posix", reason="reads /proc")
def test_the_small_size_is_equal_whoever_does_it(tmp_path):
    pytest.importorskip("distributed")
    pytest.importorskip("numba")
    code = (
        "import sys; from pathlib import Path; from benchmarks import past_memory; "
        "past_memory.RESULTS = Path(sys.argv[1]); past_memory.main(['--rows', '2500000'])"
    )
    out = tmp_path / "rows.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", code, str(out)], cwd=REPOSITORY, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    row = json.loads(out.read_text(encoding="utf-8"))
    assert (row["observations"], row["dask"]["killed"], row["dask_equals_one_process"]) == (5_000, 1, True)
    assert row["statistics_apart"] < 1e-12

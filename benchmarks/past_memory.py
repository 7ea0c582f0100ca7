"""A study of returns in Parquet, read in parts: here, and by Dask workers of which one is killed in the middle.

``python -m benchmarks.past_memory`` simulates 5,000 sessions of 1,000 securities, 5% of the returns missing, and writes
them as Parquet; ``--rows 100000000`` is the full size: 20,000 securities, 1 GB of files. The study has one observation
for 500 cells, in 50 groups, and every closed-form and rank test. Three processes do it, one after the other: on the
files, on the files with two Dask workers, on a DataFrame in memory. Their tables are compared. It prints one JSON row
and appends it to ``benchmarks/past_memory.jsonl`` (not in git).
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import platform
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter, sleep
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "past_memory.jsonl"
SESSIONS, MISSING, GROUPS = 5_000, 0.05, 50
CELLS_AN_OBSERVATION = 500
SECURITIES_A_FILE = 500
ROW_GROUP = 250_000
ESTIMATION, WINDOW = (-260, -11), (-10, 10)


def calendar() -> tuple[Any, Any]:
    """Sessions, and the market's return on each."""
    import numpy as np
    import pandas as pd

    index = pd.bdate_range("2004-01-01", periods=SESSIONS, name="session")
    return index, pd.Series(np.random.default_rng(0).normal(0.0003, 0.011, SESSIONS), index=index, name="market")


def write_returns(folder: Path, securities: int) -> None:
    """Long rows of simulated returns, some securities a file, sorted by security and session.

    Each file has draws of its own, so that no more than one is in memory.
    """
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    index, market = calendar()
    days = index.to_numpy().astype("datetime64[D]")
    for begin in range(0, securities, SECURITIES_A_FILE):
        rng = np.random.default_rng((1, begin))
        count = min(SECURITIES_A_FILE, securities - begin)
        values = rng.standard_normal((count, SESSIONS)) * (0.01 + 0.02 * rng.random((count, 1)))
        values += (1.0 + 0.4 * rng.standard_normal((count, 1))) * market.to_numpy()
        there = rng.random(values.shape, dtype=np.float32) >= MISSING
        security, session = np.nonzero(there)
        table = pa.table(
            {
                "security_id": pa.array((10_001 + begin + security).astype(np.int32)),
                "session": pa.array(days[session]),
                "return": pa.array(values[there]),
            }
        )
        parquet.write_table(table, folder / f"part-{begin:06d}.parquet", row_group_size=ROW_GROUP)


def pairs(securities: int, count: int) -> Any:
    """So many different (session, security), in 50 groups."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(2)
    inside = SESSIONS - WINDOW[1] + ESTIMATION[0]
    cells = rng.choice(inside * securities, size=count, replace=False)
    session, security = np.divmod(cells, securities)
    session -= ESTIMATION[0]
    return pd.DataFrame(
        {
            "event_id": session,
            "security_id": 10_001 + security,
            "event_session": calendar()[0].to_numpy()[session],
            "group": pd.Categorical.from_codes(
                rng.integers(0, GROUPS, count), [f"group {number:02d}" for number in range(GROUPS)]
            ),
        }
    )


def frame(folder: Path) -> Any:
    """All rows as a frame in memory, by session and security."""
    import numpy as np
    import pandas as pd
    from pyarrow import parquet

    index, _ = calendar()
    first, parts = index.to_numpy()[0].astype("datetime64[D]"), []
    place = np.full(int((index[-1] - index[0]).days) + 1, -1)
    place[(index.to_numpy().astype("datetime64[D]") - first).astype(int)] = np.arange(SESSIONS)
    for file in sorted(folder.glob("*.parquet")):
        table = parquet.read_table(file)
        names, row = np.unique(table.column("security_id").to_numpy(), return_inverse=True)
        values = np.full((len(names), SESSIONS), np.nan)
        values[row, place[(table.column("session").to_numpy() - first).astype(int)]] = table.column("return").to_numpy()
        parts.append((names, values))
    whole = np.empty((sum(len(names) for names, _ in parts), SESSIONS))
    begin = 0
    for _, values in parts:
        whole[begin : begin + len(values)] = values
        begin += len(values)
    return pd.DataFrame(whole.T, index=index, columns=np.concatenate([names for names, _ in parts]), copy=False)


def peak(process: int | str = "self") -> float:
    """Most memory that a process has had, MB."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return float(line.split()[1]) / 1e3
    return float("nan")


def study(returns: Any, observations: Any, where: Any) -> tuple[dict[str, float], dict[str, Any]]:
    """Seconds of each step, and the tables."""
    import eventstudy as es

    spec = es.StudySpec(estimation=ESTIMATION, windows=(WINDOW,))
    begun = perf_counter()
    results = es.study_returns(returns, observations, calendar()[1], spec, map=where)
    fitted = perf_counter()
    tests = results.tests(by=("group",))
    tested = perf_counter()
    tables = {"cars": results.cars, "pairs": results.pairs, "tests": tests}
    return {"study_seconds": fitted - begun, "tests_seconds": tested - fitted}, tables


class Killing:
    """A Dask client one of whose workers is killed while it works, in the middle of the tasks."""

    def __init__(self, client: Any, after: int) -> None:
        self.client, self.after, self.submitted = client, after, 0
        self.killed: dict[str, float] = {}

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """One more task, after which a worker may have to go."""
        future = self.client.submit(function, *arguments, pure=False)
        self.submitted += 1
        if self.submitted == self.after:
            pids = self.client.run(os.getpid)
            until = monotonic() + 60
            while not (busy := [name for name, tasks in self.client.processing().items() if tasks]):
                if monotonic() > until:
                    raise SystemExit("no worker has anything to do")
                sleep(0.01)
            sleep(0.2)
            self.killed[busy[0]] = peak(pids[busy[0]])
            os.kill(pids[busy[0]], signal.SIGKILL)
        return future


def by_dask(folder: Path, observations: Any, workers: int, memory: str, parts: int) -> tuple[dict[str, Any], Any]:
    """The study by workers of which one is killed halfway through the first pass over the parts."""
    import distributed

    import eventstudy as es

    with (
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, memory_limit=memory, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        killing = Killing(client, max(parts // 2, 1))
        found, tables = study(es.ParquetReturns(folder), observations, killing)
        peaks = sorted([*killing.killed.values(), *client.run(peak).values()])
    return {**found, "workers_peak_mb": peaks, "killed": len(killing.killed), "tasks": killing.submitted}, tables


def case(name: str, folder: Path, rows: int, workers: int, memory: str) -> dict[str, Any]:
    """One way to do the study, in this process; its tables beside the folder."""
    import eventstudy as es
    from eventstudy.parquet_returns import BLOCK_CELLS

    securities = rows // SESSIONS
    observations = pairs(securities, rows // CELLS_AN_OBSERVATION)
    begun = perf_counter()
    if name == "write":
        write_returns(folder, securities)
        size = sum(file.stat().st_size for file in folder.glob("*.parquet")) / 1e6
        return {"seconds": perf_counter() - begun, "files_mb": size, "peak_mb": peak()}
    if name == "dask":
        parts = -(-securities // (BLOCK_CELLS // SESSIONS))
        found, tables = by_dask(folder, observations, workers, memory, parts)
    else:
        returns = frame(folder) if name == "frame" else es.ParquetReturns(folder)
        found, tables = study(returns, observations, None)
    found["seconds"] = perf_counter() - begun
    found["peak_mb"] = peak()
    with (folder / f"{name}.tables").open("wb") as stream:
        pickle.dump(tables, stream)
    return found


def differences(folder: Path) -> dict[str, Any]:
    """Whether workers moved a bit, and the largest relative difference from the study in memory."""
    import numpy as np
    import pandas as pd

    def tables(name: str) -> dict[str, Any]:
        with (folder / f"{name}.tables").open("rb") as stream:
            found: dict[str, Any] = pickle.load(stream)
        return found

    one, dask, memory = tables("files"), tables("dask"), tables("frame")
    for name in one:
        pd.testing.assert_frame_equal(dask[name], one[name], check_exact=True, obj=name)
    for name in ("cars", "pairs"):
        pd.testing.assert_frame_equal(dask[name], memory[name], check_exact=True, obj=name)
    found, wanted = dask["tests"], memory["tests"]
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-9, atol=1e-12)
    apart = np.abs(found["statistic"] - wanted["statistic"]) / np.maximum(np.abs(wanted["statistic"]), 1.0)
    return {"dask_equals_one_process": True, "cars_equal_frame": True, "statistics_apart": float(apart.max())}


def _child(name: str, folder: Path, chosen: argparse.Namespace) -> Any:
    """What a case prints, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.past_memory", "--child", name, "--rows", str(chosen.rows)]
    command += ["--folder", str(folder), "--workers", str(chosen.workers), "--memory", chosen.memory]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def record(folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """The row of a run, printed as it comes."""
    from benchmarks.__main__ import commit

    found: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "rows": chosen.rows,
        "observations": chosen.rows // CELLS_AN_OBSERVATION,
    }
    for name in ("write", "files", "dask", "frame"):
        if name == "write" and any(folder.glob("*.parquet")):
            continue
        found[name] = _child(name, folder, chosen)
        print(name, json.dumps(found[name]), flush=True)
    return found | differences(folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the returns, study them three ways, compare, print and append the row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.past_memory", description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000, help="cells of sessions and securities")
    parser.add_argument("--workers", type=int, default=2, help="Dask workers")
    parser.add_argument("--memory", default="2GB", help="of each worker")
    parser.add_argument("--folder", type=Path, help="keep the files there, and use those that are there")
    parser.add_argument("--child", metavar="CASE", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.child:
        print(json.dumps(case(chosen.child, chosen.folder, chosen.rows, chosen.workers, chosen.memory)))
        return 0
    with TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        row = record(folder, chosen)
    print(json.dumps(row))
    with RESULTS.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Reads files each in a process of its own and tells what came of it, how long it took and how much it held.

Usage: python worker.py SOUND FOLDER < LINES. SOUND holds what stands beside each kind of file, each line a kind of
file and the path of its content; prints one JSON object a line.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
import time
import traceback
from pathlib import Path

# so that nothing is measured but the reading
import pandas as pd  # noqa: F401
import pyarrow.csv
import pyarrow.parquet  # noqa: F401

spec = importlib.util.spec_from_file_location("fuzz_readers", Path(__file__).with_name("readers.py"))
assert spec is not None
assert spec.loader is not None
readers = importlib.util.module_from_spec(spec)
sys.modules["fuzz_readers"] = readers
spec.loader.exec_module(readers)


def read_one(kind: str, content: Path, folder: Path) -> int:
    """0 for an answer, 1 for an error that a person can act on, 3 for anything else."""
    reader = readers.Reader(readers.NAMES[kind], b"", readers.READS[kind])
    begun = time.process_time()
    try:
        outcome = reader.outcome(folder, content.read_bytes())
    except BaseException:
        traceback.print_exc()
        return 3
    print(json.dumps(time.process_time() - begun), flush=True)
    return 1 if isinstance(outcome, Exception) else 0


def main() -> None:
    sound, folder = map(Path, sys.argv[1:])
    for number, line in enumerate(sys.stdin):
        kind, path = line.rstrip("\n").split("\t")
        shutil.copytree(sound, folder / str(number))
        get, put = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(put, 1)
            os._exit(read_one(kind, Path(path), folder / str(number)))
        os.close(put)
        with os.fdopen(get) as said:
            seconds = said.read().strip()
        _, status, usage = os.wait4(child, 0)
        # the children are forked from one process, so that what this holds counts in each
        print(
            json.dumps(
                {
                    "kind": kind,
                    "path": path,
                    "code": os.waitstatus_to_exitcode(status),
                    "seconds": float(seconds or "inf"),
                    "megabytes": usage.ru_maxrss / 1024,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()

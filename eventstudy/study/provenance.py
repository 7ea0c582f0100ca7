"""Where a study's numbers come from, as plain values."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from eventstudy.prices.source import PriceHistory
from eventstudy.specification import StudySpec

PACKAGES = ("numpy", "pandas", "scipy", "exchange_calendars", "pyarrow", "arch")

# what leaves every abnormal return as it is
_INDIFFERENT = ("windows", "tests", "seed", "placebo_draws")


# installed packages do not change under a running process, and reading what says so is slow
installed = cache(version)


def package_version() -> str:
    """Version of the installed package, ``unknown`` where it is not installed."""
    try:
        return installed("eventstudy-report")
    except PackageNotFoundError:
        return "unknown"


def provenance(
    spec: StudySpec, inputs: Mapping[str, Mapping[str, str]], history: PriceHistory | None
) -> dict[str, Any]:
    """The content of ``study.json``: specification, input hashes, price snapshot, package versions, seed.

    Parameters
    ----------
    spec : StudySpec
        What was asked for.
    inputs : mapping
        Name of each input file to its ``path`` and ``sha256``.
    history : PriceHistory or None
        Where prices come from.
    """
    packages = {"python": ".".join(map(str, sys.version_info[:3]))}
    packages |= {name: installed(name) for name in PACKAGES}
    snapshot = None if history is None else history.snapshot
    return {
        "eventstudy": package_version(),
        "specification": spec.to_json(),
        "inputs": {name: dict(item) for name, item in inputs.items()},
        "prices": None
        if snapshot is None or history is None
        else {
            "source": snapshot.source,
            "simulated": history.simulated,
            "first_fetch": snapshot.first_fetch,
            "last_fetch": snapshot.last_fetch,
            "sha256": snapshot.sha256,
        },
        "packages": packages,
        "seed": spec.seed,
    }


def abnormal_returns_origin(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """What the abnormal returns of a study depend on: two studies with equal ones differ in events and tests alone.

    Parameters
    ----------
    provenance : mapping
        The content of ``study.json``.

    Returns
    -------
    dict
        ``prices``, the hash of the snapshot; ``specification`` without windows, tests, seed and placebo draws;
        ``inputs``, the hashes of the universe and of the factors.
    """
    said = provenance["specification"]
    return {
        "prices": (provenance["prices"] or {}).get("sha256", ""),
        "specification": {name: value for name, value in said.items() if name not in _INDIFFERENT},
        "inputs": {name: item["sha256"] for name, item in provenance["inputs"].items() if name != "events"},
    }

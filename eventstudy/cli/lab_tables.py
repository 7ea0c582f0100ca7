"""What the laboratory prints and writes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

from eventstudy.cli.terminal import show, table

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.laboratory import PowerResult, SizeResult

_STYLES = {"verdict": {"holds": "green", "over-rejects": "red", "under-rejects": "yellow", "undecided": "dim"}}


def show_size(result: SizeResult) -> None:
    """The headline of every group, then every test over all groups."""
    frame = result.table((0.05,))
    head = frame[frame["test"] == "headline"]
    speakers = frame[frame["speaks"] & (frame["test"] != "headline")]
    spoken = dict(zip(_keys(speakers, result.labels), speakers["test"], strict=True))
    rows = [
        (
            *_key(row, result.labels),
            spoken.get(_key(row, result.labels), ""),
            int(row["n_draws"]),
            *(_percent(row[name]) for name in ("rate", "low", "high")),
            row["verdict"],
        )
        for row in head.to_dict("records")
    ]
    names = (*_heads(result.labels), "headline", "draws", "rate", "low", "high", "verdict")
    show("rejections at a nominal 5%, per cent, of the headline test in each group")
    show(table(names, rows, right=("n", "draws", "rate", "low", "high"), styles=_STYLES))
    words = ("holds", "undecided", "over-rejects", "under-rejects")
    by_test = [
        (
            name,
            *(int((part["verdict"] == word).sum()) for word in words),
            *(_percent(number) for number in (part["rate"].min(), part["rate"].mean(), part["rate"].max())),
        )
        for name, part in frame.groupby("test", sort=False)
    ]
    show("")
    show("every test: groups and windows by verdict, and the least, mean and largest rate")
    columns = ("test", *words, "least", "mean", "most")
    show(table(columns, by_test, right=columns[1:]))
    _show_claims(result)


def _show_claims(result: SizeResult) -> None:
    """Stated laws: in how many cells each test stays in the band of its level, by what it claims robustness to."""
    kept = result.kept()
    if not len(kept):
        return
    low, high = _percent(kept["low"].iloc[0]), _percent(kept["high"].iloc[0])
    show("")
    show(f"in the band of {low}-{high}%, where 5% stays in all {len(result.cells)} cells at once with 99% probability")
    rows = [
        (
            row["test"] if row["test"] == row["speaker"] else f"{row['test']}: {row['speaker']}",
            row["cells"],
            row["inside"],
            *(_percent(row[name]) for name in ("least", "mean", "most")),
            row["beyond"] or "nothing",
        )
        for row in kept.to_dict("records")
    ]
    columns = ("test", "cells", "inside", "least", "mean", "most", "beyond what it claims robustness to")
    show(table(columns, rows, right=columns[1:-1]))


def show_power(result: PowerResult) -> None:
    """Size and smallest detectable effect of the headline in every group, then of every test on average."""
    frame = result.detectable()
    head = frame[frame["test"] == "headline"]
    rows = [
        (*_key(row, result.labels), _percent(row["size"]), row["verdict"], _percent(row["mde"], 2))
        for row in head.to_dict("records")
    ]
    show("size and smallest effect seen four times in five, per cent, of the headline test in each group")
    show(table((*_heads(result.labels), "size", "verdict", "mde"), rows, right=("n", "size", "mde"), styles=_STYLES))
    by_test = [
        (
            name,
            int((part["verdict"] == "over-rejects").sum()),
            _percent(part["size"].mean()),
            _percent(part["mde"].mean(), 2),
        )
        for name, part in frame.groupby("test", sort=False)
    ]
    show("")
    show("every test: in how many groups and windows it over-rejects, mean size, mean smallest effect")
    columns = ("test", "over-rejects", "size", "mde")
    show(table(columns, by_test, right=columns[1:]))


def _heads(labels: tuple[str, ...]) -> tuple[str, ...]:
    return (*labels, "n", "window")


def _key(row: Mapping[Any, Any], labels: tuple[str, ...]) -> tuple[object, ...]:
    return (*(row[name] for name in labels), row["n_members"], row["window"])


def _keys(frame: pd.DataFrame, labels: tuple[str, ...]) -> list[tuple[object, ...]]:
    return [_key(row, labels) for row in frame.to_dict("records")]


def _percent(share: float, digits: int = 1) -> str:
    """A share as per cent, or nothing."""
    return f"{100 * share:.{digits}f}" if isfinite(share) else ""


def size_files(result: SizeResult, formats: tuple[str, ...]) -> dict[str, bytes]:
    from eventstudy.laboratory.markdown import size_markdown
    from eventstudy.tables import as_csv, as_json

    frame = result.table()
    files: dict[str, bytes] = {}
    for name in formats:
        if name == "svg":
            stream = io.BytesIO()
            result.figure().savefig(stream, format="svg", metadata={"Date": None})
            files["lab_size.svg"] = stream.getvalue()
        elif name == "md":
            files["lab_size.md"] = size_markdown(result).encode()
        else:
            files[f"lab_size.{name}"] = (as_csv if name == "csv" else as_json)(frame)
    return files


def power_files(result: PowerResult, formats: tuple[str, ...]) -> dict[str, bytes]:
    from eventstudy.laboratory.markdown import power_markdown
    from eventstudy.tables import as_csv, as_json

    files: dict[str, bytes] = {}
    for name in formats:
        if name == "md":
            files["lab_power.md"] = power_markdown(result).encode()
        else:
            write = as_csv if name == "csv" else as_json
            files[f"lab_power.{name}"] = write(result.table())
            files[f"lab_detectable.{name}"] = write(result.detectable())
    return files

"""Draws the figure of time against size from a row of the benchmark, and prints its table.

python -m benchmarks.large_studies && python docs/speed_figure.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

ROWS = Path(__file__).resolve().parents[1] / "benchmarks" / "large_studies.jsonl"
FIGURE = Path(__file__).parent / "figures" / "speed.svg"
# a study and its tests, from fewer tests to more
WHOLE = {
    "study": "fits and CARs",
    "study_to_closed_form_50_groups": "+ closed-form tests",
    "study_to_correlated_50_groups": "+ r̄, overlapping clusters",
    "study_to_ranks_50_groups": "+ rank tests",
}
STAGES = ("floor", "alignment", "fit", "ar_car", "closed_form_50_groups", "correlated_50_groups", "ranks_50_groups")
MUTED, BLUE, ORANGE = "#5A6068", "#0B4474", "#BF5317"
PAPER = "#FDFCF9"
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "speed", "font.family": "sans-serif", "font.size": 11}


def main(path: Path = ROWS) -> None:
    """The last row of the file with three sizes or more."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    row = [one for one in rows if len(one["sizes"]) > 2][-1]
    _draw(row)
    print("| observations | floor | alignment | fit | AR, CAR | closed-form tests | r̄, overlaps | rank tests |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    for size in row["sizes"]:
        print(f"| {size['observations']:,} | {' | '.join(f'{size[name]:.3f}' for name in STAGES)} |")
    print()
    print("| observations | study | with closed-form tests | with r̄ and overlaps | with rank tests | MB over start |")
    print("|--:|--:|--:|--:|--:|--:|")
    for size in row["sizes"]:
        whole = " | ".join(f"{size[name]:.2f}" for name in WHOLE)
        print(f"| {size['observations']:,} | {whole} | {size['peak_mb_over_start']:.0f} |")


def _draw(row: dict[str, Any]) -> None:
    """Seconds against observations, both by powers of ten; every line named at its end."""
    sizes = [size["observations"] for size in row["sizes"]]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.2, 4.6), facecolor=PAPER)
        axes = figure.subplots()
        axes.set_facecolor(PAPER)
        for place, (stage, name) in enumerate(WHOLE.items()):
            seconds = [size[stage] for size in row["sizes"]]
            axes.plot(sizes, seconds, color=BLUE, lw=1.2 + 0.5 * place, marker="o", ms=3.5)
            axes.annotate(name, (sizes[-1], seconds[-1]), (8, -4), textcoords="offset points", color=BLUE)
        axes.plot(sizes, [size["floor"] for size in row["sizes"]], color=MUTED, lw=1.2, ls="--")
        axes.annotate("the windows, read once", (sizes[-1], row["sizes"][-1]["floor"]), (8, -4),
                      textcoords="offset points", color=MUTED)  # fmt: skip
        loop = next(size["statsmodels_per_second"] for size in row["sizes"] if "statsmodels_per_second" in size)
        axes.plot(sizes, [size / loop for size in sizes], color=ORANGE, lw=1.4)
        axes.annotate("statsmodels, one by one\n(fits and CARs)", (sizes[-1], sizes[-1] / loop), (8, -12),
                      textcoords="offset points", color=ORANGE)  # fmt: skip
        axes.set(xscale="log", yscale="log", xlabel="observations (event × security)", ylabel="seconds, two cores")
        axes.set_xlim(sizes[0] * 0.9, sizes[-1] * 14)
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color="#E8E4DB", lw=0.8)
        axes.tick_params(colors=MUTED, which="both")
        for label in (axes.xaxis.label, axes.yaxis.label):
            label.set_color(MUTED)
        figure.savefig(FIGURE, facecolor=PAPER, bbox_inches="tight", metadata={"Date": None})


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

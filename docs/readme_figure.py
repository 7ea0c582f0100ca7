"""Draws the README's figure and prints its table, from prices that are not part of the project.

python docs/readme_figure.py PATH_TO_PRICES
"""

from __future__ import annotations

import sys
from pathlib import Path

import eventstudy as es
from eventstudy.report.build import build_report
from eventstudy.report.figures import draw

EVENT = "2026-01-06-japan-dual-use-ban"
FIGURE = Path(__file__).parent / "figures" / "japan_dual_use_ban.png"


def main(prices: str) -> None:
    """Draw Figure 1 of the event's report on these prices, and print its sectors as Markdown."""
    events, universe = es.read_events(), es.read_universe()
    spec = es.StudySpec(tests=(*es.StudySpec().tests, "placebo", "wild_bootstrap_t"))
    results = es.run_study(events.select(event_ids=[EVENT]), universe, es.FilePrices(prices), spec, context=events)
    report = build_report(results)
    assert report.first_page is not None
    figure = report.first_page.figure
    FIGURE.parent.mkdir(exist_ok=True)
    draw(figure.drawing, width=690, simulated=results.simulated).savefig(
        FIGURE, dpi=144, facecolor="#FDFCF9", bbox_inches="tight", pad_inches=0.2
    )
    print(report.headline, "\n")
    day = results.groups(by=("event_id", "role", "sector")).query("window == '[0,0]' and n_pairs > 1")
    day = day[day["role"].isin(["exposed", "beneficiary"])].sort_values(["role", "caar"], ascending=False)
    print("| sector | role | shares | abnormal return | 95% interval | p | adjusted p | reading |")
    print("|---|---|--:|--:|--:|--:|--:|---|")
    for row in day.itertuples():
        print(
            f"| {row.sector} | {row.role} | {row.n_pairs} | {row.caar:+.1%} | {row.ci_low:+.1%} to {row.ci_high:+.1%} "
            f"| {row.pvalue:.3f} | {row.pvalue_holm:.3f} | {row.reading} |"
        )


if __name__ == "__main__":
    main(sys.argv[1])

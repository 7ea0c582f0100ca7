"""The waterfall as drawn: every bar begins where the one before ends."""

from __future__ import annotations

from eventstudy.report.figures import draw
from eventstudy.report.figures.waterfall import _levels
from eventstudy.report.model import WaterfallBar, WaterfallPanel, WaterfallPlot

PANEL = WaterfallPanel(
    "exposed",
    "Autos",
    "10 shares",
    (
        WaterfallBar("market", -1.0, "−1.0"),
        WaterfallBar("remainder", 0.4, "+0.4", rest=True),
        WaterfallBar("total", -0.6, "sum −0.6", total=True),
    ),
)


def test_bars_follow_each_other_and_the_total_begins_at_zero():
    assert _levels(PANEL) == [-1.0, -0.6, -0.6]
    figure = draw(WaterfallPlot((PANEL, PANEL, PANEL)), width=690)
    words = [artist.get_text() for artist in figure.texts] or [
        each.get_text() for each in figure.get_children() if hasattr(each, "get_text")
    ]
    assert words.count("sum −0.6") == 3
    assert words.count("remainder") == 3
    wide, narrow = (draw(WaterfallPlot((PANEL, PANEL)), width=width).get_size_inches() for width in (690, 358))
    assert narrow[1] > wide[1]

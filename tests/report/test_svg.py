"""The report's SVG against what matplotlib itself writes of the same sheets."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.text import Text

from eventstudy.report.figures import canvas, sheet_of
from eventstudy.report.figures.sheet import Sheet
from eventstudy.report.svg import Shape, Words
from eventstudy.report.tokens import matplotlib_settings

_FAMILY = re.compile(r"font-family:[^;]*;? ?|font: ")


@pytest.mark.parametrize("simulated", [False, True])
@pytest.mark.parametrize("width", [358, 690, 1120])
@pytest.mark.parametrize("kind", ["interval_plot", "paths_plot", "ordinary_plot", "heat_map"])
def test_a_figure_is_what_matplotlib_writes(
    sample: ModuleType, kind: str, width: int, simulated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = sheet_of(getattr(sample, kind)(), width=width, simulated=simulated)
    own, outside = sheet.drawn().elements, matplotlib_elements(sheet, monkeypatch)
    assert len(own) > 10
    assert [canonical(each) for each in own] == [canonical(each) for each in outside]


def test_every_way_to_draw_is_what_matplotlib_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = Sheet(358, 200, simulated=True)
    nan = float("nan")
    sheet.lines([[(1, 2), (3, 4.125)], [(5, 6), (nan, 1), (7, 8.5), (9, 9)]], "grid", 1.3, dash=(3, 2), alpha=0.5)
    sheet.lines([[(-0.001, 2), (3, 4)]], "ink", cap="round")
    for fill, edge, width, alpha in (("exposed", "", 0.0, 0.3), ("", "ink", 1.2, 1.0), ("paper", "ink", 1.0, 0.4)):
        sheet.area([[(1, 2), (3, 4), (5, 2.333)], [(1, 1), (2, 2)]], fill, edge=edge, width=width, alpha=alpha)
    sheet.circles([(10, 10), (20, 20.5)], 3.3, "exposed", edge="ink", line=1.6)
    sheet.text(10, 20, "Hällo & <b> $x$", 12, "muted", anchor="middle", bold=True)
    sheet.text(10, 20, "two\nlines", 12.25, italic=True, halo=True, anchor="end")
    sheet.text(10, 20, "tailed", 12, bold=True, tail="n = 3", tail_size=10)
    sheet.text(10, 20, "  ", 12)
    own, outside = sheet.drawn().elements, matplotlib_elements(sheet, monkeypatch)
    assert [canonical(each) for each in own] == [canonical(each) for each in outside]
    assert "-0" not in "".join(each.outline for each in own if isinstance(each, Shape))


def test_what_is_empty_or_no_number_is_not_drawn() -> None:
    sheet = Sheet(100, 100)
    sheet.lines([[(float("nan"), 1.0)]], "ink")
    sheet.lines([], "ink")
    sheet.area([[(1, 1), (2, 2)]], "ink")
    sheet.circles([], 3, "ink")
    sheet.text(1, 1, "\x00", 12)
    assert sheet.drawn().elements == ()
    assert not sheet.figure().artists


def matplotlib_elements(sheet: Sheet, patch: pytest.MonkeyPatch) -> list[Shape | Words]:
    """The elements of the sheet's matplotlib figure, saved as SVG and read back."""
    # the page sets words in its own font, as they are, and paints their halo by a style of its own
    patch.setattr(canvas, "_planned_scale", lambda font: 1.0)
    figure = sheet.figure()
    figure.patch.set_visible(False)
    for artist in figure.artists:
        if isinstance(artist, Text):
            artist.set_path_effects([])
    stream = io.StringIO()
    with mpl.rc_context(matplotlib_settings()):  # type: ignore[arg-type]
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    found: list[Shape | Words] = []
    root = ElementTree.fromstring(stream.getvalue())
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        kind = group.get("id", "")
        for child in group:
            tag = child.tag.rpartition("}")[2]
            if tag == "path":
                outline = re.sub(r"\s*([MLCZz])\s*", r"\1", " ".join(child.get("d", "").split()))
                found.append(Shape(outline, _style(child)))
            elif tag == "text":
                words = _words(child, kind)
                if kind == "tail":
                    found[-1] = replace(found[-1], tail=words.text, tail_style=words.style)  # type: ignore[call-arg]
                else:
                    found.append(words)
            else:
                assert tag == "g", f"a drawing holds a <{tag}>"
    return found


def canonical(element: Shape | Words) -> tuple[Any, ...]:
    """An element with its numbers to a hundredth of a pixel, and its style in no order."""
    if isinstance(element, Shape):
        return ("shape", *_pen(element.outline), frozenset(_properties(element.style)))
    style, tail = frozenset(_properties(element.style)), frozenset(_properties(element.tail_style))
    place = tuple(round(float(number), 1) for number in (element.x, element.y))
    return (
        *place,
        element.text,
        style,
        element.anchor,
        element.kind,
        element.transform.split("(")[0],
        element.tail,
        tail,
    )


def _pen(outline: str) -> list[tuple[Any, ...]]:
    steps: list[tuple[Any, ...]] = []
    for letter, numbers in re.findall(r"([MLCZ])([^MLCZ]*)", outline.upper()):
        steps.append((letter, *(round(float(number), 1) for number in numbers.split())))
    return _closed_by_hand(steps)


def _closed_by_hand(steps: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Without the line back to the start, which matplotlib writes before some of its closings."""
    found: list[tuple[Any, ...]] = []
    first: tuple[Any, ...] = ()
    for step in steps:
        if step[0] == "M":
            first = step[1:]
        if step[0] == "Z" and found and found[-1] == ("L", *first):
            found.pop()
        found.append(step)
    return found


def _properties(style: str) -> list[str]:
    kept = [each.strip() for each in style.split(";") if each.strip()]
    return [each for each in kept if not each.startswith("stroke-dashoffset")]


def _style(element: ElementTree.Element) -> str:
    return _FAMILY.sub("", element.get("style", "")).replace(": ", ":").strip("; ")


def _words(element: ElementTree.Element, kind: str) -> Words:
    style, anchor = _style(element), "start"
    if match := re.search(r"text-anchor: ?(\w+);?", style):
        anchor, style = match[1], style.replace(match[0], "")
    transform = element.get("transform", "")
    return Words(
        element.get("x", ""),
        element.get("y", ""),
        element.text or "",
        style.strip("; "),
        anchor,
        kind,
        "" if re.match(r"rotate\(-?0(\.0*)? ", transform) else transform,
    )

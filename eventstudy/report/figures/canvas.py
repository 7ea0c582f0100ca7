"""A sheet as a matplotlib figure: for a notebook, a picture file, or whoever goes on drawing."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from eventstudy.report.figures.marks import Line, Mark, Outline
from eventstudy.report.figures.sheet import text_width

if TYPE_CHECKING:
    from matplotlib.backend_bases import RendererBase

_ALIGN: dict[str, Literal["left", "center", "right"]] = {"start": "left", "middle": "center", "end": "right"}
_SPECIMEN = "Sector, number of shares 0123456789 Beneficiaries, all +12.4%"


class Label(Text):
    """Text that is set smaller in a font which runs wider than the one the drawing was planned for.

    So words keep their room whichever font matplotlib finds.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Draw in the planned width at most."""
        size = float(self.get_fontsize())
        self.set_fontsize(size * _planned_scale(self.get_fontname()))
        super().draw(renderer)
        self.set_fontsize(size)


def figure_of(marks: Iterable[Mark], width: float, height: float, paper: str) -> Figure:
    """The marks as a figure of 72 pixels to the inch, without pyplot: nothing to close.

    Parameters
    ----------
    marks : iterable of Outline or Line
        In painting order.
    width, height : float
        Pixels.
    paper : str
        Colour of the ground, and of the halo around words.
    """
    figure = Figure(figsize=(width / 72, height / 72), dpi=72, facecolor=paper)
    FigureCanvasAgg(figure)
    # straight onto the figure: axes would bring ticks and spines only to hide them
    pixels = Affine2D().scale(1 / 72, -1 / 72).translate(0.0, height / 72) + figure.dpi_scale_trans
    for order, mark in enumerate(marks, start=1):
        draw = _patch if isinstance(mark, Outline) else _label
        figure.add_artist(draw(mark, paper, transform=pixels, zorder=1.0 + order / 1000))  # type: ignore[arg-type]
    return figure


def _patch(mark: Outline, _: str, **place: Any) -> PathPatch:
    vertices: list[tuple[float, float]] = []
    codes: list[Any] = []
    first = (0.0, 0.0)
    for letter, numbers in mark.segments:
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        if letter == "M":
            first = points[0]
        vertices += points or [first]
        codes += {"M": [Path.MOVETO], "L": [Path.LINETO], "C": [Path.CURVE4] * 3, "Z": [Path.CLOSEPOLY]}[letter]
    path = Path(vertices, codes)
    path.should_simplify = False
    return PathPatch(
        path,
        facecolor=mark.fill or "none",
        edgecolor=mark.edge or "none",
        linewidth=mark.width,
        linestyle=(0, tuple(part / mark.width for part in mark.dash)) if mark.dash else "solid",
        alpha=mark.alpha if mark.alpha < 1 else None,
        capstyle=mark.cap,
        joinstyle=mark.join,
        clip_on=False,
        **place,
    )


def _label(mark: Line, paper: str, **place: Any) -> Label:
    # parse_math off: a name with two dollar signs is a name
    return Label(
        mark.x,
        mark.y,
        mark.text,
        size=mark.size,
        color=mark.colour,
        alpha=mark.alpha if mark.alpha < 1 else None,
        horizontalalignment=_ALIGN[mark.anchor],
        verticalalignment="baseline",
        weight="bold" if mark.bold else "normal",
        style="italic" if mark.italic else "normal",
        rotation=mark.rotation,
        rotation_mode="anchor",
        path_effects=[withStroke(linewidth=3.5, foreground=paper)] if mark.kind == "halo" else None,
        gid=mark.kind,
        parse_math=False,
        **place,
    )


@cache
def _planned_scale(font: str) -> float:
    """What brings a font to the widths that `text_width` plans with, at most 1."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    drawn = TextPath((0, 0), _SPECIMEN, size=100, prop=FontProperties(family=font)).get_extents().width
    return min(1.0, float(text_width(_SPECIMEN, 100) / drawn))

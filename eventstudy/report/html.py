"""The report as one HTML file that asks nothing of the network and runs nothing but its own sorting."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from eventstudy.report import wording
from eventstudy.report.figures import Drawings, draw_all, figures_of
from eventstudy.report.formulas import FORMULAS
from eventstudy.report.inline import MOST_DOTS, breadth_page, mark_page, spark_page, spark_shapes
from eventstudy.report.languages import tagged
from eventstudy.report.links import safe_url
from eventstudy.report.model import (
    Cell,
    Column,
    ColumnList,
    Columns,
    Definitions,
    DotsCell,
    Emphasis,
    Empty,
    Figure,
    HeatMap,
    LinkCell,
    MissingCell,
    Muted,
    Note,
    NumberCell,
    Raised,
    Report,
    Rich,
    RichCell,
    Row,
    RowGroup,
    Section,
    SparkCell,
    Strong,
    Table,
    TextCell,
)
from eventstudy.report.model import Code as CodeRun
from eventstudy.report.model import Link as LinkRun
from eventstudy.report.tokens import SANS, SERIF, stylesheet_tokens
from eventstudy.report.wording import numbers
from eventstudy.report.wording.figures import SIMULATED

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

# a p value, an interval: no line ends inside; what is matched was escaped before and holds no markup
_WHOLE = re.compile(rf"\bp (?:=|&lt;) \d[\d.]*\d|[+−]?\d[\d.,]* {numbers.TO} [+−]?\d[\d.]*\d")
_NUMERIC = {"number", "p", "interval"}


def render_html(report: Report, drawings: Drawings | None = None) -> bytes:
    """The report as one self-contained page.

    Every string of the report is escaped; addresses other than http(s) become plain words. Nothing is loaded from
    outside, and the page forbids it. The same report gives the same bytes.

    Parameters
    ----------
    report : Report
        What to say.
    drawings : mapping, optional
        From `eventstudy.report.figures.draw_all`, to draw once for several formats.

    Returns
    -------
    bytes
        UTF-8.
    """
    if drawings is None:
        drawings = draw_all(report)
    script = _resource("report.js").strip()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    text = _template().render(
        report=report,
        policy=policy,
        style=_markup(_stylesheet()),
        script=_markup(script),
        page=_Page(report, drawings),
    )
    return text.encode("utf-8", "replace")


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import DictLoader, Environment, StrictUndefined

    environment = Environment(
        loader=DictLoader({"report.html": _resource("report.html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


@lru_cache(maxsize=8)
def _resource(name: str) -> str:
    return (files("eventstudy.report") / "templates" / name).read_text("utf-8")


def _stylesheet() -> str:
    source = _resource("report.css").replace("SERIF_FACES", SERIF).replace("SANS_FACES", SANS)
    source = source.replace("SIMULATED_WORD", quote(SIMULATED))
    return stylesheet_tokens() + "\n" + source


def _markup(text: str) -> Markup:
    from markupsafe import Markup

    return Markup(text)


def escaped(text: str) -> str:
    """The text as HTML shows it, letter by letter; characters that no page may hold become U+FFFD.

    Examples
    --------
    >>> escaped('<b> & "c"')
    '&lt;b&gt; &amp; &#34;c&#34;'
    """
    from markupsafe import escape

    if not text.isprintable():
        text = "".join(letter if letter.isprintable() or letter.isspace() else "\ufffd" for letter in text)
    return str(escape(text))


class _Page:
    """What the template asks for: pieces that are quicker and safer to make here, as finished markup."""

    def __init__(self, report: Report, drawings: Drawings) -> None:
        self._report, self._drawings = report, drawings
        self._classes: dict[str, str] = {}
        self._sparks: dict[SparkCell, str] = {}
        # before the page is set, so that its head knows every style
        self._values: dict[str, dict[str, int]] = {}
        self._drawn = {figure.id: self._sizes(figure) for figure in figures_of(report)}
        self.words = wording.PAGE

    def drawing_styles(self) -> Markup:
        """Rules for the drawings' classes: a hundred drawings share some eighty styles."""
        return _markup("".join(f".{name}{{{style}}}" for style, name in self._classes.items()))

    def _class_of(self, style: str) -> str:
        return self._classes.setdefault(style, f"d{len(self._classes)}")

    def rich(self, runs: Rich) -> Markup:
        return _markup(_rich(runs))

    def kind(self, block: object) -> str:
        return {
            Figure: "figure",
            Table: "table",
            Note: "note",
            Empty: "empty",
            Columns: "columns",
            Definitions: "terms",
        }[type(block)]

    def formula(self, name: str) -> Markup:
        return _markup(FORMULAS[name])

    def drawing(self, figure: Figure) -> Markup:
        """The figure in its sizes; one of them shows. Parts after the first are told with it."""
        return _markup(self._drawn[figure.id])

    def _sizes(self, figure: Figure) -> str:
        sizes = self._drawings[figure.id]
        told = self._values.setdefault(figure.id, {})
        made = []
        for size in ("narrow", "medium", "wide"):
            if size not in sizes:
                continue
            alone = " last" if size == "medium" and "wide" not in sizes else ""
            parts = "".join(
                drawn.page(
                    label=f"{figure.label}. {figure.alt}" if index == 0 else "",
                    described_by=figure.described_by if index == 0 else "",
                    classes="part",
                    class_of=self._class_of,
                    place_of=lambda text: told.setdefault(text, len(told)),
                )
                for index, drawn in enumerate(sizes[size])
            )
            made.append(f'<div class="drawing {size}{alone}">{parts}</div>')
        return "".join(made)

    def values(self, figure: Figure) -> str:
        """What the figure's parts tell those who point at them, a line each; its drawings know the lines by number."""
        return "\n".join(self._values[figure.id])

    def numbers_of(self, figure: Figure) -> Table | None:
        """A heat map's numbers as a table, for phones and for those who cannot see it."""
        return _heat_table(figure.id, figure.drawing) if isinstance(figure.drawing, HeatMap) else None

    def columns_of(self, table: Table) -> list[tuple[int, Column, str]]:
        return [(index, column, _column_class(column)) for index, column in enumerate(table.columns) if column.screen]

    def body(self, table: Table, groups: tuple[RowGroup, ...]) -> Markup:
        return _markup("".join(_group(table, group, self._spark) for group in groups))

    def _spark(self, cell: SparkCell) -> str:
        """A sparkline; one that stood before, in a table's selection of rows, is used again."""
        spoken = escaped(cell.alt)
        if name := self._sparks.get(cell):
            return spark_page(cell, spoken, f'<use href="#{name}"/>')
        name = self._sparks[cell] = f"spark-{len(self._sparks)}"
        return spark_page(cell, spoken, f'<g id="{name}">{spark_shapes(cell)}</g>')

    def sort_kind(self, column: Column) -> str:
        return (
            "" if column.kind == "spark" else "number" if column.kind in _NUMERIC or column.kind == "dots" else "text"
        )

    def watermark(self, table: Table) -> bool:
        return self._report.simulated

    def script_words(self) -> str:
        """What the script says, as JSON."""
        return json.dumps(asdict(self.words), ensure_ascii=False)

    def parts(self, sections: tuple[Section, ...]) -> list[tuple[str, str, str]]:
        """Number, topic and anchor of the parts that a reader may jump to."""
        return [(each.number, each.topic, each.anchor) for each in sections if each.topic]

    def lists(self, columns: Columns) -> tuple[ColumnList, ...]:
        return columns.columns


def _column_class(column: Column) -> str:
    names: list[str] = (
        ["n"] if column.kind in _NUMERIC else [column.kind] if column.kind in {"dots", "spark", "reading"} else []
    )
    if not column.phone:
        names.append("wide-only")
    if not column.wrap or column.kind in _NUMERIC:
        names.append("still")
    return " ".join(names)


def _rich(runs: Iterable[Any]) -> str:
    return "".join(_run(run) for run in runs)


def _run(run: Any) -> str:
    if isinstance(run, str):
        return _WHOLE.sub(r'<span class="whole">\g<0></span>', tagged(escaped(run)))
    words = escaped(run.text)
    if isinstance(run, LinkRun):
        return _link(run.text, run.url)
    tag = {Strong: "b", Emphasis: "i", CodeRun: "code", Raised: "sup"}.get(type(run))
    if isinstance(run, Muted):
        return f'<span class="muted">{words}</span>'
    return f"<{tag}>{words}</{tag}>"


def _link(text: str, url: str) -> str:
    address = safe_url(url)
    if not address:
        return escaped(text)
    return f'<a href="{escaped(address)}" rel="noopener noreferrer">{escaped(text)}</a>'


def _group(table: Table, group: RowGroup, spark: Callable[[SparkCell], str]) -> str:
    shown = [(index, column, _column_class(column)) for index, column in enumerate(table.columns) if column.screen]
    lines = ["<tbody>"]
    if group.title:
        rest = f' <span class="rest">{escaped(group.rest)}</span>' if group.rest else ""
        lines.append(
            f'<tr class="group"><th scope="rowgroup" colspan="{len(shown)}"><span class="stay">{mark_page(group.role)}'
            f"<b>{escaped(group.title)}</b>{rest}</span></th></tr>"
        )
    lines += [_row(row, shown, spark) for row in group.rows]
    lines.append("</tbody>")
    return "".join(lines)


def _row(row: Row, shown: list[tuple[int, Column, str]], spark: Callable[[SparkCell], str]) -> str:
    looks = " ".join(name for name, on in (("strong", row.strong), ("quiet", row.muted)) if on)
    made = [f'<tr class="{looks}">' if looks else "<tr>"]
    for place, (index, _, names) in enumerate(shown):
        cell = row.cells[index]
        tag, scope = ("th", ' scope="row"') if place == 0 else ("td", "")
        classes = f' class="{names}"' if names else ""
        key = _sort_key(cell)
        sort = f' data-sort="{key}"' if key else ""
        made.append(f"<{tag}{scope}{classes}{sort}>{_cell(cell, spark)}</{tag}>")
    made.append("</tr>")
    return "".join(made)


def _sort_key(cell: Cell) -> str:
    if isinstance(cell, NumberCell):
        return f"{cell.value:.7g}" if cell.value is not None and math.isfinite(cell.value) else ""
    if isinstance(cell, DotsCell):
        return f"{cell.up / cell.total:.6g}" if cell.total else ""
    if isinstance(cell, TextCell) and cell.sort is not None:
        return escaped(str(cell.sort))
    return ""


def _cell(cell: Cell, spark: Callable[[SparkCell], str]) -> str:
    if isinstance(cell, NumberCell):
        words = escaped(cell.text)
        if cell.raised:
            words += f"<sup>{escaped(cell.raised)}</sup>"
        if cell.after:
            words += f' <span class="after">{escaped(cell.after)}</span>'
        return _looks(words, strong=cell.strong, muted=cell.muted)
    if isinstance(cell, TextCell):
        words = _looks(tagged(escaped(cell.text), cell.second), strong=cell.strong, muted=cell.muted)
        if cell.second:
            words += f' <span class="second">{escaped(cell.second)}</span>'
        if cell.badge:
            words += f' <span class="badge">{escaped(cell.badge)}</span>'
        return mark_page(cell.mark) + words
    if isinstance(cell, MissingCell):
        if not cell.reason:
            return "–"
        reason = escaped(cell.reason)
        return f'<span title="{reason}" aria-hidden="true">–</span><span class="hidden">{reason}</span>'
    if isinstance(cell, DotsCell):
        return _dots(cell)
    if isinstance(cell, SparkCell):
        return spark(cell)
    if isinstance(cell, LinkCell):
        return _looks(_link(cell.text, cell.url), strong=False, muted=cell.muted)
    assert isinstance(cell, RichCell)
    return _rich(cell.runs)


def _looks(words: str, *, strong: bool, muted: bool) -> str:
    if strong:
        words = f"<b>{words}</b>"
    return f'<span class="muted">{words}</span>' if muted else words


def _dots(cell: DotsCell) -> str:
    words = wording.PAGE
    spoken = words.up_of.format(cell.up, cell.total)
    if cell.total > MOST_DOTS or cell.total < 1:
        return f'<span aria-hidden="true">{spoken}</span><span class="hidden">{words.rose.format(spoken)}</span>'
    return f'{breadth_page(cell)}<span class="hidden">{words.rose.format(spoken)}</span>'


def _heat_table(identity: str, plot: HeatMap) -> Table:
    columns = (
        Column("event", wording.PAGE.announcement, wrap=False),
        *(Column(f"sector-{index}", row.short_label or row.label, "number") for index, row in enumerate(plot.rows)),
    )
    groups = []
    for year, indices in _years(plot):
        rows = []
        for index in indices:
            event = plot.columns[index]
            cells: list[Cell] = [TextCell(event.name, event.date, strong=event.current)]
            for line in plot.cells:
                cell = line[index]
                cells.append(
                    MissingCell(wording.PAGE.not_measured)
                    if cell is None
                    else NumberCell(
                        cell.text, cell.value, strong=cell.told, muted=not cell.told, after="*" if cell.stands else ""
                    )
                )
            rows.append(Row(tuple(cells)))
        groups.append(RowGroup(tuple(rows), year))
    return Table(f"{identity}-numbers", "", "", "", columns, tuple(groups), (wording.PAGE.heat_note,))


def _years(plot: HeatMap) -> Iterator[tuple[str, list[int]]]:
    run: list[int] = []
    for index, column in enumerate(plot.columns):
        if run and plot.columns[run[-1]].year != column.year:
            yield plot.columns[run[-1]].year, run
            run = []
        run.append(index)
    if run:
        yield plot.columns[run[-1]].year, run

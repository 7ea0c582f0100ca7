"""Reports and tables of real announcements, made through the command line and read as their readers read them."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pypdf
import pytest

from eventstudy.cli import main

VOID = frozenset({"meta", "link", "br", "img", "hr", "input", "wbr"})
INLINE = frozenset({"a", "abbr", "b", "code", "i", "span", "sup", "sub"})
SPOKEN = ("title", "alt", "aria-label")  # attributes that readers see or hear


class Cell(NamedTuple):
    """One cell: what is shown, the grey second part, what only a screen reader says, the raised mark."""

    text: str
    second: str = ""
    hidden: str = ""
    raised: str = ""


@dataclass
class Rows:
    """One table of a page: its head, and its rows under the title of their group."""

    head: list[str] = field(default_factory=list)
    groups: dict[str, list[list[Cell]]] = field(default_factory=dict)

    def records(self, group: str) -> list[dict[str, Cell]]:
        return [dict(zip(self.head, row, strict=True)) for row in self.groups[group]]


class Page(HTMLParser):
    """The words of a page, block by block, what each chapter is about, and the tables, row by row."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str] = [""]
        self.spoken: list[str] = []
        self.tables: dict[str, Rows] = {}
        self.headings: list[str] = []
        self.event_lines: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._table: Rows | None = None
        self._group = ""
        self._row: list[Cell] | None = None
        self.feed(html)
        self.close()
        self.blocks = [" ".join(block.split()) for block in self.blocks if block.strip()]
        self.text = "\n".join(self.blocks)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.spoken += [attributes[name] for name in SPOKEN if attributes.get(name)]
        if tag not in VOID:
            self._open.append((tag, attributes.get("class", "")))
        if tag not in INLINE:
            self.blocks.append("")
        if tag == "table":
            self._table, self._group = Rows(), ""
            self.tables[attributes["id"]] = self._table
        elif tag == "tr":
            self._row = []
        elif tag in {"td", "th"} and self._row is not None:
            self._row.append(Cell(""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.spoken += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        _, css = self._open.pop()
        if tag not in INLINE:
            self.blocks.append("")
        if tag in {"h1", "h2", "h3"} or css == "event":
            words = " ".join(next(block for block in reversed(self.blocks) if block.strip()).split())
            (self.event_lines if css == "event" else self.headings).append(words)
        if self._table is None:
            return
        if tag == "tr" and self._row is not None:
            row = [Cell(*(" ".join(part.split()) for part in cell)) for cell in self._row]
            if css == "group":
                self._group = row[0].text
            elif not self._table.head:
                self._table.head = [cell.text for cell in row]
            else:
                self._table.groups.setdefault(self._group, []).append(row)
            self._row = None
        elif tag == "table":
            self._table = None

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._open]
        if "style" in tags or "script" in tags:
            return
        self.blocks[-1] += data
        if self._row and "svg" not in tags:
            css = {name for _, names in self._open for name in names.split()}
            cell = self._row[-1]
            if "hidden" in css:
                cell = cell._replace(hidden=cell.hidden + data)
            elif "second" in css or "rest" in css:
                cell = cell._replace(second=cell.second + data)
            elif "sup" in tags:
                cell = cell._replace(raised=cell.raised + data)
            else:
                cell = cell._replace(text=cell.text + data)
            self._row[-1] = cell


@dataclass(frozen=True)
class Made:
    """What ``eventstudy report`` and ``eventstudy run`` left behind."""

    page: Page
    paper: str  # the PDF's words in one line; empty without a PDF, or without poppler's pdftotext
    tables: Mapping[str, pd.DataFrame]
    sheets: int  # of the PDF; 0 without one


def _words(pdf: Path | None) -> str:
    program = shutil.which("pdftotext")
    if pdf is None or program is None:
        return ""
    done = subprocess.run([program, "-layout", str(pdf), "-"], capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def _sheets(pdf: Path | None) -> int:
    return 0 if pdf is None else len(pypdf.PdfReader(pdf).pages)


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@pytest.fixture(scope="session")
def studied(real_prices: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Made]:
    """``studied(arguments, formats)``: one report and the tables of the same study, each made once a session.

    The working folder is empty, so the packaged catalogue is used.
    """
    known: dict[tuple[str, ...], Made] = {}

    def study(*arguments: str, formats: str = "html") -> Made:
        key = (*arguments, formats)
        if key not in known:
            folder = tmp_path_factory.mktemp("acceptance")
            out, err = io.StringIO(), io.StringIO()
            with _inside(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                given = (*arguments, "--source", str(real_prices))
                assert main(["report", *given, "--format", formats]) == 0, err.getvalue()
                assert main(["run", *given]) == 0, err.getvalue()
            assert sorted(path.name for path in folder.iterdir()) == ["reports", "tables"]
            written = {path.suffix: path for path in (folder / "reports").iterdir()}
            assert sorted(path.suffix[1:] for path in written.values()) == sorted(formats.split(","))
            html = written[".html"].read_text(encoding="utf-8")
            tables = {
                path.stem: pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)
                for path in (folder / "tables").glob("*.csv")
            }
            known[key] = Made(Page(html), _words(written.get(".pdf")), tables, _sheets(written.get(".pdf")))
        return known[key]

    return study

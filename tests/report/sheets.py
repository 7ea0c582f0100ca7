"""What a PDF looks like from outside: its sheets, bookmarks and typefaces by pypdf, its ink by poppler."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest

POINTS = 72 / 25.4
WIDTH, HEIGHT = 210 * POINTS, 297 * POINTS
SIDE, TOP, BOTTOM = 17 * POINTS, 18 * POINTS, 18 * POINTS
_WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>')


@dataclass(frozen=True)
class Word:
    """A word and its box, in points from the top left of its sheet."""

    sheet: int
    left: float
    top: float
    right: float
    bottom: float
    text: str


def reader(made: bytes) -> pypdf.PdfReader:
    """The file as pypdf reads it."""
    return pypdf.PdfReader(io.BytesIO(made))


def bookmarks(made: bytes) -> list[tuple[int, str, int]]:
    """Depth, title and sheet (from 1) of every bookmark, in order."""
    read = reader(made)

    def walk(items: Any, depth: int) -> list[tuple[int, str, int]]:
        found = []
        for item in items:
            if isinstance(item, list):
                found += walk(item, depth + 1)
            else:
                found.append((depth, str(item.title), (read.get_destination_page_number(item) or 0) + 1))
        return found

    return walk(read.outline, 0)


def typefaces(made: bytes) -> dict[str, bool]:
    """The typefaces of all sheets, and whether each is embedded."""
    found: dict[str, bool] = {}
    for page in reader(made).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            name = str(font["/BaseFont"]).partition("+")[2] or str(font["/BaseFont"])
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            descriptor = inner["/FontDescriptor"].get_object()
            found[name] = any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))
    return found


def words(made: bytes, folder: Path) -> list[Word]:
    """Every word with its box; skipped without poppler's pdftotext."""
    text = _poppler("pdftotext", "-bbox", made=made, folder=folder).decode()
    found = []
    for sheet, page in enumerate(text.split("<page ")[1:], start=1):
        for *box, word in _WORD.findall(page):
            found.append(Word(sheet, *map(float, box), unescape(word)))
    return found


def ink(made: bytes, folder: Path, dpi: int = 36) -> list[np.ndarray]:
    """Every sheet in grey, 255 for white; skipped without poppler's pdftoppm."""
    data = _poppler("pdftoppm", "-gray", "-r", str(dpi), made=made, folder=folder)
    found, at = [], 0
    while at < len(data):
        head = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", data[at : at + 40])
        assert head is not None
        wide, high = int(head[1]), int(head[2])
        at += head.end()
        found.append(np.frombuffer(data, np.uint8, wide * high, at).reshape(high, wide))
        at += wide * high
    return found


def _poppler(program: str, *options: str, made: bytes, folder: Path) -> bytes:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} (poppler-utils) is not installed")
    path = folder / "sheets.pdf"
    path.write_bytes(made)
    out = ["-"] if program == "pdftotext" else []
    return subprocess.run([found, *options, str(path), *out], capture_output=True, check=True).stdout


def assert_nothing_is_cut(made: bytes, folder: Path) -> None:
    """No word and no line of a drawing reaches into a margin, on any sheet."""
    for word in words(made, folder):
        assert word.left > SIDE - 1.5, word
        assert word.right < WIDTH - SIDE + 1.5, word
        assert word.top > 0.4 * TOP, word
        assert word.bottom < HEIGHT - 0.2 * BOTTOM, word
    dpi = 36
    side, foot = (int((each - 2.0) * dpi / 72) for each in (SIDE, BOTTOM))
    for number, sheet in enumerate(ink(made, folder, dpi), start=1):
        assert sheet[:, :side].min() == 255, f"sheet {number}: ink in the left margin"
        assert sheet[:, -side:].min() == 255, f"sheet {number}: ink in the right margin"
        # between the text and the line over the sheet's own foot
        assert sheet[-foot : -foot + 4].min() > 200, f"sheet {number}: ink runs into its foot"

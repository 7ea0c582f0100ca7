"""Which letters of a report the PDF can draw, and with which typefaces.

typst brings Libertinus Serif and a few more: Latin, Greek, Cyrillic, Hebrew, signs. Japanese and Chinese come from
Noto Serif JP and SC where the extra ``cjk`` is installed. Fonts of the system are never asked, so that the same study
gives the same bytes on every machine that has the same packages.
"""

from __future__ import annotations

import importlib.util
import json
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventstudy.report.model import Code, Report, Rich, Strong, Table, TextCell
from eventstudy.report.tokens import PAPER_SERIFS
from eventstudy.report.wording import numbers
from eventstudy.report.wording import paper as say

SERIF, JAPANESE, CHINESE = PAPER_SERIFS
EXTRA = "eventstudy-report[cjk]"
_PACKAGES = {JAPANESE: "pylopdf_fonts_jp", CHINESE: "pylopdf_fonts_zh_cn"}
REPLACEMENT = "\ufffd"
WIDE = re.compile("[\u2e80-\ufdff\ufe30-\uffdc\U00020000-\U0003ffff]+")
"""Words of Chinese, Japanese and Korean letters."""
_MOST_NAMED = 12
# What needs no asking: ASCII, Latin-1 and Latin Extended-A, Greek, and the signs that the report itself writes
_KNOWN = frozenset(
    map(chr, [*range(0x20, 0x7F), *range(0xA0, 0xAD), *range(0xAE, 0x180), *range(0x391, 0x3A2), *range(0x3A3, 0x3CA)])
) | frozenset("−–—…‘’“”†·•▲▼✓→≠≤≥≈±×\u0304\u2009\u202f\u200b\ufffd\n")
_UNDRAWN = re.compile(r'the text `"(.+?)"` could not be displayed')
_PROBE = '#set document(title: "letters")\n#set text(font: json(bytes(sys.inputs.typefaces)))\n#heading[a]\n'


@dataclass(frozen=True)
class Typefaces:
    """What the letters of a report are set in.

    Attributes
    ----------
    names : tuple of str
        Typefaces in the order in which they are asked for a letter.
    folders : tuple of str
        Where those lie that typst does not bring.
    chinese : frozenset of str
        Letters that only the Chinese typeface has: a word that holds one is set in it whole.
    missing : frozenset of str
        Letters that no typeface has.
    """

    names: tuple[str, ...] = (SERIF,)
    folders: tuple[str, ...] = ()
    chinese: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()


def typefaces_for(letters: Iterable[str]) -> Typefaces:
    """The typefaces that a report with these letters needs, and what they lack.

    Parameters
    ----------
    letters : iterable of str
        Every letter that is drawn, each at least once. Ordinary ones cost nothing.

    Examples
    --------
    >>> typefaces_for("Tōkyō Steel, −2.1%")
    Typefaces(names=('Libertinus Serif',), folders=(), chinese=frozenset(), missing=frozenset())
    """
    asked = sorted(set(letters) - _KNOWN)
    if not asked:
        return Typefaces()
    wide = [letter for letter in asked if WIDE.match(letter)]
    folders = _folders() if wide else {}
    names = (SERIF, *folders)
    missing = _undrawn(asked, names, tuple(folders.values()))
    chinese: frozenset[str] = frozenset()
    if len(folders) == len(_PACKAGES):
        drawn = [letter for letter in wide if letter not in missing]
        chinese = _undrawn(drawn, (SERIF, JAPANESE), (folders[JAPANESE],))
    return Typefaces(names, tuple(folders.values()), chinese, missing)


def undrawn_note(report: Report, faces: Typefaces) -> Rich:
    """Whose names cannot be drawn, by their tickers, which letters they are, and what would draw them; () for none.

    Parameters
    ----------
    report : Report
        Whose tables name the shares.
    faces : Typefaces
        What its letters can be set in.
    """
    if not faces.missing:
        return ()
    tickers = {
        cell.second
        for block in report.blocks()
        if isinstance(block, Table) and block.on_paper
        for group in block.paper or block.groups
        for row in group.rows
        for cell in row.cells
        if isinstance(cell, TextCell) and cell.second and faces.missing.intersection(cell.text)
    }
    which = numbers.listed([f"U+{ord(letter):04X}" for letter in sorted(faces.missing)], most=_MOST_NAMED)
    whose = say.whose_names(sorted(tickers), _MOST_NAMED)
    count = say.letters(len(faces.missing))
    told = say.not_whole(count, which)
    stand = say.stand_as(len(faces.missing), REPLACEMENT)
    remedy: Rich = (say.LETTERS_COME_WITH, Code(f"pip install '{EXTRA}'"), ".")
    lacks_package = len(faces.names) <= len(_PACKAGES) and any(WIDE.match(letter) for letter in faces.missing)
    return (Strong(whose), told + stand, *(remedy if lacks_package else ()))


def _folders() -> dict[str, str]:
    """Typeface to folder, of those whose package is installed."""
    found = {}
    for typeface, package in _PACKAGES.items():
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            found[typeface] = str(Path(spec.origin).parent)
    return found


def _undrawn(letters: Sequence[str], names: Sequence[str], folders: Sequence[str]) -> frozenset[str]:
    """Those of the letters that none of the typefaces has: typst says which, when it must not draw an empty box."""
    missing: set[str] = set()
    while asked := [letter for letter in letters if letter not in missing]:
        told = _told(asked, names, folders)
        if not told:
            break
        missing |= told
    return frozenset(missing)


def _told(letters: Sequence[str], names: Sequence[str], folders: Sequence[str]) -> set[str]:
    """Some of the letters that cannot be drawn, at least one if there are any."""
    import typst

    # by number, one a line: nothing can be read as markup
    lines = "\n".join(f'#"\\u{{{ord(letter):x}}}"' for letter in letters)
    with tempfile.TemporaryDirectory(prefix="eventstudy-") as root:
        settings: dict[str, Any] = {
            "root": root,
            "ignore_system_fonts": True,
            "font_paths": list(folders),
            "format": "pdf",
            "sys_inputs": {"typefaces": json.dumps(names)},
            "pdf_standards": ["ua-1"],
        }
        try:
            typst.compile((_PROBE + lines).encode(), **settings)
        except typst.TypstError as problem:
            # a letter may be told together with a mark that stands on it
            told = "".join(_UNDRAWN.findall(f"{problem} {getattr(problem, 'diagnostic', '')}"))
            return set(told).intersection(letters)
    return set()

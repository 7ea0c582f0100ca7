"""A second language is another `wording` folder: no part of the report has words of its own."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

import eventstudy.report

REPORT = Path(eventstudy.report.__file__).parent
HERE = Path(__file__).parent

# Texts in code that a reader does not see, or that are the same in every language.
UNSEEN = {
    # a heat map's names are made of the words of event ids, which are data; so are episodes
    "sections/other_announcements.py": {
        "MP", "Mofcom", "Kyodo", "Japan", "China", "Xi", "Trump", "Busan", "Takaichi", "Geneva", "London", "Apple",
        "Senkaku", "Molycorp", "Taiwan", "Beijing", "Australia", "Kuala", "Lumpur",
    },
    # why a call is refused: errors speak to who writes code, in English
    "sections/trust.py": {
        "measure it with laboratory.study_size(results)", "the size is of other groups than this report's; ",
        "the size is measured on ", " prices and the study made on ", " ones; ", "the size is of another window than ",
        ", which the report reads; ", "a universe or factors", "a specification", "the size is measured with ",
        " other than the study's; ",
    },
    "build.py": {
        "this study has no catalogue of events, which a report is about; use results.groups() and results.tests(), "
        "or run_study() with events and a universe",
        "the curve is of ", ", which this report is not about; give one of ", "the curve is made on ",
        " prices and the study on ", " ones; make both from one source",
    },
    # letters to measure a typeface by, not words
    "figures/canvas.py": {"Sector, number of shares 0123456789 Beneficiaries, all +12.4%"},
    # how a source prints what it reports, which is data
    "sections/press.py": {r"as (much|high|low|little) as|\b(high|low|peak|trough|limit)\b"},
    "figures/__init__.py": {"Mapping[str, Mapping[Size, tuple[Drawn, ...]]]"},
    "figures/sheet.py": {" ft.,:;/!I[]\\"},
    "pdf.py": {"could not be displayed"},
    "measures.py": {"Reading"},  # a name of a type
}  # fmt: skip
MODULES = [
    *sorted(f"{folder}/{path.name}" for folder in ("sections", "figures") for path in (REPORT / folder).glob("*.py")),
    *("build.py", "censoring.py", "chapter.py", "columns.py", "evidence.py", "measures.py", "pdf.py", "shared.py"),
]
# words between spaces, or one word that begins large
LOOKS_ENGLISH = re.compile(r"[A-Za-z]{2,}[,;:]? |[,;.]? [a-z]{2,}|^[A-Z][a-z]+$")


def texts_of(tree: ast.Module) -> Iterator[str]:
    """The literals of a module; no docstrings and annotations, no names that it exports, no errors about arguments."""
    unseen: set[int] = set()
    for node in ast.walk(tree):
        hidden: list[ast.AST | None] = []
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            hidden.append(node)
        if isinstance(node, ast.arg | ast.AnnAssign):
            hidden.append(node.annotation)
        if isinstance(node, ast.FunctionDef):
            hidden.append(node.returns)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            hidden.append(node)
        unseen |= {id(each) for tree in hidden if tree is not None for each in ast.walk(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in unseen:
            yield node.value


@pytest.mark.parametrize("name", MODULES)
def test_no_part_has_words_of_its_own(name):
    found = {text for text in texts_of(ast.parse((REPORT / name).read_text("utf-8"))) if LOOKS_ENGLISH.search(text)}
    assert found - UNSEEN.get(name, set()) == set()


# chosen between, and no words: columns, kinds and readings
CHOSEN = {"adj_close", "close", "simulated", "real", "noise", "benchmark", "tightening"}
SECTIONS = [name for name in MODULES if not name.startswith("figures/")]


@pytest.mark.parametrize("name", SECTIONS)
def test_no_part_chooses_between_words(name):
    choices = [each for each in ast.walk(ast.parse((REPORT / name).read_text("utf-8"))) if isinstance(each, ast.IfExp)]
    found = {
        node.value
        for choice in choices
        for branch in (choice.body, choice.orelse)
        for node in (branch.elts if isinstance(branch, ast.Tuple) else [branch])
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search("[a-z]{3}", node.value)
    }
    assert found - CHOSEN == set()


@pytest.mark.parametrize("name", SECTIONS)
def test_no_part_names_a_group_itself(name):
    # ("exposed", say.EXPOSED), ("beneficiary", "beneficiaries"): the second has words of its own
    tree = ast.parse((REPORT / name).read_text("utf-8"))
    tables = [
        each.elts
        for each in ast.walk(tree)
        if isinstance(each, ast.Tuple) and each.elts and all(isinstance(row, ast.Tuple) for row in each.elts)
    ]
    found = set()
    for rows in tables:
        for cells in zip(*(row.elts for row in rows if isinstance(row, ast.Tuple)), strict=False):
            if any(ast.unparse(cell).startswith("say.") for cell in cells):
                found |= {cell.value for cell in cells if isinstance(cell, ast.Constant)}
    assert found == set()


@pytest.mark.parametrize("name", sorted(UNSEEN))
def test_every_exception_is_needed(name):
    assert set(texts_of(ast.parse((REPORT / name).read_text("utf-8")))) >= UNSEEN[name]


INLINE = {"b", "i", "sup", "code", "abbr", "tspan", "span", "em"}
SPOKEN = {"title", "aria-label", "alt", "data-second", "data-values"}
# formulas and their names
SIGNS = {"AR", "CAR", "SCAR", "CAAR", "Var", "sd", "max", "Holm", "eventstudy"}
COMMAND = "eventstudy report --source yahoo"
PACKAGES = re.compile(r"(eventstudy|numpy|pandas|scipy|Python) \d[\w.+]*|\b[0-9a-f]{4}…[0-9a-f]{4}\b")


class Seen(HTMLParser):
    """What a page shows and reads aloud: texts of blocks, and of drawings, which break them into lines."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.drawn: list[str] = []
        self._text, self._hidden, self._drawing = "", 0, 0

    def _end(self) -> None:
        if self._text.strip():
            (self.drawn if self._drawing else self.blocks).append(self._text.strip())
        self._text = ""

    def handle_starttag(self, tag, attrs):
        if tag not in INLINE:
            self._end()
        self._hidden += tag in ("style", "script")
        self._drawing += tag == "svg"
        for name, value in attrs:
            if name in SPOKEN and value:
                self.blocks += value.split("\n")

    def handle_endtag(self, tag):
        if tag not in INLINE:
            self._end()
        self._hidden -= tag in ("style", "script")
        self._drawing -= tag == "svg"

    def handle_data(self, data):
        if not self._hidden:
            self._text += data


def outside(text: str) -> str:
    """What stands in no brackets."""
    depth, found = 0, ""
    for letter in text:
        depth += (letter == "⟦") - (letter == "⟧")
        found += letter if depth <= 0 and letter not in "⟦⟧" else "\0" if letter == "⟦" else ""
    return found


# of what typst is given: kinds, places, addresses, colours, marks, names of typefaces and of the language
UNSET = {"k", "anchor", "u", "colour", "mark", "language"}


def read_paper(seen: Seen, value: object) -> None:
    """Every text that typst is given, and those of drawings."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "svg":
                seen.feed(each)
            elif key not in UNSET:
                read_paper(seen, each)
    elif isinstance(value, list):
        for each in value:
            read_paper(seen, each)
    elif isinstance(value, str):
        # long words have places to break
        seen.blocks.append(value.replace("\u200b", ""))


def english_left(seen: Seen, data: set[str]) -> set[str]:
    """Texts with words that stand in no brackets and are no data."""
    words = sorted({COMMAND.casefold(), *data}, key=len)[::-1]
    whole = {each: re.compile(rf"(?<!\w){re.escape(each)}(?!\w)") for each in words}
    known = " ".join(data)
    left = set()
    for text in seen.blocks:
        rest = PACKAGES.sub("", outside(text)).casefold()
        rest = "" if rest.strip("\0 ") in {sign.casefold() for sign in SIGNS} else rest
        for each, pattern in whole.items():
            if each in rest:
                rest = pattern.sub("\0", rest)
        if re.search("[a-z]{2}", rest):
            left.add(text)
    for text in seen.drawn:
        # names in drawings are broken at syllables and cut short: each piece is of a known text
        pieces = re.findall(r"[^\W\d_]{2,}", outside(text).casefold())
        left |= {text for piece in pieces if piece not in known}
    return left


@pytest.mark.parametrize("name", ["event", "few", pytest.param("episodes", marks=pytest.mark.slow)])
def test_a_made_up_language_leaves_no_english(name, tmp_path):
    subprocess.run([sys.executable, HERE / "pseudo.py", tmp_path, name], check=True, timeout=300)
    data = {outside(text).casefold() for text in json.loads((tmp_path / f"{name}.json").read_text("utf-8"))} - {""}
    html, paper = ((tmp_path / f"{name}{ending}").read_text("utf-8") for ending in (".html", ".paper.json"))
    page, sheets = Seen(), Seen()
    page.feed(html)
    read_paper(sheets, json.loads(paper))
    assert len(page.blocks) > 400
    assert len(sheets.blocks) > 300
    assert len(sheets.drawn) > 20
    for text, seen in ((html, page), (json.dumps(json.loads(paper), ensure_ascii=False), sheets)):
        assert {told.partition("⟫")[0] for told in text.split("⟪")[1:]} == set()
        assert english_left(seen, data) == set()


def test_the_template_of_paper_has_no_words():
    template = (REPORT / "templates" / "report.typ").read_text("utf-8")
    code = re.sub(r"//[^\n]*", "", template)
    assert [text for text in re.findall(r'"([^"\n]*)"', code) if LOOKS_ENGLISH.search(text)] == ["DejaVu Sans Mono"]
    # content between brackets is set as it stands
    assert re.findall(r"\[\s*[A-Za-z]{2,} ", code) == []

"""Sentences of the data code know of what they are made, and every code has its words."""

from __future__ import annotations

import ast
import copy
import pickle
from collections import Counter
from datetime import date
from pathlib import Path
from string import Formatter

import pytest

import eventstudy as es
from eventstudy.calendars import event_day
from eventstudy.calendars.event_day import PATTERNS as EVENT_DAYS
from eventstudy.catalogue.markets import CITIES
from eventstudy.counterfactual.reasons import PATTERNS as DONORS
from eventstudy.inference.reasons import PATTERNS as STATISTICS
from eventstudy.panel.attrition import PATTERNS as ATTRITION
from eventstudy.panel.attrition import describe
from eventstudy.prices.quality import summed
from eventstudy.prices.words import PATTERNS as PRICES
from eventstudy.report.wording import sentences
from eventstudy.sentences import Sentence

PACKAGE = Path(es.__file__).parent
AREAS = (ATTRITION, CITIES, EVENT_DAYS, PRICES, STATISTICS, DONORS)
MAKERS = ("said", "_said", "because")  # what modules call to make a sentence


@pytest.mark.parametrize("remade", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_knows_of_what_it_is_made(remade):
    one = event_day(date(2026, 1, 10), "XTKS").sentence
    again = remade(one)
    assert (again, again.code, again.parts) == (one, "day.no_session_in", one.parts)
    assert again.parts["city"].code == "XTKS"


def test_no_code_has_two_texts():
    assert [code for code, count in Counter(code for area in AREAS for code in area).items() if count > 1] == []
    assert set(sentences.PATTERNS) == {code for area in AREAS for code in area}


def literal_codes():
    """(code, names of its parts, file) of every sentence that is made of a code written out.

    A name of None stands for parts given as a mapping, or for a second code that takes more of them.
    """
    for path in sorted(PACKAGE.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in MAKERS:
                code = call.args[0]
                codes = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
                names = {each.arg for each in call.keywords}
                for each in codes:
                    if isinstance(each, ast.Constant):
                        yield each.value, names | {None} if len(codes) > 1 else names, path.name


def test_every_sentence_has_its_pattern_and_gives_its_parts():
    wrong, found = [], 0
    for code, names, file in literal_codes():
        found += 1
        pattern = sentences.PATTERNS.get(code)
        wanted = {name for _, name, _, _ in Formatter().parse(pattern or "") if name}
        if pattern is None or (wanted != names and None not in names):
            wrong.append((file, code, wanted ^ names))
    assert wrong == []
    assert found > 100


def test_every_pattern_is_said_somewhere():
    codes = {code for code, _, _ in literal_codes()}
    texts = {
        node.value
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    # codes made of a stem and a number, a side, a kind or a column
    stems = tuple(text for text in texts if text.endswith((".", "_")) and len(text) > 4)
    stems += tuple(f"{text}." for text in texts if text.startswith(("note.", "check.", "none.", "figure.")))
    said = (*EVENT_DAYS, *PRICES, *STATISTICS, *DONORS)
    assert [code for code in said if code not in codes | texts and not code.startswith(stems)] == []


def test_english_is_what_the_tables_say():
    events = es.read_events().select(["2026-01-06-japan-dual-use-ban"])
    results = es.run_study(events, es.read_universe(), es.SamplePrices(), es.StudySpec(windows=((0, 0),)))
    told = [describe(reason) for reason in ATTRITION]
    told += [each.detail for each in (*results.findings, *summed(results.findings, many=1))]
    told += [*results.prices.notes, *results.prices.missing.values()]
    told += [event_day(event.announced_at, mic).sentence for event in es.read_events() for mic in CITIES]
    assert len({each.code for each in told}) > 35
    for each in told:
        assert isinstance(each, Sentence)
        assert sentences.worded(each) == each.replace("adj_close", "adjusted close")
    assert sentences.worded("as the source answered") == "as the source answered"

"""Confounders and reported moves: types, defaults, messages, and what a qualifier says."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from eventstudy.catalogue import ReportedMove, read_confounders, read_reported_moves
from eventstudy.errors import InputError

CONFOUNDERS = "session_date,scope,note,source_title,publisher,source_date,source_url\n"
MOVES = "event_id,instrument,session_date,reported_move_pct,qualifier,source_title,publisher,source_date,source_url\n"


def problems_of(read, path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(path)
    return [str(problem) for problem in caught.value.problems]


def test_confounders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "confounders.csv"
    path.write_text(CONFOUNDERS + "2026-01-07,XTKS,A broker spoke,T,P,2026-01-06,https://example.org\n")
    (news,) = read_confounders("confounders.csv")
    assert (news.session_date, news.scope, news.note) == (date(2026, 1, 7), "XTKS", "A broker spoke")
    assert (news.source_title, news.publisher, news.source_date) == ("T", "P", date(2026, 1, 6))
    assert [news.concerns(*line) for line in (("7203.T", "XTKS"), ("MP", "XNYS"))] == [True, False]
    path.write_text(CONFOUNDERS + ",,,,,x,y\n")
    assert problems_of(read_confounders, "confounders.csv") == [
        "confounders.csv:2:session_date: the cell is empty; write a date such as 2026-01-06",
        "confounders.csv:2:scope: the cell is empty; write a ticker, an exchange code such as XTKS, or *",
        "confounders.csv:2:note: the cell is empty; write what happened",
        "confounders.csv:2:source_date: 'x' is not an ISO 8601 date; write a date such as 2026-01-06",
        "confounders.csv:2:source_url: 'y' is not a web address; "
        "write an address that begins with http:// or https://, or leave the cell empty",
    ]


def test_confounders_stand_beside_the_events(write_events, tmp_path):
    assert len(read_confounders()) == 11  # no events.csv here: the packaged catalogue
    write_events({})
    assert read_confounders() == ()
    (tmp_path / "confounders.csv").write_text(CONFOUNDERS + "2026-01-07,*,x,,,,\n")
    assert [news.note for news in read_confounders()] == ["x"]


def test_reported_moves(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "moves.csv").write_text(MOVES + "e,LYC.AX,2026-01-07,14.5,close (A$15.06),T,P,,\n")
    (move,) = read_reported_moves("moves.csv")
    assert (move.event_id, move.instrument, move.session_date) == ("e", "LYC.AX", date(2026, 1, 7))
    assert (move.reported_move_pct, move.basis, move.is_placebo) == (14.5, "close", False)
    (tmp_path / "moves.csv").write_text(MOVES + ",,2026,12%,,,,,\n")
    assert problems_of(read_reported_moves, "moves.csv") == [
        "moves.csv:2:event_id: the cell is empty; write the id of an event",
        "moves.csv:2:instrument: the cell is empty; write a ticker or the name of an index",
        "moves.csv:2:session_date: '2026' is not an ISO 8601 date; write a date such as 2026-01-06",
        "moves.csv:2:reported_move_pct: '12%' is not a number; write digits with a decimal point",
    ]


BASES = {
    "close": [
        "close",
        "close (A$1.79, before the 2017 consolidation)",
        "close at the daily limit",
        "close (flat), after trading up intraday",
        "close; derived from -94.65",
        "close (placebo)",
    ],
    "intraday": [
        "intraday",
        "as much as (A$9.20)",
        "up to; morning trading",
        "over; intraday",
        "around noon (A$1.82)",
        "late morning ($53.11)",
        "morning session (placebo)",
        "by early afternoon ($51.57)",
        "as of 01:52 GMT (3,521.12)",
        "through 12:05 ET",
        "at 14:20 Beijing (CNY45.60)",
        "near the open",
        "first minutes, after an initial fall of over 1%",
        "early trading",
        "intraday low",
        "late session or final unclear",
        "at time of writing (A$0.705)",
        "reported during session (approximate, intraday)",
    ],
    "other": [
        "",
        "premarket",
        "session",
        "over",
        "rally",
        "climbed",
        "approximate",
        "daily price limit",
        "more than; cumulative since 15 August",
        "two sessions combined (about 4-5 February)",
        "nearly",
        "last quote ($60.88), may be the prior session",
        "change over 20-23 October as labelled by the source",
    ],
}


@pytest.mark.parametrize(("basis", "qualifier"), [(basis, text) for basis, texts in BASES.items() for text in texts])
def test_basis(basis, qualifier):
    assert ReportedMove("e", "X", date(2026, 1, 7), 1.0, qualifier).basis == basis


def test_basis_of_the_packaged_moves():
    moves = read_reported_moves()
    assert len(moves) == 229
    assert Counter(move.basis for move in moves)["close"] == sum(m.qualifier.startswith("close") for m in moves)
    assert sorted({move.instrument for move in moves if move.is_placebo}) == ["5706.T", "8022.T", "8035.T", "9983.T"]

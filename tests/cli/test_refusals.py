"""Every bad file, told word for word by every command that reads it; nothing is written, nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventstudy.catalogue import EVENT_COLUMNS, UNIVERSE_COLUMNS

EVENT_HEADER = ",".join(EVENT_COLUMNS)
UNIVERSE_HEADER = ",".join(UNIVERSE_COLUMNS)
EVENT_CELLS = {
    "event_id": "2026-02-01-x",
    "announced_at": "2026-02-01",
    "title": "X",
    "direction": "restriction",
    "confidence": "confirmed",
}
SHARE_CELLS = {
    "ticker": "7203.T",
    "name": "Toyota Motor",
    "exchange": "XTKS",
    "currency": "JPY",
    "sector": "Autos",
    "role": "exposed",
    "benchmark": "1306.T",
}
HUGE = "x" * 10_000_000
READERS = (("check",), ("report", "--source", "sample"))


def event(**cells: str) -> str:
    return ",".join((EVENT_CELLS | cells).get(name, "") for name in EVENT_COLUMNS)


def share(**cells: str) -> str:
    return ",".join((SHARE_CELLS | cells).get(name, "") for name in UNIVERSE_COLUMNS)


INDEX = share(ticker="1306.T", name="TOPIX", role="benchmark", benchmark="")


def events_file(*rows: str) -> bytes:
    return "\n".join((EVENT_HEADER, *rows, "")).encode()


def universe_file(*rows: str) -> bytes:
    return "\n".join((UNIVERSE_HEADER, *rows, INDEX, "")).encode()


NO_ID = "use letters, digits, '.', '_' and '-', and begin with a letter or digit, such as"
EXCHANGES = "XTKS, XASX, XNYS, XNAS, ARCX, XASE, XSHG, XSHE, XHKG, XKRX, XTSE, XTSX"
ROLES = "exposed, beneficiary, control, benchmark"

EVENTS = {
    "empty": (b"", f": the file is empty; its first line must name the columns: {EVENT_HEADER}"),
    "wrong header": (
        b"id,when\n1,2\n",
        f":1: the first line is not the header; begin the file with a line that names the columns: {EVENT_HEADER}",
    ),
    "bad date": (
        events_file(event(announced_at="2026-02-30")),
        ":2:announced_at: '2026-02-30' is not a day of the calendar; correct the year, month or day",
    ),
    "time without zone": (
        events_file(event(announced_at="2026-01-06 16:38")),
        ":2:announced_at: '2026-01-06 16:38' has no UTC offset; write 2026-01-06T16:38+08:00",
    ),
    "duplicate id": (
        events_file(event(), event()),
        ":3:event_id: '2026-02-01-x' already stands on line 2; give each event its own id",
    ),
    "id with a slash": (events_file(event(event_id="a/b")), f":2:event_id: 'a/b' is not an event id; {NO_ID} a-b"),
    "id that climbs": (
        events_file(event(event_id="../../x")),
        f":2:event_id: '../../x' is not an event id; {NO_ID} x",
    ),
    "id that is markup": (
        events_file(event(event_id="<script>alert(1)</script>")),
        f":2:event_id: '<script>alert(1)</script>' is not an event id; {NO_ID} script-alert-1-script",
    ),
    "id that is typesetting": (
        events_file(event(event_id='"#read(""/etc/passwd"")"')),
        f":2:event_id: '#read(\"/etc/passwd\")' is not an event id; {NO_ID} read-etc-passwd",
    ),
    "id that is a formula": (
        events_file(event(event_id="=HYPERLINK(1)")),
        f":2:event_id: '=HYPERLINK(1)' is not an event id; {NO_ID} HYPERLINK-1",
    ),
    "ragged row": (
        events_file(event() + ",more,and,more"),
        ":2: the row has 17 cells where the header has 14; put a cell that contains a comma in quotes",
    ),
    "short row": (
        events_file("2026-02-01-x,2026-02-01"),
        ":2: the row has 2 cells where the header has 14; leave no cell out, an empty one still needs its comma",
    ),
    "huge cell": (
        events_file(event(summary=HUGE)),
        ":2:summary: the cell has 10,000,000 characters; shorten it to 100,000 at most, "
        "or look for a quote that never closes",
    ),
    "NUL byte": (
        events_file(event(title="a\0b")),
        ":2: the line contains 1 NUL byte; the file is damaged or not plain text: save it as UTF-8",
    ),
    "UTF-16": (
        events_file(event()).decode().encode("utf-16"),
        ": the file is in UTF-16 or another encoding that is not UTF-8; save it as UTF-8",
    ),
}
UNIVERSES = {
    "empty": (b"", f": the file is empty; its first line must name the columns: {UNIVERSE_HEADER}"),
    "wrong header": (
        b"a,b\n1,2\n",
        f":1: the first line is not the header; begin the file with a line that names the columns: {UNIVERSE_HEADER}",
    ),
    "unknown exchange": (
        universe_file(share(exchange="XTYO")),
        f":2:exchange: 'XTYO' is not one of {EXCHANGES}; write one of {EXCHANGES}",
    ),
    "unknown role": (
        universe_file(share(role="hurt")),
        f":2:role: 'hurt' is not one of {ROLES}; write one of {ROLES}",
    ),
    "duplicate ticker": (
        universe_file(share(), share()),
        ":3:ticker: '7203.T' already stands on line 2; keep one line for each security",
    ),
    "ticker that climbs": (
        universe_file(share(ticker="../../x")),
        ":2:ticker: '../../x' is not a ticker; write the symbol without slashes, '..', line breaks or blanks around it",
    ),
    "unknown benchmark": (
        universe_file(share(benchmark="NOPE")),
        ":2:benchmark: 'NOPE' is not a ticker of this file; add a line with role benchmark for it",
    ),
    "bad date": (
        universe_file(share(first_trade="2026-02-30")),
        ":2:first_trade: '2026-02-30' is not a day of the calendar; correct the year, month or day",
    ),
    "ragged row": (
        universe_file(share() + ",a,b"),
        ":2: the row has 15 cells where the header has 13; put a cell that contains a comma in quotes",
    ),
    "huge cell": (
        universe_file(share(name=HUGE)),
        ":2:name: the cell has 10,000,000 characters; shorten it to 100,000 at most, "
        "or look for a quote that never closes",
    ),
    "NUL byte": (
        universe_file(share(name="a\0b")),
        ":2: the line contains 1 NUL byte; the file is damaged or not plain text: save it as UTF-8",
    ),
    "UTF-16": (
        universe_file(share()).decode().encode("utf-16"),
        ": the file is in UTF-16 or another encoding that is not UTF-8; save it as UTF-8",
    ),
}
CASES = [
    *(("events.csv", "events", case) for case in EVENTS),
    *(("universe.csv", "universe", case) for case in UNIVERSES),
]


@pytest.mark.parametrize(("name", "group", "case"), CASES)
def test_a_bad_file_is_told_word_for_word_and_left_alone(command, tmp_path, name, group, case):
    body, told = (EVENTS if group == "events" else UNIVERSES)[case]
    (tmp_path / name).write_bytes(body)
    for reader in READERS:
        done = command(*(reader if reader != ("check",) else (group, "check")))
        assert done == (1, "", f"{name} has 1 problem:\n  {name}{told}\n")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == body


def test_all_problems_of_a_file_at_once(command, tmp_path):
    rows = (event(announced_at="2026-02-30"), event(event_id="a/b"), event(event_id="b", direction="ban"))
    (tmp_path / "events.csv").write_bytes(events_file(*rows))
    done = command("report", "--source", "sample")
    assert done.code == 1
    assert [line.split(": ")[0].strip() for line in done.err.splitlines()] == [
        "events.csv has 3 problems:",
        "events.csv:2:announced_at",
        "events.csv:3:event_id",
        "events.csv:4:direction",
    ]


@pytest.mark.parametrize("verb", ["report", "run", "claims"])
def test_a_missing_file_is_told_with_the_folder_that_was_searched(command, tmp_path, verb):
    for option in ("--events", "--universe"):
        assert command(verb, option, "mine.csv", "--source", "sample") == (
            1,
            "",
            f"mine.csv has 1 problem:\n  mine.csv: there is no such file; check the path (looked in {tmp_path})\n",
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("verb", ["report", "run", "claims"])
def test_unknown_names_are_told_word_for_word(command, tmp_path, verb):
    (tmp_path / "events.csv").write_bytes(events_file(event()))
    assert command(verb, "nope", "--source", "sample") == (
        1,
        "",
        "there is no event 'nope' in events.csv; see `eventstudy events list`\n",
    )
    assert command(verb, "--source", "nowhere") == (
        1,
        "",
        "--source nowhere: no such file or folder; give a folder of TICKER.csv files, one long CSV or Parquet file, or "
        "write --source yahoo or --source sample\n",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]


@pytest.mark.parametrize("verb", ["report", "run"])
def test_nothing_to_estimate_is_told_with_the_commonest_reason(command, tmp_path, verb):
    (tmp_path / "events.csv").write_bytes(events_file(event(announced_at="2099-01-05")))
    (tmp_path / "universe.csv").write_bytes(universe_file(share()))
    assert command(verb, "--source", "sample") == (
        1,
        "",
        "not one pair can be estimated: 1 × the exchange's calendar does not reach the announcement\n"
        "see `eventstudy prices check` for what the source holds, or choose other events\n",
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.csv", "universe.csv"]


@pytest.mark.parametrize("verb", ["report", "run", "claims"])
def test_no_network_is_told_with_both_ways_out(command, tmp_path, verb):
    (tmp_path / "events.csv").write_bytes(events_file(event()))
    (tmp_path / "universe.csv").write_bytes(universe_file(share()))
    done = command(verb)
    assert (done.code, done.out) == (1, "")
    # what stands in brackets is the system's own word for the failure
    assert done.err.startswith("no prices: Yahoo cannot be reached (")
    assert done.err.endswith(
        "), and the store prices has none of these 2 tickers; check HTTPS_PROXY, or use --source sample for the "
        "embedded market, or --source PATH for price files of your own\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.csv", "universe.csv"]


def test_out_that_is_a_file_is_refused_before_anything_is_read(command, tmp_path):
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    for verb in ("report", "run"):
        for out, there in (("taken", "taken"), (str(Path("taken", "below")), "taken")):
            assert command(verb, "--out", out, "--source", "sample", "--events", "no such file") == (
                1,
                "",
                f"--out {out}: {there} is a file, not a folder; choose another folder\n",
            )
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"

"""``events`` and ``universe``: list, show, check, add; every bad file told at once, nothing lost."""

from __future__ import annotations

import io

import pytest

from eventstudy.catalogue import EVENT_COLUMNS

EVENT = "2026-01-06-japan-dual-use-ban"
HEADER = ",".join(EVENT_COLUMNS)


def test_check_of_the_packaged_catalogue(command):
    done = command("events", "check")
    assert done.code == 0
    assert done.out.endswith("events.csv: 69 events, no problems\n")
    done = command("universe", "check")
    assert done.code == 0
    assert done.out.endswith("universe.csv: 228 lines, no problems\n")


def test_own_file_is_taken_before_the_packaged_one(command, own_catalogue):
    lines = (own_catalogue / "events.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (own_catalogue / "events.csv").write_text("".join(lines[:2]), encoding="utf-8")
    assert command("events", "check").out == "events.csv: 1 event, no problems\n"


def test_list_is_in_time_order_and_can_be_narrowed(command):
    lines = command("events", "list").out.splitlines()
    assert len(lines) == 70
    dates = [line.split()[1] for line in lines[1:]]
    assert dates == sorted(dates)
    narrowed = command("events", "list", "--episode", "2010-embargo", "--since", "2010-09-01", "--until", "2010-09-30")
    assert [line.split()[0] for line in narrowed.out.splitlines()[1:]] == [
        "2010-09-07-senkaku-collision",
        "2010-09-23-nyt-embargo-report",
        "2010-09-24-japan-releases-captain",
        "2010-09-29-export-procedures-resume-report",
    ]


def test_list_of_nothing_says_what_to_widen(command):
    done = command("events", "list", "--since", "2031-01-01")
    assert done.code == 1
    assert "no event fits these options; widen --episode, --since or --until" in done.err


def test_unknown_episode_suggests_the_nearest(command):
    done = command("events", "list", "--episode", "2010-embrago")
    assert done.code == 1
    assert "did you mean 2010-embargo?" in done.err


def test_show_gives_the_event_day_of_each_exchange(command):
    done = command("events", "show", EVENT)
    assert done.code == 0
    assert "announced   2026-01-06 16:38+08:00" in done.out
    days = {line.split()[0]: line for line in done.out.splitlines() if line.startswith("X")}
    assert "2026-01-07" in days["XTKS"]
    assert "2026-01-07" in days["XASX"]
    assert "2026-01-07" in days["XSHG"]
    assert "2026-01-06" in days["XNYS"]
    assert "15:30" in days["XTKS"]


def test_show_of_an_unknown_event(command):
    done = command("events", "show", "2026-01-06-japan-dual-use")
    assert done.code == 1
    assert f"did you mean {EVENT}?" in done.err
    assert done.out == ""


def test_universe_by_sector_and_role(command):
    lines = command("universe", "list", "--sector", "Autos & parts").out.splitlines()
    assert any(line.startswith("7203.T") for line in lines)
    assert all("exposed" in line for line in lines[1:])
    assert len(command("universe", "list").out.splitlines()) == 229
    donors = command("universe", "list", "--sector", "Donors").out.splitlines()
    assert len(donors) == 107
    assert all("control" in line for line in donors[1:])
    # the controls that are studied themselves stand beside them
    assert len(command("universe", "list", "--role", "control").out.splitlines()) == 107 + 5
    done = command("universe", "list", "--sector", "Autos & part")
    assert done.code == 1
    assert "did you mean Autos & parts?" in done.err
    for verb, role in (("universe", "exposd"), ("run", "exposd"), ("run", "benchmark")):
        done = command(verb, *(["list"] if verb == "universe" else ["--source", "sample"]), "--role", role)
        near = "; did you mean exposed?" if role == "exposd" else ""
        assert done == (1, "", f"--role {role}: choose one of exposed, beneficiary, control{near}\n")


def _row(**cells: str) -> str:
    values = {
        "event_id": "2026-02-01-x",
        "announced_at": "2026-02-01",
        "title": "X",
        "direction": "restriction",
        "confidence": "confirmed",
    }
    return ",".join((values | cells).get(name, "") for name in EVENT_COLUMNS)


BAD_FILES = {
    "empty": (b"", ["events.csv"]),
    "wrong header": (b"id,when\n1,2\n", ["events.csv", "event_id"]),
    "bad date": (_row(announced_at="2026-02-30").encode(), ["events.csv:2:announced_at", "'2026-02-30'"]),
    "no zone": (
        _row(announced_at="2026-01-06 16:38").encode(),
        ["events.csv:2:announced_at: '2026-01-06 16:38' has no UTC offset"],
    ),
    "duplicate id": (
        f"{_row()}\n{_row()}".encode(),
        ["events.csv:3:event_id: '2026-02-01-x' already stands on line 2; give each event its own id"],
    ),
    "slash": (_row(event_id="../../x").encode(), ["events.csv:2:event_id", "'../../x'"]),
    "ragged": (_row().encode() + b",more,and,more", ["events.csv:2"]),
    "huge cell": (_row(summary="x" * 10_000_000).encode(), ["events.csv:2"]),
    "nul": (_row(title="a\0b").encode(), ["events.csv"]),
    "utf-16": (f"{HEADER}\n{_row()}\n".encode("utf-16"), ["events.csv", "UTF-8"]),
}


@pytest.mark.parametrize("case", BAD_FILES)
@pytest.mark.parametrize("verb", [("events", "check"), ("report", "--source", "sample"), ("run", "--source", "sample")])
def test_bad_event_files(command, tmp_path, case, verb):
    body, told = BAD_FILES[case]
    whole = body if case in ("empty", "wrong header", "utf-16") else HEADER.encode() + b"\n" + body + b"\n"
    (tmp_path / "events.csv").write_bytes(whole)
    done = command(*verb)
    assert (done.code, done.out) == (1, "")
    for words in told:
        assert words in done.err
    assert len(done.err) < 3000
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]
    assert (tmp_path / "events.csv").read_bytes() == whole


def test_missing_files_are_named(command):
    for verb in (("events", "check", "--events", "mine.csv"), ("report", "--events", "mine.csv", "--source", "sample")):
        done = command(*verb)
        assert done.code == 1
        assert "mine.csv" in done.err
    done = command("universe", "check", "--universe", "folk.csv")
    assert done.code == 1
    assert "folk.csv" in done.err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("XTKS", "XTYO", "'XTYO'"),
        (",exposed,", ",hurt,", "'hurt'"),
    ],
)
def test_bad_universe_files(command, own_catalogue, old, new, told):
    path = own_catalogue / "universe.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    for verb in (("universe", "check"), ("report", "--source", "sample")):
        done = command(*verb)
        assert done.code == 1
        assert "universe.csv:2:" in done.err
        assert told in done.err
    assert not (own_catalogue / "reports").exists()


NEW = (
    *("--id", "2026-03-01-new-rule", "--announced-at", "2026-03-02T09:00+08:00"),
    *("--title", 'A "new" rule, with a comma', "--direction", "restriction", "--confidence", "reported"),
)


def test_add_by_flags_appends_one_row_and_leaves_all_else(command, own_catalogue):
    path = own_catalogue / "events.csv"
    before = path.read_bytes()
    done = command("events", "add", *NEW, "--target", "Japan", "--yes")
    assert done.code == 0
    assert done.out == "events.csv:71: 2026-03-01-new-rule added\n"
    assert "XTKS" in done.err
    assert "2026-03-02" in done.err
    after = path.read_bytes()
    assert after.startswith(before.rstrip(b"\r\n"))
    assert command("events", "check").out == "events.csv: 70 events, no problems\n"
    assert "Japan" in command("events", "show", "2026-03-01-new-rule").out


def test_add_by_prompts(command, own_catalogue, monkeypatch):
    answers = iter(
        [
            *("2026-03-01", "Asked for", "2026-03-01-asked", "relief", "uncertain"),
            *("", "Japan", "", "", "", "", "", "", "", "yes"),
        ]
    )
    monkeypatch.setattr("typer.prompt", lambda text, **_: next(answers))
    assert command("events", "add").code == 0
    assert "time unknown" in command("events", "show", "2026-03-01-asked").out


def test_add_can_be_declined(command, own_catalogue, monkeypatch):
    monkeypatch.setattr("typer.prompt", lambda text, **_: "no")
    before = (own_catalogue / "events.csv").read_bytes()
    done = command("events", "add", *NEW)
    assert (done.code, done.out) == (0, "")
    assert "nothing was written" in done.err
    assert (own_catalogue / "events.csv").read_bytes() == before


def test_add_without_anybody_to_answer(command, own_catalogue, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    before = (own_catalogue / "events.csv").read_bytes()
    done = command("events", "add")
    assert done.code == 1
    assert "nothing was written" in done.err
    assert (own_catalogue / "events.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (("--id", "a/b"), "'a/b'"),
        (("--id", EVENT), "already stands on line"),
        (("--direction", "ban"), "'ban'"),
        (("--announced-at", "2026-03-02 09:00"), "has no UTC offset"),
        (("--source-url", "javascript:alert(1)"), "javascript:alert(1)"),
    ],
)
def test_add_refuses_what_check_would(command, own_catalogue, changed, told):
    before = (own_catalogue / "events.csv").read_bytes()
    done = command("events", "add", *NEW, *changed, "--yes")
    assert (done.code, done.out) == (1, "")
    assert told in done.err
    assert (own_catalogue / "events.csv").read_bytes() == before


def test_add_never_writes_into_the_package(command):
    done = command("events", "add", *NEW, "--yes")
    assert done.code == 1
    assert "events.csv: no such file to add to" in done.err


def test_text_from_files_cannot_steer_the_terminal(command, own_catalogue):
    done = command("events", "add", *NEW, "--summary", "[bold]x[/bold] \\[red]", "--yes")
    assert done.code == 0
    assert "[bold]x[/bold] \\[red]" in command("events", "show", "2026-03-01-new-rule").out

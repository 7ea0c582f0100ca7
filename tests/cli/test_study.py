"""``report``, ``run``, ``claims`` and ``prices`` from the command line: what is written, and what is refused."""

from __future__ import annotations

import errno
import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy import files
from eventstudy.calendars import calendar
from eventstudy.catalogue import EVENT_COLUMNS, UNIVERSE_COLUMNS
from eventstudy.tables import TABLES

HOSTILE = '<script>alert(1)</script>#read("/etc/passwd")'
FORMULA = '=HYPERLINK("http://example.org","x")'


def _csv(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    pd.DataFrame([{name: row.get(name, "") for name in columns} for row in rows]).to_csv(path, index=False)


def _event(event_id: str, announced_at: str, **cells: str) -> dict[str, str]:
    given = {"title": event_id, "direction": "restriction", "confidence": "confirmed", "target": "Japan"}
    return {"event_id": event_id, "announced_at": announced_at} | given | cells


def _security(ticker: str, sector: str = "Autos", role: str = "exposed", **cells: str) -> dict[str, str]:
    given = {"name": ticker, "exchange": "XTKS", "currency": "JPY", "benchmark": "M.T"}
    return {"ticker": ticker, "sector": sector, "role": role} | given | cells


@pytest.fixture
def small_study(tmp_path: Path) -> Path:
    """A working folder: eight shares of Tokyo, two years of closes, one usable event."""
    sessions = calendar("XTKS").sessions
    sessions = sessions[(sessions >= np.datetime64("2023-01-01")) & (sessions < np.datetime64("2025-01-01"))]
    draws = np.random.default_rng(5).normal(0.0, 0.01, (sessions.size, 9))
    draws[:, 1:] += draws[:, :1]
    closes = 1000.0 * np.exp(np.cumsum(draws, axis=0))
    (tmp_path / "closes").mkdir()
    for column, ticker in enumerate(("M.T", *(f"{n}.T" for n in range(1, 9)))):
        frame = pd.DataFrame({"Date": sessions.astype(str), "Close": closes[:, column]})
        frame.to_csv(tmp_path / "closes" / f"{ticker}.csv", index=False)
    _csv(
        tmp_path / "universe.csv",
        UNIVERSE_COLUMNS,
        [
            *(_security(f"{n}.T") for n in range(1, 7)),
            _security("7.T", "Miners", "beneficiary"),
            _security("8.T", "Others", "control"),
            _security("M.T", "Index", "benchmark", benchmark=""),
        ],
    )
    _csv(tmp_path / "events.csv", EVENT_COLUMNS, [_event("2024-06-03-rule", "2024-06-03T17:00+09:00")])
    return tmp_path


@pytest.fixture
def run_small(command, small_study):
    def run(verb: str, *arguments: str):
        return command(verb, *arguments, "--source", "closes")

    return run


def _table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""], dtype={"ticker": str})


def test_run_writes_the_tables_twice_alike(run_small, small_study):
    done = run_small("run")
    assert (done.code, done.err) == (0, "")
    assert done.out.split() == [f"tables/{name}.csv" for name in TABLES] + ["tables/study.json"]
    first = {path.name: path.read_bytes() for path in (small_study / "tables").iterdir()}
    assert len(first) == 7
    assert run_small("run", "-o", "again").code == 0
    assert {path.name: path.read_bytes() for path in (small_study / "again").iterdir()} == first
    origin = json.loads(first["study.json"])
    assert origin["specification"]["windows"] == [[-2, -1], [0, 0], [-1, 1], [0, 5]]
    assert origin["studied"]["events"] == ["2024-06-03-rule"]
    assert "M.T" not in origin["studied"]["tickers"]


def test_workers_of_dask_write_the_same_bytes(run_small, small_study):
    pytest.importorskip("distributed", reason="Dask, of the dask extra, is not installed")
    assert run_small("run").code == 0
    done = run_small("run", "--dask", "local", "-o", "shared")
    assert (done.code, done.err) == (0, "")
    assert done.out.split() == [f"shared/{name}.csv" for name in TABLES] + ["shared/study.json"]
    alone = {path.name: path.read_bytes() for path in (small_study / "tables").iterdir()}
    assert {path.name: path.read_bytes() for path in (small_study / "shared").iterdir()} == alone
    assert not (small_study / "dask-scratch-space").exists()


def test_run_in_every_format(run_small, small_study):
    done = run_small("run", "--format", "json,parquet,latex,markdown,xlsx", "--window", "0,3")
    assert done.code == 0
    assert done.out.split()[-2:] == ["tables/study.xlsx", "tables/study.json"]
    records = json.loads((small_study / "tables" / "cars.json").read_text(encoding="utf-8"))
    assert {record["window"] for record in records} == {"[-2,-1]", "[0,+3]"}
    assert len(pd.read_parquet(small_study / "tables" / "pairs.parquet")) == 8
    assert (small_study / "tables" / "groups.tex").read_text(encoding="utf-8").startswith(r"% \usepackage{longtable}")


@pytest.mark.parametrize("model", ["mean", "market-adjusted", "market"])
def test_every_model(run_small, small_study, model):
    assert run_small("run", "--model", model, "--estimation=-200,-20").code == 0
    pairs = _table(small_study / "tables", "pairs")
    assert (pairs["status"] == "used").all()
    assert pairs["n_estimation"].max() == 181


def test_the_sector_model_leaves_out_whom_it_cannot_fit(run_small, small_study):
    rows = pd.read_csv(small_study / "universe.csv", dtype=str, keep_default_na=False).to_dict("records")
    for row in rows[:3]:
        row["sector_benchmark"] = "8.T"
    _csv(small_study / "universe.csv", UNIVERSE_COLUMNS, rows)
    assert run_small("run", "--model", "sector").code == 0
    pairs = _table(small_study / "tables", "pairs").set_index("ticker")
    assert (pairs.loc[["1.T", "2.T", "3.T"], "status"] == "used").all()
    assert (pairs.loc[["4.T", "5.T", "6.T"], "status"] == "excluded").all()
    assert _reasons(small_study / "tables", ticker="4.T") == {"no_sector_benchmark"}


def test_sector_and_role_narrow_the_study(run_small, small_study):
    assert run_small("run", "--sector", "Autos", "--role", "exposed").code == 0
    assert set(_table(small_study / "tables", "pairs")["sector"]) == {"Autos"}
    done = run_small("run", "--sector", "Miners", "--role", "control")
    assert done.code == 1
    assert "no security fits --sector and --role together; drop one of them" in done.err


def test_report_writes_two_documents(run_small, small_study):
    done = run_small("report")
    assert done.code == 0
    assert [Path(line).suffix for line in done.out.splitlines()] == [".html", ".pdf"]
    for line in done.out.splitlines():
        assert (small_study / line).stat().st_size > 10_000
    done = run_small("report", "--format", "html", "-o", "html only", "--verbose")
    assert done.code == 0
    assert "writing the report: " in done.err
    assert [path.suffix for path in (small_study / "html only").iterdir()] == [".html"]


def test_report_on_the_embedded_market_says_so(command, small_study):
    done = command("report", "--source", "sample")
    assert done.code == 0
    assert all("simulated" in line for line in done.out.splitlines())


def test_quiet_is_quiet(run_small):
    assert run_small("run", "--quiet").err == ""


def test_claims_against_own_prices(command, small_study):
    done = command("claims", "--source", "closes")
    assert (done.code, done.out) == (0, "no reported move belongs to these events\n")


@pytest.mark.parametrize("verb", ["report", "run", "claims"])
def test_unknown_event_suggests_the_nearest(run_small, verb):
    done = run_small(verb, "2024-06-03-rul")
    assert (done.code, done.out) == (1, "")
    assert "did you mean 2024-06-03-rule?" in done.err


@pytest.mark.parametrize("verb", ["report", "run"])
def test_no_network_names_the_other_sources(command, small_study, verb):
    done = command(verb, "--source", "yahoo")
    assert (done.code, done.out) == (1, "")
    assert "--source sample" in done.err
    assert "--source PATH" in done.err
    assert not (small_study / "prices").exists()
    assert not (small_study / "reports").exists()
    assert not (small_study / "tables").exists()


def test_missing_price_path(command, small_study):
    done = command("run", "--source", "nowhere")
    assert done.code == 1
    assert done.err.startswith("--source nowhere: no such file or folder; give")


BAD_PRICES = {
    "empty": b"",
    "wrong header": b"a,b\n1,2\n",
    "no tickers of ours": b"ticker,date,close\nX,2024-01-04,1\n",
    "bad date": b"ticker,date,close\n1.T,yesterday,1\n",
    "bad number": b"ticker,date,close\n1.T,2024-01-04,one\n",
    "utf-16": "ticker,date,close\n1.T,2024-01-04,1\n".encode("utf-16"),
    "nul": b"\0" * 100,
    "binary": bytes(range(256)) * 10,
}


@pytest.mark.parametrize("case", BAD_PRICES)
def test_bad_price_files(command, small_study, case):
    (small_study / "p.csv").write_bytes(BAD_PRICES[case])
    done = command("run", "--source", "p.csv")
    assert (done.code, done.out) == (1, "")
    assert done.err
    assert not (small_study / "tables").exists()


def test_out_is_a_file(run_small, small_study):
    (small_study / "taken").write_text("mine", encoding="utf-8")
    for verb in ("report", "run"):
        done = run_small(verb, "--out", "taken")
        assert (done.code, done.err) == (
            1,
            "--out taken: taken is a file, not a folder; choose another folder\n",
        )
        assert run_small(verb, "--out", "taken/below").code == 1
    assert (small_study / "taken").read_text(encoding="utf-8") == "mine"


def test_out_that_cannot_be_written(run_small, small_study, monkeypatch):
    locked = small_study / "locked"
    locked.mkdir(mode=0o500)
    if os.access(locked, os.W_OK):  # root may write anywhere
        monkeypatch.setattr("eventstudy.cli.study.os.access", lambda path, mode: str(path) != "locked")
    for verb in ("report", "run"):
        done = run_small(verb, "--out", "locked")
        assert done.code == 1
        assert "--out locked: locked cannot be written; choose another folder or change its permissions" in done.err
    assert not list(locked.iterdir())


@pytest.mark.parametrize("verb", ["report", "run"])
def test_full_disk_leaves_what_was_there(run_small, small_study, monkeypatch, verb):
    assert run_small(verb, "-o", "out").code == 0
    before = {path.name: path.read_bytes() for path in (small_study / "out").iterdir()}

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    done = run_small(verb, "-o", "out", "--seed", "3")
    assert (done.code, done.out) == (1, "")
    assert "--out out: no space left on device; free some space or choose another folder" in done.err
    assert {path.name: path.read_bytes() for path in (small_study / "out").iterdir()} == before


def _reasons(folder: Path, event_id: str = "", ticker: str = "") -> set[str]:
    rows = _table(folder, "attrition")
    if event_id:
        rows = rows[rows["event_id"] == event_id]
    if ticker:
        rows = rows[rows["ticker"] == ticker]
    return set(rows["reason"])


def test_thin_data_is_attrition_with_a_reason_and_no_failure(run_small, small_study):
    closes = small_study / "closes"
    (closes / "2.T.csv").unlink()  # a ticker that the source lacks
    frame = pd.read_csv(closes / "3.T.csv")
    frame.assign(Close="").to_csv(closes / "3.T.csv", index=False)  # all missing
    frame.assign(Close=100.0).to_csv(closes / "4.T.csv", index=False)  # zero variance
    _csv(
        small_study / "events.csv",
        EVENT_COLUMNS,
        [
            _event("2024-06-03-rule", "2024-06-03T17:00+09:00"),
            _event("2009-01-05-early", "2009-01-05"),
            _event("2099-01-05-late", "2099-01-05"),
        ],
    )
    done = run_small("run")
    assert done.code == 0, done.err
    tables = small_study / "tables"
    pairs = _table(tables, "pairs")
    assert set(pairs.loc[pairs["status"] == "used", "event_id"]) == {"2024-06-03-rule"}
    assert _reasons(tables, "2024-06-03-rule", "2.T") == {"no_prices"}
    assert _reasons(tables, "2024-06-03-rule", "3.T") == {"no_prices"}
    assert _reasons(tables, "2024-06-03-rule", "4.T") == {"zero_variance"}
    assert _reasons(tables, "2009-01-05-early", "1.T") == {"before_prices"}
    assert _reasons(tables, "2099-01-05-late", "1.T") == {"beyond_calendar"}
    groups = _table(tables, "groups")
    one_share = groups[(groups["sector"] == "Miners") & (groups["event_id"] == "2024-06-03-rule")]
    assert set(one_share["reading"]) == {"not_testable"}
    assert run_small("report").code == 0


def test_nothing_to_estimate_at_all(run_small, small_study):
    _csv(small_study / "events.csv", EVENT_COLUMNS, [_event("2099-01-05-late", "2099-01-05")])
    for verb in ("report", "run"):
        done = run_small(verb)
        assert (done.code, done.out) == (1, "")
        assert done.err
    assert not (small_study / "tables").exists()
    assert not (small_study / "reports").exists()


def test_hostile_text_comes_out_as_text(run_small, small_study):
    _csv(
        small_study / "events.csv",
        EVENT_COLUMNS,
        [_event("2024-06-03-rule", "2024-06-03T17:00+09:00", title=HOSTILE, summary=FORMULA, episode="../../x")],
    )
    rows = [_security(f"{n}.T", FORMULA, name=HOSTILE) for n in range(1, 7)]
    _csv(small_study / "universe.csv", UNIVERSE_COLUMNS, [*rows, _security("M.T", "Index", "benchmark", benchmark="")])
    done = run_small("run")
    assert done.code == 0
    assert f"'{FORMULA}" in set(_table(small_study / "tables", "pairs")["sector"])
    done = run_small("report", "-o", "out/reports")
    assert done.code == 0
    assert sorted(path.name for path in small_study.iterdir() if path.is_dir()) == ["closes", "out", "tables"]
    written = list((small_study / "out").rglob("*.*"))
    assert len(written) == 2
    page = next(path for path in written if path.suffix == ".html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Content-Security-Policy" in page


def test_prices_check_of_own_files(command, small_study):
    frame = pd.read_csv(small_study / "closes" / "5.T.csv")
    frame.loc[100, "Close"] = 0.0
    frame.to_csv(small_study / "closes" / "5.T.csv", index=False)
    done = command("prices", "check", "--source", "closes")
    assert done.code == 0
    assert "9 of 9 tickers have prices" in done.out
    assert "5.T" in done.out


def test_prices_without_a_store(command):
    done = command("prices", "status")
    assert (done.code, done.out) == (0, "prices: no prices yet; fill it with eventstudy prices fetch\n")
    done = command("prices", "check")
    assert (done.code, done.err) == (1, "prices: no price store; fill it with eventstudy prices fetch\n")


def test_prices_fetch_without_network(command, small_study):
    done = command("prices", "fetch")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("no price came, and prices holds none: Yahoo cannot be reached")
    assert not (small_study / "prices").exists()


def _words(page: str) -> str:
    """What a page shows, in one line."""
    body = re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def _report(run_small, folder: Path, *arguments: str) -> str:
    done = run_small("report", "--format", "html", "-o", "page", *arguments)
    assert (done.code, done.err) == (0, "")
    (path,) = (folder / "page").iterdir()
    return _words(path.read_text(encoding="utf-8"))


def test_a_report_of_controls_alone_says_what_is_absent(run_small, small_study):
    words = _report(run_small, small_study, "--role", "control")
    assert "No exposed share and no beneficiary could be measured around this announcement" in words
    assert "There is no number for exposed shares: the study has none." in words
    assert "8.T" in words


def test_a_window_that_ends_after_the_prices_has_its_own_reason(run_small, small_study):
    words = _report(run_small, small_study, "--window", "0,200")
    assert (
        "There is no number for exposed shares: no return at the window's last session, "
        "or its first return begins before the window."
    ) in words


def test_each_reason_of_thin_data_stands_in_the_report(run_small, small_study):
    closes = small_study / "closes"
    (closes / "2.T.csv").unlink()
    frame = pd.read_csv(closes / "3.T.csv")
    frame.assign(Close="").to_csv(closes / "3.T.csv", index=False)
    frame.assign(Close=100.0).to_csv(closes / "4.T.csv", index=False)
    words = _report(run_small, small_study)
    assert "Two shares. The price source does not have this ticker: 2.T and 3.T." in words
    assert "One share. Returns in the estimation window do not vary around their expectation: 4.T." in words
    assert "3 of 8 shares are left out" in words
    # one share is a sector that no test can judge
    assert "Miners 1" in words
    assert "One share: see the company" in words


def test_events_without_prices_beside_a_good_one(run_small, small_study):
    others = {
        "2009-01-05": "the event precedes the first price (Second, 5 January 2009)",
        "2025-06-02": "the event lies after every price of the source: not yet testable (Second, 2 June 2025)",
        "2099-01-05": "the exchange's calendar does not reach the announcement (Second, 5 January 2099)",
    }
    _csv(
        small_study / "events.csv",
        EVENT_COLUMNS,
        [
            _event("2024-06-03-rule", "2024-06-03T17:00+09:00", episode="rules"),
            *(_event(f"other-{day}", day, title="Second", episode="rules") for day in others),
        ],
    )
    words = _report(run_small, small_study)
    for told in others.values():
        assert f"One announcement of the episode cannot be tested: {told}." in words


HOSTILE_TEXTS = (
    "<script>alert(1)</script>",
    '#read("/etc/passwd")',
    FORMULA,
    "../../x",
    "\\input{/etc/passwd} $x$ *b* _i_ @l",
)


def test_hostile_cells_are_text_everywhere(run_small, small_study):
    everything = " | ".join(HOSTILE_TEXTS)
    told = dict.fromkeys(("title", "summary", "episode", "actor", "materials", "source_title"), everything)
    _csv(small_study / "events.csv", EVENT_COLUMNS, [_event("2024-06-03-rule", "2024-06-03T17:00+09:00", **told)])
    # every text is the name of one share, and of the sector of another: six shares, so that they are tested
    texts = (*HOSTILE_TEXTS, HOSTILE_TEXTS[0])
    rows = [
        _security(f"{n}.T", sector, name=name, exposure_note=name)
        for n, (sector, name) in enumerate(zip(texts, reversed(texts), strict=True), start=1)
    ]
    _csv(small_study / "universe.csv", UNIVERSE_COLUMNS, [*rows, _security("M.T", "Index", "benchmark", benchmark="")])
    done = run_small("report", "-o", "out/reports")
    assert (done.code, done.err) == (0, "")
    assert sorted(path.name for path in small_study.iterdir()) == ["closes", "events.csv", "out", "universe.csv"]
    assert sorted(path.name for path in (small_study / "out" / "reports").iterdir()) == [
        "2024-06-03-rule.html",
        "2024-06-03-rule.pdf",
    ]

    page = (small_study / "out" / "reports" / "2024-06-03-rule.html").read_text(encoding="utf-8")
    assert page.count("<script") == 1  # the page's own, which its policy names by hash
    words = _words(page)
    assert everything in words
    for text in HOSTILE_TEXTS:
        assert words.count(text) >= 4, text
    assert "root:" not in words
    pdf = _pdf_words(small_study / "out" / "reports" / "2024-06-03-rule.pdf")
    if pdf:  # narrow columns break long words, so the title is looked for
        for text in HOSTILE_TEXTS:
            assert text in pdf
        assert "root:" not in pdf

    assert run_small("run", "--format", "csv,json,latex").code == 0
    sectors = set(_table(small_study / "tables", "pairs")["sector"])
    assert sectors == {f"'{text}" if text.startswith("=") else text for text in HOSTILE_TEXTS}
    records = json.loads((small_study / "tables" / "pairs.json").read_text(encoding="utf-8"))
    assert {record["sector"] for record in records} == set(HOSTILE_TEXTS)
    latex = (small_study / "tables" / "pairs.tex").read_text(encoding="utf-8")
    assert "\\input" not in latex
    assert "/etc/passwd" in latex


def test_an_episode_names_no_file_outside(run_small, small_study):
    days = ("2024-06-03", "2024-06-10")
    rows = [_event(f"{day}-rule", f"{day}T17:00+09:00", episode="../../x y") for day in days]
    _csv(small_study / "events.csv", EVENT_COLUMNS, rows)
    done = run_small("report", "--format", "html", "-o", "out/reports")
    assert (done.code, done.out) == (0, "out/reports/x-y.html\n")
    assert sorted(path.name for path in small_study.iterdir()) == ["closes", "events.csv", "out", "universe.csv"]


def _pdf_words(path: Path) -> str:
    """The paper's words in one line; empty without poppler's pdftotext."""
    program = shutil.which("pdftotext")
    if program is None:
        return ""
    done = subprocess.run([program, "-layout", str(path), "-"], capture_output=True, check=True)
    # long words may break behind an invisible space
    return " ".join(done.stdout.decode().replace("\u200b", "").split())


def test_the_page_may_load_nothing_from_outside(run_small, small_study):
    assert run_small("report", "--format", "html", "-o", "page").code == 0
    (path,) = (small_study / "page").iterdir()
    page = path.read_text(encoding="utf-8")
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', page)
    rules = dict(rule.strip().partition(" ")[::2] for rule in html.unescape(policy).split(";") if rule.strip())
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("style-src") == "'unsafe-inline'"
    assert rules.pop("img-src") == "data:"
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", rules.pop("script-src"))
    assert set(rules.values()) <= {"'none'"}

"""Help, version, wrong usage, and how a run ends."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys

import pytest

from eventstudy import cli
from eventstudy.cli import app, options, terminal

OPTIONS = (
    *("--events", "--universe", "--source", "--episode", "--since", "--until", "--sector", "--role", "--model"),
    *("--estimation", "--window", "--seed", "--out", "--format", "--quiet", "--verbose"),
)
COMMANDS = ("report", "run", "claims", "curve", "lab", "events", "universe", "prices")


def test_help_names_every_command(command):
    done = command("--help")
    assert done.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in done.out
    assert done.err == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(command, name):
    done = command(name, "--help")
    assert done.code == 0
    assert f"eventstudy {name}" in done.out


def test_report_and_run_share_the_options(command):
    for name in ("report", "run"):
        text = command(name, "--help").out
        for option in OPTIONS:
            assert option in text, (name, option)


def test_version(command):
    assert command("--version").out.startswith("eventstudy 1.")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["reprot"], "No such command"),
        (["report", "--colour"], "No such option"),
        (["report", "--model", "capm"], "'capm' is not a model; choose from mean, market-adjusted, market, sector"),
        (["report", "--window=1"], "'1' is not two event days; write FIRST,LAST, for example -1,1"),
        (["report", "--window=5,0"], "'5,0' ends before it begins; write the earlier day first: 0,5"),
        (["run", "--estimation=abc"], "'abc' is not two event days"),
        (["run", "--since", "2025-13-01"], "'2025-13-01' is not a date; write YYYY-MM-DD"),
        (
            ["run", "--format", "xls"],
            "'xls' is not a format; choose from csv, parquet, json, latex, markdown, xlsx",
        ),
        (["report", "--format", "docx"], "'docx' is not a format; choose from html, pdf"),
        (["report", "--seed", "-1"], "Invalid value for '--seed'"),
        (["run", "--window=0,99999"], "'--window': '0,99999' reaches more than 2600 sessions, about ten years"),
        (["run", "--estimation=-99999,-11"], "'--estimation': '-99999,-11' reaches more than 2600 sessions"),
        (["run", "--estimation=-100,-11"], "holds 90 sessions, and a fit needs 120 returns; begin at -130 or earlier"),
        (["run", "--estimation=-200,5"], "'--estimation': (-200, 5) reaches into the event windows; end it before -2"),
        (["run", "--window=-30,1"], "'--window': (-30, 1) reaches into the estimation window (-260, -11); begin at"),
        (["events", "show"], "Missing argument"),
    ],
)
def test_wrong_usage_ends_with_2(command, arguments, told):
    done = command(*arguments)
    assert done.code == 2
    assert told in " ".join(done.err.split())
    assert done.out == ""


def test_windows_always_hold_the_run_up():
    assert options.study_windows(None) == ((-2, -1), (0, 0), (-1, 1), (0, 5))
    assert options.study_windows(["0,10"]) == ((-2, -1), (0, 10))
    assert options.study_windows(["[\N{MINUS SIGN}2,-1]", "0,0"]) == ((-2, -1), (0, 0))


def test_interrupt_is_quiet(command, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("eventstudy.catalogue.read_events", interrupt)
    assert command("events", "check") == (130, "", "")


def test_system_errors_are_one_sentence(command, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/somewhere/events.csv")

    monkeypatch.setattr("eventstudy.catalogue.read_events", refuse)
    done = command("events", "check")
    assert (done.code, done.out) == (1, "")
    assert done.err == "/somewhere/events.csv: permission denied; mend that and run the command again\n"


def test_no_memory_is_one_sentence(command, monkeypatch):
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("eventstudy.catalogue.read_events", fail)
    assert command("events", "check") == (
        1,
        "",
        "memory ran out; study fewer events at a time, or shorten --estimation and --window\n",
    )


def test_lists_of_commands_are_not_cut(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for name in ((), ("events",), ("universe",), ("prices",)):
        lines = command(*name, "--help").out.partition("Commands:")[2].splitlines()
        assert not [line for line in lines if line.endswith("...")]


def test_faults_of_ours_keep_their_traceback(monkeypatch):
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("eventstudy.catalogue.read_events", fail)
    with pytest.raises(ZeroDivisionError):
        cli.main(["events", "check"])


def test_reader_who_leaves_early_hears_nothing(repository):
    program = f"{shlex.quote(sys.executable)} -m eventstudy events list | head -n 1"
    done = subprocess.run(program, shell=True, cwd=repository, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("event_id")
    assert done.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_ctrl_c_of_the_whole_process(tmp_path):
    code = (
        "import sys, time\n"
        "from eventstudy import catalogue\n"
        "from eventstudy.cli import main\n"
        "def wait(path=None):\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(30)\n"
        "catalogue.read_events = wait\n"
        "sys.exit(main(['events', 'check']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "")


def test_python_dash_m(repository):
    done = subprocess.run(
        [sys.executable, "-m", "eventstudy", "--version"], cwd=repository, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_tables_line_up_also_with_wide_signs():
    text = terminal.table(("name", "n"), [("昭和電工", 1), ("MP", 22)], right=("n",))
    assert text.splitlines() == ["name       n", "昭和電工   1", "MP        22"]


def test_nothing_from_a_file_steers_the_terminal():
    hostile = "a\x1b[31mb\x1b]0;title\x07c\u202ed\u200be\x9bf\ng"
    assert terminal.plain(hostile) == "a[31mb]0;titlecdef g"


def test_warnings_for_the_reader_are_plain(capsys):
    app._show_warning(UserWarning("three tickers have no price"), UserWarning, "x.py", 3)
    assert capsys.readouterr().err == "note: three tickers have no price\n"


def test_words_that_the_command_line_repeats_are_those_of_the_package():
    from eventstudy import catalogue, specification, tables
    from eventstudy.cli import options, prices, study
    from eventstudy.counterfactual.of_study import ESTIMATORS
    from eventstudy.prices import yahoo

    assert (options.DIRECTIONS, options.CONFIDENCES) == (catalogue.DIRECTIONS, catalogue.CONFIDENCES)
    assert (*options.ROLES, "benchmark") == catalogue.ROLES
    assert set(options.TABLE_FORMATS) == set(tables.FORMATS)
    assert set(study.COUNTERFACTUALS) <= set(ESTIMATORS)
    assert options.study_windows(None) == specification.DEFAULT_WINDOWS
    assert prices.DEADLINE_SECONDS == yahoo.DEADLINE_SECONDS
    assert set(options.models_by_name()) == set(options.MODELS)


@pytest.mark.parametrize(("given", "kept"), [(None, "1"), ("4", "4")])
def test_linear_algebra_keeps_to_one_thread_unless_told_otherwise(given: str | None, kept: str) -> None:
    program = (
        "import os, sys\nfrom eventstudy.cli import main\nmain(['--version'])\n"
        "assert 'numpy' not in sys.modules\nprint(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    clean = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    known = clean if given is None else clean | {"OPENBLAS_NUM_THREADS": given}
    done = subprocess.run([sys.executable, "-c", program], env=known, capture_output=True, text=True, timeout=60)
    assert done.stdout.split()[-1] == kept, done.stderr

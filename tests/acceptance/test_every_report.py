"""Reports of other announcements and of all since 2019: whole, clean, and equal to the tables of the same study."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest

import eventstudy as es

# a printed number may differ from the table's by half of its last digit, and by the table's own last digits
SLACK = 1e-9

ROLES = {
    "Exposed": "exposed",
    "Beneficiaries": "beneficiary",
    "Controls": "control",
    "Exposed, elsewhere": "exposed_elsewhere",
}
TESTS = {
    "Adjusted BMP": "adjusted_bmp_t",
    "Portfolio t": "portfolio_t",
    "Adjusted Patell": "adjusted_patell_z",
    "GRANK-T": "grank_t",
    "Placebo in time": "placebo",
    "Patell Z": "patell_z",
    "BMP": "bmp_t",
    "Cross-sectional t": "cross_sectional_t",
    "Sign": "sign",
    "Generalised sign": "generalized_sign_z",
    "Wild cluster bootstrap": "wild_bootstrap_t",
    "Rank": "rank_z",
    "Time-series t": "time_series_t",
    "GRANK-Z": "grank_z",
    "Wilcoxon": "wilcoxon",
    "Skewness-adjusted t": "skewness_adjusted_t",
    "MVRM F": "mvrm_f",
    "Calendar time": "calendar_time_t",
}
PARTS = (
    "Before and after the first day",
    "Sector by sector",
    "How unusual was the day",
    "Company by company",
    "Against other announcements",
    "What the press reported",
    "Other news, missing shares, event days",
)
ONCE = "Can the tests be trusted here"

UNFIT = re.compile(
    r"\b(?:nan|NaN|NaT|inf|undefined)\b|\bNone\b(?! of )|[{}∞]|%[sd(]"  # placeholders of programs
    r"|\.\.|,,|;;|::|[,;:]\.(?!\d)|\.[,;:]|\s[,;:](?!\w)|\s\.(?!\S)|[!?][.,;]|\(\s*\)"  # doubled or lost punctuation
)


def assert_prints(text: str, value: float, where: object) -> None:
    """The text is the value, rounded to as many digits as are shown; a dash is a missing value."""
    if text == "–" or math.isnan(value):
        assert text == "–", where
        assert math.isnan(value), where
    elif text.startswith("<"):
        assert value < float(text[1:]), where
    else:
        plain = "".join(text.replace("\N{MINUS SIGN}", "-").split())
        decimals = len(plain.partition(".")[2])
        assert abs(float(plain) - value) <= 0.5 * 10**-decimals + SLACK, (where, text, value)


def assert_prints_interval(text: str, low: float, high: float, where: object) -> None:
    if text == "–":
        assert math.isnan(low), where
        return
    first, last = text.split(" to ")
    assert_prints(first, low, where)
    assert_prints(last, high, where)


def label(window: str) -> str:
    """A printed window as the tables name it."""
    return window.replace("\N{MINUS SIGN}", "-")


def keyed(frame: pd.DataFrame, *columns: str) -> dict[tuple[str, ...], pd.Series]:
    rows = {tuple(str(row[name]) for name in columns): row for _, row in frame.fillna({"sector": ""}).iterrows()}
    assert len(rows) == len(frame)
    return rows


def check_groups_by_window(page, groups: pd.DataFrame, anchor: str = "") -> int:
    """Table 1 against the rows of its event or episode; how many rows were compared."""
    known = keyed(groups[groups["sector"].isna()], "role", "window")
    compared = 0
    for title, lines in page.tables[f"{anchor}table-1"].groups.items():
        if title not in ROLES:  # relief and support of the same episode, which stand apart
            continue
        for cells in lines:
            window, caar, interval, p, holm, rising, mde = (cell.text for cell in cells)
            row = known[(ROLES[title], label(window))]
            where = (anchor, title, window)
            assert_prints(caar, 100 * row["caar"], where)
            assert_prints_interval(interval, 100 * row["ci_low"], 100 * row["ci_high"], where)
            assert_prints(p, row["pvalue"], where)
            assert_prints(holm, row["pvalue_holm"], where)
            up, of = rising.split("/")
            assert int(of) == row["n_pairs"], where
            assert int(up) == round(row["share_positive"] * row["n_pairs"]), where
            assert_prints(mde, 100 * row["mde"], where)
            compared += 1
    return compared


def check_sectors(page, groups: pd.DataFrame, anchor: str = "") -> int:
    """Table 2 against the sector rows of its event."""
    known = keyed(groups[groups["sector"].notna()], "role", "sector", "window")
    table = page.tables[f"{anchor}table-2"]
    window, later = (label(head.removesuffix(", %")) for head in (table.head[2], table.head[10]))
    compared = 0
    for title in table.groups:
        for line in table.records(title):
            where = (anchor, title, line["Sector"].text)
            row = known[(ROLES[title], line["Sector"].text, window)]
            assert line["Shares"].text == str(row["n_pairs"]), where
            assert_prints(line[table.head[2]].text, 100 * row["caar"], where)
            assert_prints_interval(line["95% interval"].text, 100 * row["ci_low"], 100 * row["ci_high"], where)
            assert_prints(line["p"].text, row["pvalue"], where)
            assert (line["p"].raised == "a") == (row["headline_test"] == "portfolio_t"), where
            assert_prints(line["adj. p"].text, row["pvalue_holm"], where)
            assert_prints(line["placebo p"].text, row["placebo_pvalue"], where)
            up = round(row["share_positive"] * row["n_pairs"])
            assert line["Rising"].hidden == f"{up} of {row['n_pairs']} rose", where
            if row["n_pairs"] > 1:
                assert_prints(line["r\u0304"].text, row["mean_correlation"], where)
            assert_prints(line["MDE"].text, 100 * row["mde"], where)
            long = known[(ROLES[title], line["Sector"].text, later)]
            assert_prints(line[table.head[10]].text, 100 * long["caar"], where)
            compared += 1
    assert compared == sum(key[2] == window and row["n_pairs"] > 0 for key, row in known.items())
    return compared


def check_companies(page, tables, event_id: str, anchor: str = "") -> int:
    """Table 3, all companies, against the daily returns and the CARs of its event."""
    daily = keyed(tables["abnormal_returns"].query("event_id == @event_id and tau == 0"), "ticker")
    cars = keyed(tables["cars"].query("event_id == @event_id"), "ticker", "window")
    pairs = keyed(tables["pairs"].query("event_id == @event_id"), "ticker")
    name = f"{anchor}table-3-full"
    table = page.tables[name if name in page.tables else f"{anchor}table-3"]
    windows = [head for head in table.head if re.fullmatch(r"\[.+\], %", head)]
    compared = 0
    for title in table.groups:
        for line in table.records(title):
            ticker = line["Company"].second
            where = (anchor, ticker)
            pair, day = pairs[(ticker,)], daily[(ticker,)]
            assert (pair["role"], pair["sector"]) == (ROLES[title], line["Sector"].text), where
            # a mark behind the number says that the share closed at its daily limit
            assert_prints(line["Return, %"].text.split()[0], 100 * day["return"], where)
            assert_prints(line["AR day 0, %"].text.split()[0], 100 * day["ar"], where)
            assert_prints(line["± 1.96 s.e."].text, 196 * cars[(ticker, "[0,0]")]["car_se"], where)
            assert_prints(line["p"].text, cars[(ticker, "[0,0]")]["pvalue"], where)
            for head in windows:
                car = cars.get((ticker, label(head.removesuffix(", %"))))
                assert_prints(line[head].text.split()[0], math.nan if car is None else 100 * car["car"], where)
            compared += 1
    assert compared == sum(pair["status"] == "used" and pair["role"] in ROLES.values() for pair in pairs.values())
    return compared


def check_tests(page, tests: pd.DataFrame) -> int:
    """Table 5 against the rows of the headline's group and window."""
    (name,) = [name for name in page.tables if name.endswith("table-5")]
    table = page.tables[name]
    (caption,) = [block for block in page.blocks if re.match(r"Table 5\. \w+ tests of ", block)]
    window = label(re.findall(r"tests of (\[\S+?\])", caption)[0])
    known = keyed(tests[tests["sector"].isna() & (tests["window"] == window)], "role", "test")
    compared = 0
    for line in table.records(""):
        for noun, role in (("Exposed", "exposed"), ("Beneficiaries", "beneficiary")):
            row = known[(role, TESTS[line["Test"].text])]
            where = (window, noun, line["Test"].text)
            p = line[f"{noun}: p"].text
            assert_prints(line[f"{noun}: statistic"].text, row["statistic"], where)
            assert_prints(p, row["pvalue"], where)
            assert (p == "–") == isinstance(row["reason"], str), where
            compared += 1
    assert compared == sum(role in ("exposed", "beneficiary") for role, _ in known)
    return compared


def assert_reads_well(page) -> None:
    """No word of a program and no slip of punctuation, seen or heard."""
    slips = {
        f"{text[max(0, found.start() - 40) : found.end() + 40]!r}"
        for text in (*page.blocks, *page.spoken)
        for found in UNFIT.finditer(text)
    }
    assert not slips


def test_what_reads_badly_is_found():
    for text in ("a mean of nan", "None", "p = inf", "{name}", "ends..", "so,.", "one , two", "why?.", "()", "%s"):
        assert UNFIT.search(text), text
    for text in ("None of 13 episodes", "[0,+5], %", "Furukawa Co. and …", "−1.2 to .5: yes", "the U.S. close"):
        assert not UNFIT.search(text), text


@pytest.mark.parametrize(
    ("event_id", "read_over", "first_sessions"),
    [
        # an hour is known: Friday evening in Beijing is Monday in Tokyo, Friday in New York
        (
            "2025-04-04-seven-heavy-rare-earths",
            "[0,0]",
            {"XTKS": "2025-04-07", "XNYS": "2025-04-04", "XASX": "2025-04-07"},
        ),
        # a date alone: that date everywhere, read over a window that holds the day after
        pytest.param(
            "2025-10-09-announcements-55-62",
            "[-1,+1]",
            {"XTKS": "2025-10-09", "XNYS": "2025-10-09", "XASX": "2025-10-09"},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_one_announcement(studied, event_id, read_over, first_sessions):
    made = studied(event_id)
    sessions = made.tables["pairs"].groupby("exchange")["event_session"].first()
    assert {mic: sessions[mic] for mic in first_sessions} == first_sessions
    for index, part in enumerate(PARTS[:6], start=2):
        assert f"{index} · {part}" in made.page.text
    assert f"8 · {ONCE}" in made.page.text
    assert f"9 · {PARTS[6]}" in made.page.text
    assert label(made.page.tables["table-2"].head[2]) == f"{read_over}, %"
    groups = made.tables["groups"]
    assert set(groups["event_id"]) == {event_id}
    assert check_groups_by_window(made.page, groups) >= 9
    assert check_sectors(made.page, groups) >= 12
    assert check_companies(made.page, made.tables, event_id) >= 60
    assert check_tests(made.page, made.tables["tests"]) >= 26
    assert_reads_well(made.page)


def rows_of_chapter(groups: pd.DataFrame, episode: str, pooled: int, kind: str, focus: str) -> pd.DataFrame:
    """What part 1 of a chapter reads: an episode's pooled rows of one kind of news, or those of its one event."""
    if pooled == 1:
        return groups[groups["event_id"] == focus]
    return groups[groups["event_id"].isna() & (groups["episode"] == episode) & (groups["direction"] == kind)]


@pytest.mark.slow
def test_all_announcements_since_2019(studied):
    """About 50 announcements; on one core half a minute."""
    made = studied("--since", "2019-01-01")
    page, groups = made.page, made.tables["groups"]
    catalogue = [event for event in es.read_events() if event.announced_date.year >= 2019]
    catalogue.sort(key=lambda event: event.announced_date)
    episodes = list(dict.fromkeys(event.episode for event in catalogue))
    assert set(made.tables["pairs"]["event_id"]) == {event.event_id for event in catalogue}

    chapters = [name.removesuffix("table-1") for name in page.tables if re.fullmatch(r"chapter-\d+-table-1", name)]
    assert chapters == [f"chapter-{number}-" for number in range(1, len(episodes) + 1)]
    assert len(page.event_lines) == 1 + len(episodes)  # the whole first
    assert "Then and now" in page.text.splitlines()
    assert page.text.splitlines().count(ONCE) == 1
    then_and_now = page.tables["table-then-and-now"]
    beside = {title: then_and_now.records(title) for title in ("Exposed", "Beneficiaries")}
    assert [len(lines) for lines in beside.values()] == [len(episodes)] * 2
    assert (
        "In none of 13 episodes the exposed are told from noise, the beneficiaries in two; none stands after adjustment"
        in page.headings
    )
    readings = [[line["Reading"].text for line in lines] for lines in beside.values()]
    assert [len(each) - each.count("Not told from noise") for each in readings] == [0, 2]
    assert not any("Clear" in each for each in readings)

    compared = 0
    for number, episode in enumerate(episodes, start=1):
        anchor = f"chapter-{number}-"
        for index, part in zip((2, 3, 4, 5, 6, 7, 9), PARTS, strict=True):
            assert f"{number}.{index} · {part}" in page.text, (episode, part)
        about = page.event_lines[number].rpartition("parts 2 to 5: ")[2]
        (focus,) = [
            event.event_id
            for event in catalogue
            if event.episode == episode and about.startswith((f"{event.title} · ", f"{event.title}, "))
        ]
        lines = {title: lines[number - 1] for title, lines in beside.items()}
        announcements = int(lines["Exposed"]["Announcements"].text)
        kind = lines["Exposed"]["Episode"].second or "tightening"
        scope = rows_of_chapter(groups, episode, announcements, kind, focus)
        assert check_groups_by_window(page, scope, anchor) >= 6
        known = keyed(scope[scope["sector"].isna()], "role", "window")
        for title, line in lines.items():
            row = known[(ROLES[title], label(line["Window"].text))]
            where = (episode, title)
            assert line["Observations"].text == str(row["n_pairs"]), where
            assert_prints(line["CAAR, %"].text, 100 * row["caar"], where)
            assert_prints_interval(line["95% interval"].text, 100 * row["ci_low"], 100 * row["ci_high"], where)
            assert_prints(line["p"].text, row["pvalue"], where)
            assert_prints(line["adj. p"].text, row["pvalue_holm"], where)
        compared += check_sectors(page, groups[groups["event_id"] == focus], anchor)
        compared += check_companies(page, made.tables, focus, anchor)
    assert compared > 600
    whole = made.tables["tests"]
    check_tests(page, whole[whole["episode"].isna() & whole["event_id"].isna() & (whole["direction"] == "tightening")])
    assert_reads_well(page)

"""A report made by hand, with the numbers of 7 January 2026: what renderers are tried on."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from eventstudy.report.model import (
    Cell,
    Chapter,
    Code,
    Column,
    ColumnList,
    Columns,
    DotsCell,
    Empty,
    EventLine,
    Figure,
    FirstPage,
    FooterColumn,
    HeatCell,
    HeatColumn,
    HeatMap,
    HeatRow,
    IntervalGroup,
    IntervalPlot,
    IntervalRow,
    Link,
    LinkCell,
    Masthead,
    MissingCell,
    Note,
    NumberCell,
    OrdinaryDaysPlot,
    OrdinaryPanel,
    PathLabel,
    PathPanel,
    PathsPlot,
    Raised,
    Report,
    Role,
    Row,
    RowGroup,
    Section,
    SparkCell,
    Strong,
    Table,
    TextCell,
)


def number(text: str, *, strong: bool = False, raised: str = "", after: str = "") -> NumberCell:
    """A cell from its text."""
    plain = text.replace("−", "-").replace("+", "").replace("< ", "").split(" to ")[0].split("/")[0]
    return NumberCell(text, float(plain), strong=strong, raised=raised, after=after)


def _members(centre: float, spread: float, n: int, up: int, seed: int) -> tuple[float, ...]:
    draws = np.sort(np.random.default_rng(seed).normal(centre, spread, n))[::-1]
    signs = [abs(draw) + 0.1 if k < up else -abs(draw) - 0.1 for k, draw in enumerate(draws)]
    return tuple(float(round(value, 2)) for value in signs)


SECTORS: dict[Role, list[tuple[str, str, int, float, float, float, int, str, str]]] = {
    "exposed": [
        ("Magnets & specialty metals", "Magnets", 5, 2.6, -0.9, 6.2, 5, "suggestive", "0.083"),
        ("Defence & heavy machinery", "Defence", 7, 1.1, -1.1, 3.4, 5, "noise", "0.26"),
        ("Electronic components", "Electronics", 11, -0.1, -1.7, 1.5, 6, "noise", "0.73"),
        ("Autos & parts", "Autos & parts", 10, -1.2, -2.6, 0.2, 0, "noise", "0.058"),
        ("Trading houses", "Trading houses", 1, -1.3, -3.7, 1.1, 0, "not_testable", "0.29"),
    ],
    "beneficiary": [
        ("Deep-sea & engineering", "Deep-sea", 4, 8.6, -9.3, 26.5, 3, "uneven", "0.30"),
        ("Rare-earth miners", "Rare earths", 8, 6.5, -11.6, 24.6, 6, "noise", "0.39"),
        ("Other critical-mineral miners", "Other minerals", 2, 2.7, -7.6, 13.0, 2, "noise", "0.60"),
        ("Magnets & specialty metals", "Magnets", 1, 2.6, -1.6, 6.8, 1, "not_testable", "0.22"),
        ("Recycling & substitutes", "Recycling", 2, 1.5, -1.0, 4.1, 2, "noise", "0.24"),
        ("Trading houses", "Trading houses", 3, 1.3, -7.4, 10.1, 3, "noise", "0.55"),
    ],
    "control": [
        ("Trading houses", "Trading houses", 2, -0.1, -2.3, 2.0, 1, "noise", "0.91"),
        ("Pharma, telecom, rail", "Controls", 3, -0.3, -4.6, 4.1, 1, "noise", "0.83"),
    ],
}

TOTALS: dict[Role, tuple[str, int, float, float, float, int, str]] = {
    "exposed": ("Exposed, all", 34, 0.2, -1.2, 1.6, 16, "noise"),
    "beneficiary": ("Beneficiaries, all", 20, 5.1, -1.1, 11.2, 17, "uneven"),
    "control": ("Controls, all", 5, -0.2, -1.9, 1.5, 2, "noise"),
}


def signed(value: float) -> str:
    """A per cent with one decimal and a true minus."""
    text = f"{abs(value):.1f}"
    return text if text == "0.0" else ("+" if value > 0 else "−") + text


def interval_plot() -> IntervalPlot:
    """Figure 1's data."""
    groups = []
    for role, (label, n, mean, low, high, up, reading) in TOTALS.items():
        rows = tuple(
            IntervalRow(
                name,
                count,
                estimate,
                left,
                right,
                signed(estimate),
                sign,  # type: ignore[arg-type]
                rising,
                _members(estimate, (right - left) / 5, count, rising, count),
                short,
                count == 1,
            )
            for name, short, count, estimate, left, right, rising, sign, _ in SECTORS[role]
        )
        members = tuple(value for row in rows for value in row.members)
        total = IntervalRow(label, n, mean, low, high, signed(mean), reading, up, members)  # type: ignore[arg-type]
        groups.append(IntervalGroup(role, total, rows))
    return IntervalPlot(tuple(groups))


def paths_plot(last: int = 15) -> PathsPlot:
    """Figure 2's data."""
    taus = tuple(range(-10, last + 1))
    exposed = [0.4, 1.7, 0.7, 0.5, 0.1, -0.2, 0.0, 0.3, 0.4, 0.0, 0.2, 0.3, 0.5, 0.6, 1.3, 0.9, 1.3, 1.6, 1.3, 2.0, 1.5]
    exposed += [0.7, 0.6, 0.5, -0.3, 0.2]
    gained = [-10.2, -8.1, -7.0, -5.4, -7.6, -9.2, -9.8, -10.5, -5.2, 0.0, 5.1, 7.4, 6.2, 9.1, 13.2, 12.0, 14.6, 13.0]
    gained += [13.3, 15.1, 12.4, 18.2, 20.9, 17.9, 19.4, 18.4]
    panels = []
    for role, title, shares, values, width, labels, reading in (
        ("exposed", "Exposed", 34, exposed, 1.3, ((0, "+0.2 on day 0"), (15, "+0.2 by day +15")), "noise"),
        (
            "beneficiary",
            "Beneficiaries",
            20,
            gained,
            5.5,
            ((0, "+5.1 on day 0"), (15, "+18.4 by day +15"), (-3, "+10.5 in the two sessions before")),
            "uneven",
        ),
    ):
        series = values[: len(taus)]
        half = [width * math.sqrt(abs(tau + 1)) for tau in taus]
        panels.append(
            PathPanel(
                role,  # type: ignore[arg-type]
                title,
                f"{shares} shares, % since the close before",
                taus,
                tuple(series),
                tuple(v - h for v, h in zip(series, half, strict=True)),
                tuple(v + h for v, h in zip(series, half, strict=True)),
                tuple(-h * 1.05 for h in half),
                tuple(h * 1.05 for h in half),
                tuple(
                    PathLabel(min(tau, last), series[min(tau, last) + 10], text, mark=tau >= 0) for tau, text in labels
                ),
                (2, 3, 5),
                "further news 9, 13, 15 Jan",
                reading,  # type: ignore[arg-type]
            )
        )
    return PathsPlot(tuple(panels))


def ordinary_plot() -> OrdinaryDaysPlot:
    """Figure 3's data."""
    draws = np.random.default_rng(3)
    return OrdinaryDaysPlot(
        (
            OrdinaryPanel(
                "exposed",
                "Exposed",
                "1 300 ordinary days",
                tuple(draws.standard_t(4, 1300)),
                0.31,
                "Event day +0.2%: 73 in 100 moved as far",
            ),
            OrdinaryPanel(
                "beneficiary",
                "Beneficiaries",
                "124 ordinary days",
                tuple(draws.normal(0, 1.0, 124)),
                2.2,
                "Event day +5.1%: 5 in 100 moved as far",
                "uneven",
            ),
        )
    )


EVENTS = [
    ("2023", "Gallium licences", "3 Jul"),
    ("2023", "Graphite licences", "20 Oct"),
    ("2023", "Technology ban", "21 Dec"),
    ("2024", "Antimony licences", "15 Aug"),
    ("2024", "Ban on the US", "3 Dec"),
    ("2025", "Tungsten licences", "4 Feb"),
    ("2025", "Seven rare earths", "4 Apr"),
    ("2025", "Carmakers warn", "4 Jun"),
    ("2025", "Controls widened", "9 Oct"),
    ("2025", "Busan pause", "30 Oct"),
    ("2025", "Takaichi remarks", "7 Nov"),
    ("2026", "Dual-use ban", "6 Jan"),
    ("2026", "WSJ report", "8 Jan"),
    ("2026", "Contracts refused", "10 Jan"),
]


def heat_map(repeats: int = 1) -> HeatMap:
    """Figure 4's data; more columns when repeated."""
    events = [event for _ in range(repeats) for event in EVENTS]
    columns = tuple(HeatColumn(year, name, day, name == "Dual-use ban") for year, name, day in events)
    draws = np.random.default_rng(5)
    rows, cells = [], []
    for role, sectors in SECTORS.items():
        for name, short, *_ in sectors:
            rows.append(HeatRow(role, name, short))
            line: list[HeatCell | None] = []
            for _ in columns:
                value = float(draws.standard_t(3) * 2.2)
                told = abs(value) > 4 or draws.random() < 0.06
                line.append(
                    None if draws.random() < 0.02 else HeatCell(value, signed(value), told, told and abs(value) > 9)
                )
            cells.append(tuple(line))
    return HeatMap(tuple(rows), columns, tuple(cells))


def table_one(prefix: str = "") -> Table:
    """Three groups over three windows."""
    columns = (
        Column("window", "Window"),
        Column("caar", "CAAR, %", "number", explanation="mean cumulated abnormal return"),
        Column("interval", "95% interval", "interval"),
        Column("p", "p", "p"),
        Column("adj", "adj. p", "p", explanation="Holm's p over all rows"),
        Column("placebo", "placebo p", "p", screen=False),
        Column("rising", "Rising", "number", phone=False),
        Column("mde", "MDE", "number", phone=False, explanation="smallest effect found four times in five"),
    )
    groups: tuple[tuple[Role, str, str, list[tuple[str, ...]]], ...] = (
        (
            "exposed",
            "Exposed",
            "34 shares, Tokyo",
            [
                ("[0,0]", "+0.2", "−1.2 to +1.6", "0.89", "1.00", "0.73", "16/34", "1.9"),
                ("[−1,+1]", "−0.1", "−3.3 to +3.0", "0.81", "1.00", "0.89", "14/34", "4.3"),
                ("[0,+5]", "+0.9", "−4.0 to +5.7", "0.73", "1.00", "0.57", "16/34", "6.7"),
            ],
        ),
        (
            "beneficiary",
            "Beneficiaries",
            "20 shares, Tokyo 10, Sydney 2, New York 8",
            [
                ("[0,0]", "+5.1", "−1.1 to +11.2", "0.059", "0.42", "0.048", "17/20", "8.2"),
                ("[−1,+1]", "+12.4", "+4.9 to +19.8", "0.002", "0.016", "0.016", "19/20", "10.0"),
                ("[0,+5]", "+12.0", "−6.3 to +30.3", "0.047", "0.37", "0.064", "20/20", "24.5"),
            ],
        ),
        (
            "control",
            "Controls",
            "5 shares, Tokyo",
            [
                ("[0,0]", "−0.2", "−1.9 to +1.5", "0.76", "1.00", "0.72", "2/5", "1.7"),
                ("[−1,+1]", "+0.7", "−2.9 to +4.3", "0.63", "1.00", "0.50", "3/5", "3.6"),
                ("[0,+5]", "+0.8", "−6.4 to +8.0", "0.79", "1.00", "0.59", "3/5", "7.2"),
            ],
        ),
    )
    made = []
    for role, title, rest, rows in groups:
        lines = []
        for window, caar, *others in rows:
            strong = window == "[−1,+1]" and role == "beneficiary"
            first: Cell = NumberCell(window, raised="†") if strong else TextCell(window)
            cells = (first, number(caar, strong=True), *(number(text) for text in others))
            lines.append(Row(cells, strong=strong))
        made.append(RowGroup(tuple(lines), title, rest, role))
    return Table(
        f"{prefix}table-1",
        "Table 1",
        "The three groups over three windows",
        "Sessions counted from the first that could react",
        columns,
        tuple(made),
        note=(
            "CAAR: mean cumulated abnormal return, market model. Interval, p and MDE (smallest effect found 4 times "
            "in 5) from the adjusted BMP test; adj. p: Holm over the 9 rows. Bold: stands after adjustment. † 4.9 of "
            "the 12.4 points came before the announcement. Four exposed New York shares lie outside the target, "
            "Japan, and are left out.",
        ),
        compact=True,
    )


def table_two(prefix: str = "") -> Table:
    """Sectors on the event day."""
    columns = (
        Column("sector", "Sector", wrap=False),
        Column("n", "Shares", "number"),
        Column("day", "[0,0], %", "number"),
        Column("interval", "95% interval", "interval"),
        Column("p", "p", "p"),
        Column("adj", "adj. p", "p"),
        Column("placebo", "placebo p", "p"),
        Column("rising", "Rising", "dots"),
        Column("r", "r̄", "number", paper=False, explanation="mean residual correlation between the shares"),
        Column("mde", "MDE", "number", paper=False),
        Column("later", "[0,+5], %", "number", paper=False),
        Column("reading", "Reading", "reading"),
    )
    words = {
        "noise": "Not told from noise",
        "suggestive": "Unusual, uneven",
        "uneven": "Unusual, uneven",
        "not_testable": "One share: see the company",
    }
    groups = []
    for role, sectors in SECTORS.items():
        rows = []
        for name, _, n, mean, low, high, up, reading, p in sectors:
            rows.append(
                Row(
                    (
                        TextCell(name),
                        number(str(n)),
                        number(signed(mean), strong=True),
                        number(f"{signed(low)} to {signed(high)}"),
                        number(p, raised="a" if n < 6 else ""),
                        number("1.00"),
                        number("0.34"),
                        DotsCell(up, n, role),
                        MissingCell("one share") if n == 1 else number("0.33"),
                        number("3.6"),
                        number("+7.3"),
                        TextCell(words[reading]),
                    )
                )
            )
        groups.append(RowGroup(tuple(rows), TOTALS[role][0].split(",")[0], "", role))
    return Table(
        f"{prefix}table-2",
        "Table 2",
        "Sectors on the event day",
        "Ordered by abnormal return within each role",
        columns,
        tuple(groups),
        note=(
            "r̄: mean residual correlation between the shares. Filled dots rose against the market, open dots fell. "
            "Adjusted p: Holm over all sector rows and three windows. ",
            Raised("a"),
            " Portfolio t, since fewer than six shares.",
        ),
    )


COMPANIES: dict[Role, list[tuple[str, str, str, str, str, str, str, str, str, str]]] = {
    "exposed": [
        ("Mitsui E&S", "7003.T", "Tokyo", "Defence & heavy machinery", "+4.7", "+5.6", "7.0", "0.12", "+13.2", ""),
        ("Daido Steel", "5471.T", "Tokyo", "Magnets & specialty metals", "+4.3", "+5.0", "3.2", "0.002", "+22.9", ""),
        ("Toyota Motor", "7203.T", "Tokyo", "Autos & parts", "−2.7", "−1.7", "3.0", "0.25", "+3.7", ""),
        ("Suzuki Motor", "7269.T", "Tokyo", "Autos & parts", "−2.7", "−2.1", "3.1", "0.18", "−3.5", ""),
    ],
    "beneficiary": [
        ("Critical Metals", "CRML", "New York", "Rare-earth miners", "+25.6", "+24.4", "22.3", "0.033", "+37.0", ""),
        (
            "Toyo Engineering",
            "6330.T",
            "Tokyo",
            "Deep-sea & engineering",
            "+19.5",
            "+20.1",
            "8.1",
            "< 0.001",
            "+70.4",
            "▲",
        ),
        ("Lynas Rare Earths", "LYC.AX", "Sydney", "Rare-earth miners", "+14.5", "+14.2", "6.3", "< 0.001", "+16.2", ""),
        (
            "Sumitomo Metal Mining",
            "5713.T",
            "Tokyo",
            "Magnets & specialty metals",
            "+1.6",
            "+2.6",
            "4.2",
            "0.22",
            "+5.2",
            "",
        ),
    ],
}


def table_three(prefix: str = "") -> Table:
    """Companies, with their lines."""
    columns = (
        Column("company", "Company"),
        Column("market", "Market", phone=False, wrap=False),
        Column("sector", "Sector", phone=False, wrap=False),
        Column("line", "−10 … +10", "spark"),
        Column("return", "Return, %", "number", phone=False),
        Column("ar", "AR day 0, %", "number"),
        Column("error", "± 1.96 s.e.", "number", phone=False, explanation="half the 95% interval"),
        Column("p", "p", "p"),
        Column("later", "[0,+5], %", "number"),
    )
    draws = np.random.default_rng(8)
    groups = []
    for role, companies in COMPANIES.items():
        rows = []
        for name, ticker, market, sector, raw, ar, error, p, later, limit in companies:
            walk = np.cumsum(draws.normal(0.2, 1.5, 21))
            walk = walk - walk[9]
            strong = p in {"0.002", "0.033", "< 0.001"}
            rows.append(
                Row(
                    (
                        TextCell(name, ticker, f"{limit} limit" if limit else "", strong=strong),
                        TextCell(market),
                        TextCell(sector),
                        SparkCell(
                            tuple(range(-10, 11)),
                            tuple(float(round(value, 3)) for value in walk),
                            role,
                            ((-4, 1), (0, 1), (3, 1)) if limit else (),
                            f"{name}: {later} over [0,+5]",
                        ),
                        number(raw),
                        number(ar, strong=strong),
                        number(error),
                        number(p),
                        number(later, after=limit),
                    )
                )
            )
        groups.append(
            RowGroup(tuple(rows), TOTALS[role][0].split(",")[0], "4 of 34 shown, ordered by abnormal return", role)
        )
    return Table(
        f"{prefix}table-3",
        "Table 3",
        "Companies",
        "Line: cumulated abnormal return from ten sessions before to ten after, own scale; dot: event day; "
        "▲ closed at the daily limit",
        columns,
        tuple(groups),
        full=tuple(groups),
        full_label="All 54 companies",
    )


def table_four(prefix: str = "") -> Table:
    """Printed moves against measured ones."""
    columns = (
        Column("instrument", "Instrument"),
        Column("session", "Session", phone=False, wrap=False),
        Column("printed", "Printed as", phone=False, wrap=False),
        Column("reported", "Reported, %", "number"),
        Column("measured", "Measured, %", "number"),
        Column("reading", "Reading", "reading", grow=2),
        Column("publisher", "Publisher", "link", phone=False),
    )
    rows = [
        ("Toyota Motor", "7203.T", "close", "−2.9", "−2.7", "✓ Agrees", "MT Newswires"),
        ("Toyo Engineering", "6330.T", "daily limit", "+20.0", "+19.5", "✓ Agrees: rounded; ▲ limit", "Bloomberg"),
        ("Lynas Rare Earths", "LYC.AX", "close", "+15.1", "+14.5", "≠ Differs by 0.6 points", "ad-hoc-news"),
        (
            "Lynas Rare Earths",
            "LYC.AX",
            "as much as",
            "+16.0",
            "+14.5",
            "? High of the day: closes cannot confirm it",
            "BTCC",
        ),
        ("TOPIX Transport Equipment", "", "as much as", "−2.5", "", "? Not testable: no price series", "Bloomberg"),
    ]
    lines = tuple(
        Row(
            (
                TextCell(name, ticker),
                TextCell("7 Jan", sort="2026-01-07"),
                TextCell(printed),
                number(reported),
                number(measured, strong=True) if measured else MissingCell("no price series"),
                TextCell(reading),
                LinkCell(publisher, "https://example.org/moves?a=1&b=2", muted=True),
            )
        )
        for name, ticker, printed, reported, measured, reading, publisher in rows
    )
    return Table(
        f"{prefix}table-4",
        "Table 4",
        "Reported and measured moves",
        "Raw returns, close to close, local currency. Agreement: within 0.3 points, or the rounding of the printed "
        "figure",
        columns,
        (RowGroup(lines),),
    )


def table_five() -> Table:
    """Tests and whether they hold their level."""
    columns = (
        Column("test", "Test"),
        Column("exposed", "Exposed: statistic", "number", phone=False),
        Column("p1", "p", "p"),
        Column("beneficiary", "Beneficiaries: statistic", "number", phone=False),
        Column("p2", "p", "p"),
        Column("alarms", "False alarms at 5%", "number"),
        Column("standing", "Standing", "reading"),
    )
    rows = [
        ("Adjusted BMP", "0.14", "0.89", "2.00", "0.059", "5%", "Headline"),
        ("Portfolio t", "0.30", "0.76", "2.20", "0.029", "4%", "Holds its level"),
        ("GRANK-T", "−0.02", "0.98", "1.95", "0.052", "7%", "Holds its level"),
        ("Patell Z", "0.26", "0.79", "5.69", "< 0.001", "30%", "Over-rejects"),
        ("Generalised sign", "0.01", "0.99", "3.46", "< 0.001", "", "Not measured"),
    ]
    lines = tuple(
        Row(
            (
                TextCell(test),
                number(one),
                number(p1),
                number(two),
                number(p2),
                NumberCell(alarms, float(alarms[:-1])) if alarms else MissingCell("not measured"),
                TextCell(standing),
            ),
            muted=standing in {"Over-rejects", "Not measured"},
        )
        for test, one, p1, two, p2, alarms, standing in rows
    )
    return Table(
        "table-5",
        "Table 5",
        "Ten tests of the event day",
        "False alarms: share of 1 200 random Tokyo sessions without an event on which the test rejects at 5%, all "
        "exposed shares",
        columns,
        (RowGroup(lines),),
        note=("Grey rows are shown and never quoted in a sentence.",),
    )


HEADLINE = (
    "Exposed Tokyo shares moved +0.2% on the first day, which cannot be told from noise; "
    "the beneficiaries’ gain of 5.1% is uneven and began before the announcement"
)
LEDE = (
    "On 7 January 34 exposed shares averaged +0.2% against the market (95% interval −1.2 to +1.6); a true effect below "
    "1.9% would probably have gone unseen. Of 20 likely beneficiaries 17 rose (interval −1.1 to +11.2), and two of "
    "them, "
    "Critical Metals and Toyo Engineering, supply 44% of the gain. In the two sessions before the announcement the "
    "same "
    "20 had already gained 10.5% (+5.5 to +15.4).",
)
EVENT_LINE = EventLine(
    "China bans dual-use exports to Japanese military users and uses",
    "restriction · announced Tuesday 6 January 2026, 16:38 Beijing, after the Tokyo close",
)


def first_page(prefix: str = "") -> FirstPage:
    """Figure 1 and Table 1."""
    return FirstPage(
        Figure(
            f"{prefix}figure-1",
            "Figure 1",
            "Carmakers fell together, would-be suppliers rose unevenly",
            "Average abnormal return on the event day [0,0], %, with 95% interval",
            "Exposed shares +0.2%, beneficiaries +5.1%, controls −0.2% on average.",
            interval_plot(),
            f"{prefix}table-2",
        ),
        table_one(prefix),
    )


def sections(prefix: str = "") -> tuple[Section, ...]:
    """Parts 2 to 7 and 9."""
    return (
        Section(
            "2",
            "Before and after the first day",
            "The exposed group stays inside its ordinary range; the beneficiaries had gained 10.5% before the "
            "announcement",
            f"{prefix}before-and-after",
            (
                (
                    "The beneficiaries’ earlier rise (19 of 20 shares; p = 0.001) is larger than their first day, "
                    "so windows "
                    "that open before day 0 do not measure this announcement. Later news falls into the same "
                    "fortnight, so "
                    "the path after 8 January belongs to the episode and no longer to the announcement alone.",
                ),
            ),
            (
                Figure(
                    f"{prefix}figure-2",
                    "Figure 2",
                    "Cumulated abnormal return around the announcement",
                    "Equal-weighted mean, % against the market, set to zero at the close before the event day. "
                    "Shaded: 95% "
                    "interval. Dashed: 95% of ordinary stretches of the same length",
                    "Exposed shares stay near zero; beneficiaries rise by 10.5% before the announcement.",
                    paths_plot(),
                    f"{prefix}table-1",
                ),
            ),
        ),
        Section(
            "3",
            "Sector by sector",
            "No sector’s first day survives adjustment for 39 tests; deep-sea engineering had an unusual but uneven "
            "day",
            f"{prefix}sectors",
            (
                (
                    "All ten carmakers fell, by −1.2% on average. Ten carmakers also move together on ordinary days "
                    "(mean "
                    "residual correlation 0.33), and 31 in 100 ordinary days moved them as far.",
                ),
            ),
            (table_two(prefix),),
        ),
        Section(
            "4",
            "How unusual was the day",
            "Exposed shares move this far on 73 in 100 ordinary days, beneficiaries on 5 in 100",
            f"{prefix}ordinary-days",
            (),
            (
                Figure(
                    f"{prefix}figure-3",
                    "Figure 3",
                    "The same groups on ordinary days",
                    "Mean abnormal return of the group in its own standard errors, on every session outside all "
                    "catalogued "
                    "events. Coloured: at least as far from zero as the event day",
                    "The exposed group’s day lies in the middle, the beneficiaries’ in the tail.",
                    ordinary_plot(),
                    f"{prefix}table-1",
                    (
                        "Number of days, each panel on its own height. The beneficiaries’ history is short (124 "
                        "days), because "
                        "USA Rare Earth has traded only since March 2025 and the Sydney prices begin in 2024.",
                    ),
                ),
            ),
        ),
        Section(
            "5",
            "Company by company",
            "Critical Metals and Toyo Engineering lead; Toyo closed at its daily limit, so its first day is cut short",
            f"{prefix}companies",
            (),
            (table_three(prefix),),
        ),
        Section(
            "7",
            "What the press reported",
            "Of ten printed moves six agree with the closes, one differs and three cannot be checked",
            f"{prefix}press",
            (),
            (table_four(prefix),),
        ),
        Section(
            "9",
            "",
            "",
            f"{prefix}else",
            (),
            (
                Columns(
                    (
                        ColumnList(
                            "What else happened",
                            (
                                (
                                    Strong("Two sessions before."),
                                    " Beneficiaries gained 10.5% in all three markets before the announcement; the "
                                    "catalogue "
                                    "names no cause.",
                                ),
                                (
                                    Strong("7 January, Tokyo."),
                                    " Goldman Sachs lowered its view of Japanese equities; profit taking after two "
                                    "record "
                                    "sessions. ",
                                    Link("MT Newswires", "https://example.org/"),
                                ),
                            ),
                        ),
                        ColumnList(
                            "What is missing",
                            (
                                (
                                    Strong("29 of 92 securities"),
                                    " are left out: 28 without a price series (all 13 Chinese producers among them), 1 "
                                    "without a trade on the event day (Arafura).",
                                ),
                                (Strong("Closes only."), " Moves inside the session cannot be checked."),
                            ),
                        ),
                    )
                ),
            ),
        ),
    )


def heat_section(repeats: int = 1) -> Section:
    """Part 6."""
    return Section(
        "6",
        "Against other announcements",
        "Three of 140 sector reactions since 2023 survive adjustment, none of them in an exposed sector",
        "others",
        (),
        (
            Figure(
                "figure-4",
                "Figure 4",
                "Sectors across fourteen announcements",
                "Average abnormal return on the event day, %. Cells are coloured only where p is below 0.05 before "
                "adjustment",
                "Three cells stand after adjustment for all cells.",
                heat_map(repeats),
            ),
        ),
    )


def closing() -> tuple[Section, ...]:
    """Part 8."""
    return (
        Section(
            "8",
            "Can the tests be trusted here",
            "Ordinary tests raise false alarms on a third of quiet days in this universe; the headline test does not",
            "tests",
            (),
            (table_five(), Note(("Tests that hold their level may disagree.",)), Empty("No factor file was given.")),
        ),
    )


FOOTER = (
    FooterColumn(
        "Method",
        (
            "Market model, OLS, sessions −260 to −11, at least 120 valid. Tokyo against 1306.T, Sydney against "
            "^AXJO, New "
            "York against ^GSPC. Event day: first session whose close follows the announcement.",
        ),
    ),
    FooterColumn(
        "Prices",
        ("File source, first row 4 January 2018, last 6 February 2026; snapshot 5c1e…9a07. Events a3f0…77b2.",),
    ),
    FooterColumn(
        "Made by",
        (
            "eventstudy 1.0.0, Python 3.12, seed 0. Every number stands in the tables beside this report; ",
            Code("study.json"),
            " repeats it.",
        ),
    ),
)


def one_event(*, simulated: bool = False) -> Report:
    """The report on the dual-use ban."""
    parts = sections()
    report = Report(
        title="Dual-use ban, 6 January 2026: sector impact report",
        file_stem="2026-01-06-japan-dual-use-ban",
        masthead=Masthead(
            "Sector impact report",
            "episode 2026-japan-curbs",
            "Prices to 6 February 2026 · 69 events, 119 lines in the catalogue",
        ),
        event_line=EVENT_LINE,
        headline=HEADLINE,
        lede=LEDE,
        first_page=first_page(),
        sections=(*parts[:4], heat_section(), *parts[4:5], *closing(), *parts[5:]),
        footer=FOOTER,
        page_footer="eventstudy 1.0.0 · prices to 6 February 2026, snapshot 5c1e…9a07 · seed 0",
        keywords=("event study", "rare earths"),
        made_at=datetime(2026, 2, 6, 21, 0, tzinfo=UTC),
    )
    if not simulated:
        return report
    return replace(
        report,
        simulated=True,
        headline="Simulated market: e" + HEADLINE[1:],
        title="Simulated: " + report.title,
        file_stem=report.file_stem + "-simulated",
        masthead=replace(report.masthead, right="Prices: embedded market (simulated), seed 0"),
        page_footer="eventstudy 1.0.0 · embedded market (simulated) · seed 0",
    )


def several_events(chapters: int = 3, *, simulated: bool = False) -> Report:
    """A report with an opening, some chapters and a closing."""
    base = one_event(simulated=simulated)
    made = tuple(
        Chapter(
            f"episode-{index}",
            ("7 Sep 2010", "4 Apr 2025", "6 Jan 2026")[index % 3],
            ("Senkaku embargo", "Seven heavy rare earths", "Japan curbs")[index % 3],
            EVENT_LINE,
            HEADLINE,
            LEDE,
            first_page(f"episode-{index}-"),
            sections(f"episode-{index}-"),
        )
        for index in range(chapters)
    )
    return replace(
        base,
        title="The whole catalogue: sector impact report",
        file_stem="catalogue-simulated" if simulated else "catalogue",
        first_page=None,
        event_line=EventLine("Export controls on critical materials", "14 announcements in 3 episodes, 2010 to 2026"),
        sections=(heat_section(4),),
        chapters=made,
        closing=closing(),
    )

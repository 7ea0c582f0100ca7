"""Ways to spoil a file: by bytes, by lines, by cells; and files that are hostile from the start."""

from __future__ import annotations

import random

# what makes spreadsheets run, terminals act, parsers stumble; and cells at the edges of what is sound
TOKENS: tuple[bytes, ...] = tuple(
    text.encode("utf-8", "surrogatepass")
    for text in (
        '"', '""', '","', ",", ",,", "\n", "\r", "\r\n", "\n\n", "\0", "\t", ";", "'", "\\", "\ufeff", "\u2028", "\x85",
        "\u200f", "\u202e", "\u2066", "\u00a0", "\x1b[31m", "\x1b]0;x\x07", "\ud800", "\x7f",
        "=cmd|' /C calc'!A0", "@SUM(1+1)", "+1+1", "-1+1", '=HYPERLINK("http://x.example","y")',
        "<script>alert(1)</script>", "\\input{/etc/passwd}", "${jndi:ldap://x}", "{{7*7}}", "%s%n", "../../etc/passwd",
        "1900-01-01", "1899-12-31", "2100-12-31", "2200-01-01", "0000-00-00", "9999-12-31", "2026-02-30",
        "2024-02-29", "2026-01-06T24:00", "2026-01-06T16:38+08:00", "2026-01-06T16:38:60Z", "2026-01-06 00:00:00+09:00",
        "2026-01-06T00:00:00", "2026-1-6", "20260106", "٢٠٢٦-٠١-٠٦", "２０２６-０１-０６",
        "nan", "NaN", "inf", "-inf", "Infinity", "NULL", "None", "N/A", "1e308", "1e309", "-0", "-1", "0", "1_000",
        "1,000", "0x1p3", "١٢٣", "１２３", "1e-400", "1" * 400, "9" * 5000, ".", "+", "1.", ".5", " 5 ", "5\u00a0",
        "TRUE", "7203.T", "^N225", "..", "/", "CON", "XTKS", "exposed", "benchmark", "restriction", "confirmed",
        "date", "Date", "close", "Close", "ticker", "currency", "event_id", "a" * 101, "a" * 200_000,
    )
)  # fmt: skip
LARGEST = 1_000_000


def spoilt(content: bytes, chance: random.Random, others: tuple[bytes, ...] = ()) -> bytes:
    """One to five spoilings on top of each other, at most 1 MB.

    Parameters
    ----------
    content : bytes
        A sound file.
    chance : random.Random
        Which spoilings, and where.
    others : tuple of bytes
        Other sound files, to splice with.
    """
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
        content = chance.choice(_SPOILINGS)(content, chance, others)
        content = content[:LARGEST] or b"x"
    return content


def _flip(content: bytes, chance: random.Random, others: tuple[bytes, ...]) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + bytes([content[place] ^ (1 << chance.randrange(8))]) + content[place + 1 :]


def _byte(content: bytes, chance: random.Random, others: tuple[bytes, ...]) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + bytes([chance.randrange(256)]) + content[place + 1 :]


def _insert(content: bytes, chance: random.Random, others: tuple[bytes, ...]) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + chance.choice(TOKENS) + content[place:]


def _delete(content: bytes, chance: random.Random, others: tuple[bytes, ...]) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + content[place + chance.choice((1, 1, 2, 8, 64, 500)) :]


def _truncate(content: bytes, chance: random.Random, others: tuple[bytes, ...]) -> bytes:
    return content[: chance.randrange(1, len(content) + 1)]


def _splice(content: bytes, chance: random.Random, others: tuple[bytes, ...]) -> bytes:
    other = chance.choice(others) if others else content
    begin = chance.randrange(len(other) + 1)
    part = other[begin : begin + chance.choice((10, 100, 1000, 100_000))]
    place = chance.randrange(len(content) + 1)
    return content[:place] + part + content[place:]


def _repeat(content: bytes, chance: random.Random, others: tuple[bytes, ...]) -> bytes:
    place = chance.randrange(len(content))
    block = content[place : place + chance.choice((1, 2, 10, 100, 1000))]
    times = chance.choice((2, 2, 2, 10, 10, 1000)) if len(block) < 500 else 2
    return content[:place] + block * times + content[place:]


def _lines(content: bytes, chance: random.Random, others: tuple[bytes, ...]) -> bytes:
    lines = content.split(b"\n")
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    act = chance.randrange(4)
    if act == 0:
        lines[first], lines[second] = lines[second], lines[first]
    elif act == 1:
        lines.insert(first, lines[second])
    elif act == 2:
        lines[first] = b"," * lines[first].count(b",")
    else:
        del lines[first]
    return b"\n".join(lines)


def _cells(content: bytes, chance: random.Random, others: tuple[bytes, ...]) -> bytes:
    lines = content.split(b"\n")
    row = chance.randrange(len(lines))
    cells = lines[row].split(b",")
    first, second = chance.randrange(len(cells)), chance.randrange(len(cells))
    act = chance.randrange(6)
    if act == 0:
        cells[first], cells[second] = cells[second], cells[first]
    elif act == 1:
        cells.insert(first, cells[second])
    elif act == 2:
        del cells[first]
    elif act == 3:
        cells[first] = b'"' + chance.choice(TOKENS).replace(b'"', b'""') + b'"'
    else:
        cells[first] = chance.choice(TOKENS)
    lines[row] = b",".join(cells)
    return b"\n".join(lines)


_SPOILINGS = (_flip, _byte, _insert, _delete, _truncate, _splice, _repeat, _lines, _cells, _cells, _cells)

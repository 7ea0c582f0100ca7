"""Files of about 1 MB that are hostile from the start: blown up, repeated, nested, of the wrong shape."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MEGABYTE = 1_000_000
LONG = b"ticker,date,close,adj_close\n"
OWN = b"Date,Close\n"
FACTORS = b"date,mktrf\n"


def days(count: int) -> Iterator[bytes]:
    """ISO dates from 1901 on."""
    return (str(date(1901, 1, 1) + timedelta(days=number)).encode() for number in range(count))


def rows_of(count: int) -> bytes:
    """Sound rows of a long file, 23 bytes each."""
    every = list(days(20_000))
    return b"".join(b"T%d,%s,1.5,2.5\n" % (row // 20_000, every[row % 20_000]) for row in range(count))


def wide(head: bytes, columns: int, cell: bytes) -> bytes:
    """A header of very many columns, and as many rows of it as fit."""
    header = head.rstrip(b"\n") + b"".join(b",c%d" % number for number in range(columns)) + b"\n"
    row = cell + (b"," + cell) * (header.count(b",")) + b"\n"
    return header + row * max(1, (MEGABYTE - len(header)) // len(row))


def zipped(*members: tuple[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return sink.getvalue()


def parquet(columns: dict[str, object], **options: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, **options)
    return sink.getvalue()


def many_rows(names: tuple[str, ...]) -> bytes:
    """Five million rows of the same, a few kilobytes."""
    count = 5_000_000
    same = pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array(["X"]))
    columns: dict[str, object] = {"ticker": same, "date": pa.array(np.zeros(count, "datetime64[D]"))}
    columns |= {name: pa.array(np.zeros(count)) for name in names}
    return parquet({name: columns[name] for name in columns if name != "ticker" or "close" in names})


def long_words() -> bytes:
    """A hundred megabytes of one letter in one cell, a few kilobytes."""
    return parquet(
        {
            "ticker": ["a" * 100_000_000],
            "date": [date(2025, 1, 1)],
            "close": [1.0],
            "mktrf": [0.01],
        },
        compression="zstd",
    )


def noise(sound: bytes, seed: int) -> bytes:
    """A sound file's records again and again up to 1 MB, with one byte in ten thousand changed."""
    head, _, body = sound.partition(b"\n")
    content = bytearray((head + b"\n" + body * (MEGABYTE // max(len(body), 1) + 1))[:MEGABYTE])
    chance = random.Random(seed)
    for _ in range(len(content) // 10_000):
        content[chance.randrange(len(content))] = chance.choice(b'",\n\r0-x\xc3')
    return bytes(content)


def _csv_files(kind: str, head: bytes) -> dict[str, Callable[[], bytes]]:
    """What is hostile to any reader of text."""
    width = head.count(b",")
    empty = b"," * width + b"\n"
    return {
        f"{kind}: short rows": lambda: head + b"x\n" * (MEGABYTE // 2),
        f"{kind}: bad cells": lambda: head + (b"x" + b",x" * width + b"\n") * (MEGABYTE // (2 * width + 2)),
        f"{kind}: empty cells": lambda: head + empty * (MEGABYTE // (width + 1)),
        f"{kind}: line feeds": lambda: head + b"\n" * MEGABYTE,
        f"{kind}: carriage returns": lambda: head + b"\r" * MEGABYTE,
        f"{kind}: commas": lambda: head + b"," * MEGABYTE,
        f"{kind}: quotes": lambda: head + b'"' * MEGABYTE,
        f"{kind}: a quote a line": lambda: head + b'"\n' * (MEGABYTE // 2),
        f"{kind}: quoted nothings": lambda: head + b'"",' * (MEGABYTE // 3),
        f"{kind}: quotes in the middle": lambda: head + b'a"b,\n' * (MEGABYTE // 5),
        f"{kind}: one cell": lambda: head + b"9" * MEGABYTE,
        f"{kind}: NUL": lambda: head + b"\0\n" * (MEGABYTE // 2),
        f"{kind}: not UTF-8": lambda: head + b"\xff\n" * (MEGABYTE // 2),
        f"{kind}: control characters": lambda: head + b"\x01,\n" * (MEGABYTE // 3),
        f"{kind}: 120,000 columns": lambda: wide(head, 120_000, b"1"),
        f"{kind}: 9,000 columns": lambda: wide(head, 9_000, b"1"),
        f"{kind}: 9,000 columns of words": lambda: wide(head, 9_000, b"x"),
        f"{kind}: one name 100,000 times": lambda: head.rstrip(b"\n") + b",close" * 100_000 + b"\n",
        f"{kind}: no names": lambda: head.rstrip(b"\n") + b"," * MEGABYTE + b"\n",
        f"{kind}: a header of one name": lambda: b"x" * MEGABYTE,
        f"{kind}: only the header, 40,000 times": lambda: head * (MEGABYTE // len(head)),
    }


def hostile_files(heads: dict[str, bytes], sound: dict[str, bytes]) -> dict[str, Callable[[], bytes]]:
    """Name, which begins with the kind of file, to what makes its content.

    Parameters
    ----------
    heads : dict of str to bytes
        Kind of text file to its header.
    sound : dict of str to bytes
        Kind of file to a sound one.
    """
    files: dict[str, Callable[[], bytes]] = {}
    for kind, head in heads.items():
        files |= _csv_files(kind, head)
        files[f"{kind}: noise"] = lambda kind=kind: noise(sound[kind], 1)
    files |= {
        "long: every row twice": lambda: LONG + rows_of(20_000) * 2,
        "long: every row the same": lambda: LONG + b"T,2025-01-01,1,2\n" * 55_000,
        "long: every row a ticker": lambda: LONG + b"".join(b"T%d,2025-01-01,1,2\n" % n for n in range(45_000)),
        "long: a fault at the end": lambda: LONG + rows_of(43_000) + b"x",
        "long: hours": lambda: LONG + b"".join(b"T,2025-01-01 00:00:%05d,1,2\n" % n for n in range(34_000)),
        "gzip: bomb": lambda: gzip.compress(b"0" * 9_000_000, mtime=0) * 100,
        "gzip: nested bomb": lambda: gzip.compress(gzip.compress(b"\n" * 30_000_000, mtime=0) * 10),
        "gzip: bomb of blank lines": lambda: gzip.compress(LONG + b"\n" * 50_000_000),
        "gzip: 20 MB of bad cells": lambda: gzip.compress(LONG + b"x,y,z,w\n" * 2_500_000),
        "gzip: 7 MB of bad cells": lambda: gzip.compress(LONG + b"x,y,z,w\n" * 900_000),
        "gzip: 7 MB, a fault at the end": lambda: gzip.compress(LONG + rows_of(310_000) + b"x"),
        "gzip: many members": lambda: gzip.compress(b"x", mtime=0) * 45_000,
        "zip: bomb": lambda: zipped(("prices.csv", b"0" * 100_000_000)),
        "zip: many members": lambda: zipped(*((f"{n}.csv", b"") for n in range(9_000))),
        "zip: nested": lambda: zipped(("prices.csv", zipped(("prices.csv", LONG)))),
        "zip: out of its folder": lambda: zipped(("../../prices.csv", LONG + rows_of(10))),
        "parquet: five million rows": lambda: many_rows(("close",)),
        "parquet: a word of 100 MB": long_words,
        "parquet: 5,000 columns": lambda: parquet({f"c{n}": [1.0] for n in range(5_000)}),
        "store: five million rows": lambda: many_rows(("close", "adj_close", "open", "high", "low", "volume")),
        "store: a word of 100 MB": long_words,
        "factors_gzip: bomb": lambda: gzip.compress(b"0" * 9_000_000, mtime=0) * 100,
        "factors_gzip: 7 MB of bad cells": lambda: gzip.compress(FACTORS + b"x,y\n" * 1_700_000),
        "factors_parquet: five million rows": lambda: many_rows(("mktrf",)),
        "factors_parquet: a word of 100 MB": long_words,
        "factors_parquet: 5,000 columns": lambda: parquet({f"c{n}": [0.01] for n in range(5_000)}),
        "manifest: nested": lambda: b"[" * MEGABYTE,
        "manifest: endless number": lambda: b'{"tickers": ' + b"9" * MEGABYTE + b"}",
        "older: five million rows": lambda: many_rows(("close", "adj_close", "open", "high", "low", "volume")),
        "older: a word of 100 MB": long_words,
        "marker: nested": lambda: b"[" * MEGABYTE,
        "marker: endless number": lambda: b'{"version": ' + b"9" * MEGABYTE + b"}",
        "marker: infinite version": lambda: b'{"version": 1e999}',
        "marker: a word": lambda: b'{"format": "' + b"x" * MEGABYTE + b'", "version": "y"}',
    }
    return files

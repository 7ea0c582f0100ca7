"""Files that may be compressed: told by their first bytes, and never unpacked without end."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import Any

from eventstudy.errors import PriceError, one_line

# A file may grow this much on decompression: tables of numbers shrink about fivefold, a bomb a thousandfold.
_LARGEST = (8 << 20, 10)
# Parquet states its rows and its unpacked bytes beforehand: rows a byte of the file, and the like of the above.
_MOST_ROWS = (1_000_000, 1)
_LARGEST_PARQUET = (64 << 20, 20)


def unreadable(path: str, error: Exception) -> PriceError:
    """A file that the system or an archive refuses, with its reason in one line."""
    reason = one_line(getattr(error, "strerror", None) or error) or type(error).__name__
    return PriceError(f"{path} cannot be read ({reason}); check it, or give another file", source=path)


def check_parquet_size(footer: Any, path: str, size: int) -> None:
    """Refuse a Parquet file that says it unpacks to more than a table of prices would.

    Parameters
    ----------
    footer : pyarrow.parquet.FileMetaData
        The file's own account of itself.
    path : str
        Its name in the message.
    size : int
        Its length in bytes.

    Raises
    ------
    PriceError
        If its rows or its bytes, once read, are out of proportion to its length.
    """
    groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
    unpacked_size = sum(group.total_byte_size for group in groups)
    rows = max([footer.num_rows, *(group.num_rows for group in groups)])
    many = rows > max(_MOST_ROWS[0], _MOST_ROWS[1] * size)
    if many or unpacked_size > max(_LARGEST_PARQUET[0], _LARGEST_PARQUET[1] * size):
        says = f"{rows:,} rows" if many else f"{unpacked_size >> 20:,} MB"
        message = f"{path} has {size:,} bytes and says that it holds {says}; check it, or write it again as CSV"
        raise PriceError(message, source=path)


def unpacked(raw: bytes, path: str) -> bytes:
    """The bytes, decompressed where they are gzip or a zip archive of one file.

    Raises
    ------
    PriceError
        If the archive is damaged, holds several files, or grows beyond reason.

    Examples
    --------
    >>> unpacked(gzip.compress(b"date,close"), "prices.csv.gz"), unpacked(b"date,close", "prices.csv")
    (b'date,close', b'date,close')
    """
    limit = max(_LARGEST[0], _LARGEST[1] * len(raw))
    try:
        if raw[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
                text = packed.read(limit + 1)
        elif raw[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                members = [each for each in archive.infolist() if not each.is_dir()]
                if len(members) != 1:
                    raise PriceError(f"{path} packs {len(members)} files; pack the one file", source=path)
                with archive.open(members[0]) as packed_member:
                    text = packed_member.read(limit + 1)
        else:
            return raw
    except PriceError:
        raise
    except Exception as error:  # each codec has exceptions of its own, and damage finds them all
        raise unreadable(path, error) from error
    if len(text) > limit:
        raise PriceError(f"{path} unpacks to more than {limit >> 20} MB; unpack it first", source=path)
    return text

"""Files that may be compressed: told by their first bytes, and never unpacked without end."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib

from eventstudy.errors import PriceError

# A file may grow this much on decompression: tables of numbers shrink about fivefold, a bomb a thousandfold.
_LARGEST = (100 << 20, 50)


def unreadable(path: str, error: Exception) -> PriceError:
    """A file that the system or an archive refuses, with its reason in one line."""
    reason = (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
    return PriceError(f"{path} cannot be read ({reason[:160]}); check it, or give another file", source=path)


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
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise unreadable(path, error) from error
    if len(text) > limit:
        raise PriceError(f"{path} unpacks to more than {limit >> 20} MB; unpack it first", source=path)
    return text

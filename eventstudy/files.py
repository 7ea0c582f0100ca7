"""Files that are either whole or not there."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def write_atomically(path: str | os.PathLike[str], content: bytes) -> Path:
    """The path, once it holds all of ``content``; before that, whatever stood there.

    The bytes go to a hidden neighbour first, reach the disk, and then take the name in one step,
    so that a full disk or a power cut leaves the old file and never half of the new one.

    Parameters
    ----------
    path : path-like
        The file to write; its folder must exist. The permissions of a file that is replaced are kept.
    content : bytes
        All of it.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    OSError
        If the folder cannot be written or the disk is full; nothing is left behind then.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> written = write_atomically(folder / "pairs.csv", b"event_id,ticker\\n")
    >>> written.read_bytes(), [each.name for each in folder.iterdir()]
    (b'event_id,ticker\\n', ['pairs.csv'])
    """
    target = Path(path)
    # a link keeps pointing where it did: what it points to is replaced
    target = target.resolve() if target.is_symlink() else target
    # short, whatever the name's length, so that a name at the file system's limit still works
    neighbour = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        mode = target.stat().st_mode & 0o7777
    except OSError:
        mode = None
    descriptor = os.open(neighbour, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if mode is not None:
            os.chmod(neighbour, mode)
        os.replace(neighbour, target)
    except BaseException:
        with contextlib.suppress(OSError):
            neighbour.unlink()
        raise
    _sync_folder(target.parent)
    return Path(path)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where the system lets a folder be opened."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

"""Files that are either whole or not there."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Mapping
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


def write_all_atomically(contents: Mapping[Path, bytes]) -> tuple[Path, ...]:
    """The paths, once all of them hold their content; if one cannot be written, all are as they were.

    Every file is complete on the disk before the first takes its name, and an earlier file is kept until the last
    has taken its own.

    Parameters
    ----------
    contents : mapping of Path to bytes
        What each file shall hold; the folders must exist.

    Raises
    ------
    OSError
        If a folder cannot be written, the disk is full, or a folder stands where a file should.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> [path.name for path in write_all_atomically({folder / "a.csv": b"1", folder / "b.csv": b"2"})]
    ['a.csv', 'b.csv']
    """
    staged: dict[Path, Path] = {}
    kept: dict[Path, Path | None] = {}
    try:
        for path, content in contents.items():
            target = path.resolve() if path.is_symlink() else path
            if target.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
            staged[target] = write_atomically(target.with_name(f".{secrets.token_hex(8)}.part"), content)
        for target, neighbour in staged.items():
            earlier = target.with_name(f".{secrets.token_hex(8)}.kept") if target.exists() else None
            if earlier is not None:
                shutil.copymode(target, neighbour)
                _keep(target, earlier)
            kept[target] = earlier
            os.replace(neighbour, target)
    except BaseException:
        for target, earlier in kept.items():
            with contextlib.suppress(OSError):
                if earlier is not None:
                    os.replace(earlier, target)
                else:
                    target.unlink()
        raise
    finally:
        for leftover in [*staged.values(), *filter(None, kept.values())]:
            with contextlib.suppress(OSError):
                leftover.unlink()
    for folder in {target.parent for target in staged}:
        _sync_folder(folder)
    return tuple(contents)


def _keep(target: Path, earlier: Path) -> None:
    """A second name for a file, or a copy where the file system has no links."""
    try:
        os.link(target, earlier)
    except OSError:
        shutil.copy2(target, earlier)

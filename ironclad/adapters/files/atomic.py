"""Files that are there whole or not at all, and what is said when the disk will not have them."""

import errno
import fcntl
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ironclad.errors import StateError

_GUARD_SECONDS = 10.0
"""Of a lease of 20 s: who renews it every 5 s still gives up before it ends."""

_GUARD_POLL_SECONDS = 0.01
_GUARD_POLL_AT_MOST_SECONDS = 0.08
"""Many who wait must not take the core from the one that they wait for."""

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space and run it again",
    errno.EDQUOT: "the disk quota is used up; free some space and run it again",
    errno.EROFS: "the file system is read-only; set IRONCLAD_STATE to a folder that can be written",
    errno.EACCES: "permission denied; set IRONCLAD_STATE to a folder of your own",
    errno.EPERM: "permission denied; set IRONCLAD_STATE to a folder of your own",
    errno.ENOTDIR: "part of that path is a file; move it away or set IRONCLAD_STATE elsewhere",
}


@contextmanager
def explained(doing: str, path: Path) -> Iterator[None]:
    """Turn an OSError into a StateError that says what was being done to which path."""
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        raise StateError(f"cannot {doing} {path}: {reason}") from error


def make_folder(path: Path, mode: int = 0o700) -> None:
    with explained("make the folder", path):
        path.mkdir(parents=True, exist_ok=True, mode=mode)
        if path.stat().st_mode & 0o777 != mode:
            path.chmod(mode)


def require_free_space(folder: Path, least_bytes: int) -> None:
    """Raise StateError before anything is begun that would end half-way on a full disk."""
    with explained("look at the disk of", folder):
        free = shutil.disk_usage(folder).free
    if free < least_bytes:
        raise StateError(
            f"the disk of {folder} has {free / 1e6:.0f} MB free and {least_bytes / 1e6:.0f} MB are"
            " needed; free some space, or set IRONCLAD_STATE to a folder on another disk"
        )


def write_atomically(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Survives a power cut: afterwards either the old content is there or the new."""
    new = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.new")
    with explained("write", path):
        try:
            _write_through(new, content, mode)
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def _write_through(path: Path, content: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_if_different(path: Path, content: bytes, mode: int = 0o600) -> bool:
    """Say whether it was written."""
    try:
        if path.read_bytes() == content:
            return False
    except OSError:
        pass
    write_atomically(path, content, mode)
    return True


def sync_folder(path: Path) -> None:
    """Make a creation, renaming or removal in this folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def as_json(value: Any) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True, default=str).encode() + b"\n"


def remove_file(path: Path) -> None:
    """Durable, and fine when it is not there."""
    with explained("remove", path):
        try:
            path.unlink()
        except FileNotFoundError:
            return
        sync_folder(path.parent)


@contextmanager
def guarded(guard: Path) -> Iterator[None]:
    """Hold a short critical section against every other process on the machine.

    Raises StateError when another process keeps it for longer than any section takes.
    """
    with explained("lock", guard):
        descriptor = _acquired(guard)
    try:
        yield
    finally:
        os.close(descriptor)


def _acquired(guard: Path) -> int:
    began, pause = time.monotonic(), _GUARD_POLL_SECONDS
    while time.monotonic() - began < _GUARD_SECONDS:
        descriptor = locked_at_once(guard)
        if descriptor is not None:
            return descriptor
        time.sleep(pause)
        pause = min(2 * pause, _GUARD_POLL_AT_MOST_SECONDS)
    raise StateError(
        f"another process has kept {guard} locked for {_GUARD_SECONDS:g} s; it may be suspended: "
        f"see which with `fuser {guard}`"
    )


def locked_at_once(guard: Path) -> int | None:
    """Give the descriptor that keeps it locked until it is closed; None if another has it."""
    descriptor = os.open(guard, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if _is_locked(descriptor) and _is_still(guard, descriptor):
        return descriptor
    os.close(descriptor)
    return None


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(guard: Path, descriptor: int) -> bool:
    """The file may have been removed between opening and locking it."""
    try:
        return guard.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False

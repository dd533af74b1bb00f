"""Which runs are open, and which process may write their reports: their own, while it lives.

Beside the stack's lock, whose lease may lapse on a machine that is too busy to renew it.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ironclad.adapters.files.atomic import (
    explained,
    guarded,
    make_folder,
    remove_file,
    write_atomically,
)
from ironclad.errors import StateError
from ironclad.processes.process_identity import ProcessIdentity


class RunClaims:
    """A file for each open run, with its plan and its owner."""

    def __init__(self, folder: Path, me: Callable[[], ProcessIdentity]) -> None:
        self._folder = folder
        self._me = me

    def make(self, run: str, folder: Path, plan: Any) -> None:
        make_folder(self._folder)
        self._write(run, {"folder": str(folder), "plan": plan})

    def runs(self) -> tuple[str, ...]:
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(path.stem for path in self._folder.glob("*.json")))

    def folder(self, run: str) -> Path:
        return Path(self._read(run)["folder"])

    def is_mine(self, run: str) -> bool:
        try:
            return _owner(self._read(run)) == self._me()
        except (StateError, ValueError):  # gone, or damaged
            return False

    def take(self, run: str) -> dict[str, Any] | None:
        """Own it from here on, if its owner is not seen to live; None if it is, or has closed."""
        if not self._path(run).exists():
            return None
        with guarded(self._folder / ".guard"):
            if not self._path(run).exists():
                return None
            known = self._read(run)
            owner = _owner(known)
            if owner is not None and owner != self._me() and owner.lives:
                return None
            self._write(run, known)
        return known

    def drop(self, run: str) -> None:
        remove_file(self._path(run))

    def _path(self, run: str) -> Path:
        return self._folder / f"{run}.json"

    def _read(self, run: str) -> dict[str, Any]:
        path = self._path(run)
        with explained("read", path):
            known: dict[str, Any] = json.loads(path.read_bytes())
        return known

    def _write(self, run: str, known: dict[str, Any]) -> None:
        owned = {**known, "owner": asdict(self._me())}
        write_atomically(self._path(run), json.dumps(owned).encode())


def _owner(known: dict[str, Any]) -> ProcessIdentity | None:
    """None for a file of an earlier version: then the lock alone tells whether it lives."""
    try:
        return ProcessIdentity(**known["owner"])
    except (KeyError, TypeError):
        return None

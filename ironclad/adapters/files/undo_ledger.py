"""The undo ledger as files: one for each change, there before the change is made."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ironclad.adapters.files.atomic import (
    as_json,
    explained,
    guarded,
    make_folder,
    remove_file,
    write_atomically,
)
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.stack import DEFAULT_REF, StackRef
from ironclad.domain.stack.undo import LEDGER_LEASE, UndoEntry
from ironclad.domain.stack.undo_format import entry_from_json, entry_to_json
from ironclad.errors import LeaseLapsedError, StateError
from ironclad.processes.process_identity import ProcessIdentity

_RUNNER = "runner"


@dataclass(frozen=True, slots=True)
class DamagedEntry:
    """A file that should hold an entry and cannot be read as one; a person has to look at it."""

    path: Path
    problem: str

    def sentence(self, ref: StackRef) -> str:
        return (
            f"the undo entry {self.path} cannot be read ({self.problem}); make sure by"
            f" {command('disarm', ref)} that nothing is armed, then delete it"
        )


class FileLedger:
    """Satisfies `ports.UndoLedger`.

    Sweeper and runner are different processes: a guard file keeps a renewal from bringing back what
    was removed meanwhile. Each entry names the process that wrote it. Once that is seen to be gone,
    the entry's lease is over.
    """

    def __init__(self, folder: Path, of: StackRef = DEFAULT_REF) -> None:
        self._folder = folder
        self._of = of

    async def write(self, entry: UndoEntry) -> None:
        await asyncio.to_thread(self._guarded, lambda: self._put(entry))

    async def renew(self, entry_id: str, lease_until: datetime) -> None:
        await asyncio.to_thread(self._guarded, lambda: self._renew(entry_id, lease_until))

    async def remove(self, entry_id: str) -> None:
        if self._folder.is_dir():
            await asyncio.to_thread(self._guarded, lambda: remove_file(self._path(entry_id)))

    async def entries(self) -> tuple[UndoEntry, ...]:
        """Give the readable ones, those due first at the front; `damaged` names the others."""
        found = await asyncio.to_thread(self._all)
        entries = [entry for entry in found if isinstance(entry, UndoEntry)]
        return tuple(sorted(entries, key=lambda entry: (entry.lease_until, entry.id)))

    async def damaged(self) -> tuple[str, ...]:
        found = await asyncio.to_thread(self._all)
        return tuple(each.sentence(self._of) for each in found if isinstance(each, DamagedEntry))

    def _guarded(self, action: Callable[[], None]) -> None:
        make_folder(self._folder)
        with guarded(self._folder / ".guard"):
            action()

    def _put(self, entry: UndoEntry) -> None:
        document = {**json.loads(entry_to_json(entry)), _RUNNER: asdict(ProcessIdentity.own())}
        write_atomically(self._path(entry.id), as_json(document))

    def _renew(self, entry_id: str, lease_until: datetime) -> None:
        found = _read(self._path(entry_id))
        if found is None:
            raise LeaseLapsedError(
                f"the undo entry {entry_id} is gone: its lease lapsed and the change was taken back"
            )
        if isinstance(found, DamagedEntry):
            raise StateError(f"the undo entry {found.path} cannot be read: {found.problem}")
        self._put(replace(found, lease_until=lease_until))

    def _path(self, entry_id: str) -> Path:
        """An id may hold what a file's name may not; a leading dot would hide it."""
        name = quote(entry_id, safe="").replace(".", "%2E")
        return self._folder / f"{name}.json"

    def _all(self) -> list[UndoEntry | DamagedEntry]:
        with explained("read the undo ledger in", self._folder):
            paths = sorted(self._folder.iterdir()) if self._folder.exists() else []
        visible = (path for path in paths if not path.name.startswith("."))
        return [found for path in visible if (found := _read(path))]


def _read(path: Path) -> UndoEntry | DamagedEntry | None:
    """None where it was removed."""
    try:
        content = path.read_bytes()
        entry = entry_from_json(content)
        return replace(entry, lease_until=_until(entry, json.loads(content)))
    except FileNotFoundError:
        return None
    except OSError as error:
        return DamagedEntry(path, error.strerror or str(error))
    except (ValueError, KeyError, TypeError) as error:
        return DamagedEntry(path, _words(error))


def _until(entry: UndoEntry, document: dict[str, Any]) -> datetime:
    """Give its last renewal where its runner is gone; an earlier version names no runner."""
    runner = document.get(_RUNNER)
    is_orphaned = runner is not None and ProcessIdentity(**runner).has_ended
    return entry.lease_until - LEDGER_LEASE if is_orphaned else entry.lease_until


def _words(error: Exception) -> str:
    """A KeyError says nothing but the key."""
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)

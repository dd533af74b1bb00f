"""The stage `secret`: files that only their owner may read, made once and never shown."""

import secrets
import shutil
from pathlib import Path

from ironclad.adapters.files.atomic import explained, make_folder, write_atomically
from ironclad.adapters.local.folder import StackFolder
from ironclad.adapters.local.stack import LocalStack
from ironclad.domain.stack.commands import command, on_this_machine
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.errors import StateError

_BYTES = 32
_OWNER_ONLY = 0o600


def _delete(folder: StackFolder) -> str:
    return command("down --delete-data", on_this_machine(folder.stack))


class SecretStage:
    def __init__(self, stack: LocalStack) -> None:
        self._folder: StackFolder = stack.folder
        self._files = (
            stack.folder.password,
            stack.folder.superuser_password,
            stack.folder.chaos_token,
            stack.folder.janitor_token,
        )

    async def apply(self) -> tuple[str, ...]:
        """Raises StateError when the database is older than the password it would get."""
        self._refuse_data_without_password()
        make_folder(self._folder.secrets)
        made = [f"{path.name} made" for path in self._files if _make(path)]
        closed = [f"{path.name} closed to others" for path in self._files if _close(path)]
        return (*made, *closed)

    def _refuse_data_without_password(self) -> None:
        for path in (self._folder.password, self._folder.superuser_password):
            if self._folder.data.exists() and not path.exists():
                raise StateError(
                    f"the database in {self._folder.data} exists but its password {path} does not; "
                    f"put the file back, or delete the data with {_delete(self._folder)}"
                )

    async def readiness(self) -> Readiness:
        there = sum(path.is_file() for path in self._files)
        condition = Condition.READY if there == len(self._files) else Condition.IN_PROGRESS
        return Readiness(condition, f"{there} of {len(self._files)} secrets present")

    async def remove(self, *, delete_data: bool) -> None:
        """Secrets stay with the data that they open."""
        if delete_data and self._folder.secrets.exists():
            if self._folder.data.exists():
                raise StateError(
                    f"the secrets open the database in {self._folder.data}, which is still there; "
                    "delete the data of the postgres stage first"
                )
            with explained("delete", self._folder.secrets):
                shutil.rmtree(self._folder.secrets)


def _make(path: Path) -> bool:
    if path.exists():
        return False
    write_atomically(path, secrets.token_urlsafe(_BYTES).encode(), _OWNER_ONLY)
    return True


def _close(path: Path) -> bool:
    with explained("close to others", path):
        if path.stat().st_mode & 0o777 == _OWNER_ONLY:
            return False
        path.chmod(_OWNER_ONLY)
    return True

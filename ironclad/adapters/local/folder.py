"""Where everything of one local stack lies."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from ironclad.adapters._files import told
from ironclad.errors import StateError

TOOLS = "_tools"
"""Folder beside the stacks' for what was fetched; no stack's name begins with an underscore."""


@dataclass(frozen=True, slots=True)
class StackFolder:
    """Paths only; nothing here exists before the namespace stage made it."""

    root: Path
    stack: str

    @property
    def path(self) -> Path:
        return self.root / self.stack

    @property
    def record(self) -> Path:
        return self.path / "stack.json"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets"

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def data(self) -> Path:
        return self.postgres / "data"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def ledger(self) -> Path:
        return self.path / "ledger"

    @property
    def tools(self) -> Path:
        return self.root / TOOLS

    @property
    def password(self) -> Path:
        return self.secrets / "postgres-password"

    @property
    def superuser_password(self) -> Path:
        return self.secrets / "postgres-superuser-password"

    @property
    def chaos_token(self) -> Path:
        return self.secrets / "chaos-token"


def run_folder(sockets: Path, folder: Path) -> Path:
    """Name a short folder for sockets: the same for every process that means this folder.

    Not below XDG_RUNTIME_DIR, which goes away when its person logs out; the stack stays.
    """
    digest = hashlib.sha256(bytes(folder.absolute())).hexdigest()[:10]
    return sockets / f"ironclad-{os.geteuid()}-{digest}"


def make_run_folder(path: Path) -> None:
    """Anybody may write where it lies, so it has to be a real folder of our own.

    As root others may pass through it: the database's own user has its socket below.
    """
    mode = 0o711 if os.geteuid() == 0 else 0o700
    with told("make the folder for sockets", path):
        path.mkdir(mode=mode, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise StateError(
                f"the folder for sockets {path} belongs to somebody else; remove it or ask its "
                "owner to"
            )
        path.chmod(mode)

"""What opens a Prefect server, in files that only their owner may read."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ironclad.adapters.files.atomic import as_json, remove_file, write_if_different

_USER = "ironclad"
_BYTES = 32
_OWNER_ONLY = 0o600
_ACCESS = TypeAdapter(dict[str, str])


@dataclass(frozen=True, slots=True)
class PrefectAccess:
    """The login of the server that we start, and the way to another one where we use that."""

    folder: Path

    @property
    def login_file(self) -> Path:
        return self.folder / "login"

    @property
    def _existing_file(self) -> Path:
        return self.folder / "existing.json"

    @property
    def login(self) -> str:
        """`user:password`; empty before the first start."""
        try:
            return self.login_file.read_text("ascii").strip()
        except (OSError, UnicodeError):
            return ""

    def ensure_login(self) -> None:
        """Make it once, anew where it is damaged; who deletes the file gets another one."""
        user, _, password = self.login.partition(":")
        whole = user == _USER and bool(password)
        login = self.login if whole else f"{_USER}:{secrets.token_urlsafe(_BYTES)}"
        write_if_different(self.login_file, f"{login}\n".encode(), _OWNER_ONLY)
        self.login_file.chmod(_OWNER_ONLY)

    @property
    def existing(self) -> dict[str, str]:
        """Prefect's own names for another server; nothing where we start one."""
        try:
            return _ACCESS.validate_json(self._existing_file.read_bytes())
        except (OSError, ValidationError):
            return {}

    def remember(self, existing: Mapping[str, str]) -> None:
        """For shells that do not name it, until nothing is remembered."""
        if existing:
            write_if_different(self._existing_file, as_json(dict(existing)), _OWNER_ONLY)
        elif self._existing_file.parent.is_dir():
            remove_file(self._existing_file)

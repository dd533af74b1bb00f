"""Where everything of one local stack lies."""

from dataclasses import dataclass
from pathlib import Path

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
    def halt(self) -> Path:
        return self.path / "halt.json"

    @property
    def kept(self) -> Path:
        return self.path / "kept"

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

    @property
    def janitor_token(self) -> Path:
        return self.secrets / "janitor-token"

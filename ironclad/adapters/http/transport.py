"""How a call gets to a replica: straight, or through somebody who asks for a credential first."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ironclad.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaTransport:
    """What a call needs beside its URL."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    verify: ssl.SSLContext | None = None


DIRECT = ReplicaTransport()


class ReplicaAccess(Protocol):
    """Asked anew for each call: credentials run out, and tokens are rotated."""

    async def transport(self) -> ReplicaTransport: ...

    async def token(self) -> str:
        """Give the chaos token. Raises SettingsError where there is none."""

    @property
    def source(self) -> str:
        """Say where the token comes from, for messages."""


@dataclass(frozen=True, slots=True)
class TokenFile:
    """Replicas that listen where we are, and whose chaos token lies in a file."""

    path: Path

    @property
    def source(self) -> str:
        return f"in {self.path}"

    async def transport(self) -> ReplicaTransport:
        return DIRECT

    async def token(self) -> str:
        try:
            return self.path.read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"the chaos token cannot be read from {self.path} ({error}); "
                "the stage `secret` creates it"
            ) from error

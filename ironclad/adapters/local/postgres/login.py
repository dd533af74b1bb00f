"""The service's own role and database: made or mended by the superuser, who does nothing else."""

import asyncio
import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ironclad.adapters.local.postgres.cluster import SUPERUSER
from ironclad.errors import RemoteError, UnreachableError

if TYPE_CHECKING:
    import asyncpg

DATABASE = "ironclad"
ROLE = "ironclad_user"

_SECONDS = 3.0
_ITERATIONS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Logins:
    """Where the database listens and which files hold the passwords."""

    port: int
    password: Path
    superuser_password: Path

    async def check(self) -> None:
        """Log in as the service would.

        Raises UnreachableError while connections are not accepted, RemoteError for a refusal.
        """
        connection = await self._connect(ROLE, self.password, DATABASE)
        await connection.close()

    async def ensure(self) -> None:
        """Raises UnreachableError while the database does not accept connections yet."""
        import asyncpg  # noqa: PLC0415

        connection = await self._connect(SUPERUSER, self.superuser_password, SUPERUSER)
        try:
            await _ensure_role(connection, self.password.read_text().strip())
            await _ensure_database(connection)
        except asyncpg.PostgresError as error:
            raise RemoteError(f"the role {ROLE} could not be made: {error}") from error
        finally:
            await connection.close()

    async def _connect(self, user: str, secret: Path, database: str) -> "asyncpg.Connection":
        import asyncpg  # noqa: PLC0415 - slow, and needed where a database should be alone

        password = await asyncio.to_thread(secret.read_text)
        try:
            return await asyncpg.connect(
                host="127.0.0.1",
                port=self.port,
                user=user,
                password=password.strip(),
                database=database,
                ssl=False,
                timeout=_SECONDS,
                command_timeout=_SECONDS,
            )
        except asyncpg.CannotConnectNowError as error:
            raise UnreachableError(str(error)) from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise RemoteError(f"{user} cannot log in: {error}") from error
        except ConnectionRefusedError as error:
            raise UnreachableError("connection refused") from error
        except (OSError, TimeoutError) as error:
            raise UnreachableError(f"no answer ({type(error).__name__})") from error


async def _ensure_role(connection: "asyncpg.Connection", password: str) -> None:
    """Hand over the verifier and not the password, which a failing statement would log."""
    known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", ROLE)
    verb = "ALTER" if known else "CREATE"
    await connection.execute(
        f"{verb} ROLE {ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE "
        f"PASSWORD '{scram_verifier(password, secrets.token_bytes(16))}'"
    )


async def _ensure_database(connection: "asyncpg.Connection") -> None:
    known = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE)
    if not known:
        await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")


def scram_verifier(password: str, salt: bytes) -> str:
    """Give what PostgreSQL stores for a password (RFC 5802, RFC 7677)."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    encode = base64.b64encode
    return (
        f"SCRAM-SHA-256${_ITERATIONS}:{encode(salt).decode()}"
        f"${encode(stored).decode()}:{encode(server).decode()}"
    )

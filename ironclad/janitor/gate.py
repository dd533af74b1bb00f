"""The check of deliveries: they carry the token that Alertmanager sends."""

import hmac
import logging
from pathlib import Path

log = logging.getLogger(__name__)

_SCHEME = "Bearer "


class Gate:
    """Reads the file each time, as Alertmanager does: a new token needs no restart.

    Without a readable token every delivery is refused, and the janitor sweeps all the same.
    """

    def __init__(self, token: Path) -> None:
        self._token = token

    def lets_in(self, authorization: str) -> bool:
        token = self._read()
        given = authorization.removeprefix(_SCHEME) if authorization.startswith(_SCHEME) else ""
        return bool(token) and hmac.compare_digest(given.encode(), token)

    def _read(self) -> bytes:
        try:
            return self._token.read_bytes().strip()
        except OSError as error:
            log.error("no delivery is taken, because %s cannot be read: %s", self._token, error)  # noqa: TRY400
            return b""

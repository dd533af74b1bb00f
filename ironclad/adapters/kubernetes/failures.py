"""The API server's refusals become ours here, once; bodies are trimmed and Secrets kept out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ironclad.errors import RemoteError

NOT_FOUND, CONFLICT, GONE, UNPROCESSABLE, TOO_MANY = 404, 409, 410, 422, 429
UNAUTHORIZED, FORBIDDEN = 401, 403

_LONGEST = 400


@dataclass(frozen=True, slots=True)
class FieldCause:
    """One field that a refusal names, with the API server's words about it."""

    field: str
    message: str
    reason: str


class KubeError(RemoteError):
    """The API server answered, but not with a success.

    `status` is the HTTP status, `reason` the API's own word (`Conflict`, `AlreadyExists`, …);
    `retry_after_seconds` is what it asked for, 0 if nothing.
    """

    def __init__(
        self, message: str, *, status: int, reason: str = "", causes: tuple[FieldCause, ...] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.causes = causes
        self.retry_after_seconds = 0.0

    @property
    def is_missing(self) -> bool:
        return self.status == NOT_FOUND

    @property
    def is_disruption(self) -> bool:
        """A disruption budget forbids an eviction: an answer, and no sign of too many requests."""
        return self.status == TOO_MANY and any(
            cause.reason == "DisruptionBudget" for cause in self.causes
        )

    @property
    def is_conflict(self) -> bool:
        return self.status == CONFLICT


def refusal(context: str, what: str, status: int, body: bytes) -> KubeError:
    """Make one sentence of a status object; a body that is none is quoted shortly."""
    answer = _parsed(body)
    words = str(answer.get("message") or body.decode(errors="replace").strip() or "no reason given")
    if "/secrets" in what:
        words = str(answer.get("reason") or "no reason given")
    return KubeError(
        f"context {context}: {what} was refused with {status}: {trimmed(words)}{_remedy(status)}",
        status=status,
        reason=str(answer.get("reason", "")),
        causes=_causes(answer),
    )


def trimmed(text: str, longest: int = _LONGEST) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _causes(answer: Mapping[str, Any]) -> tuple[FieldCause, ...]:
    causes = (answer.get("details") or {}).get("causes") or ()
    return tuple(
        FieldCause(
            str(cause.get("field", "")), str(cause.get("message", "")), str(cause.get("reason", ""))
        )
        for cause in causes
    )


def _remedy(status: int) -> str:
    if status == UNAUTHORIZED:
        return "; log in again, or mend the user in the kubeconfig"
    if status == FORBIDDEN:
        return "; `ironclad check --platform kubernetes` lists every permission that is needed"
    return ""

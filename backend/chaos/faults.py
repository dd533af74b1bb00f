"""What can be broken. A fault is a frozen value; those that act on requests have one method.

Its fields are its parameters in the control routes; `__post_init__` says what is wrong with them.
All kinds stand in `kinds`.
"""

import random
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar, Protocol, runtime_checkable

from starlette.types import Receive, Scope, Send

from backend.chaos.leases import Lease
from backend.problems import problem_response

LONGEST_DELAY_MS = 60_000
ERROR_STATUSES = (500, 502, 503, 504, 429)


class ParameterError(ValueError):
    """A parameter, and what would be right."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class CannotError(Exception):
    """The fault is right, and cannot be had here or now; the message says why."""


class Fault(Protocol):
    kind: ClassVar[str]


@runtime_checkable
class RequestFault(Protocol):
    """A fault that acts on each request it hits, before the service sees it."""

    kind: ClassVar[str]
    order: ClassVar[int]
    """Of several, the lowest acts first: what delays comes before what answers."""

    async def apply(
        self, injection: "Injection", scope: Scope, receive: Receive, send: Send
    ) -> bool:
        """Whether the request has been answered."""
        ...


@dataclass(frozen=True, slots=True)
class Injection:
    """What a fault may use when it hits a request."""

    fault_id: str
    lease: Lease
    random: random.Random


@dataclass(frozen=True, slots=True)
class Latency:
    """Delays by `delay_ms`, give or take up to `jitter_ms`, but never beyond the lease."""

    kind: ClassVar[str] = "latency"
    order: ClassVar[int] = 10
    delay_ms: int
    jitter_ms: int = 0

    def __post_init__(self) -> None:
        check_range("delay_ms", self.delay_ms, 1, LONGEST_DELAY_MS)
        check_range("jitter_ms", self.jitter_ms, 0, self.delay_ms)

    async def apply(self, injection: Injection, scope: Scope, receive: Receive, send: Send) -> bool:
        del scope, receive, send
        jitter_ms = injection.random.uniform(-self.jitter_ms, self.jitter_ms)
        await injection.lease.sleep((self.delay_ms + jitter_ms) / 1000)
        return False


@dataclass(frozen=True, slots=True)
class Error:
    """Answers in the service's place."""

    kind: ClassVar[str] = "error"
    order: ClassVar[int] = 20
    status: int = 503

    def __post_init__(self) -> None:
        if self.status not in ERROR_STATUSES:
            choice = ", ".join(map(str, ERROR_STATUSES))
            raise ParameterError("status", f"status has to be one of {choice}, not {self.status}.")

    async def apply(self, injection: Injection, scope: Scope, receive: Receive, send: Send) -> bool:
        detail = f"Injected by the fault {injection.fault_id!r}."
        await problem_response(self.status, detail, headers=self._headers())(scope, receive, send)
        return True

    def _headers(self) -> dict[str, str]:
        is_temporary = self.status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}
        return {"Retry-After": "1"} if is_temporary else {}


@dataclass(frozen=True, slots=True)
class NotReady:
    """The readiness probe says no; everything else goes on."""

    kind: ClassVar[str] = "not-ready"


@dataclass(frozen=True, slots=True)
class BreakerOpen:
    """The circuit breaker behaves as if it were open."""

    kind: ClassVar[str] = "breaker-open"


def check_range(field: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise ParameterError(field, f"{field} has to be from {lowest} to {highest}, not {value}.")

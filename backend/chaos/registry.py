"""The faults that are armed on this replica, each for as long as its lease."""

import logging
import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from backend.chaos.child import Account, Child
from backend.chaos.faults import Fault, Injection, RequestFault
from backend.chaos.leases import Attachments, Clock, Lease
from backend.chaos.marks import current_marks
from backend.chaos.shares import Share
from backend.chaos.stressors import Stressor

logger = logging.getLogger(__name__)

AnyFault = TypeVar("AnyFault", bound=Fault)


class DisabledError(Exception):
    """Faults are disabled here."""


class OtherFaultError(Exception):
    """Another fault is armed under this id."""


class NotArmedError(Exception):
    """There is nothing to renew: the lease lapsed, or the fault never was."""


class NotAttachedError(Exception):
    """The order wants an attachment of its run, and there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultOrder:
    """What somebody wants armed. Equal orders but for the lease are the same fault."""

    id: str
    fault: Fault
    lease_seconds: float
    share: float = 1.0
    seed: int = 1
    not_after: float = math.inf
    """Epoch seconds of the sender's clock: an order that lay in a socket for so long is void."""
    run: str | None = None
    """Whose it is; a label, not a filter."""
    attached_seconds: float | None = None
    """Set: it ends with the attachment of its run, and after so many seconds in any case."""

    def is_same_fault(self, other: "FaultOrder") -> bool:
        return (self.fault, self.share, self.seed, self.run) == (
            other.fault,
            other.share,
            other.seed,
            other.run,
        )


class ArmedFault:
    def __init__(self, order: FaultOrder, clock: Clock) -> None:
        """Raises `CannotError`."""
        self.order = order
        self.share = Share(order.share, order.seed)
        # A sequence of its own, so that jitter does not disturb whom the share hits.
        rng = random.Random(f"{order.seed}/parameters")  # noqa: S311  # repeatable, not secret
        at_most = math.inf if order.attached_seconds is None else order.attached_seconds
        self.injection = Injection(order.id, Lease(order.lease_seconds, clock, at_most), rng)
        self._child = _started(order)

    @property
    def lease(self) -> Lease:
        return self.injection.lease

    @property
    def account(self) -> Account | None:
        """What the process of a stressor is seen to do; the other kinds have none."""
        return self._child.account() if self._child else None

    @property
    def is_gone(self) -> bool:
        """Only when the process of a stressor is."""
        return self.lease.is_over and (self._child is None or self._child.is_gone)

    def applies(self) -> bool:
        """Judge one request."""
        return not self.lease.is_over and self.share.applies()

    def renew(self, seconds: float) -> None:
        self.lease.renew(seconds)
        if self._child:
            self._child.renew(self.lease.remaining_seconds)

    def end(self) -> None:
        self.lease.end()
        if self._child:
            self._child.end()


def _started(order: FaultOrder) -> Child | None:
    is_stressor = isinstance(order.fault, Stressor)
    seconds = min(order.lease_seconds, order.attached_seconds or math.inf)
    return Child(order.fault.arguments(), seconds) if is_stressor else None  # type: ignore[attr-defined]


class FaultRegistry:
    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._faults: dict[str, ArmedFault] = {}
        self._leaving: list[ArmedFault] = []
        self._enabled = True
        self.attachments = Attachments(self._disarm_run)

    @property
    def enabled(self) -> bool:
        return self._enabled

    @property
    def is_empty(self) -> bool:
        """Cheap enough for each request; lapsed faults may still be in."""
        return not self._faults

    def armed(self) -> list[ArmedFault]:
        for fault in [fault for fault in self._faults.values() if fault.lease.is_over]:
            logger.warning("Fault %s: its lease lapsed.", fault.order.id)
            self._remove(fault)
        return list(self._faults.values())

    def present(self) -> list[ArmedFault]:
        """Those armed, and those disarmed whose process is not gone yet."""
        self._leaving = [fault for fault in self._leaving if not fault.is_gone]
        return [*self.armed(), *self._leaving]

    def requests(self) -> list[tuple[ArmedFault, RequestFault]]:
        """Those that act on requests, in the order in which they do."""
        found = [
            (armed, armed.order.fault)
            for armed in self.armed()
            if isinstance(armed.order.fault, RequestFault)
        ]
        return sorted(found, key=lambda pair: pair[1].order)

    def of_kind(self, kind: str) -> list[ArmedFault]:
        return [fault for fault in self.armed() if fault.order.fault.kind == kind]

    def find(self, fault_id: str) -> ArmedFault | None:
        return next((fault for fault in self.armed() if fault.order.id == fault_id), None)

    def arm(self, order: FaultOrder, *, renew_only: bool = False) -> bool:
        """Arm, or renew what is armed already; whether it is new.

        Raises `NotArmedError`, `DisabledError`, `NotAttachedError`, `OtherFaultError` or
        `CannotError`.
        """
        armed = self.find(order.id)
        if armed is None:
            self._add(order, renew_only=renew_only)
            return True
        if not armed.order.is_same_fault(order):
            raise OtherFaultError
        armed.renew(order.lease_seconds)
        return False

    def _add(self, order: FaultOrder, *, renew_only: bool) -> None:
        if renew_only:
            raise NotArmedError
        if not self._enabled:
            raise DisabledError
        if order.attached_seconds is not None and order.run not in self.attachments.runs:
            raise NotAttachedError
        self._faults[order.id] = ArmedFault(order, self._clock)
        logger.warning("Fault %s: armed, %s, share %g.", order.id, order.fault, order.share)

    def disarm(self, fault_id: str) -> ArmedFault | None:
        """What was armed, ended; requests that it holds go on at once."""
        fault = self.find(fault_id)
        if fault is not None:
            self._remove(fault)
            logger.warning("Fault %s: disarmed.", fault_id)
        return fault

    def _remove(self, fault: ArmedFault) -> None:
        del self._faults[fault.order.id]
        fault.end()
        if not fault.is_gone:
            self._leaving.append(fault)

    def disarm_all(self) -> list[str]:
        ids = [fault.order.id for fault in self.armed()]
        for fault_id in ids:
            self.disarm(fault_id)
        return ids

    def _disarm_run(self, run: str) -> None:
        for fault in [fault for fault in self.armed() if fault.order.run == run]:
            logger.warning("Fault %s: its runner is gone.", fault.order.id)
            self._remove(fault)

    def enable(self) -> None:
        self._enabled = True

    def disable(self) -> list[str]:
        self._enabled = False
        return self.disarm_all()

    def switch(self, kind: type[AnyFault]) -> "Switch[AnyFault]":
        return Switch(self, kind)


class Switch(Generic[AnyFault]):
    """Tells code inside the service whether a fault of one kind applies now."""

    def __init__(self, registry: FaultRegistry, kind: type[AnyFault]) -> None:
        self._registry = registry
        self._kind = kind

    @property
    def is_armed(self) -> bool:
        return not self._registry.is_empty and bool(self._registry.of_kind(self._kind.kind))

    def applies(self) -> bool:
        """Judge and mark the request at hand; never anything that is not one."""
        return bool(list(self.hits()))

    def hits(self) -> Iterator[tuple[AnyFault, Injection]]:
        """Give the faults that apply, one by one, each judged when it is asked for."""
        marks = None if self._registry.is_empty else current_marks()
        if marks is None:
            return
        for armed in self._registry.of_kind(self._kind.kind):
            fault = armed.order.fault
            if isinstance(fault, self._kind) and armed.applies():
                marks[armed.order.id] = None
                yield fault, armed.injection

"""Leases, locks and the write-ahead undo ledger: values only; where they live is an adapter's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ironclad.domain.faults.catalogue import FaultKind

FAULT_LEASE = timedelta(seconds=6)
"""A fault in the backend ends by itself after this; the guard renews it every `RENEW_EVERY`."""

ATTACHED_LEASE = timedelta(seconds=9)
"""The lease where a connection or a pipe tells of the runner's death as well.

A death ends it at once, so the lease is for a runner that is stopped or cut off alone: those have
10 s. The longer it is, the later a renewal on a busy machine may be.
"""

RENEW_EVERY = timedelta(seconds=2)

GRACE_HERE = timedelta(seconds=0.3)
GRACE_IN_CLUSTER = timedelta(seconds=1.2)
"""How long a runner that lives has to attach again. Another API server needs a little longer."""

LEDGER_LEASE = timedelta(seconds=20)
"""An entry of the undo ledger, and the lock, that was not renewed for so long is swept."""

LEDGER_RENEW_EVERY = timedelta(seconds=5)

CLOCKS_DIFFER = timedelta(seconds=10)
"""Twice of what planning tolerates between two machines; more means that a clock was set back."""

GAME_DAY = "game day"
"""How the purpose of a holder begins that is one."""


class UndoAction(StrEnum):
    DISARM = "disarm"
    """Take the fault with this id off each target."""

    AWAIT_REPLICAS = "await-replicas"
    """Nothing to take back. The entry is removed when the platform has as many ready replicas as
    `targets`."""

    RESTORE = "restore"
    """Make the platform as `change` says that it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is done to the platform, and all that taking it back needs to know.

    `before` is the platform's own: it alone reads what it wrote there. `targets` are names.
    """

    kind: FaultKind
    targets: tuple[str, ...]
    before: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoEntry:
    """How to take one change back; written and flushed before the change is made."""

    id: str
    run: str
    action: UndoAction
    targets: tuple[str, ...]
    lease_until: datetime
    deadline: datetime
    who: str
    why: str
    change: Change | None = None
    """Set where there is something to restore."""

    def is_due(self, now: datetime) -> bool:
        """Swept when the lease has lapsed, not only at the deadline.

        A lease that claims to last longer than any does was written before the clock went back.
        """
        return now >= min(self.lease_until, self.deadline) or _is_from_later(self.lease_until, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHolder:
    """Who holds a stack; one at a time: a game day, a deploy or a tear-down."""

    run: str
    purpose: str
    who: str
    since: datetime
    lease_until: datetime
    abort_requested: str = ""
    """Who asked the holder to stop and why; empty until then."""

    @property
    def title(self) -> str:
        return f"{self.purpose} {self.run} of {self.who}"

    @property
    def is_game_day(self) -> bool:
        """Deploys and tear-downs hold the stack as well, and take no request to abort."""
        return self.purpose.startswith(GAME_DAY)

    def is_held(self, now: datetime) -> bool:
        """Else a clock that went back an hour would keep a dead holder's lock for an hour."""
        return now < self.lease_until and not _is_from_later(self.lease_until, now)

    def has_lapsed(self, now: datetime) -> bool:
        return now >= self.lease_until


def _is_from_later(lease_until: datetime, now: datetime) -> bool:
    return lease_until - now > LEDGER_LEASE + CLOCKS_DIFFER

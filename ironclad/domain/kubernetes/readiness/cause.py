"""Why a wait may never end: causes, each with the time it may stand before it is final."""

from dataclasses import dataclass
from datetime import timedelta

GRACE = timedelta(seconds=60)
"""How long a cause must stand, with nothing progressing, before the wait cannot succeed."""

UNSCHEDULABLE_GRACE = timedelta(seconds=180)
"""Longer, because a pod that is ending may free its node."""

MOUNT_GRACE = timedelta(seconds=180)
"""Longer than the 2 min 3 s that the kubelet gives one attempt to mount a pod's volumes."""

PROBE_GRACE = MOUNT_GRACE
"""A service may take minutes to warm up; until then its readiness probe fails."""

ATTACH_GRACE = timedelta(minutes=7)
"""Longer than the 6 minutes after which a volume is taken from a node that does not answer."""

AUTOSCALER_GRACE = timedelta(minutes=10)
"""Longer still while a cluster autoscaler adds a node, which takes minutes in any cloud."""

UNTIL_THE_DEADLINE = timedelta.max
"""For what mends itself once another service is back: only the stage's own deadline ends it."""


@dataclass(frozen=True, slots=True)
class ContainerRef:
    pod: str
    container: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause. `key` stays the same when a pod is replaced by the next that fails the same way.

    `log_of` names the container whose last log lines belong into the sentence. `left` is its
    termination message, which the kubelet keeps when the log of an ended container is gone.
    """

    key: str
    sentence: str
    grace: timedelta = GRACE
    log_of: ContainerRef | None = None
    left: str = ""
    has_ended: bool = False

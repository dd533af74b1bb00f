"""Which of an object's events still stand: an event is a word of then, never a state of now."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, section
from ironclad.domain.kubernetes.readiness.cause import ATTACH_GRACE, GRACE, MOUNT_GRACE

_VOLUME_NAME = re.compile(r'volume "([^"]+)"')

_AFTER_MOUNTING = frozenset(
    {
        "Pulling",
        "Pulled",
        "Created",
        "Started",
        "Failed",
        "BackOff",
        "ErrImageNeverPull",
        "InspectFailed",
        "FailedCreatePodSandBox",
        "SandboxChanged",
    }
)
"""The kubelet mounts every volume before it does any of this (`syncPod`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A kind of failure by its reasons, and the later words after which it has passed.

    Some failures are of one volume each: `by_volume` lets a word pass only for the one it names.
    """

    reasons: frozenset[str]
    passed_by: frozenset[str]
    grace: timedelta = GRACE
    by_volume: bool = False


MOUNTING = Failing(
    reasons=frozenset({"FailedMount", "FailedMapVolume"}),
    passed_by=_AFTER_MOUNTING,
    grace=MOUNT_GRACE,
)
ATTACHING = Failing(
    reasons=frozenset({"FailedAttachVolume"}),
    passed_by=_AFTER_MOUNTING | {"SuccessfulAttachVolume"},
    grace=ATTACH_GRACE,
    by_volume=True,
)
CREATING = Failing(reasons=frozenset({"FailedCreate"}), passed_by=frozenset({"SuccessfulCreate"}))
PROVISIONING = Failing(
    reasons=frozenset({"ProvisioningFailed"}), passed_by=frozenset({"ProvisioningSucceeded"})
)
"""Not by `Provisioning` or `ExternalProvisioning`: those are tries, and every try says them."""


def persistent_event(events: Sequence[KubeObject], failing: Failing) -> KubeObject | None:
    """Give the newest failure that no later word has passed; events come oldest first."""
    passed: set[str] = set()
    for event in reversed(events):
        if event.get("reason") in failing.passed_by:
            passed.add(_subject(event, failing))
        elif event.get("reason") in failing.reasons and not passed & {
            "",
            _subject(event, failing),
        }:
            return event
    return None


def _subject(event: KubeObject, failing: Failing) -> str:
    """Name the volume; empty for a word about all of them."""
    named = _VOLUME_NAME.search(str(event.get("message", ""))) if failing.by_volume else None
    return named[1] if named else ""


def about(events: Iterable[KubeObject], item: KubeObject) -> tuple[KubeObject, ...]:
    """Leave out those of an earlier object of the same name, such as a StatefulSet's pod before."""
    uid = metadata(item).get("uid")
    return tuple(event for event in events if _uid(event) in (None, uid) or uid is None)


def of_container(events: Iterable[KubeObject], name: str) -> Iterator[KubeObject]:
    """Keep a container's own by their `fieldPath`, such as `spec.containers{app}`."""
    for event in events:
        path = section(event, "involvedObject").get("fieldPath")
        if not path or str(path).endswith(f"{{{name}}}"):
            yield event


def _uid(event: KubeObject) -> str | None:
    return section(event, "involvedObject").get("uid") or None

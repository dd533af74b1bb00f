"""What keeps a pod from becoming ready, in the words that a person would have looked up."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ironclad.domain.kubernetes.kube_object import (
    KubeObject,
    condition,
    metadata,
    ref_of,
    section,
    status,
)
from ironclad.domain.kubernetes.readiness.cause import (
    AUTOSCALER_GRACE,
    GRACE,
    MOUNT_GRACE,
    PROBE_GRACE,
    UNSCHEDULABLE_GRACE,
    UNTIL_THE_DEADLINE,
    Cause,
    ContainerRef,
)
from ironclad.domain.kubernetes.readiness.persistent_events import (
    ATTACHING,
    MOUNTING,
    about,
    of_container,
    persistent_event,
)

_IMAGE = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
"""Source: kubernetes `pkg/kubelet/images/types.go` and `pkg/kubelet/kuberuntime`."""

_START = frozenset(
    {
        "CreateContainerConfigError",
        "CreateContainerError",
        "PreCreateHookError",
        "PreStartHookError",
        "PostStartHookError",
        "RunContainerError",
    }
)
_AUTOSCALERS = frozenset({"TriggeredScaleUp", "Nominated"})
"""Events of the cluster autoscaler and of Karpenter when they add a node for a pod."""

_PASSING = "failed to sync "
"""The kubelet's cache of ConfigMaps and Secrets is late (kubernetes issue 99475)."""

_CAUSE = ": "
"""No image's name holds it, so a message that does says more than which image it is about."""

_ENDING_PROBES = ("Liveness probe", "Startup probe")


def pod_causes(owner: str, pod: KubeObject, events: Sequence[KubeObject]) -> tuple[Cause, ...]:
    """List what stands in this pod's way; `events` are those about it, oldest first."""
    if metadata(pod).get("deletionTimestamp") or condition(pod, "Ready").get("status") == "True":
        return ()
    events = about(events, pod)
    return (
        *_scheduling(owner, pod, events),
        *_volumes(owner, pod, events),
        *(cause for state in _containers(pod) for cause in _container(owner, pod, state, events)),
    )


def _scheduling(owner: str, pod: KubeObject, events: Sequence[KubeObject]) -> Iterator[Cause]:
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") != "False" or scheduled.get("reason") != "Unschedulable":
        return
    growing = any(event.get("reason") in _AUTOSCALERS for event in events)
    yield Cause(
        key=f"{owner} unschedulable",
        sentence=f"{ref_of(pod)} cannot be scheduled: {scheduled.get('message')}",
        grace=AUTOSCALER_GRACE if growing else UNSCHEDULABLE_GRACE,
    )


def _volumes(owner: str, pod: KubeObject, events: Sequence[KubeObject]) -> Iterator[Cause]:
    if _has_mounted(pod):
        return
    for failing, verb in ((ATTACHING, "attach"), (MOUNTING, "mount")):
        if event := persistent_event(events, failing):
            yield Cause(
                key=f"{owner} {verb}",
                sentence=f"{ref_of(pod)} cannot {verb} its volumes: {event.get('message')}",
                grace=failing.grace,
            )


def _has_mounted(pod: KubeObject) -> bool:
    """All volumes come first: before the sandbox, before any image, before any container."""
    if condition(pod, "PodReadyToStartContainers").get("status") == "True":
        return True
    return any(
        state.get("started")
        or state.get("restartCount")
        or section(state, "state", "running")
        or section(state, "state", "terminated")
        or section(state, "state", "waiting").get("reason") in _IMAGE | _START
        for state in _containers(pod)
    )


def _containers(pod: KubeObject) -> tuple[Mapping[str, Any], ...]:
    state = status(pod)
    return (*(state.get("initContainerStatuses") or ()), *(state.get("containerStatuses") or ()))


def _container(
    owner: str, pod: KubeObject, state: Mapping[str, Any], events: Sequence[KubeObject]
) -> Iterator[Cause]:
    events = tuple(of_container(events, str(state["name"])))
    waiting = section(state, "state", "waiting")
    name = f"container {state['name']} of {ref_of(pod)}"
    if waiting.get("reason") in _IMAGE:
        yield _image(owner, name, state, events)
    elif waiting.get("reason") in _START:
        yield Cause(
            key=f"{owner} {state['name']} start",
            sentence=f"{name} cannot start: {waiting['reason']}, {waiting.get('message', '')}",
            grace=MOUNT_GRACE if _PASSING in str(waiting.get("message")) else GRACE,
        )
    elif _is_crashing(state):
        yield _crash(owner, pod, state, events)
    elif "running" in section(state, "state") and state.get("ready") is False:
        yield from _probe(owner, pod, state, events)


def _image(owner: str, name: str, state: Mapping[str, Any], events: Sequence[KubeObject]) -> Cause:
    """A registry that is away may come back, and the kubelet tries again by itself."""
    waiting = section(state, "state", "waiting")
    is_away = is_unreachable(_pull_words(waiting, events))
    return Cause(
        key=f"{owner} {state['name']} {'registry' if is_away else 'image'}",
        sentence=(
            f"{name} cannot get its image {state.get('image')}: {waiting['reason']},"
            f" {waiting.get('message', 'no more is said')}"
        ),
        grace=UNTIL_THE_DEADLINE if is_away else GRACE,
    )


def _pull_words(waiting: Mapping[str, Any], events: Sequence[KubeObject]) -> str:
    """A back-off that does not repeat its cause, as before 1.32, has it in an event alone."""
    words = str(waiting.get("message", ""))
    if _CAUSE in words:
        return words
    failed = [e for e in events if str(e.get("message", "")).startswith("Failed to pull image")]
    event = last_event(failed, frozenset({"Failed"})) or {}
    return f"{waiting['reason']}: {event.get('message', words)}"


def _is_crashing(state: Mapping[str, Any]) -> bool:
    """Ended before and not ready since; stays true through the back-off and the next try."""
    if state.get("ready"):
        return False
    return section(state, "state", "terminated").get("exitCode", 0) != 0 or (
        state.get("restartCount", 0) > 0 and bool(section(state, "lastState", "terminated"))
    )


def _last_end(state: Mapping[str, Any]) -> Mapping[str, Any]:
    return section(state, "state", "terminated") or section(state, "lastState", "terminated")


def _crash(
    owner: str, pod: KubeObject, state: Mapping[str, Any], events: Sequence[KubeObject]
) -> Cause:
    ended, restarts = _last_end(state), state.get("restartCount", 0)
    how = ended.get("reason", "Error")
    words = f"exit code {ended.get('exitCode')}" if how == "Error" else how
    killed = last_event(events, frozenset({"Killing"}))
    probe = _probe_event(events, *_ENDING_PROBES) if killed else None
    cause = f", killed after: {probe.get('message')}" if probe else ""
    return Cause(
        key=f"{owner} {state['name']} crash",
        sentence=(
            f"container {state['name']} of {ref_of(pod)} keeps ending: {words}{cause},"
            f" {restarts} restarts"
        ),
        log_of=ContainerRef(str(metadata(pod)["name"]), str(state["name"])),
        left=str(ended.get("message") or ""),
        has_ended=True,
    )


def _probe(
    owner: str, pod: KubeObject, state: Mapping[str, Any], events: Sequence[KubeObject]
) -> Iterator[Cause]:
    """Only the readiness probe: a start-up probe has its own patience, then ends the container."""
    event = _probe_event(events, "Readiness probe")
    if event is None or not state.get("started", True):
        return
    yield Cause(
        key=f"{owner} {state['name']} probe",
        sentence=f"container {state['name']} of {ref_of(pod)} is not ready: {event.get('message')}",
        grace=PROBE_GRACE,
        log_of=ContainerRef(str(metadata(pod)["name"]), str(state["name"])),
    )


def _probe_event(events: Sequence[KubeObject], *beginnings: str) -> KubeObject | None:
    said = [e for e in events if str(e.get("message", "")).startswith(beginnings)]
    return last_event(said, frozenset({"Unhealthy"}))


def last_event(events: Sequence[KubeObject], reasons: frozenset[str]) -> KubeObject | None:
    return next((event for event in reversed(events) if event.get("reason") in reasons), None)


_UNREACHABLE = re.compile(
    r"RegistryUnavailable|connection refused|connection reset|connection timed out"
    r"|i/o timeout|TLS handshake timeout|deadline exceeded|Client\.Timeout"
    r"|no route to host|(?:network|host) is (?:unreachable|down)|server misbehaving"
    r"|temporary failure in name resolution|unexpected EOF|: EOF\b"
    r"|toomanyrequests|\b(?:429|500|502|503|504) [A-Z]",
    re.IGNORECASE,
)
"""Words of Go's `net` and `net/http`, and of answers that a registry gives only for a while.

"no such host" is not among them: a name that does not exist is a mistake in the image's name.
"""

_FINAL = re.compile(r"not found|unauthorized|denied|no basic auth credentials", re.IGNORECASE)


def is_unreachable(words: str) -> bool:
    """Tell whether the kubelet's next try may succeed by itself; a registry's own no is final."""
    return bool(_UNREACHABLE.search(words)) and not _FINAL.search(words)

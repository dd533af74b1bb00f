"""An event is a word of then: only the newest of its kind that still stands condemns a wait.

Source: kubernetes issue 99475 (`failed to sync configmap cache`, after which the pod starts), the
kubelet's `syncPod` (volumes come before all else) and its timeout of 2 min 3 s for one attempt.
"""

from typing import Any

import pytest

from ironclad.domain.kubernetes.kube_object import ObjectRef
from ironclad.domain.kubernetes.readiness.cause import Cause, StallState, final, updated
from ironclad.domain.kubernetes.readiness.workload_causes import Observation, causes

LABELS = {"app": "shop"}
POD = ObjectRef("Pod", "shop-0", "demo")
CLAIM = ObjectRef("PersistentVolumeClaim", "data", "demo")
CREATING = {"waiting": {"reason": "ContainerCreating"}}
RUNNING: dict[str, Any] = {"running": {}}


def event(reason: str, message: str = "", **about: str) -> dict[str, Any]:
    return {"reason": reason, "message": message, "involvedObject": about}


def found(*events: dict[str, Any], containers: Any = ("main",), **status: Any) -> tuple[Cause, ...]:
    states = [
        {"name": name, "image": "shop", "ready": False, "state": CREATING} for name in containers
    ]
    pod = {
        "kind": "Pod",
        "metadata": {"name": "shop-0", "namespace": "demo", "uid": "now", "labels": LABELS},
        "status": {"containerStatuses": states, **status},
    }
    stateful = {
        "kind": "StatefulSet",
        "metadata": {"name": "shop", "namespace": "demo"},
        "spec": {"replicas": 1, "selector": {"matchLabels": LABELS}},
    }
    return causes(Observation(objects=[stateful], pods=[pod], events={POD: events}))


CACHE = event(
    "FailedMount", 'MountVolume.SetUp failed for volume "c" : failed to sync configmap cache'
)
ATTACH_A = event("FailedAttachVolume", 'AttachVolume.Attach failed for volume "a" : busy')
ATTACHED_A = event("SuccessfulAttachVolume", 'AttachVolume.Attach succeeded for volume "a"')
ATTACHED_B = event("SuccessfulAttachVolume", 'AttachVolume.Attach succeeded for volume "b"')
SANDBOX = {"conditions": [{"type": "PodReadyToStartContainers", "status": "True"}]}

CASES: dict[str, tuple[tuple[Cause, ...], str]] = {
    "a mount that failed": (found(CACHE), "cannot mount its volumes: MountVolume.SetUp failed"),
    "a mount that failed and then worked": (found(CACHE, event("Pulling")), ""),
    "a mount whose image was there already": (found(CACHE, event("Pulled")), ""),
    "a mount after which the network was not ready": (
        found(CACHE, event("FailedCreatePodSandBox")),
        "",
    ),
    "a mount that failed again": (found(event("Pulling"), CACHE), "cannot mount its volumes"),
    "a mount of a pod whose sandbox is up": (found(CACHE, **SANDBOX), ""),
    "a mount of the pod of that name before": (
        found({**CACHE, "involvedObject": {"uid": "before"}}),
        "",
    ),
    "a mount of this very pod": (
        found({**CACHE, "involvedObject": {"uid": "now"}}),
        "cannot mount its volumes",
    ),
    "an attachment that failed": (found(ATTACH_A), "cannot attach its volumes: AttachVolume"),
    "an attachment that failed and then worked": (found(ATTACH_A, ATTACHED_A), ""),
    "an attachment beside which another one worked": (
        found(ATTACH_A, ATTACHED_B),
        "cannot attach its volumes",
    ),
    "an attachment after which the image is pulled": (found(ATTACH_A, event("Pulling")), ""),
}


@pytest.mark.parametrize(("found_there", "words"), CASES.values(), ids=CASES)
def test_what_stands_in_the_way_is(found_there: tuple[Cause, ...], words: str) -> None:
    sentences = " ".join(cause.sentence for cause in found_there)
    assert bool(words) is bool(sentences)
    assert words in sentences


def test_a_volume_gets_the_time_that_its_own_controllers_take() -> None:
    """One attempt to mount lasts 2 min 3 s; a dead node's volume is given up after 6 min."""
    for (cause,), soon, late in ((found(CACHE), 123, 180), (found(ATTACH_A), 360, 420)):
        state = updated(StallState(), (cause,), {}, 0)
        assert final(state, soon) == ()
        assert final(state, late) == (cause,)


def of_claim(*events: dict[str, Any]) -> tuple[Cause, ...]:
    claim = {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "demo"},
        "spec": {"storageClassName": "gold"},
        "status": {"phase": "Pending"},
    }
    return causes(Observation(objects=[claim], claims=[claim], events={CLAIM: events}))


def test_a_claim_whose_volume_was_made_after_all_is_only_waited_for() -> None:
    refused = event("ProvisioningFailed", 'storageclass "gold" not found')
    assert of_claim(refused, event("ProvisioningSucceeded")) == ()
    assert "not found" in of_claim(refused, event("ExternalProvisioning"))[0].sentence


UNREADY = "Readiness probe failed: HTTP probe failed with statuscode: 503"


def test_only_the_container_that_an_event_is_about_is_named() -> None:
    """The event's `involvedObject.fieldPath` says which one (API reference, ObjectReference)."""
    states = [
        {"name": name, "ready": False, "started": True, "state": RUNNING}
        for name in ("app", "proxy")
    ]
    about_app = event("Unhealthy", UNREADY, fieldPath="spec.containers{app}")
    (cause,) = found(about_app, containerStatuses=states)
    assert cause.sentence == f"container app of Pod/shop-0 is not ready: {UNREADY}"


def test_a_crash_is_not_put_down_to_another_containers_probe() -> None:
    ended = {"terminated": {"exitCode": 143, "reason": "Error"}}
    states = [
        {"name": name, "ready": False, "restartCount": 1, "state": RUNNING, "lastState": ended}
        for name in ("app", "proxy")
    ]
    where = "spec.containers{app}"
    killed = (
        event("Unhealthy", "Liveness probe failed: 500", fieldPath=where),
        event("Unhealthy", UNREADY, fieldPath=where),
        event("Killing", "Container app failed liveness probe", fieldPath=where),
    )
    app, proxy = found(*killed, containerStatuses=states)
    assert "container app of Pod/shop-0 keeps ending: exit code 143, killed after: Liveness" in (
        app.sentence
    )
    assert "killed after" not in proxy.sentence


def test_a_service_may_warm_up_for_minutes_before_its_readiness_probe_condemns_it() -> None:
    state = {"name": "main", "ready": False, "started": True, "state": RUNNING}
    (cause,) = found(event("Unhealthy", UNREADY), containerStatuses=[state])
    assert cause.grace.total_seconds() == 180

"""What keeps a stage from becoming ready, from what can be observed, and when it is final."""

from typing import Any

import pytest

from ironclad.domain.kubernetes.kube_object import ObjectRef
from ironclad.domain.kubernetes.readiness.cause import (
    AUTOSCALER_GRACE,
    GRACE,
    UNSCHEDULABLE_GRACE,
    UNTIL_THE_DEADLINE,
    Cause,
    ContainerRef,
    StallState,
    current,
    final,
    updated,
)
from ironclad.domain.kubernetes.readiness.container_log import log_lines
from ironclad.domain.kubernetes.readiness.workload_causes import Observation, causes, progress

LABELS = {"app": "backend"}
POD = ObjectRef("Pod", "backend-1", "demo")


def deployment(replicas: int = 1, **status: Any) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"name": "backend", "namespace": "demo", "generation": 1},
        "spec": {"replicas": replicas, "selector": {"matchLabels": LABELS}},
        "status": status,
    }


def pod(*containers: dict[str, Any], **status: Any) -> dict[str, Any]:
    return {
        "kind": "Pod",
        "metadata": {"name": "backend-1", "namespace": "demo", "labels": LABELS},
        "status": {"phase": "Pending", "containerStatuses": list(containers), **status},
    }


def container(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    whole = {"name": "main", "image": "shop/backend:2", "ready": False, "restartCount": 0}
    return {**whole, "state": state, **more}


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"waiting": {"reason": reason, "message": message}}


def ended(code: int, reason: str = "Error") -> dict[str, Any]:
    return {"terminated": {"exitCode": code, "reason": reason}}


def event(reason: str, message: str) -> dict[str, Any]:
    return {"reason": reason, "message": message}


def seen(*objects: dict[str, Any], **more: Any) -> Observation:
    pods = [item for item in objects if item["kind"] == "Pod"]
    claims = [item for item in objects if item["kind"] == "PersistentVolumeClaim"]
    return Observation(objects=objects, pods=pods, claims=claims, **more)


UNSCHEDULABLE = {
    "conditions": [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "0/1 nodes are available: 1 Insufficient cpu.",
        }
    ]
}
RUNNING: dict[str, Any] = {"running": {}}
READY = {"conditions": [{"type": "Ready", "status": "True"}]}

POD_CASES = {
    "an image that is not there": (
        pod(container(waiting("ImagePullBackOff", 'Back-off pulling image "shop/backend:2"'))),
        (),
        "cannot get its image shop/backend:2: ImagePullBackOff, Back-off pulling",
    ),
    "an image name that is none": (
        pod(container(waiting("InvalidImageName", "couldn't parse image name"))),
        (),
        "InvalidImageName, couldn't parse",
    ),
    "a setting that is missing": (
        pod(container(waiting("CreateContainerConfigError", 'secret "x" not found'))),
        (),
        'cannot start: CreateContainerConfigError, secret "x" not found',
    ),
    "a crash loop in its pause": (
        pod(container(waiting("CrashLoopBackOff"), restartCount=3, lastState=ended(1))),
        (),
        "keeps ending: exit code 1, 3 restarts",
    ),
    "a crash loop in its next try": (
        pod(container(RUNNING, restartCount=3, lastState=ended(137, "OOMKilled"))),
        (),
        "keeps ending: OOMKilled, 3 restarts",
    ),
    "a first crash": (pod(container(ended(2))), (), "keeps ending: exit code 2, 0 restarts"),
    "a process that the liveness probe ends": (
        pod(container(RUNNING, restartCount=1, lastState=ended(143))),
        (event("Unhealthy", "Liveness probe failed: HTTP 500"), event("Killing", "will restart")),
        "killed after: Liveness probe failed: HTTP 500",
    ),
    "a readiness probe that fails": (
        pod(container(RUNNING, started=True)),
        (event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"),),
        "is not ready: Readiness probe failed: HTTP probe failed with statuscode: 503",
    ),
    "no node with capacity": (
        pod(**UNSCHEDULABLE),
        (),
        "cannot be scheduled: 0/1 nodes are available: 1 Insufficient cpu.",
    ),
    "a volume that cannot be mounted": (
        pod(container(waiting("ContainerCreating"))),
        (event("FailedMount", 'MountVolume.SetUp failed: secret "x" not found'),),
        'cannot mount its volumes: MountVolume.SetUp failed: secret "x" not found',
    ),
}


@pytest.mark.parametrize(("item", "events", "words"), POD_CASES.values(), ids=POD_CASES)
def test_a_pods_cause_is_reported_in_the_words_of_kubernetes(
    item: dict[str, Any], events: tuple[dict[str, Any], ...], words: str
) -> None:
    (cause,) = causes(seen(deployment(), item, events={POD: events}))
    assert words in cause.sentence
    assert "backend-1" in cause.sentence


AWAY = "dial tcp 10.0.0.1:5000: connect: connection refused"
PULLING = 'failed to do request: Head "https://registry.example.org/v2/shop/backend/manifests/2"'
BACK_OFF = 'Back-off pulling image "shop/backend:2"'

REGISTRY_IS_AWAY = {
    "a refused connection": waiting("ErrImagePull", f"{PULLING}: {AWAY}"),
    "a back-off that repeats it": waiting(
        "ImagePullBackOff", f"{BACK_OFF}: ErrImagePull: {PULLING}: {AWAY}"
    ),
    "a name server that does not answer": waiting(
        "ErrImagePull", f"{PULLING}: dial tcp: lookup registry.example.org: i/o timeout"
    ),
    "a handshake that takes too long": waiting(
        "ErrImagePull", f"{PULLING}: net/http: TLS handshake timeout"
    ),
    "a gateway before it": waiting(
        "ErrImagePull",
        "unexpected status from HEAD request to https://r/v2/: 503 Service Unavailable",
    ),
    "a limit of pulls in an hour": waiting(
        "ErrImagePull", "429 Too Many Requests - toomanyrequests: You have reached your pull rate"
    ),
    "the runtime's own word": waiting(
        "RegistryUnavailable", "image pull failed for shop/backend:2"
    ),
}

REGISTRY_SAID_NO = {
    "a tag that is not there": waiting(
        "ErrImagePull",
        "failed to resolve reference: registry.example.org/shop/backend:2: not found",
    ),
    "a back-off that repeats it": waiting(
        "ImagePullBackOff",
        f"{BACK_OFF}: ErrImagePull: registry.example.org/shop/backend:2: not found",
    ),
    "no login": waiting("ErrImagePull", "unexpected status from HEAD request: 401 Unauthorized"),
    "no access": waiting("ErrImagePull", "pull access denied, repository does not exist"),
    "a host that does not exist": waiting(
        "ErrImagePull", f"{PULLING}: dial tcp: lookup registry.invalid: no such host"
    ),
    "a back-off without a cause": waiting("ImagePullBackOff", BACK_OFF),
}


def image_cause(state: dict[str, Any], *events: dict[str, Any]) -> Cause:
    (cause,) = causes(seen(deployment(), pod(container(state)), events={POD: events}))
    return cause


@pytest.mark.parametrize("state", REGISTRY_IS_AWAY.values(), ids=REGISTRY_IS_AWAY)
def test_a_registry_that_is_away_is_waited_for_as_long_as_the_stage(state: dict[str, Any]) -> None:
    """The kubelet tries again by itself, after 10, 20, 40 … s: 60 s condemned a short absence."""
    assert image_cause(state).grace == UNTIL_THE_DEADLINE


@pytest.mark.parametrize("state", REGISTRY_SAID_NO.values(), ids=REGISTRY_SAID_NO)
def test_a_registry_that_says_no_ends_the_wait(state: dict[str, Any]) -> None:
    assert image_cause(state).grace == GRACE


def test_a_back_off_without_a_cause_has_it_in_its_last_event() -> None:
    """Kubernetes before 1.32 tells the back-off alone in the container's state."""
    state = waiting("ImagePullBackOff", BACK_OFF)
    refused = event("Failed", f'Failed to pull image "shop/backend:2": {AWAY}')
    absent = event("Failed", 'Failed to pull image "shop/backend:2": not found')
    limp = event("Failed", "Error: ImagePullBackOff")
    assert image_cause(state, absent, refused, limp).grace == UNTIL_THE_DEADLINE
    assert image_cause(state, refused, absent, limp).grace == GRACE


def test_an_image_that_is_missing_once_its_registry_is_back_gets_a_minute_of_its_own() -> None:
    away = image_cause(REGISTRY_IS_AWAY["a refused connection"])
    absent = image_cause(REGISTRY_SAID_NO["a tag that is not there"])
    state = updated(updated(StallState(), [away], {}, 0), [absent], {}, 200)
    assert final(state, 259) == ()
    assert final(state, 260) == (absent,)


FINE = {
    "is ready": pod(container(RUNNING, ready=True), **READY),
    "only starts": pod(container(waiting("ContainerCreating"))),
    "has an init container that is done": pod(
        container(waiting("PodInitializing")),
        initContainerStatuses=[container(ended(0, "Completed"), ready=True)],
    ),
    "was restarted once and is ready again": pod(
        container(RUNNING, ready=True, restartCount=1, lastState=ended(1)), **READY
    ),
    "has not passed its start-up probe": pod(container(RUNNING, started=False)),
    "has just passed its start-up probe": pod(container(RUNNING, started=True)),
}


@pytest.mark.parametrize("item", FINE.values(), ids=FINE)
def test_nothing_is_wrong_with_a_pod_that(item: dict[str, Any]) -> None:
    probe = event("Unhealthy", "Startup probe failed")
    assert causes(seen(deployment(), item, events={POD: (probe,)})) == ()


def test_pods_of_others_are_no_cause_of_this_stage() -> None:
    stranger = pod(container(waiting("ImagePullBackOff")))
    stranger["metadata"]["labels"] = {"app": "other"}
    assert causes(seen(deployment(), stranger)) == ()


def test_two_pods_with_one_cause_are_reported_once() -> None:
    first, second = (pod(container(waiting("ImagePullBackOff"))) for _ in range(2))
    second["metadata"] = {**second["metadata"], "name": "backend-2"}
    assert len(causes(seen(deployment(), first, second))) == 1


def test_a_crash_asks_for_the_log_of_its_container() -> None:
    crash = pod(container(waiting("CrashLoopBackOff"), restartCount=1, lastState=ended(1)))
    (cause,) = causes(seen(deployment(), crash))
    assert cause.log_of == ContainerRef("backend-1", "main")


def test_a_quota_is_reported_by_the_deployments_own_condition() -> None:
    failure = {
        "type": "ReplicaFailure",
        "status": "True",
        "message": 'pods "backend-1" is forbidden: exceeded quota: ironclad-quota',
    }
    (cause,) = causes(seen(deployment(conditions=[failure])))
    assert "cannot create its pods: pods" in cause.sentence
    assert "exceeded quota: ironclad-quota" in cause.sentence


def stateful_set() -> dict[str, Any]:
    return {
        **deployment(),
        "kind": "StatefulSet",
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": LABELS},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}}],
        },
    }


def test_a_quota_is_reported_by_a_stateful_sets_events_while_pods_are_missing() -> None:
    ref = ObjectRef("StatefulSet", "backend", "demo")
    events = {ref: (event("FailedCreate", "exceeded quota: ironclad-quota"),)}
    (cause,) = causes(seen(stateful_set(), events=events))
    assert "exceeded quota" in cause.sentence
    there = seen(stateful_set(), pod(container(RUNNING, ready=True), **READY), events=events)
    assert causes(there) == ()


def claim(name: str, **spec: Any) -> dict[str, Any]:
    return {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": "demo"},
        "spec": spec,
        "status": {"phase": "Pending"},
    }


def test_a_claim_without_a_class_is_reported_where_there_is_no_default() -> None:
    mine, other = claim("data-backend-0"), claim("somebody-elses")
    (cause,) = causes(seen(stateful_set(), mine, has_default_class=False))
    assert "data-backend-0 names no storage class" in cause.sentence
    assert causes(seen(stateful_set(), mine)) == ()
    assert [t.key for t in causes(Observation(objects=[stateful_set()], claims=[other]))] == []


def test_a_claim_of_a_class_that_is_not_there_is_reported_by_its_event() -> None:
    mine = claim("data-backend-0", storageClassName="gold")
    words = 'storageclass.storage.k8s.io "gold" not found'
    events = {
        ObjectRef("PersistentVolumeClaim", "data-backend-0", "demo"): (
            event("ProvisioningFailed", words),
        )
    }
    (cause,) = causes(seen(stateful_set(), mine, events=events))
    assert words in cause.sentence


# when it is final

IMAGE = Cause(key="image", sentence="no image")


def grace(events: tuple[dict[str, Any], ...]) -> Any:
    (cause,) = causes(seen(deployment(), pod(**UNSCHEDULABLE), events={POD: events}))
    return cause.grace


def test_an_unschedulable_pod_gets_more_time_and_still_more_while_a_node_is_added() -> None:
    assert grace(()) == UNSCHEDULABLE_GRACE
    assert grace((event("TriggeredScaleUp", "pod triggered scale-up"),)) == AUTOSCALER_GRACE
    assert grace((event("Nominated", "Pod should schedule on: nodeclaim/a"),)) == AUTOSCALER_GRACE


def after(*looks: tuple[float, tuple[Cause, ...], dict[str, int]]) -> StallState:
    state = StallState()
    for now, found, marks in looks:
        state = updated(state, found, marks, now)
    return state


def test_a_cause_is_final_once_it_has_stood_for_its_grace() -> None:
    state = after((0, (IMAGE,), {}), (59, (IMAGE,), {}))
    assert final(state, 59) == ()
    assert current(state, 59) == ((IMAGE, 59),)
    state = updated(state, (IMAGE,), {}, 60)
    assert final(state, 60) == (IMAGE,)
    assert GRACE.total_seconds() == 60


def test_a_cause_that_went_away_is_not_final() -> None:
    assert final(after((0, (IMAGE,), {}), (70, (), {})), 70) == ()


def test_a_short_spell_of_running_does_not_start_a_crash_loop_anew() -> None:
    state = after((0, (IMAGE,), {}), (30, (), {}), (50, (IMAGE,), {}), (61, (IMAGE,), {}))
    assert final(state, 61) == (IMAGE,)


def test_a_cause_that_was_away_for_long_starts_anew() -> None:
    state = after((0, (IMAGE,), {}), (10, (), {}), (45, (), {}), (61, (IMAGE,), {}))
    assert final(state, 61) == ()


def test_progress_starts_the_time_anew() -> None:
    state = after(
        (0, (IMAGE,), {"ready": 1}), (50, (IMAGE,), {"ready": 2}), (70, (IMAGE,), {"ready": 2})
    )
    assert final(state, 70) == ()
    assert final(updated(state, (IMAGE,), {"ready": 2}, 110), 110) == (IMAGE,)


def test_coming_back_to_where_it_was_before_is_no_progress() -> None:
    """A replica that flaps between ready and not ready gets nowhere."""
    looks = [(float(t), (IMAGE,), {"ready": 2 if t % 20 else 3}) for t in range(0, 70, 10)]
    assert final(after(*looks), 60) == (IMAGE,)


def test_progress_is_counted_by_generation_and_pod_state() -> None:
    marks = progress(seen(deployment(readyReplicas=2), pod(container(RUNNING, containerID="c"))))
    assert marks["Deployment/backend@1 readyReplicas"] == 2
    assert marks["Deployment/backend@1 started"] == 1
    assert marks["Deployment/backend@1 scheduled"] == 0


# what a container said


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("starting\n\nno such host\n", ("starting", "no such host"), id="two lines"),
        pytest.param("", (), id="nothing"),
        pytest.param(" \n\n", (), id="blank lines"),
        pytest.param("unable to retrieve container logs for containerd://1f", (), id="pruned"),
        pytest.param(
            'failed to try resolving symlinks in path "/var/log/pods/x/main/0.log": lstat: no such'
            " file or directory\n",
            (),
            id="rotated away",
        ),
        pytest.param(
            "retrying\nunable to retrieve container logs for containerd://1f\n",
            ("retrying", "unable to retrieve container logs for containerd://1f"),
            id="a service that says so itself",
        ),
    ],
)
def test_the_kubelets_words_about_a_log_are_no_lines_of_it(
    text: str, lines: tuple[str, ...]
) -> None:
    """It sends them with status 200 (kubernetes `pkg/kubelet/kuberuntime`)."""
    assert log_lines(text) == lines

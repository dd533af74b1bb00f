"""Platform changes in a cluster: made, taken back by the entry alone, owners included."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from ironclad.adapters.kubernetes.game_day.changes import KubernetesChanges
from ironclad.adapters.kubernetes.game_day.partition import _COUNT, _END, _PSQL
from ironclad.adapters.kubernetes.game_day.pod_faults import PodFaults
from ironclad.adapters.kubernetes.game_day.replica_faults import KubernetesReplicaFaults
from ironclad.clock import SystemClock
from ironclad.domain.experiment.targets import DATABASE
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.kubernetes.field_managers import MANAGER
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import UndoAction, UndoEntry
from ironclad.domain.stack.undo_format import entry_from_json, entry_to_json
from ironclad.errors import IroncladError, LeaseLapsedError, RefusedError, RemoteError
from tests.fakes.clocks.virtual_clock import VirtualClock
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.channels import Ending
from tests.fakes.kube.outlet import Outlet

LASTS = timedelta(seconds=30)
TARGETS = [DATABASE]
DOWN, CUT = FaultKind.POSTGRES_DOWN, FaultKind.DATABASE_PARTITION
BACKEND = {"podSelector": {"matchLabels": {"app": "backend"}}}
EXPORTER = {"podSelector": {"matchLabels": {"app": "postgres-exporter"}}}
PORTS = [{"port": 5432, "protocol": "TCP"}]


def policy(*rules: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "postgres-netpol", "namespace": "demo"},
        "spec": {
            "podSelector": {"matchLabels": {"app": "postgres"}},
            "ingress": list(rules) or [{"from": [BACKEND, EXPORTER], "ports": PORTS}],
        },
    }


def database(replicas: int = 2) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "postgres", "namespace": "demo"},
        "spec": {"replicas": replicas, "serviceName": "postgres"},
    }


def sessions(outlet: Outlet, open_total: int) -> None:
    for query in (_COUNT, _END):
        answer = Ending(stdout=f"{open_total}\n".encode())
        outlet.kube.channels.endings[("sh", "-c", _PSQL, query)] = answer


@pytest.fixture
async def changes(own: AskedCluster, outlet: Outlet) -> KubernetesChanges:
    await own.apply_as(MANAGER, database())
    await own.apply_as(MANAGER, policy())
    sessions(outlet, 0)
    return KubernetesChanges(own.api, "demo", "backend", policy_delay_seconds=0)


async def what_is_there(own: AskedCluster) -> list[tuple[object, object]]:
    found = [
        await own.get("StatefulSet", "postgres"),
        await own.get("NetworkPolicy", "postgres-netpol"),
    ]
    return [(item["spec"], _owners(item)) for item in found if item is not None]


def _owners(item: dict[str, Any]) -> list[tuple[str, str]]:
    return [(e["manager"], json.dumps(e["fieldsV1"])) for e in item["metadata"]["managedFields"]]


@pytest.mark.parametrize("kind", [DOWN, CUT])
async def test_a_change_is_taken_back_with_its_owners_from_the_entry_alone(
    changes: KubernetesChanges, own: AskedCluster, kind: FaultKind
) -> None:
    before, words = await what_is_there(own), await changes.snapshot()
    change = await changes.before(kind, TARGETS)
    await changes.make(change, LASTS)

    assert await changes.is_made(change)
    assert await what_is_there(own) != before
    assert await changes.snapshot() != words
    await changes.renew(change)

    janitor = KubernetesChanges(own.api, "demo", "backend")
    kept = entry_from_json(entry_to_json(entry(change)))
    assert kept.change is not None
    for _ in range(2):
        assert await janitor.restore(kept.change) == ""
        assert await what_is_there(own) == before
    assert await changes.snapshot() == words


def entry(change: Any) -> UndoEntry:
    now = SystemClock().now()
    return UndoEntry(
        id="run-it",
        run="run",
        action=UndoAction.RESTORE,
        targets=change.targets,
        lease_until=now,
        deadline=now,
        who="me",
        why="a test",
        change=change,
    )


async def test_a_deploy_after_the_undo_meets_no_conflict(
    changes: KubernetesChanges, own: AskedCluster
) -> None:
    change = await changes.before(DOWN, TARGETS)
    await changes.make(change, LASTS)
    await changes.restore(change)

    await own.apply_as(MANAGER, database(replicas=3), force=False)

    found = await own.get("StatefulSet", "postgres")
    assert found is not None
    assert found["spec"]["replicas"] == 3


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [
        pytest.param(DOWN, database(replicas=5), id="scaled to another number"),
        pytest.param(CUT, policy({"from": [EXPORTER], "ports": []}), id="other rules"),
    ],
)
async def test_what_somebody_else_made_of_it_meanwhile_stays(
    changes: KubernetesChanges, own: AskedCluster, kind: FaultKind, theirs: dict[str, Any]
) -> None:
    change = await changes.before(kind, TARGETS)
    await changes.make(change, LASTS)
    await own.apply_as("somebody", theirs)

    with pytest.raises(LeaseLapsedError):
        await changes.renew(change)
    assert await changes.restore(change) == ""

    found = await own.get(theirs["kind"], theirs["metadata"]["name"])
    assert found is not None
    assert found["spec"].items() >= theirs["spec"].items()


@pytest.mark.parametrize("kind", [DOWN, CUT])
async def test_an_object_that_was_made_anew_is_left_alone(
    changes: KubernetesChanges, own: AskedCluster, outlet: Outlet, kind: FaultKind
) -> None:
    change = await changes.before(kind, TARGETS)
    outlet.kube.remove("statefulsets", "demo", "postgres")
    outlet.kube.remove("networkpolicies", "demo", "postgres-netpol")

    assert await changes.restore(change) == ""
    assert await what_is_there(own) == []


async def test_a_server_that_is_away_is_reported_and_tried_again(
    changes: KubernetesChanges, outlet: Outlet
) -> None:
    change = await changes.before(DOWN, TARGETS)
    await changes.make(change, LASTS)
    outlet.kube.refused.add(("patch", "statefulsets"))

    assert "may not patch statefulsets.apps postgres" in await changes.restore(change)

    outlet.kube.refused.clear()
    assert await changes.restore(change) == ""


async def test_a_cut_with_sessions_that_come_back_is_not_made(
    changes: KubernetesChanges, outlet: Outlet
) -> None:
    """A plugin that does not enforce policies."""
    change = await changes.before(CUT, TARGETS)
    await changes.make(change, LASTS)
    sessions(outlet, 3)

    assert not await changes.is_made(change)


async def test_sessions_are_ended_at_first_and_no_more(
    changes: KubernetesChanges, outlet: Outlet
) -> None:
    """Ending them for ever would look like a cut where there is none."""
    change = await changes.before(CUT, TARGETS)
    await changes.make(change, LASTS)
    for _ in range(5):
        await changes.renew(change)

    ended = [asked for asked in outlet.kube.channels.asked if "pg_terminate_backend" in asked]
    assert len(ended) == 3


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        pytest.param([{"ports": PORTS}], "admits everybody", id="for the world"),
        pytest.param([{"from": [EXPORTER]}], "does not name the pods of backend", id="no peer"),
    ],
)
async def test_a_policy_that_cannot_be_cut_is_refused(
    changes: KubernetesChanges, own: AskedCluster, rules: Sequence[dict[str, Any]], said: str
) -> None:
    assert await changes.refusal(CUT, TARGETS) == ""
    await own.apply_as(MANAGER, policy(*rules))

    assert said in await changes.refusal(CUT, TARGETS)


async def test_a_rule_for_the_service_alone_goes_as_a_whole(
    changes: KubernetesChanges, own: AskedCluster
) -> None:
    """An empty `from` would let everybody in."""
    await own.apply_as(MANAGER, policy({"from": [BACKEND]}, {"from": [EXPORTER]}))
    await changes.make(await changes.before(CUT, TARGETS), LASTS)

    found = await own.get("NetworkPolicy", "postgres-netpol")
    assert found is not None
    assert found["spec"]["ingress"] == [{"from": [EXPORTER]}]


async def test_a_database_that_is_down_already_is_refused(
    changes: KubernetesChanges, own: AskedCluster
) -> None:
    await own.apply_as(MANAGER, database(replicas=0))

    assert await changes.refusal(DOWN, TARGETS) == (
        "StatefulSet/postgres is scaled to zero already"
    )


async def test_a_pod_cannot_be_paused_and_the_reason_is_said(changes: KubernetesChanges) -> None:
    said = await changes.refusal(FaultKind.REPLICA_PAUSE, [Replica("backend-1", "")])

    assert said.startswith("a pod cannot be paused: ")


async def test_the_budgets_refusal_is_an_answer_and_not_asked_for_again(
    own: AskedCluster, outlet: Outlet
) -> None:
    faults = KubernetesReplicaFaults(own.api, "demo", "backend", SystemClock())
    for name in ("backend-1", "backend-2"):
        meta = {"name": name, "namespace": "demo"}
        outlet.kube.put({"apiVersion": "v1", "kind": "Pod", "metadata": meta})
    outlet.kube.evictions_left = 1
    await faults.terminate(Replica("backend-1", ""), FaultKind.EVICT)

    words = r"^The disruption budget backend-pdb needs 2 healthy pods and has 2 currently\.?$"
    with pytest.raises(RefusedError, match=words):
        await faults.terminate(Replica("backend-2", ""), FaultKind.EVICT)

    asked = [line for line in outlet.kube.seen if line.endswith("/backend-2/eviction")]
    assert len(asked) == 1
    assert await faults.life(Replica("backend-1", "")) == ""
    assert await faults.life(Replica("backend-2", "")) != ""


async def test_a_budget_that_is_still_being_processed_is_asked_again_and_no_refusal(
    own: AskedCluster, outlet: Outlet
) -> None:
    """Right after it was made the API server answers 429 with Retry-After, then it decides.

    Source: kubernetes `pkg/registry/core/pod/storage/eviction.go`; a refusal has no Retry-After.
    """
    faults = KubernetesReplicaFaults(own.api, "demo", "backend", SystemClock())
    meta = {"name": "backend-1", "namespace": "demo"}
    outlet.kube.put({"apiVersion": "v1", "kind": "Pod", "metadata": meta})
    outlet.kube.budgets_in_process = 1

    await faults.terminate(Replica("backend-1", ""), FaultKind.EVICT)

    assert await faults.life(Replica("backend-1", "")) == ""


async def test_a_budget_that_is_never_processed_ends_in_an_error_and_not_in_a_refusal(
    own: AskedCluster, outlet: Outlet
) -> None:
    """Taken for a refusal it would uphold a safeguard that was never asked."""
    meta = {"name": "backend-1", "namespace": "demo"}
    outlet.kube.put({"apiVersion": "v1", "kind": "Pod", "metadata": meta})
    outlet.kube.budgets_in_process = 99
    faults = PodFaults(own.api, "demo", budget_within_seconds=0.5)

    words = "backend-pdb is still being processed by the server.; after 0 s it is neither allowed"
    with pytest.raises(RemoteError, match=words):
        await faults.evict("backend-1")


async def test_a_budgets_number_from_before_its_last_change_is_not_taken(
    own: AskedCluster, outlet: Outlet
) -> None:
    own.clock = VirtualClock()
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "spec": {}}
    budget["metadata"] = {"name": "backend-pdb", "namespace": "demo"}
    outlet.kube.put(budget)
    state = {"disruptionsAllowed": 1}
    for observed, allowed in ((0, None), (1, 1)):
        about = {**state, "observedGeneration": observed}
        outlet.kube.set_status("poddisruptionbudgets", "demo", "backend-pdb", about)
        assert await own.platform().disruptions_allowed() == allowed


async def test_a_rolling_restart_marks_the_deployment_and_nothing_else(own: AskedCluster) -> None:
    await own.apply_as(MANAGER, own.deployment())
    faults = KubernetesReplicaFaults(own.api, "demo", "backend", SystemClock())

    assert await faults.roll([Replica("backend-1", "")]) == ()

    found = await own.get("Deployment", "backend")
    assert found is not None
    marks = found["spec"]["template"]["metadata"]["annotations"]
    assert list(marks) == ["kubectl.kubernetes.io/restartedAt"]
    await own.apply_as(MANAGER, own.deployment(), force=False)
    assert (await own.get("Deployment", "backend")) is not None


async def test_a_database_is_killed_by_a_signal_that_gets_through(
    own: AskedCluster, outlet: Outlet
) -> None:
    faults = KubernetesReplicaFaults(own.api, "demo", "backend", SystemClock())
    meta = {"name": "postgres-0", "namespace": "demo"}
    containers = [{"name": "postgres"}]
    outlet.kube.put(
        {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": containers}}
    )
    quitter = ("sh", "-c", "kill -QUIT 1")
    outlet.kube.channels.endings[quitter] = Ending()

    await faults.terminate(DATABASE, FaultKind.POSTGRES_KILL)

    assert await faults.life(DATABASE) != ""
    outlet.kube.channels.endings[quitter] = Ending(stderr=b"not permitted", code=1)
    with pytest.raises(IroncladError, match="not permitted"):
        await faults.terminate(DATABASE, FaultKind.POSTGRES_KILL)

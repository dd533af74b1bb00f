"""What the runner's Role is for: each verb is used by a step of a game day, none is left over.

The steps run for real against the fake API server, which writes down every verb that is wanted of
it. One verb less, and the step that needs it says so.
"""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ironclad.adapters.http.chaos import ChaosHttp
from ironclad.adapters.kubernetes.game_day.changes import KubernetesChanges
from ironclad.adapters.kubernetes.game_day.config_text import KubernetesHalt
from ironclad.adapters.kubernetes.game_day.events import DeploymentEvents
from ironclad.adapters.kubernetes.game_day.load import KubernetesLoad
from ironclad.adapters.kubernetes.game_day.load_account import LoadStart
from ironclad.adapters.kubernetes.game_day.lock import KubernetesLock
from ironclad.adapters.kubernetes.game_day.partition import _COUNT, _END, _PSQL
from ironclad.adapters.kubernetes.game_day.pod_faults import PodFaults
from ironclad.adapters.kubernetes.game_day.replica_faults import (
    ClusterAccess,
    KubernetesReplicaFaults,
)
from ironclad.adapters.kubernetes.game_day.undo_ledger import KubernetesLedger
from ironclad.domain.experiment.experiment import Fault, Load, Mix, Target
from ironclad.domain.experiment.pacer import Constant
from ironclad.domain.experiment.targets import DATABASE
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.kubernetes.field_managers import MANAGER
from ironclad.domain.kubernetes.load_job import LoadJobSettings, job_name_of
from ironclad.domain.kubernetes.permissions import RUNNER
from ironclad.domain.load.load import LoadOrder
from ironclad.domain.load.wire_format import Closing, closing_to_json, started_to_json
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import LEDGER_LEASE, UndoAction, UndoEntry
from ironclad.errors import IroncladError, RemoteError
from tests.fakes.kube.asked import AskedCluster, asked_cluster
from tests.fakes.kube.channels import Ending
from tests.fakes.kube.outlet import Outlet

Use = tuple[str, str]
"""A verb and what it is used on."""
Step = Callable[[AskedCluster], Awaitable[object]]

RUN = "20261123T060000Z-trial-ab12"
GRANTED = {
    (verb, f"{each.resource}/{each.subresource}".rstrip("/"))
    for each in RUNNER
    for verb in each.verbs
}
"""That the Role has these and no other is a test of the manifests."""
CLOSING = Closing(
    started_at=1.0,
    ended_at=2.0,
    offered=0,
    dropped=0,
    unsent=0,
    lateness_p99_seconds=0.0,
    complete=True,
    reason="",
)
FAULT = Fault(
    id="errors",
    kind=FaultKind.ERROR,
    at=timedelta(),
    duration=timedelta(seconds=9),
    target=Target(replicas=1),
    share=0.5,
    status=503,
)


# the steps


async def hold_the_lock(own: AskedCluster) -> None:
    for _ in range(2):
        async with KubernetesLock(own.api, "demo", own.clock).held(RUN, "game day", "anna"):
            pass


async def write_the_undo_down(own: AskedCluster) -> None:
    ledger, now = KubernetesLedger(own.api, "demo"), own.clock.now()
    entry = UndoEntry(
        id=f"{RUN}-errors",
        run=RUN,
        action=UndoAction.DISARM,
        targets=("backend-1",),
        lease_until=now,
        deadline=now,
        who="anna",
        why="to see",
    )
    await ledger.write(entry)
    await ledger.renew(entry.id, now + LEDGER_LEASE)
    await ledger.entries()
    await ledger.remove(entry.id)


async def look_for_the_red_switch(own: AskedCluster) -> None:
    await KubernetesHalt(own.api, "demo").state()


async def look_for_the_label(own: AskedCluster) -> None:
    await own.platform().refusal_of_game_days()


async def look_at_the_disruption_budget(own: AskedCluster) -> None:
    if await own.platform().disruptions_allowed() is None:
        raise RemoteError("the budget is not known, so the plan does not warn of it")


async def reach_the_service(own: AskedCluster) -> None:
    async with own.platform() as platform:
        await platform.endpoints()
        port = int((await platform.tunnel("backend")).rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        received = await reader.read(5)
        writer.close()
    if received != b"HELLO":
        raise RemoteError("nothing came back through the tunnel")


async def break_and_mend_a_replica(own: AskedCluster) -> None:
    platform = own.platform()
    chaos = ChaosHttp(ClusterAccess(platform))
    (replica,) = await platform.replicas()
    await chaos.arm(replica, FAULT, run=RUN, lease=timedelta(seconds=6))
    status = await chaos.status(replica)
    if not status.reachable:
        raise RemoteError(status.problem)
    await chaos.shortcut(replica, "enable", lasts=None)
    await chaos.disarm_all(replica)


async def kill_a_replica(own: AskedCluster) -> None:
    await PodFaults(own.api, "demo").kill("backend-1")


async def delete_a_pod(own: AskedCluster) -> None:
    await faults(own).terminate(Replica("backend-1", ""), FaultKind.POD_DELETE)


async def evict_a_pod(own: AskedCluster) -> None:
    await faults(own).terminate(Replica("backend-1", ""), FaultKind.EVICT)


async def restart_one_by_one(own: AskedCluster) -> None:
    await faults(own).roll([Replica("backend-1", "")])


def faults(own: AskedCluster) -> KubernetesReplicaFaults:
    return KubernetesReplicaFaults(own.api, "demo", "backend", own.clock)


async def take_the_database_down(own: AskedCluster) -> None:
    await change(own, FaultKind.POSTGRES_DOWN)


async def cut_the_database_off(own: AskedCluster) -> None:
    await change(own, FaultKind.DATABASE_PARTITION)


async def change(own: AskedCluster, kind: FaultKind) -> None:
    changes = KubernetesChanges(own.api, "demo", "backend", policy_delay_seconds=0)
    made = await changes.before(kind, [DATABASE])
    await changes.make(made, timedelta(seconds=30))
    if problem := await changes.restore(made):
        raise RemoteError(problem)


async def say_who_runs_what(own: AskedCluster) -> None:
    await DeploymentEvents(own.api, "demo", "backend", own.clock).announce("GameDay", "begins")


async def load_the_service(own: AskedCluster, folder: Path) -> None:
    settings = LoadJobSettings(namespace="demo", image="x", service_url="http://backend:3000")
    load = Load(pacer=Constant(1), mix=Mix(), timeout=timedelta(seconds=1))
    order = LoadOrder(run=RUN, url="", load=load, duration_seconds=1, lease_seconds=6)
    async with KubernetesLoad(own.api, settings, folder).running(order) as handle:
        await handle.finished()


async def ask_why_the_load_has_no_pod(own: AskedCluster) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.3):
            await LoadStart(own.api, "demo", "load-that-makes-no-pod").pod()


STEPS: tuple[Step, ...] = (
    hold_the_lock,
    write_the_undo_down,
    look_for_the_red_switch,
    look_for_the_label,
    look_at_the_disruption_budget,
    reach_the_service,
    break_and_mend_a_replica,
    kill_a_replica,
    delete_a_pod,
    evict_a_pod,
    restart_one_by_one,
    take_the_database_down,
    cut_the_database_off,
    say_who_runs_what,
    ask_why_the_load_has_no_pod,
)


# what they stand on


def named(kind: str, name: str, **rest: Any) -> dict[str, Any]:
    labels = rest.pop("labels", {})
    meta = {"name": name, "namespace": "demo", "labels": labels}
    return {"apiVersion": "v1", "kind": kind, "metadata": meta, **rest}


def pod(name: str, **labels: str) -> dict[str, Any]:
    main = {"name": "main", "ports": [{"name": "http", "containerPort": 3000}]}
    ready = {"type": "Ready", "status": "True"}
    status = {"phase": "Running", "conditions": [ready], "containerStatuses": []}
    return named("Pod", name, labels=labels, spec={"containers": [main]}, status=status)


async def furnish(outlet: Outlet, own: AskedCluster) -> None:
    """Put there what a running stack has, as far as a step looks at it."""
    kube = outlet.kube
    rules = [{"from": [{"podSelector": {"matchLabels": {"app": "backend"}}}]}]
    cut = named("NetworkPolicy", "postgres-netpol")
    cut |= {"apiVersion": "networking.k8s.io/v1"}
    selected = {"podSelector": {"matchLabels": {"app": "postgres"}}, "ingress": rules}
    await own.apply_as(MANAGER, {**cut, "spec": selected})
    database = named("StatefulSet", "postgres") | {"apiVersion": "apps/v1"}
    await own.apply_as(MANAGER, {**database, "spec": {"replicas": 1, "serviceName": "postgres"}})
    await own.apply_as(MANAGER, own.deployment())
    port = {"name": "http", "port": 3000, "targetPort": 3000}
    service = {"selector": {"app": "backend"}, "ports": [port]}
    token = base64.b64encode(b"a-token-for-tests").decode()
    for item in (
        named("Service", "backend", spec=service),
        named("Secret", "chaos-secret", data={"CHAOS_TOKEN": token}),
        named("PodDisruptionBudget", "backend-pdb", status={"disruptionsAllowed": 1}),
        pod("backend-1", app="backend"),
        pod("postgres-0", app="postgres"),
        pod("load-1", **{"job-name": job_name_of(RUN)}),
    ):
        kube.put(item)
    kube.logs["load-1", "load", False] = f"{started_to_json(1.0)}\n{closing_to_json(CLOSING)}\n"
    for query in (_COUNT, _END):
        kube.channels.endings["sh", "-c", _PSQL, query] = Ending(stdout=b"0\n")
    killer = ("python", "-c", "import resource as r; r.prlimit(1, r.RLIMIT_CPU, (1, 1))")
    kube.channels.endings[killer] = Ending()
    status = '{"faults": [], "enabled": true, "now": 0, "removed": []}'
    answers = {"": status, "/faults/errors": "{}", "/enable": '{"enabled": true}'}
    for path, text in answers.items():
        kube.proxied[f"backend-1:3000/api/chaos{path}"] = text
    kube.used.clear()


@asynccontextmanager
async def stack(outlet: Outlet) -> AsyncIterator[AskedCluster]:
    """Give it as new, whatever a step did to it before."""
    outlet.kube.refused.clear()
    outlet.kube.store.items.clear()
    async with asked_cluster(outlet, "demo") as own:
        await furnish(outlet, own)
        yield own


async def used_by(step: Step, outlet: Outlet) -> set[Use]:
    async with stack(outlet) as own:
        await step(own)
    return set(outlet.kube.used)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
async def test_a_step_that_lacks_one_of_its_verbs_says_so(step: Step, outlet: Outlet) -> None:
    uses = await used_by(step, outlet)
    assert uses
    assert uses <= GRANTED
    for use in sorted(uses):
        async with stack(outlet) as own:
            outlet.kube.refused.add(use)
            with pytest.raises(IroncladError):
                await step(own)


async def test_no_verb_is_left_over(tmp_path: Path, outlet: Outlet) -> None:
    steps = (*STEPS, lambda own: load_the_service(own, tmp_path))
    uses = set().union(*[await used_by(step, outlet) for step in steps])
    assert GRANTED - uses == set()

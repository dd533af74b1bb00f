"""A game day on a Deployment that is not ours: its file, its pods, its verdict."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ironclad.adapters.experiments.reader import parse_experiment
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.game_day.workload import (
    NoCounters,
    NoOrders,
    PodReadiness,
    WorkloadPlatform,
)
from ironclad.clock import SystemClock
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.experiment.experiment import Load, Mix, Workload
from ironclad.domain.experiment.pacer import Constant
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.verdict import judge
from ironclad.domain.kubernetes.stack_spec import StackSpec
from ironclad.domain.stack.platforms import KUBERNETES, LOCAL
from ironclad.domain.stack.stack import Endpoints, Replica, StackRef
from ironclad.errors import BadInputError, RefusedError
from ironclad.load.mix import Requests
from ironclad.wiring import StackTarget
from ironclad.wiring.stack import open_toolbox
from tests.fakes.game_day.evidence import Scenario, evidence_of, sound_evidence
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.outlet import Outlet
from tests.places import GAME_DAYS

WORKLOAD = Workload(deployment="web", url="http://web:8080", path="/hello")
KEY = "workload: {deployment: web, url: http://web:8080, path: /hello}\n"


# the file


def written(name: str) -> str:
    return (GAME_DAYS / f"{name}.yaml").read_text() + KEY


def test_its_file_names_a_deployment_and_how_clients_reach_it() -> None:
    experiment = parse_experiment(Path("x.yaml"), written("pod-delete"))
    assert experiment.workload == WORKLOAD
    assert (experiment.load.path, experiment.load.mix) == ("/hello", Mix(write=0, read=1))


def test_a_fault_that_needs_our_own_backend_is_refused_with_those_that_do_not() -> None:
    with pytest.raises(BadInputError) as refusal:
        parse_experiment(Path("x.yaml"), written("error-burst"))
    assert "error needs Ironclad's own backend; Deployment web takes" in str(refusal.value)
    assert "pod-delete" in str(refusal.value)


def test_on_one_machine_there_are_no_deployments() -> None:
    with pytest.raises(RefusedError, match="has no Deployment web: that takes Kubernetes"):
        open_toolbox(StackRef(LOCAL, "demo"), StackTarget(workload=WORKLOAD))


# the load


def test_every_request_gets_the_path_that_is_named() -> None:
    load = Load(pacer=Constant(1), mix=Mix(), timeout=FAULT.duration, path="/hello")
    assert {Requests(load, seed).draw().path for seed in range(20)} == {"/hello"}


# the pods

FAULT = parse_experiment(Path("x.yaml"), written("pod-delete")).faults[0]


def put(outlet: Outlet, kind_name: str, name: str, **rest: Any) -> None:
    meta = {"name": name, "namespace": "demo", "labels": rest.pop("labels", {})}
    version = "apps/v1" if kind_name == "Deployment" else "v1"
    outlet.kube.put({"apiVersion": version, "kind": kind_name, "metadata": meta, **rest})


def platform(own: AskedCluster) -> WorkloadPlatform:
    target = StackSpec(namespace="demo", objects=lambda _: ())
    return WorkloadPlatform(own.api, target, SystemClock(), WORKLOAD)


async def test_its_replicas_are_the_pods_that_its_selector_finds(
    outlet: Outlet, own: AskedCluster
) -> None:
    selector = {"matchLabels": {"part": "web"}}
    put(outlet, "Deployment", "web", spec={"selector": selector})
    put(outlet, "Pod", "web-b", labels={"part": "web"})
    put(outlet, "Pod", "web-a", labels={"part": "web"})
    put(outlet, "Pod", "backend-1", labels={"app": "backend"})
    async with platform(own) as web:
        assert [replica.name for replica in await web.replicas()] == ["web-a", "web-b"]
        assert (await web.endpoints()).service == "http://web:8080"


async def test_a_deployment_that_is_not_there_is_named_with_its_place(own: AskedCluster) -> None:
    with pytest.raises(RefusedError, match="namespace demo: there is no Deployment/web"):
        await platform(own).replicas()


async def test_the_kubelet_says_who_is_ready_and_nothing_can_be_armed(
    outlet: Outlet, own: AskedCluster
) -> None:
    faults, ready = PodReadiness(own.api, "demo"), {"type": "Ready", "status": "True"}
    put(outlet, "Pod", "web-a", status={"conditions": [ready]})
    put(outlet, "Pod", "web-b", status={"conditions": [{**ready, "status": "False"}]})
    there, starting, gone = (Replica(f"web-{n}", "") for n in "abc")
    assert [await faults.is_ready(one) for one in (there, starting, gone)] == [True, False, False]
    assert (await faults.status(there)).enabled
    assert (await faults.status(gone)).problem == "its pod is gone"
    with pytest.raises(RefusedError, match="nothing can be armed in web-a"):
        await faults.arm(there, FAULT, run="r", lease=FAULT.duration)


async def test_nothing_is_counted_and_nothing_is_written_there() -> None:
    counted = await NoCounters().counters(Replica("web-a", ""), ())
    assert (counted.replica, counted.counts) == ("web-a", {})
    assert (await NoOrders().check("r", ())).lost == 0


async def test_the_tools_are_turned_to_it_and_the_stack_around_it_stays(
    outlet: Outlet, own: AskedCluster
) -> None:
    put(outlet, "Deployment", "web", spec={"selector": {"matchLabels": {"part": "web"}}})
    put(outlet, "Pod", "web-a", labels={"part": "web"})
    target = StackTarget(kubeconfig=outlet.kube.kubeconfig(), workload=WORKLOAD)
    async with open_toolbox(StackRef(KUBERNETES, own.namespace), target) as tools:
        assert [replica.name for replica in await tools.platform.replicas()] == ["web-a"]
        assert not await tools.faults.is_ready(Replica("web-a", ""))
        await tools.announcer.announce("GameDayStarted", "ana runs it")
        assert await tools.watchers(Endpoints()).orders.clear("run") == 0
    page = await own.api.get(kind("Event").path("demo"))
    assert [event["involvedObject"]["name"] for event in page["items"]] == ["web"]


# the verdict


def by_its_clients(evidence: Evidence) -> Evidence:
    """Leave nothing but what a foreign service gives."""
    experiment = replace(evidence.plan.experiment, workload=WORKLOAD)
    silent = [replace(one, counts={}) for one in evidence.replicas_before]
    return replace(
        evidence,
        plan=replace(evidence.plan, experiment=experiment),
        replicas_before=tuple(silent),
        replicas_after=tuple(silent),
        windows=(),
    )


def test_the_clients_count_is_enough_for_a_verdict() -> None:
    evidence = by_its_clients(sound_evidence())
    assessed = assess(evidence)
    assert judge(assessed).verdict is Verdict.UPHELD
    (budget, *_) = assessed.budgets
    assert budget.spent_ratio == budget.client_spent_ratio
    assert budget.sources.explanation.endswith("requests counted by the clients alone")
    assert budget.sources.prometheus is None


def test_what_clients_felt_costs_what_it_costs() -> None:
    """The balancer's own failures are no blind spot of an objective that clients count."""
    scenario = Scenario(balancer_errors_at=tuple(40 + n / 100 for n in range(4000)))
    assert judge(assess(by_its_clients(evidence_of(scenario)))).verdict is Verdict.DEVIATED


def test_without_a_ledger_nothing_is_known() -> None:
    evidence = replace(by_its_clients(sound_evidence()), load=None)
    assert judge(assess(evidence)).verdict is Verdict.INCONCLUSIVE

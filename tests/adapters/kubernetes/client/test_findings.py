"""`ironclad check` against the fake: each answer, and its remedy."""

from typing import Any

import pytest

from ironclad.adapters.kubernetes.client.access import Access
from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.domain.stack.finding import Finding, Level
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.outlet import Outlet


def put_node(outlet: Outlet, cpu: str = "4", *images: str) -> None:
    allocatable = {"cpu": cpu, "memory": "8Gi", "pods": "110"}
    status: dict[str, Any] = {"allocatable": allocatable, "images": [{"names": list(images)}]}
    outlet.kube.put(
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "status": status}
    )


def put_class(outlet: Outlet) -> None:
    notes = {"storageclass.kubernetes.io/is-default-class": "true"}
    outlet.kube.put(
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "standard", "annotations": notes},
            "provisioner": "x",
        }
    )


async def findings(cluster: AskedCluster, *objects: dict[str, Any]) -> dict[str, Finding]:
    platform = cluster.platform(objects)
    return {each.subject: each for each in await platform.findings()}


def service(cluster: AskedCluster, image: str = "shop/backend:1") -> dict[str, Any]:
    requests = {"requests": {"cpu": "1", "memory": "1Gi"}}
    return cluster.deployment(replicas=3, main={"image": image, "resources": requests})


async def test_a_cluster_on_which_all_is_well(outlet: Outlet, own: AskedCluster) -> None:
    put_node(outlet, "4", "docker.io/shop/backend:1")
    put_class(outlet)
    found = await findings(own, service(own), own.claim())
    policies = found.pop("network policies")
    assert policies.message == "not tested: the test pods did not end within 300ms"
    assert [str(each) for each in found.values() if each.level is not Level.OK] == []
    assert found["cluster"].message == "context fake: Kubernetes v1.36.0"
    assert found["capacity"].message == "4 replicas of 1 CPU and 1024 Mi fit, 3 are wanted"


async def test_a_refused_verb_is_named_with_its_resource(outlet: Outlet, own: AskedCluster) -> None:
    outlet.kube.refused |= {("patch", "deployments"), ("create", "jobs")}
    found = await findings(own)
    deploying, running = found["permissions for deploying"], found["permissions for game days"]
    assert deploying.level is running.level is Level.PROBLEM
    assert "patch deployments.apps" in deploying.message
    assert "namespace demo" in deploying.message
    assert running.message.endswith("create jobs.batch")


async def test_too_little_capacity_is_reported_in_numbers(
    outlet: Outlet, own: AskedCluster
) -> None:
    put_node(outlet, "2")
    capacity = (await findings(own, service(own)))["capacity"]
    assert capacity.level is Level.PROBLEM
    assert capacity.message == "2 replicas of 1 CPU and 1024 Mi fit, 3 are wanted"
    assert "backend.requests.cpu" in capacity.remedy


async def test_a_verb_that_only_a_role_of_the_stack_grants_is_needed_to_deploy_it(
    outlet: Outlet, own: AskedCluster
) -> None:
    """The API server refuses a role that grants what its creator may not do."""
    outlet.kube.refused |= {("get", "nodes"), ("get", "/metrics")}
    rules = [
        {"apiGroups": [""], "resources": ["nodes/proxy"], "verbs": ["get"]},
        {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
    ]
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "reader"},
        "rules": rules,
    }
    deploying = (await findings(own, role))["permissions for deploying"]
    assert "me may not get nodes/proxy; get /metrics" in deploying.message
    assert "ironclad-deployer" in deploying.remedy


@pytest.mark.parametrize(
    ("status", "words", "remedy"),
    [
        (
            403,
            "not known: me may not list nodes.metrics.k8s.io at the cluster scope",
            "ironclad-deployer",
        ),
        (404, "the cluster has none", "install metrics-server"),
        (503, "it is registered and its server does not answer (503)", "kubectl get apiservice"),
    ],
)
async def test_only_a_metrics_api_that_is_not_there_is_to_be_installed(
    outlet: Outlet, own: AskedCluster, status: int, words: str, remedy: str
) -> None:
    """A deployer who may not read it was once advised to install metrics-server."""
    outlet.kube.metrics = status
    metrics = (await findings(own))["metrics API"]
    assert metrics.level is Level.WARNING
    assert metrics.message.startswith(words)
    assert remedy in metrics.remedy


async def test_the_load_of_a_game_day_needs_capacity_beside_the_whole_stack(
    outlet: Outlet, own: AskedCluster
) -> None:
    put_node(outlet, "3.2")
    capacity = (await findings(own, service(own)))["capacity for a game day"]
    assert capacity.level is Level.WARNING
    assert capacity.message == (
        "the 4 pods of the stack and its load ask for 3.25 CPU and 3200 Mi; no node takes 1 of load"
    )
    put_node(outlet, "3.3")
    assert (await findings(own, service(own)))["capacity for a game day"].level is Level.OK


async def test_a_claim_without_a_class_needs_a_default_one(own: AskedCluster) -> None:
    storage = (await findings(own, own.claim()))["storage"]
    assert storage.level is Level.PROBLEM
    assert "no default storage class" in storage.message


async def test_a_class_that_is_not_there_is_named(outlet: Outlet, own: AskedCluster) -> None:
    put_class(outlet)
    claim = own.claim()
    claim["spec"]["storageClassName"] = "gold"
    storage = (await findings(own, claim))["storage"]
    assert "there is no storage class gold; there are ['standard']" in storage.message


async def test_an_image_that_only_we_can_make_must_be_on_a_node(
    outlet: Outlet, own: AskedCluster
) -> None:
    put_node(outlet, "4")
    found = await findings(own, service(own, "ironclad-backend:latest"))
    image = found["image ironclad-backend:latest"]
    assert image.level is Level.PROBLEM
    assert "ironclad image build" in image.remedy
    assert "`--set backend.image=IMAGE`" in image.remedy


async def test_the_pod_proxy_is_tried_on_a_ready_replica(outlet: Outlet, own: AskedCluster) -> None:
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    meta = {"name": "backend-1", "namespace": "demo", "labels": {"app": "backend"}}
    outlet.kube.put({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "status": ready})
    outlet.kube.proxied["backend-1:3000/healthz"] = "ok"
    transport = (await findings(own))["transport to the replicas"]
    assert (transport.level, transport.message) == (Level.OK, "the API server's pod proxy works")


async def test_a_transport_that_may_not_be_tried_names_the_missing_permission(
    outlet: Outlet, own: AskedCluster
) -> None:
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    meta = {"name": "backend-1", "namespace": "demo", "labels": {"app": "backend"}}
    outlet.kube.put({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "status": ready})
    outlet.kube.refused.add(("get", "pods/proxy"))
    transport = (await findings(own))["replicas"]
    assert "me may not get pods/proxy backend-1:3000 in namespace demo" in transport.message
    assert "api_server.cidr" not in transport.remedy


async def test_what_the_policy_test_made_is_taken_away(outlet: Outlet, own: AskedCluster) -> None:
    await findings(own, service(own))
    kinds = {key[0] for key in outlet.kube.store.items}
    assert kinds.isdisjoint({"pods", "networkpolicies"})


async def test_policies_are_called_untested_before_there_is_a_namespace(own: AskedCluster) -> None:
    elsewhere = AskedCluster(own.api, "absent")
    found = await findings(elsewhere, service(elsewhere))
    assert found["network policies"].level is Level.WARNING
    assert "the namespace is not there yet" in found["network policies"].message


async def test_one_question_that_cannot_be_answered_does_not_hide_the_others(
    outlet: Outlet, own: AskedCluster
) -> None:
    outlet.kube.refused.add(("list", "nodes"))
    found = await findings(own, service(own))
    assert "not known" in found["capacity"].message
    assert found["cluster"].level is Level.OK


async def test_a_cluster_that_does_not_answer_is_one_problem(outlet: Outlet) -> None:
    access = Access(content=outlet.kube.kubeconfig())
    async with KubeApi(access, pauses_seconds=()) as api:
        outlet.stop()
        (finding,) = await AskedCluster(api, "demo").platform().findings()
    assert finding.level is Level.PROBLEM
    assert "does not answer" in finding.message
    assert finding.remedy


@pytest.mark.parametrize(
    ("version", "level"),
    [
        pytest.param({"major": "1", "minor": "29"}, Level.PROBLEM, id="too old"),
        pytest.param({"major": "1", "minor": "30+"}, Level.OK, id="just new enough, a vendor's"),
    ],
)
async def test_the_oldest_version_is_1_30(
    outlet: Outlet, own: AskedCluster, version: dict[str, str], level: Level
) -> None:
    outlet.kube.version = {**version, "gitVersion": "v1"}
    assert (await findings(own))["cluster"].level is level

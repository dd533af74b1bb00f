"""Every object that can be rendered: the restricted standard, and references."""

import copy
from typing import Any

import pytest

from ironclad.adapters.manifests.objects import objects
from ironclad.domain.kubernetes.kube_object import KubeObject, ref_of, spec
from ironclad.domain.kubernetes.parameters.keys import read_pairs
from ironclad.domain.kubernetes.stack_spec import BROUGHT_SECRETS, STACK_SECRETS
from ironclad.domain.stack.stack import STAGES
from tools.manifest_lint.object_graph import problems
from tools.manifest_lint.pod_security import violations

pytestmark = pytest.mark.data

SECRETS = STACK_SECRETS + BROUGHT_SECRETS

STACKS: dict[str, tuple[str, ...]] = {
    "defaults": (),
    "everything": (
        "quota=on",
        "backend.ingress.host=orders.local",
        "backend.ingress.tls_secret=tls",
        "backend.otlp_endpoint=http://collector:4318",
        "ironclad.prefect_api_url=http://prefect:4200/api",
        "api_server.cidr=10.0.0.1/32",
        "api_server.port=6443",
        "monitoring.nodes_proxy=on",
        "postgres.storage.class=fast",
        "pull_secret=registry",
    ),
    "existing monitoring, no autoscaler": (
        "monitoring=existing",
        "monitoring.prometheus.url=http://p:9090",
        "monitoring.alertmanager.url=http://a:9093",
        "backend.autoscaling=off",
    ),
}


def rendered(*pairs: str) -> tuple[KubeObject, ...]:
    parameters = read_pairs(pairs)
    return tuple(item for stage in STAGES for item in objects(stage, parameters))


def one(name: str) -> dict[str, Any]:
    (found,) = (item for item in rendered() if str(ref_of(item)) == name)
    return copy.deepcopy(dict(found))


def container(item: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = item["spec"]["template"]["spec"]["containers"][0]
    return found


@pytest.mark.parametrize("pairs", STACKS.values(), ids=STACKS)
def test_every_pod_may_run_under_the_restricted_standard(pairs: tuple[str, ...]) -> None:
    found = {
        str(ref_of(item)): violations(spec(item)["template"]["spec"])
        for item in rendered(*pairs)
        if "template" in spec(item)
    }
    assert found
    assert not {name: what for name, what in found.items() if what}


@pytest.mark.parametrize("pairs", STACKS.values(), ids=STACKS)
def test_every_root_file_system_is_read_only_and_every_token_has_a_reason(
    pairs: tuple[str, ...],
) -> None:
    """A workload without a token says so twice, on the pod and on its account."""
    talks_to_the_api = {"prometheus", "kube-state-metrics", "janitor", "ironclad-worker"}
    for item in rendered(*pairs):
        if "template" not in spec(item):
            continue
        pod = spec(item)["template"]["spec"]
        assert all(c["securityContext"]["readOnlyRootFilesystem"] for c in pod["containers"])
        has_token = pod.get("automountServiceAccountToken") is not False
        assert has_token == (pod["serviceAccountName"] in talks_to_the_api)


@pytest.mark.parametrize("pairs", STACKS.values(), ids=STACKS)
def test_every_name_that_an_object_mentions_is_there(pairs: tuple[str, ...]) -> None:
    assert problems(rendered(*pairs), SECRETS) == ()


def _selector(item: dict[str, Any]) -> None:
    item["spec"]["selector"] = {"app": "bakend"}


def _port(item: dict[str, Any]) -> None:
    item["spec"]["ports"][0]["targetPort"] = "web"


def _config(item: dict[str, Any]) -> None:
    container(item)["envFrom"][0]["configMapRef"]["name"] = "gone"


def _secret(item: dict[str, Any]) -> None:
    item["spec"]["template"]["spec"]["volumes"][0]["secret"]["secretName"] = "gone"


def _account(item: dict[str, Any]) -> None:
    item["spec"]["template"]["spec"]["serviceAccountName"] = "gone"


def _limits(item: dict[str, Any]) -> None:
    del container(item)["resources"]["limits"]["memory"]


def _key(item: dict[str, Any]) -> None:
    reference = {"configMapKeyRef": {"name": "backend-config", "key": "GONE"}}
    container(item)["env"].append({"name": "X", "valueFrom": reference})


@pytest.mark.parametrize(
    ("name", "damage", "sentence"),
    [
        ("Service/backend", _selector, "Service/backend selects no pod template"),
        ("Service/backend", _port, "leads to a port 'web' that no container has"),
        ("Deployment/backend", _config, "there is no ConfigMap gone"),
        ("Deployment/backend", _secret, "there is no Secret gone"),
        ("Deployment/backend", _account, "there is no ServiceAccount gone"),
        ("Deployment/backend", _limits, "container backend lacks limits of cpu and memory"),
        ("Deployment/backend", _key, "ConfigMap backend-config has no key GONE"),
    ],
)
def test_what_does_not_fit_is_found(name: str, damage: Any, sentence: str) -> None:
    item = one(name)
    damage(item)
    others = [other for other in rendered() if str(ref_of(other)) != name]
    assert [found for found in problems([*others, item], SECRETS) if sentence in found]


def test_a_name_that_stands_twice_is_found() -> None:
    item = one("Service/backend")
    found = problems([*rendered(), item], SECRETS)
    assert found == ("Service/backend stands here twice",)


POD: dict[str, Any] = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "main",
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            },
        }
    ],
}


def test_the_least_pod_that_the_standard_lets_run() -> None:
    assert violations(POD) == ()


@pytest.mark.parametrize(
    ("where", "change", "sentence"),
    [
        ("pod", {"hostNetwork": True}, "hostNetwork must not be set"),
        ("pod", {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, "volume v is of a kind"),
        ("pod", {"securityContext": {}}, "runAsNonRoot must be true"),
        (
            "pod",
            {"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "Unconfined"}}},
            "seccompProfile must be",
        ),
        ("own", {"privileged": True}, "must not be privileged"),
        ("own", {"allowPrivilegeEscalation": True}, "allowPrivilegeEscalation must be false"),
        ("own", {"capabilities": {}}, "capabilities must drop ALL"),
        (
            "own",
            {"capabilities": {"drop": ["ALL"], "add": ["NET_RAW"]}},
            "capabilities must not add NET_RAW",
        ),
        ("own", {"runAsUser": 0}, "runAsUser must not be 0"),
        ("own", {"runAsNonRoot": False}, "runAsNonRoot must not be false"),
        ("own", {"procMount": "Unmasked"}, "procMount must be Default"),
        ("own", {"seLinuxOptions": {"user": "u"}}, "seLinuxOptions must name no user"),
        ("own", {"appArmorProfile": {"type": "Unconfined"}}, "appArmorProfile must not be"),
        ("container", {"ports": [{"hostPort": 80}]}, "hostPort 80 must not be set"),
        (
            "container",
            {"livenessProbe": {"httpGet": {"host": "10.0.0.1"}}},
            "livenessProbe must not name a host",
        ),
    ],
)
def test_what_the_standard_refuses_is_found(
    where: str, change: dict[str, Any], sentence: str
) -> None:
    damaged = copy.deepcopy(POD)
    main = damaged["containers"][0]
    {"pod": damaged, "container": main, "own": main["securityContext"]}[where].update(change)
    assert [found for found in violations(damaged) if sentence in found]

"""Small answers about plain objects: differences, revisions, capacity, images, owners."""

from typing import Any

import pytest

from ironclad.adapters.kubernetes.stage.findings import image_finding
from ironclad.domain.kubernetes.field_diff import changes
from ironclad.domain.kubernetes.field_managers import (
    is_applied_by_us,
    is_named_by_us,
    is_owned_by_us,
    must_hand_over,
    only_replicas,
    owners_of_replicas,
)
from ironclad.domain.kubernetes.readiness.node_capacity import (
    Size,
    fitting,
    free_words,
    pod_size,
    without_a_node,
)
from ironclad.domain.kubernetes.readiness.revisions import gone_back, images, last_good
from ironclad.domain.kubernetes.service_access import service_addresses
from ironclad.domain.kubernetes.stack_spec import WantedSecret, lacking, locked_out
from ironclad.domain.stack.finding import Level

# differences

DIFFERENCES: dict[str, tuple[Any, Any, list[str]]] = {
    "nothing": ({"spec": {"a": 1}}, {"spec": {"a": 1}}, []),
    "a value": ({"spec": {"a": 1}}, {"spec": {"a": 2}}, [".spec.a: 1 → 2"]),
    "a new field": ({"spec": {}}, {"spec": {"a": "x"}}, ['.spec.a: + "x"']),
    "a field that goes": ({"spec": {"a": [1]}}, {"spec": {}}, [".spec.a: - [1]"]),
    "a container by its name": (
        {"containers": [{"name": "b", "image": "b:1"}, {"name": "a", "image": "a:1"}]},
        {"containers": [{"name": "a", "image": "a:2"}, {"name": "b", "image": "b:1"}]},
        ['.containers[name=a].image: "a:1" → "a:2"'],
    ),
    "a port by its number": (
        {"ports": [{"containerPort": 1}]},
        {"ports": [{"containerPort": 1, "name": "http"}]},
        ['.ports[containerPort=1].name: + "http"'],
    ),
    "a list of plain values as a whole": ({"a": [1, 2]}, {"a": [2]}, [".a: [1, 2] → [2]"]),
    "what only servers write": (
        {"status": {"a": 1}, "metadata": {"resourceVersion": "1", "managedFields": []}},
        {"status": {"a": 2}, "metadata": {"resourceVersion": "2", "managedFields": [1]}},
        [],
    ),
}


@pytest.mark.parametrize(("before", "after", "wanted"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_a_difference_is_reported_field_by_field(
    before: Any, after: Any, wanted: list[str]
) -> None:
    assert [str(change) for change in changes(before, after)] == wanted


def test_a_long_value_is_cut() -> None:
    (change,) = changes({"data": {"a": "x" * 500}}, {"data": {"a": "y"}})
    assert change.before is not None
    assert len(change.before) == 120


# field managers


def entry(manager: str, operation: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "fieldsV1": {"f:spec": fields}}


def managed(*entries: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "x", "namespace": "demo", "managedFields": list(entries)},
        "spec": spec,
    }


REPLICAS: dict[str, Any] = {"f:replicas": {}}


def test_the_owners_of_the_replicas_are_those_who_claim_the_field() -> None:
    ours = entry("ironclad", "Apply", {"f:template": {}})
    item = managed(ours, entry("kube-controller-manager", "Update", REPLICAS))
    assert owners_of_replicas(item) == {"kube-controller-manager"}
    assert owners_of_replicas(managed(ours)) == frozenset()


def test_replicas_are_handed_over_only_where_we_alone_own_them_and_stop_naming_them() -> None:
    ours = managed(entry("ironclad", "Apply", REPLICAS), replicas=4)
    shared = managed(entry("ironclad", "Apply", REPLICAS), entry("hpa", "Update", REPLICAS))
    assert must_hand_over(managed(), ours)
    assert not must_hand_over(managed(replicas=4), ours)
    assert not must_hand_over(managed(), shared)
    assert not must_hand_over(managed(), None)


def test_the_first_number_is_sent_alone() -> None:
    assert only_replicas(managed(template={}), 3)["spec"] == {"replicas": 3}


def test_copied_labels_do_not_make_an_object_ours() -> None:
    assert is_applied_by_us(managed(entry("ironclad", "Apply", {})))
    assert not is_applied_by_us(managed(entry("ironclad", "Update", {})))
    assert not is_applied_by_us(managed(entry("kubectl", "Apply", {})))


CLAIMS: dict[str, Any] = {
    "f:spec": {
        "f:template": {
            "f:containers": {
                'k:{"name":"main"}': {
                    ".": {},
                    "f:image": {},
                    "f:ports": {'k:{"containerPort":3000,"protocol":"TCP"}': {"f:name": {}}},
                }
            }
        },
        "f:args": {},
    }
}
MAIN = ("spec", "template", "containers", "[name=main]")

OWNED = {
    "a field": ((*MAIN, "image"), True),
    "another field": ((*MAIN, "command"), False),
    "another container": (("spec", "template", "containers", "[name=other]", "image"), False),
    "an item by one of its two keys": ((*MAIN, "ports", "[containerPort=3000]", "name"), True),
    "a part of what is owned as a whole": (("spec", "args", "0"), True),
    "the whole of which a part is owned": (("spec", "template"), True),
    "what a controller wrote": (("metadata", "annotations"), False),
}


@pytest.mark.parametrize(("parts", "is_ours"), OWNED.values(), ids=OWNED)
def test_a_change_is_ours_where_we_own(parts: tuple[str, ...], is_ours: bool) -> None:  # noqa: FBT001
    item = managed({"manager": "ironclad", "operation": "Apply", "fieldsV1": CLAIMS})
    assert is_owned_by_us(item, parts) is is_ours


def test_a_default_in_a_list_that_is_ours_as_a_whole_is_not_named_by_us() -> None:
    """The server fills the claim templates of a StatefulSet, which are one value to it."""
    fields: dict[str, Any] = {"f:spec": {"f:volumeClaimTemplates": {}, "f:serviceName": {}}}
    item = managed({"manager": "ironclad", "operation": "Apply", "fieldsV1": fields})
    default = ("spec", "volumeClaimTemplates", "[name=data]", "status")
    assert is_owned_by_us(item, default)
    assert not is_named_by_us(item, default)
    assert is_named_by_us(item, ("spec", "serviceName"))


# revisions


def replica_set(number: int, available: int, uid: str = "u1", hash_: str = "abc") -> dict[str, Any]:
    return {
        "metadata": {
            "name": f"backend-{number}",
            "annotations": {"deployment.kubernetes.io/revision": str(number)},
            "ownerReferences": [{"uid": uid}],
        },
        "spec": {
            "template": {
                "metadata": {"labels": {"app": "backend", "pod-template-hash": hash_}},
                "spec": {"containers": [{"name": "main", "image": f"backend:{number}"}]},
            }
        },
        "status": {"availableReplicas": available},
    }


DEPLOYMENT = {
    "kind": "Deployment",
    "metadata": {
        "name": "backend",
        "uid": "u1",
        "annotations": {
            "deployment.kubernetes.io/revision": "4",
            "ironclad.dev/last-available": "good",
        },
    },
    "spec": {"selector": {}, "template": {"bad": True}},
}

REVISIONS = {
    "the one that still serves": ([replica_set(2, 3), replica_set(3, 0), replica_set(4, 0)], 2),
    "none where none was ever available": ([replica_set(2, 0), replica_set(3, 0)], None),
    "one that was available before its pods went": (
        [replica_set(2, 0, hash_="good"), replica_set(3, 0)],
        2,
    ),
    "the newer of two good ones": ([replica_set(2, 0, hash_="good"), replica_set(3, 1)], 3),
    "never the current one": ([replica_set(4, 3)], None),
    "never another Deployment's": ([replica_set(3, 3, uid="u2")], None),
    "none on a first deploy": ([], None),
}


@pytest.mark.parametrize(("sets", "wanted"), REVISIONS.values(), ids=REVISIONS)
def test_the_last_good_revision_is(sets: list[dict[str, Any]], wanted: int | None) -> None:
    good = last_good(DEPLOYMENT, sets)
    assert (good["metadata"]["name"] if good else None) == (f"backend-{wanted}" if wanted else None)


def test_going_back_takes_the_template_without_the_hash_of_its_replica_set() -> None:
    back = gone_back(DEPLOYMENT, replica_set(3, 3))
    assert back["spec"]["template"]["metadata"]["labels"] == {"app": "backend"}
    assert images(back) == "backend:3"
    assert back["spec"]["selector"] == {}


# node capacity


def node(name: str = "n1", cpu: str = "2", **spec: Any) -> dict[str, Any]:
    allocatable = {"cpu": cpu, "memory": "4Gi", "pods": "10"}
    return {"metadata": {"name": name}, "spec": spec, "status": {"allocatable": allocatable}}


def running(cpu: str, phase: str = "Running", name: str = "n1") -> dict[str, Any]:
    requests = {"resources": {"requests": {"cpu": cpu, "memory": "128Mi"}}}
    return {"spec": {"nodeName": name, "containers": [requests]}, "status": {"phase": phase}}


SMALL = Size(0.5, 512 * 2**20)
CLOSED: dict[str, Any] = {"taints": [{"effect": "NoSchedule"}]}

CAPACITIES: dict[str, tuple[Any, Any, int]] = {
    "an empty node": ([node()], [], 4),
    "two nodes": ([node(), node("n2")], [], 8),
    "a node with others on it": ([node()], [running("700m")], 2),
    "a node with ended pods on it": ([node()], [running("2", "Succeeded")], 4),
    "a node that memory fills first": ([node(cpu="64")], [], 8),
    "a node that takes no pods": ([node(**CLOSED)], [], 0),
    "a node that is more than full": ([node()], [running("3")], 0),
    "a request that cannot be read": ([node()], [running("odd")], 4),
}


@pytest.mark.parametrize(("nodes", "pods", "wanted"), CAPACITIES.values(), ids=CAPACITIES)
def test_capacity_is_counted_by_requests_on(nodes: Any, pods: Any, wanted: int) -> None:
    assert fitting(SMALL, nodes, pods) == wanted


def test_what_finds_no_node_is_named_when_all_is_placed() -> None:
    large = Size(1.5, 2**20)
    wanted = [("small", SMALL), ("large", large), ("small", SMALL)]
    assert without_a_node(wanted, [node()], []) == ("small",)
    assert without_a_node(wanted, [node(), node("n2")], [running("1")]) == ()
    assert without_a_node(wanted, [], []) == ("large", "small", "small")


def test_what_is_free_on_a_node_is_said_in_numbers() -> None:
    words = free_words(node(**CLOSED), [running("1500m"), running("1", name="n2")])
    assert (
        words
        == "node n1 has 0.5 CPU and 3968 Mi free of 2 CPU and 4096 Mi, and it takes no new pods"
    )


def test_a_pod_is_as_large_as_its_largest_moment() -> None:
    item = running("200m")
    item["spec"]["initContainers"] = [{"resources": {"requests": {"cpu": "1", "memory": "1Mi"}}}]
    assert pod_size(item) == Size(1.0, 128 * 2**20)


# ways in


def service(**changes: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "backend"},
        "spec": {"ports": [{"port": 80, **changes.pop("port", {})}]},
        **changes,
    }


INGRESS = {
    "spec": {
        "tls": [{"hosts": ["shop.example"]}],
        "rules": [
            {
                "host": "shop.example",
                "http": {
                    "paths": [
                        {"path": "/api/orders", "backend": {"service": {"name": "backend"}}},
                        {"path": "/x", "backend": {"service": {"name": "other"}}},
                    ]
                },
            }
        ],
    }
}
ADDRESS = {"status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.1"}]}}


def test_a_service_without_an_address_needs_a_tunnel() -> None:
    (address,) = service_addresses(service(), (), ())
    assert (address.how, address.url) == ("port-forward", "")


def test_every_address_of_a_service_is_reported() -> None:
    balanced = service(
        port={"nodePort": 30080}, status={"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    )
    assert [
        (address.how, address.url)
        for address in service_addresses(balanced, (INGRESS,), (ADDRESS,))
    ] == [
        ("LoadBalancer", "http://192.0.2.1:80"),
        ("Ingress", "https://shop.example/api/orders"),
        ("NodePort", "http://10.0.0.1:30080"),
    ]


# images and Secrets

IMAGES = {
    "a node has it": ("postgres:18", Level.OK, "a node has it"),
    "a registry may have it": ("ghcr.io/x/y:1", Level.OK, "it will be pulled"),
    "only we can make it": ("ironclad-backend:latest", Level.PROBLEM, "no node reports it"),
    "our registry may have it": ("reg.example/ironclad-backend:1", Level.OK, "it will be pulled"),
}


@pytest.mark.parametrize(("image", "level", "words"), IMAGES.values(), ids=IMAGES)
def test_an_image_is_found_where(image: str, level: Level, words: str) -> None:
    finding = image_finding(image, {"docker.io/library/postgres:18"})
    assert finding.level is level
    assert words in finding.message


PASSWORD = WantedSecret(name="postgres-secret", keys=("A", "B"), opens="storage")


def test_a_secret_may_be_made_where_no_volume_was_locked_with_it() -> None:
    others = [{"metadata": {"name": "storagetwo-x-0"}}, {"metadata": {"name": "data-x-0"}}]
    assert locked_out(PASSWORD, others, "team") is None
    reason = locked_out(PASSWORD, [{"metadata": {"name": "storage-postgres-0"}}], "team")
    assert reason is not None
    assert "storage-postgres-0 holds data" in reason


def test_the_keys_that_a_secret_lacks_are_named() -> None:
    assert lacking(PASSWORD, {"B", "C"}) == ("A",)

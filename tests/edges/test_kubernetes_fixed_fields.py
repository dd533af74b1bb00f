"""Fields that cannot be changed in place, and the diff that shows everything all the same.

`tests/cluster` asks a real API server for the same. Source: kubernetes `ValidateImmutableField`,
`ValidateStatefulSetUpdate`, `ValidatePersistentVolumeClaimUpdate`, as 1.36 words them; deleting a
StatefulSet with the cascade `orphan` leaves its pods and claims to the next one of its name.
"""

from collections.abc import Callable
from typing import Any

import pytest

from ironclad.domain.kubernetes.kube_object import KubeObject
from ironclad.domain.stack import Stage
from ironclad.errors import RefusedError
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.outlet import Outlet

STAGE = Stage.BACKEND
CLASS = ".spec.volumeClaimTemplates[name=data].spec.storageClassName"
Change = Callable[[AskedCluster], tuple[dict[str, Any], dict[str, Any]]]


def stateful(own: AskedCluster) -> tuple[dict[str, Any], dict[str, Any]]:
    return own.stateful_set(), own.stateful_set(storage="standard")


def selector(own: AskedCluster) -> tuple[dict[str, Any], dict[str, Any]]:
    wanted = own.deployment()
    wanted["spec"]["selector"] = {"matchLabels": {"app": "shop"}}
    return own.deployment(), wanted


def job(own: AskedCluster) -> tuple[dict[str, Any], dict[str, Any]]:
    def of(image: str) -> dict[str, Any]:
        template = {"spec": {"containers": [{"name": "main", "image": image}]}}
        meta = {"name": "once", "namespace": own.namespace}
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": meta,
            "spec": {"template": template},
        }

    return of("shop:1"), of("shop:2")


def service(own: AskedCluster) -> tuple[dict[str, Any], dict[str, Any]]:
    def of(address: str) -> dict[str, Any]:
        meta = {"name": "shop", "namespace": own.namespace}
        return {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta,
            "spec": {"clusterIP": address},
        }

    return of("10.96.0.1"), of("10.96.0.9")


def config(own: AskedCluster) -> tuple[dict[str, Any], dict[str, Any]]:
    fixed = {"immutable": True}
    return own.config(colour="blue") | fixed, own.config(colour="red") | fixed


def binding(own: AskedCluster) -> tuple[dict[str, Any], dict[str, Any]]:
    def of(role: str) -> dict[str, Any]:
        return {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "shop", "namespace": own.namespace},
            "roleRef": {"kind": "Role", "name": role},
        }

    return of("reader"), of("writer")


def claim(own: AskedCluster) -> tuple[dict[str, Any], dict[str, Any]]:
    wanted = own.claim()
    wanted["spec"]["storageClassName"] = "standard"
    return own.claim(), wanted


CASES: dict[str, tuple[Change, str, str]] = {
    "a StatefulSet's claims": (
        stateful,
        f'StatefulSet/postgres {CLASS}: "gold" → "standard"',
        "its pods go on, and its claims keep their data and their class",
    ),
    "a Deployment's selector": (
        selector,
        'Deployment/backend .spec.selector.matchLabels.app: "backend" → "shop"',
        "its pods end, and it is away until the new ones are ready",
    ),
    "a Job's template": (
        job,
        'Job/once .spec.template.spec.containers[name=main].image: "shop:1" → "shop:2"',
        "it runs once more",
    ),
    "a Service's address": (
        service,
        'Service/shop .spec.clusterIP: "10.96.0.1" → "10.96.0.9"',
        "it gets new addresses",
    ),
    "an immutable ConfigMap": (
        config,
        'ConfigMap/settings .data.colour: "blue" → "red"',
        "it gets the wanted contents",
    ),
    "a binding's role": (
        binding,
        'RoleBinding/shop .roleRef.name: "reader" → "writer"',
        "for a moment its subjects lack the permissions",
    ),
    "a claim that never had a volume": (
        claim,
        'PersistentVolumeClaim/data .spec.storageClassName: + "standard"',
        "it is not bound, so it holds no data",
    ),
}


@pytest.mark.parametrize(("change", "field", "cost"), CASES.values(), ids=CASES)
async def test_it_is_told_which_field_what_can_be_done_and_what_it_costs(
    own: AskedCluster, change: Change, field: str, cost: str
) -> None:
    before, wanted = change(own)
    await own.platform((before,)).apply(STAGE)
    with pytest.raises(RefusedError) as refused:
        await own.platform((wanted,), force=True).apply(STAGE)
    remedy = f"deploy with --recreate to make it anew: {cost}"
    told = f"context fake: {field} cannot be changed in place; {remedy}"
    assert refused.value.reasons == (told,)
    assert await own.get(before["kind"], before["metadata"]["name"]) is not None


@pytest.mark.parametrize(("change", "field", "cost"), CASES.values(), ids=CASES)
async def test_it_is_made_anew_where_that_was_asked_for(
    own: AskedCluster, change: Change, field: str, cost: str
) -> None:
    del field, cost
    before, wanted = change(own)
    await own.platform((before,)).apply(STAGE)
    old = await own.get(before["kind"], before["metadata"]["name"])
    platform = own.platform((wanted,), recreate=True)
    await platform.apply(STAGE)
    new = await own.get(before["kind"], before["metadata"]["name"])
    assert old is not None
    assert new is not None
    assert new["metadata"]["uid"] != old["metadata"]["uid"]
    assert (await platform.apply(STAGE)).changed == ()


def bound(item: KubeObject) -> dict[str, Any]:
    return {**item, "spec": {**item["spec"], "volumeName": "pv-1"}, "status": {"phase": "Bound"}}


async def test_a_claim_that_holds_data_is_never_made_anew(
    outlet: Outlet, own: AskedCluster
) -> None:
    before, wanted = claim(own)
    await own.platform((before,)).apply(STAGE)
    outlet.kube.put(bound(await own.get("PersistentVolumeClaim", "data") or {}))
    with pytest.raises(RefusedError, match="cannot be changed in place; it holds data: keep"):
        await own.platform((wanted,), recreate=True).apply(STAGE)
    found = await own.get("PersistentVolumeClaim", "data")
    assert found is not None
    assert found["spec"]["volumeName"] == "pv-1"


async def test_a_stateful_set_made_anew_keeps_its_pods_and_every_claim_with_a_volume(
    outlet: Outlet, own: AskedCluster
) -> None:
    before, wanted = stateful(own)
    before["spec"]["replicas"] = wanted["spec"]["replicas"] = 2
    await own.platform((before,)).apply(STAGE)
    outlet.kube.put(bound(own.claim("data-postgres-0")))
    outlet.kube.put(own.claim("data-postgres-1"))
    outlet.kube.put(own.claim("data-other-0"))
    asked = len(outlet.kube.deleted)
    await own.platform((wanted,), recreate=True).apply(STAGE)
    assert outlet.kube.deleted[asked:] == [
        ("statefulsets", "postgres", "Orphan"),
        ("persistentvolumeclaims", "data-postgres-1", "Foreground"),
    ]


async def test_nothing_is_made_anew_for_any_other_refusal(own: AskedCluster) -> None:
    await own.platform((own.deployment(),)).apply(STAGE)
    await own.apply_as("someone", own.deployment(main={"image": "theirs:1"}))
    with pytest.raises(RefusedError, match="owned by another manager"):
        await own.platform((own.deployment(main={"image": "ours:2"}),), recreate=True).apply(STAGE)


# the diff


async def test_a_diff_shows_everything_with_the_contested_field_marked(
    own: AskedCluster,
) -> None:
    """As `kubectl diff --server-side` does not: it ends at the first conflict."""
    before = (own.config(colour="blue", size="big"), own.config("other", a="1"))
    await own.platform(before).apply(STAGE)
    await own.apply_as("someone", own.config(colour="green"))
    wanted = (own.config(colour="red", size="small"), own.config("other", a="2"))
    found = await own.platform(wanted).diff(STAGE)
    assert [(ref.name, [str(each) for each in fields]) for ref, fields in found.changed] == [
        (
            "settings",
            ['.data.colour: "green" → "red" (owned by someone)', '.data.size: "big" → "small"'],
        ),
        ("other", ['.data.a: "1" → "2"']),
    ]
    (reason,) = found.refused
    assert "ConfigMap/settings .data.colour is owned by another manager" in reason
    still = await own.get("ConfigMap", "settings")
    assert still is not None
    assert still["data"] == {"colour": "green", "size": "big"}


async def test_a_diff_that_may_take_fields_over_is_refused_nothing(own: AskedCluster) -> None:
    await own.platform((own.config(colour="blue"),)).apply(STAGE)
    await own.apply_as("someone", own.config(colour="green"))
    found = await own.platform((own.config(colour="red"),), force=True).diff(STAGE)
    assert found.refused == ()
    assert [str(each) for _, fields in found.changed for each in fields] == [
        '.data.colour: "green" → "red"'
    ]


async def test_a_diff_shows_what_cannot_be_changed_in_place(own: AskedCluster) -> None:
    before, wanted = stateful(own)
    wanted["spec"]["template"]["spec"]["containers"][0]["image"] = "postgres:2"
    await own.platform((before,)).apply(STAGE)
    found = await own.platform((wanted,)).diff(STAGE)
    ((_, (image, storage)),) = found.changed
    assert str(image).endswith('.image: "registry.invalid/none:1" → "postgres:2"')
    assert str(storage).endswith('"gold" → "standard" (cannot be changed in place)')
    (reason,) = found.refused
    assert "deploy with --recreate" in reason
    assert (await own.platform((wanted,), recreate=True).diff(STAGE)).refused == ()

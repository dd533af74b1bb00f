"""Secrets, data and taking away; `tests/cluster` asks a real cluster for the same."""

from typing import Any

import pytest

from ironclad.domain.kubernetes.kube_object import KubeObject
from ironclad.domain.kubernetes.stack_spec import WantedSecret
from ironclad.domain.stack.readiness import Condition
from ironclad.domain.stack.stack import Stage
from ironclad.errors import RefusedError, RemoteError
from tests.fakes.kube.asked import AskedCluster

PASSWORD = WantedSecret(name="postgres-secret", keys=("POSTGRES_PASSWORD",), opens="data")
TOKEN = WantedSecret(name="chaos-secret", keys=("CHAOS_TOKEN",))


async def test_an_absent_secret_is_made_and_an_existing_one_is_left_alone(
    cluster: AskedCluster,
) -> None:
    platform = cluster.platform(secrets=(PASSWORD, TOKEN))
    first = await platform.apply(Stage.SECRET)
    password = await platform.secret("postgres-secret", "POSTGRES_PASSWORD")
    second = await platform.apply(Stage.SECRET)
    assert first.changed == ("Secret/postgres-secret created", "Secret/chaos-secret created")
    assert second.changed == ()
    assert await platform.secret("postgres-secret", "POSTGRES_PASSWORD") == password
    assert len(password) >= 43


async def test_two_secrets_are_never_alike(cluster: AskedCluster) -> None:
    platform = cluster.platform(secrets=(PASSWORD, TOKEN))
    await platform.apply(Stage.SECRET)
    values = {
        await platform.secret("postgres-secret", "POSTGRES_PASSWORD"),
        await platform.secret("chaos-secret", "CHAOS_TOKEN"),
    }
    assert len(values) == 2


async def test_a_secret_that_a_person_brought_is_used_as_it_is(cluster: AskedCluster) -> None:
    await cluster.create(cluster.secret("chaos-secret", CHAOS_TOKEN="mine"))
    platform = cluster.platform(secrets=(TOKEN,))
    assert (await platform.apply(Stage.SECRET)).changed == ()
    assert await platform.secret("chaos-secret", "CHAOS_TOKEN") == "mine"
    assert (await platform.readiness(Stage.SECRET)).is_ready


async def test_a_secret_without_its_key_can_never_be_ready(cluster: AskedCluster) -> None:
    await cluster.create(cluster.secret("chaos-secret", WRONG="mine"))
    answer = await cluster.platform(secrets=(TOKEN,)).readiness(Stage.SECRET)
    assert answer.condition is Condition.FAILED
    assert answer.message == "Secret/chaos-secret lacks CHAOS_TOKEN"


async def test_a_volume_without_its_secret_is_refused_before_anything_is_made(
    cluster: AskedCluster,
) -> None:
    await cluster.create(cluster.claim("data-postgres-0"))
    platform = cluster.platform(secrets=(TOKEN, PASSWORD))
    with pytest.raises(RefusedError, match="data-postgres-0 holds data that was made with"):
        await platform.apply(Stage.SECRET)
    assert await cluster.get("Secret", "chaos-secret") is None


async def test_a_diff_tells_which_secrets_would_be_made(cluster: AskedCluster) -> None:
    diff = await cluster.platform(secrets=(TOKEN,)).diff(Stage.SECRET)
    assert [str(ref) for ref in diff.created] == ["Secret/chaos-secret"]
    assert await cluster.get("Secret", "chaos-secret") is None


async def test_a_missing_secret_is_named_with_its_stage(cluster: AskedCluster) -> None:
    with pytest.raises(RemoteError, match="Secret/chaos-secret has no CHAOS_TOKEN"):
        await cluster.platform().secret("chaos-secret", "CHAOS_TOKEN")


async def test_a_value_is_in_no_message(cluster: AskedCluster) -> None:
    """The API server quotes what it cannot decode, and that may be a password."""
    body = {**cluster.secret("broken"), "data": {"KEY": "pass word!"}}
    with pytest.raises(RemoteError) as refused:
        await cluster.create(body)
    assert "secrets was refused with 400" in str(refused.value)
    assert "pass word" not in str(refused.value)


# taking away


def _with_data(cluster: AskedCluster) -> tuple[KubeObject, ...]:
    return (cluster.config(), cluster.claim(), cluster.deployment(replicas=0))


async def test_removal_keeps_the_data_and_takes_the_rest(cluster: AskedCluster) -> None:
    platform = cluster.platform(_with_data(cluster), secrets=(TOKEN,))
    await platform.apply(Stage.SECRET)
    await platform.apply(Stage.BACKEND)
    for stage in (Stage.BACKEND, Stage.SECRET, Stage.NAMESPACE):
        await platform.remove(stage, delete_data=False)
    assert await cluster.get("Deployment", "backend") is None
    assert await cluster.get("ConfigMap", "settings") is None
    assert await cluster.get("Secret", "chaos-secret") is not None
    assert await cluster.get("PersistentVolumeClaim", "data") is not None


async def test_removal_with_the_data_takes_claims_and_own_secrets(cluster: AskedCluster) -> None:
    await cluster.create(cluster.secret("brought", KEY="mine"))
    brought = WantedSecret(name="brought", keys=("KEY",))
    platform = cluster.platform(_with_data(cluster), secrets=(TOKEN, brought))
    await platform.apply(Stage.SECRET)
    await platform.apply(Stage.BACKEND)
    await platform.remove(Stage.BACKEND, delete_data=True)
    await platform.remove(Stage.SECRET, delete_data=True)
    assert await cluster.get("PersistentVolumeClaim", "data") is None
    assert await cluster.get("Secret", "chaos-secret") is None
    assert await cluster.get("Secret", "brought") is not None


async def test_a_namespace_that_ironclad_did_not_make_stays(cluster: AskedCluster) -> None:
    await cluster.platform().remove(Stage.NAMESPACE, delete_data=True)
    path = f"/api/v1/namespaces/{cluster.namespace}"
    assert await cluster.api.find(path) is not None


async def test_a_namespace_of_its_own_goes_with_the_data(cluster: AskedCluster) -> None:
    elsewhere = AskedCluster(cluster.api, f"{cluster.namespace}-own")
    namespace: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": elsewhere.namespace},
    }
    platform = elsewhere.platform(lambda stage: (namespace,) if stage is Stage.NAMESPACE else ())
    assert (await platform.apply(Stage.NAMESPACE)).changed
    await platform.remove(Stage.NAMESPACE, delete_data=True)
    assert await cluster.api.find(f"/api/v1/namespaces/{elsewhere.namespace}") is None


async def test_removing_what_is_not_there_does_nothing(cluster: AskedCluster) -> None:
    await cluster.platform(_with_data(cluster)).remove(Stage.BACKEND, delete_data=True)

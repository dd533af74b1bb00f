"""What a stack was brought up with is kept beside it; a real cluster is asked for the same."""

import pytest

from ironclad.adapters.kubernetes.stage.deployed import NAME, DeployedValues
from ironclad.adapters.manifests.objects import stack_spec
from ironclad.domain.kubernetes.parameters.keys import read_pairs, read_values
from ironclad.domain.stack.stack import Stage
from ironclad.errors import RemoteError
from tests.fakes.kube.asked import AskedCluster


async def test_nothing_is_known_of_a_stack_that_was_never_brought_up(cluster: AskedCluster) -> None:
    assert await DeployedValues(cluster.api, cluster.namespace).read() is None


async def test_every_parameter_comes_back_as_it_was_given(cluster: AskedCluster) -> None:
    parameters = read_pairs(("backend.replicas=4", "postgres.storage.size=2Gi", "quota=on"))
    deployed = DeployedValues(cluster.api, cluster.namespace)
    await deployed.keep(stack_spec(parameters).values)
    text = await deployed.read()
    assert text is not None
    assert read_values(text) == parameters


async def test_keeping_the_same_again_changes_nothing(cluster: AskedCluster) -> None:
    deployed = DeployedValues(cluster.api, cluster.namespace)
    await deployed.keep({"backend.replicas": "4"})
    before = await cluster.get("ConfigMap", NAME)
    await deployed.keep({"backend.replicas": "4"})
    assert await cluster.get("ConfigMap", NAME) == before


async def test_it_stays_while_stages_go_and_goes_with_the_last_one(cluster: AskedCluster) -> None:
    platform = cluster.platform((cluster.config(),), values={"backend.replicas": "4"})
    deployed = DeployedValues(cluster.api, cluster.namespace)
    await platform.apply(Stage.BACKEND)
    await platform.remove(Stage.BACKEND, delete_data=False)
    assert await deployed.read() == {"backend.replicas": "4"}
    await platform.remove(Stage.NAMESPACE, delete_data=False)
    assert await deployed.read() is None


async def test_what_is_no_record_is_reported_with_its_remedy(cluster: AskedCluster) -> None:
    await cluster.create({**cluster.config(NAME), "data": {"parameters.json": "["}})
    with pytest.raises(RemoteError, match=f"ConfigMap/{NAME} cannot be read .* deploy again"):
        await DeployedValues(cluster.api, cluster.namespace).read()

"""Applying, pruning and previewing; `tests/cluster` asks a real cluster for the same."""

from typing import Any

import pytest

from ironclad.adapters.kubernetes.stage.applying import waves
from ironclad.domain.kubernetes.kube_object import ObjectRef, labelled, stage_labels
from ironclad.domain.stack.stack import Stage
from ironclad.errors import RefusedError, RemoteError
from tests.fakes.kube.asked import AskedCluster

STAGE = Stage.BACKEND


async def test_what_is_missing_is_created_and_a_second_apply_changes_nothing(
    cluster: AskedCluster,
) -> None:
    platform = cluster.platform((cluster.config(), cluster.deployment(replicas=0)))
    first = await platform.apply(STAGE)
    second = await platform.apply(STAGE)
    assert sorted(first.changed) == ["ConfigMap/settings created", "Deployment/backend created"]
    assert second.changed == ()


async def test_a_changed_field_is_reported_with_both_values(cluster: AskedCluster) -> None:
    await cluster.platform((cluster.config(colour="blue"),)).apply(STAGE)
    applied = await cluster.platform((cluster.config(colour="red"),)).apply(STAGE)
    assert applied.changed == ('ConfigMap/settings changed (.data.colour: "blue" → "red")',)


async def test_a_field_that_is_not_wanted_any_more_is_taken_out(cluster: AskedCluster) -> None:
    await cluster.platform((cluster.config(colour="blue", size="big"),)).apply(STAGE)
    await cluster.platform((cluster.config(colour="blue"),)).apply(STAGE)
    found = await cluster.get("ConfigMap", "settings")
    assert found is not None
    assert found["data"] == {"colour": "blue"}


async def test_damage_is_repaired(cluster: AskedCluster) -> None:
    platform = cluster.platform((cluster.config(), cluster.config("other")))
    await platform.apply(STAGE)
    other = await cluster.get("ConfigMap", "other")
    assert other is not None
    await cluster.platform((cluster.config(),)).apply(STAGE)
    assert await cluster.get("ConfigMap", "other") is None
    assert (await platform.apply(STAGE)).changed == ("ConfigMap/other created",)


async def test_a_conflict_names_field_and_manager_and_takes_nothing(cluster: AskedCluster) -> None:
    await cluster.apply_as("someone", cluster.config(colour="green"))
    platform = cluster.platform((cluster.config(colour="blue"),))
    with pytest.raises(RefusedError) as refused:
        await platform.apply(STAGE)
    (reason,) = refused.value.reasons
    assert "ConfigMap/settings .data.colour" in reason
    assert '"someone"' in reason
    assert cluster.api.context in reason
    found = await cluster.get("ConfigMap", "settings")
    assert found is not None
    assert found["data"] == {"colour": "green"}


async def test_all_conflicts_of_a_stage_are_reported_at_once(cluster: AskedCluster) -> None:
    for name in ("one", "two"):
        await cluster.apply_as("someone", cluster.config(name, colour="green", size="big"))
    wanted = tuple(cluster.config(name, colour="blue", size="small") for name in ("one", "two"))
    with pytest.raises(RefusedError) as refused:
        await cluster.platform(wanted).apply(STAGE)
    assert len(refused.value.reasons) == 4


async def test_a_conflict_is_forced_only_when_asked(cluster: AskedCluster) -> None:
    await cluster.apply_as("someone", cluster.config(colour="green"))
    await cluster.platform((cluster.config(colour="blue"),), force=True).apply(STAGE)
    found = await cluster.get("ConfigMap", "settings")
    assert found is not None
    assert found["data"] == {"colour": "blue"}


async def test_a_field_of_another_manager_that_is_not_ours_stays(cluster: AskedCluster) -> None:
    await cluster.platform((cluster.config(colour="blue"),)).apply(STAGE)
    await cluster.apply_as("someone", cluster.config(size="big"), force=False)
    assert (await cluster.platform((cluster.config(colour="blue"),)).apply(STAGE)).changed == ()
    found = await cluster.get("ConfigMap", "settings")
    assert found is not None
    assert found["data"] == {"colour": "blue", "size": "big"}


async def test_a_field_that_the_api_does_not_know_is_refused(cluster: AskedCluster) -> None:
    wrong = {**cluster.config(), "colour": "blue"}
    with pytest.raises(RemoteError, match="colour"):
        await cluster.platform((wrong,)).apply(STAGE)


# pruning


async def test_what_an_earlier_version_had_is_pruned(cluster: AskedCluster) -> None:
    await cluster.platform((cluster.config("old"), cluster.config("new"))).apply(STAGE)
    applied = await cluster.platform((cluster.config("new"),)).apply(STAGE)
    assert applied.changed == ("ConfigMap/old pruned",)
    assert await cluster.get("ConfigMap", "old") is None


async def test_nothing_of_another_stage_or_of_others_is_pruned(cluster: AskedCluster) -> None:
    def objects(stage: Stage) -> tuple[dict[str, Any], ...]:
        return (cluster.config("monitoring"),) if stage is Stage.MONITORING else ()

    await cluster.platform(objects).apply(Stage.MONITORING)
    await cluster.create(cluster.config("by-hand"))
    await cluster.create(
        labelled(cluster.config("copied-labels"), stage_labels(STAGE, cluster.namespace))
    )
    assert (await cluster.platform(()).apply(STAGE)).changed == ()
    for name in ("monitoring", "by-hand", "copied-labels"):
        assert await cluster.get("ConfigMap", name) is not None


async def test_a_claim_is_never_pruned(cluster: AskedCluster) -> None:
    await cluster.platform((cluster.claim(),)).apply(STAGE)
    assert (await cluster.platform(()).apply(STAGE)).changed == ()
    assert await cluster.get("PersistentVolumeClaim", "data") is not None


# replicas


async def replicas(cluster: AskedCluster) -> int:
    found = await cluster.get("Deployment", "backend")
    assert found is not None
    return int(found["spec"]["replicas"])


async def test_the_number_of_replicas_is_sent_at_creation(cluster: AskedCluster) -> None:
    platform = cluster.platform((cluster.deployment(),), initial_replicas={"backend": 3})
    await platform.apply(STAGE)
    assert await replicas(cluster) == 3


async def test_a_later_deploy_leaves_the_autoscalers_number_alone(cluster: AskedCluster) -> None:
    platform = cluster.platform((cluster.deployment(),), initial_replicas={"backend": 3})
    await platform.apply(STAGE)
    scaled = {**cluster.deployment(), "spec": {"replicas": 7}}
    await cluster.apply_as("an-autoscaler", scaled)
    changed = cluster.platform(
        (cluster.deployment(main={"image": "registry.invalid/none:2"}),),
        initial_replicas={"backend": 3},
    )
    applied = await changed.apply(STAGE)
    assert await replicas(cluster) == 7
    assert len(applied.changed) == 1
    assert "replicas" not in applied.changed[0]


async def test_a_deploy_that_was_cut_off_before_the_number_is_made_whole(
    cluster: AskedCluster,
) -> None:
    await cluster.platform((cluster.deployment(),)).apply(STAGE)
    assert await replicas(cluster) == 1
    await cluster.platform((cluster.deployment(),), initial_replicas={"backend": 3}).apply(STAGE)
    assert await replicas(cluster) == 3


async def test_handing_the_number_over_to_an_autoscaler_does_not_drop_to_one(
    cluster: AskedCluster,
) -> None:
    await cluster.platform((cluster.deployment(replicas=4),)).apply(STAGE)
    await cluster.platform((cluster.deployment(),), initial_replicas={"backend": 3}).apply(STAGE)
    assert await replicas(cluster) == 4


# preview


async def test_a_diff_tells_created_changed_and_pruned_and_changes_nothing(
    cluster: AskedCluster,
) -> None:
    before = (cluster.config("old"), cluster.config("same"), cluster.config(colour="blue"))
    await cluster.platform(before).apply(STAGE)
    wanted = (cluster.config("same"), cluster.config(colour="red"), cluster.config("new"))
    platform = cluster.platform(wanted)
    for _ in range(2):
        diff = await platform.diff(STAGE)
        assert diff.created == (ObjectRef("ConfigMap", "new", cluster.namespace),)
        assert diff.pruned == (ObjectRef("ConfigMap", "old", cluster.namespace),)
        ((ref, (field,)),) = diff.changed
        assert ref.name == "settings"
        assert str(field) == '.data.colour: "blue" → "red"'


async def test_a_diff_after_an_apply_is_empty(cluster: AskedCluster) -> None:
    platform = cluster.platform(
        (cluster.config(), cluster.deployment()), initial_replicas={"backend": 0}
    )
    await platform.apply(STAGE)
    assert (await platform.diff(STAGE)).is_empty


async def test_a_diff_before_there_is_a_namespace_says_that_all_is_new(
    cluster: AskedCluster,
) -> None:
    elsewhere = AskedCluster(cluster.api, f"{cluster.namespace}-absent")
    diff = await elsewhere.platform((elsewhere.config(), elsewhere.deployment())).diff(STAGE)
    assert [ref.kind for ref in diff.created] == ["ConfigMap", "Deployment"]


def test_a_role_is_there_before_it_is_bound_and_pods_come_last() -> None:
    """A deployer without `bind` got 404 for a ClusterRoleBinding that came before its role."""
    kinds = ("Deployment", "RoleBinding", "ClusterRoleBinding", "ConfigMap", "Role", "ClusterRole")
    order = waves([{"kind": kind} for kind in (*kinds, "Namespace")])
    assert [[item["kind"] for item in wave] for wave in order] == [
        ["Namespace"],
        ["Role", "ClusterRole"],
        ["RoleBinding", "ClusterRoleBinding", "ConfigMap"],
        ["Deployment"],
    ]

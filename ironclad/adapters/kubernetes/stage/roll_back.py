"""What a deploy makes of the backend, and Deployments that go back to their last good revision."""

from collections.abc import Iterable, Mapping
from typing import Any

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.stage.applying import Applier
from ironclad.domain.kubernetes.field_managers import (
    LAST_AVAILABLE_MANAGER,
    MANAGER,
    only_annotation,
)
from ironclad.domain.kubernetes.kube_object import (
    KubeObject,
    ObjectRef,
    metadata,
    owner_uids,
    ref_of,
    section,
    spec,
    status,
)
from ironclad.domain.kubernetes.readiness.newest_pods import newest_replica_set
from ironclad.domain.kubernetes.readiness.revisions import (
    LAST_AVAILABLE,
    earlier,
    gone_back,
    has_rolled_out,
    images,
    last_good,
    revision,
    template_hash,
)
from ironclad.domain.slo.deploy_gate import BackendChange

_HASH = "pod-template-hash"


def backend_change(
    live: KubeObject | None, become: KubeObject | None, replica_sets: Iterable[KubeObject]
) -> BackendChange:
    """`become` is the Deployment as the server would have it; None where there is none yet."""
    if live is None or become is None:
        return BackendChange.FIRST
    wanted = _template(become)
    if _template(live) == wanted:
        return BackendChange.NONE
    if not _is_available(live):
        return BackendChange.REPAIR
    uid = str(metadata(live).get("uid"))
    earlier = (_template(one) for one in replica_sets if uid in owner_uids(one))
    return BackendChange.ROLL_BACK if wanted in earlier else BackendChange.CHANGE


def _template(item: KubeObject) -> Mapping[str, Any]:
    """Without the label that tells a revision's pods apart."""
    template = dict(spec(item)["template"])
    about = dict(template.get("metadata") or {})
    labels = {name: value for name, value in (about.get("labels") or {}).items() if name != _HASH}
    kept = {"labels": labels, "annotations": about.get("annotations") or {}}
    return {**template, "metadata": kept}


def _is_available(live: KubeObject) -> bool:
    return bool(status(live).get("availableReplicas")) and not status(live).get(
        "unavailableReplicas"
    )


class Revisions:
    def __init__(self, api: KubeApi, namespace: str, applier: Applier) -> None:
        self._api = api
        self._namespace = namespace
        self._applier = applier

    async def remember(
        self, objects: Iterable[KubeObject], live: Mapping[ObjectRef, KubeObject]
    ) -> None:
        """Note what serves before it changes: a ReplicaSet without pods tells no past."""
        found = (live.get(ref_of(each)) for each in objects if each["kind"] == "Deployment")
        done = [each for each in found if each is not None and has_rolled_out(each)]
        sets = await self._replica_sets() if done else ()
        for each in done:
            await self._note(each, newest_replica_set(each, sets))

    async def _note(self, deployment: KubeObject, newest: KubeObject | None) -> None:
        known = section(deployment, "metadata", "annotations").get(LAST_AVAILABLE)
        if newest is not None and known != template_hash(newest):
            note = only_annotation(deployment, LAST_AVAILABLE, template_hash(newest))
            await self._applier.send(note, LAST_AVAILABLE_MANAGER, force=True)

    async def go_back(self, wanted: KubeObject) -> str | None:
        """Say what became of it; None where no revision came before."""
        name = str(metadata(wanted)["name"])
        live = await self._api.find(kind("Deployment").path(self._namespace, name))
        if live is None:
            return None
        sets = await self._replica_sets()
        good = last_good(live, sets)
        if good is None:
            return _stays(wanted, live, len(earlier(live, sets)))
        await self._applier.send(gone_back(wanted, good), MANAGER, force=True)
        return f"{ref_of(wanted)} went back to revision {revision(good)} ({images(good)})"

    async def _replica_sets(self) -> list[KubeObject]:
        return await self._api.items(kind("ReplicaSet"), self._namespace)


def _stays(wanted: KubeObject, live: KubeObject, count: int) -> str | None:
    if not count:
        return None
    return (
        f"{ref_of(wanted)} stays at revision {revision(live)} ({images(live)}): none of the"
        f" {count} earlier revisions is known to have been available"
    )

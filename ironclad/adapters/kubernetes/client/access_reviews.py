"""May we? Asked of the API server verb by verb, since only it knows every authorizer."""

import asyncio
from collections.abc import Sequence

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.domain.kubernetes.kube_object import status
from ironclad.domain.kubernetes.permissions import Permission

_PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


async def refused_verbs(
    api: KubeApi, namespace: str, needed: Sequence[Permission]
) -> tuple[str, ...]:
    """Give what is refused, one line a resource: `create, patch deployments.apps`."""
    lines = await asyncio.gather(*(_refused(api, namespace, each) for each in needed))
    return tuple(line for line in lines if line)


async def _refused(api: KubeApi, namespace: str, needed: Permission) -> str:
    answers = await asyncio.gather(*(_may(api, namespace, needed, verb) for verb in needed.verbs))
    refused = [verb for verb, may in zip(needed.verbs, answers, strict=True) if not may]
    return f"{', '.join(refused)} {needed.name}" if refused else ""


async def _may(api: KubeApi, namespace: str, needed: Permission, verb: str) -> bool:
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": _asked(namespace, needed, verb),
    }
    answer = await api.post(_PATH, body)
    return bool(status(answer).get("allowed"))


def _asked(namespace: str, needed: Permission, verb: str) -> dict[str, dict[str, str]]:
    if needed.resource.startswith("/"):
        return {"nonResourceAttributes": {"path": needed.resource, "verb": verb}}
    attributes = {
        "group": needed.group,
        "resource": needed.resource,
        "subresource": needed.subresource,
        "name": needed.object_name,
        "verb": verb,
        "namespace": namespace if needed.namespaced else "",
    }
    return {"resourceAttributes": attributes}

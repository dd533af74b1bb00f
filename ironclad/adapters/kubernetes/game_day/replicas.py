"""What an HTTP client needs to reach a replica through the API server's pod proxy."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from ironclad.adapters.kubernetes.client.api import KubeApi


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaClientSettings:
    """For `httpx.AsyncClient(base_url=…, headers=…, verify=…)`.

    The headers hold a credential that runs out: ask for them anew before each call. The proxy
    consumes `Authorization` and passes every other header on.
    """

    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    verify: ssl.SSLContext


async def client_settings(api: KubeApi) -> ReplicaClientSettings:
    return ReplicaClientSettings(
        base_url=await api.url(""), headers=await api.headers(), verify=await api.trust()
    )

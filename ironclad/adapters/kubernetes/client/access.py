"""Where a cluster is and who we are there: a kubeconfig, one given as a mapping, or our own pod."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from kubernetes.aio import config as untyped_config
from kubernetes.aio.client import Configuration
from kubernetes.aio.config.config_exception import ConfigException

from ironclad.adapters.kubernetes.client.contexts import chosen_context, documents_of
from ironclad.errors import BadInputError

kube_config: Any = untyped_config

_EARLY = timedelta(minutes=5)
"""A credential is fetched anew so long before it expires."""

_FRESH = timedelta(seconds=10)
"""Credentials so young that are refused will be refused again."""

_PLUGIN_SECONDS = 60.0

IN_CLUSTER = "in-cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to reach a cluster; without any of the first two, the pod's own ServiceAccount.

    `kubeconfig` may be several files joined with colons, as `KUBECONFIG` may; `content` is a parsed
    one, as a credentials block holds it. `context` is the current one unless named.
    """

    kubeconfig: str = ""
    content: Mapping[str, Any] | None = field(default=None, repr=False)
    context: str = ""


@dataclass(slots=True)
class Credentials:
    """A loaded configuration, what to call it, and when it has to be loaded anew."""

    context: str
    namespace: str
    configuration: Any
    expires_at: datetime | None = None
    loaded_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def is_fresh(self) -> bool:
        return datetime.now(UTC) < self.loaded_at + _FRESH

    def is_stale(self) -> bool:
        return self.expires_at is not None and datetime.now(UTC) >= self.expires_at - _EARLY


async def load(access: Access) -> Credentials:
    """Read and log in. Raises BadInputError that names the file or context and what is wrong."""
    configuration = Configuration()
    configuration.retries = None  # its own repeats are off; 0 would mean without end
    try:
        if access.content is None and not access.kubeconfig:
            return _from_pod(configuration)
        async with asyncio.timeout(_PLUGIN_SECONDS):
            return await _from_kubeconfig(access, configuration)
    except (ConfigException, OSError, yaml.YAMLError, TypeError, KeyError, ValueError) as error:
        raise BadInputError(f"{_where(access)} cannot be used: {error}") from error


def _where(access: Access) -> str:
    place = access.kubeconfig or ("the given kubeconfig" if access.content else "this pod's access")
    return f"{place} (context {access.context})" if access.context else place


def _from_pod(configuration: Any) -> Credentials:
    namespace_file = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
    if not namespace_file.exists():
        raise BadInputError(
            "there is no kubeconfig, and this is no pod with an account of its own; set KUBECONFIG"
            " to the one of your cluster"
        )
    kube_config.load_incluster_config(client_configuration=configuration)
    return Credentials(IN_CLUSTER, namespace_file.read_text().strip(), configuration)


async def _from_kubeconfig(access: Access, configuration: Any) -> Credentials:
    loader = await _loader(access, configuration)
    current = loader.current_context
    _refuse_silent_plugin(loader, configuration)
    expiry = getattr(loader, "exec_plugin_expiry", None)
    return Credentials(
        str(current["name"]), str(current["context"].get("namespace", "")), configuration, expiry
    )


async def _loader(access: Access, configuration: Any) -> Any:
    if access.content is not None:
        where = "the kubeconfig that was given"
        return await kube_config.load_kube_config_from_dict(
            dict(access.content),
            context=chosen_context(where, [access.content], access.context),
            client_configuration=configuration,
        )
    documents = documents_of(access.kubeconfig)
    where = f"the kubeconfig {access.kubeconfig}"
    return await kube_config.load_kube_config(
        ":".join(documents),
        context=chosen_context(where, documents.values(), access.context),
        client_configuration=configuration,
        persist_config=False,
    )


def _refuse_silent_plugin(loader: Any, configuration: Any) -> None:
    """The loader only logs that a plugin failed; every request would then be refused with 401."""
    user = {}
    with contextlib.suppress(ConfigException, AttributeError, TypeError):
        user = loader._user.value  # noqa: SLF001 - the loader has no public name for it
    if "exec" not in user or configuration.api_key.get("BearerToken") or configuration.cert_file:
        return
    raise BadInputError(
        f"the credential plugin `{user['exec'].get('command')}` gave no credential;"
        " run it by hand, or log in again"
    )

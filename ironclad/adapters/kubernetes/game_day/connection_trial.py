"""What a network policy forbids, tried: from the load's own pod, which may reach the service alone.

It takes no right that the load itself does not need, and asks the cluster for no pod of its own.
"""

import asyncio
import json
import time
from collections.abc import Sequence

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import trimmed
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.client.pod_channel import PodChannel
from ironclad.domain.evidence.counters import Sample, Series
from ironclad.domain.experiment.safeguards import ALLOWED, FORBIDDEN, POLICY, TO
from ironclad.domain.kubernetes.kube_object import metadata, status
from ironclad.domain.kubernetes.load_job import CONTAINER, job_name_of
from ironclad.errors import RemoteError, UnreachableError

DATABASE = "postgres:5432"

_WITHIN_SECONDS = 20.0

PROGRAM = """
import json, socket, sys
def reached(address):
    host, _, port = address.rpartition(":")
    try: socket.create_connection((host, int(port)), 2).close()
    except socket.gaierror as error: sys.exit(f"{host} has no address: {error.strerror}")
    except OSError: return False
    return True
print(json.dumps([reached(address) for address in sys.argv[1:]]))
"""
"""What has no address was not denied: then nothing is known of the policy."""


class LoadPodTrial:
    """Satisfies `ports.ConnectionTrial`; the database serves, or the service would not be ready."""

    def __init__(self, api: KubeApi, namespace: str, service: str) -> None:
        self._api = api
        self._namespace = namespace
        self._addresses = {service: ALLOWED, DATABASE: FORBIDDEN}

    async def tried(self, run: str) -> tuple[Series, ...]:
        pod = await self._load_pod(run)
        channel = PodChannel(self._api, self._namespace, pod, CONTAINER)
        try:
            async with asyncio.timeout(_WITHIN_SECONDS):
                output = await channel.run("python", "-c", PROGRAM, *self._addresses)
            return self._series(json.loads(output.stdout))
        except TimeoutError as error:
            words = f"Pod/{pod} did not say within {_WITHIN_SECONDS:g} s what it could reach"
            raise UnreachableError(words) from error
        except ValueError as error:
            words = f"Pod/{pod} could not say what it can reach: {trimmed(output.stderr)}"
            raise RemoteError(words) from error

    def _series(self, reached: Sequence[bool]) -> tuple[Series, ...]:
        at = time.time()
        return tuple(
            Series(labels=((POLICY, policy), (TO, to)), samples=(Sample(at, float(answer)),))
            for (to, policy), answer in zip(self._addresses.items(), reached, strict=True)
        )

    async def _load_pod(self, run: str) -> str:
        labels = f"job-name={job_name_of(run)}"
        for pod in await self._api.items(kind("Pod"), self._namespace, labels):
            if status(pod).get("phase") == "Running":
                return str(metadata(pod)["name"])
        raise UnreachableError(
            f"context {self._api.context}, namespace {self._namespace}: no pod sends the load"
        )

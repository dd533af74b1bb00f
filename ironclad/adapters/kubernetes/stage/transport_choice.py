"""Which way leads to a replica: the API server's pod proxy, else a port-forward."""

import asyncio

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.client.port_forward import PodTunnel
from ironclad.domain.kubernetes.kube_object import condition, metadata
from ironclad.domain.kubernetes.stack_spec import StackSpec
from ironclad.domain.stack.finding import Finding, Level
from ironclad.errors import UnreachableError

_SUBJECT = "transport to the replicas"
_SECONDS = 5.0


async def transport_finding(api: KubeApi, stack: StackSpec) -> Finding:
    pod = await _ready_pod(api, stack)
    if pod is None:
        return Finding(_SUBJECT, Level.OK, "not tried: no replica is ready yet")
    if problem := await _proxy_problem(api, stack, pod):
        if await _tunnel_works(api, stack, pod):
            words = f"port-forward works, the pod proxy does not ({problem})"
            remedy = "let the API server reach the pods, or set api_server.cidr"
            return Finding(_SUBJECT, Level.WARNING, words, remedy)
        words = f"neither the pod proxy ({problem}) nor a port-forward reaches {pod}"
        return Finding(_SUBJECT, Level.PROBLEM, words, "set api_server.cidr to the API server's")
    return Finding(_SUBJECT, Level.OK, "the API server's pod proxy works")


async def _ready_pod(api: KubeApi, stack: StackSpec) -> str | None:
    pods = await api.items(kind("Pod"), stack.namespace, f"app={stack.service}")
    ready = (pod for pod in pods if condition(pod, "Ready").get("status") == "True")
    return next((str(metadata(pod)["name"]) for pod in ready), None)


async def _proxy_problem(api: KubeApi, stack: StackSpec, pod: str) -> str:
    base = kind("Pod").path(stack.namespace)
    try:
        await api.text(f"{base}/{pod}:{stack.port}/proxy/healthz")
    except (KubeError, UnreachableError) as error:
        if isinstance(error, KubeError) and error.denial:
            raise  # who may not ask learns nothing of the way
        return str(error)
    return ""


async def _tunnel_works(api: KubeApi, stack: StackSpec, pod: str) -> bool:
    async def pick() -> str:
        return pod

    tunnel = PodTunnel(api, stack.namespace, stack.port, pick)
    async with tunnel.listening() as url:
        try:
            async with asyncio.timeout(_SECONDS):
                return await _answers(url)
        except (OSError, TimeoutError):
            return False


async def _answers(url: str) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    try:
        writer.write(b"GET /healthz HTTP/1.0\r\nHost: replica\r\n\r\n")
        return (await reader.readline()).startswith(b"HTTP/1.")
    finally:
        writer.close()

"""Are NetworkPolicies enforced? Tested with two small pods, never assumed.

The server listens on two ports and a policy opens one. Enforced means: the open one answers and the
other does not. If neither does, something else is in the way, and that is what is said.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.adapters.kubernetes.client.kinds import kind, path_of
from ironclad.adapters.kubernetes.client.port_forward import PodTunnel
from ironclad.domain.kubernetes.kube_object import KubeObject, condition, metadata, status
from ironclad.domain.kubernetes.readiness.container_log import log_lines
from ironclad.domain.kubernetes.readiness.pod_causes import pod_causes
from ironclad.domain.kubernetes.stack_spec import StackSpec
from ironclad.domain.stack.finding import Finding, Level
from ironclad.domain.text.durations import format_duration
from ironclad.errors import UnreachableError

_WAY = "transport to the replicas"
_SECONDS = 5.0


async def transport_finding(api: KubeApi, stack: StackSpec) -> Finding:
    pod = await _ready_pod(api, stack)
    if pod is None:
        return Finding(_WAY, Level.OK, "not tried: no replica is ready yet")
    if problem := await _proxy_problem(api, stack, pod):
        if await _tunnel_works(api, stack, pod):
            words = f"port-forward works, the pod proxy does not ({problem})"
            remedy = "let the API server reach the pods, or set api_server.cidr"
            return Finding(_WAY, Level.WARNING, words, remedy)
        words = f"neither the pod proxy ({problem}) nor a port-forward reaches {pod}"
        return Finding(_WAY, Level.PROBLEM, words, "set api_server.cidr to the API server's")
    return Finding(_WAY, Level.OK, "the API server's pod proxy works")


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


_OPEN, _CLOSED = 18080, 18081
_POLL_SECONDS = 0.5
_SUBJECT = "network policies"
_MARK = "ironclad.dev/probe"

_SERVER = f"""
import socket, threading
def listen(port):
    s = socket.create_server(("", port)); s.listen()
    while True: s.accept()[0].close()
threading.Thread(target=listen, args=({_OPEN},), daemon=True).start()
listen({_CLOSED})
"""

_CLIENT = f"""
import json, socket, sys, time
def reached(port):
    try: socket.create_connection((sys.argv[1], port), 2).close()
    except OSError: return False
    return True
for _ in range(8):
    found = [reached({_OPEN}), reached({_CLOSED})]
    if found == [True, False]: break
    time.sleep(1)
print(json.dumps(found))
"""
"""It asks again for a while: a plugin lets everything pass until it knows a new pod."""


class PolicyProbe:
    """Needs an image with Python in it, and takes away whatever it made."""

    def __init__(self, api: KubeApi, namespace: str, image: str, within: timedelta) -> None:
        self._api = api
        self._namespace = namespace
        self._image = image
        self._within = within
        self._mark = secrets.token_hex(4)

    async def finding(self) -> Finding:
        if await self._api.find(kind("Namespace").path(name=self._namespace)) is None:
            return _untested("the namespace is not there yet")
        try:
            async with asyncio.timeout(self._within.total_seconds()):
                return await self._tested()
        except TimeoutError:
            return _untested(f"the test pods did not end within {format_duration(self._within)}")
        except KubeError as error:
            return _untested(str(error))
        finally:
            await asyncio.shield(self._clear())

    async def _tested(self) -> Finding:
        for body in (self._policy("server"), self._policy("client"), self._pod("server", _SERVER)):
            await self._create(body)
        server = await self._until("server", _is_running)
        address = str(status(server).get("podIP"))
        await self._create(self._pod("client", _CLIENT, address))
        await self._until("client", lambda pod: status(pod).get("phase") == "Succeeded")
        text = await self._api.text(kind("Pod").path(self._namespace, self._name("client"), "log"))
        return _judged(*json.loads(text)) if log_lines(text) else _untested("its log is gone")

    async def _until(self, role: str, is_done: Any) -> KubeObject:
        path = kind("Pod").path(self._namespace, self._name(role))
        while True:
            pod = await self._api.get(path)
            if is_done(pod):
                return pod
            if causes := pod_causes(role, pod, ()):
                raise KubeError(causes[0].sentence, status=0)
            await asyncio.sleep(_POLL_SECONDS)

    async def _create(self, body: Mapping[str, Any]) -> None:
        await self._api.post(kind(body["kind"]).path(self._namespace), body, again=False)

    async def _clear(self) -> None:
        for name in ("Pod", "NetworkPolicy"):
            marked = f"{_MARK}={self._mark}"
            for item in await self._api.items(kind(name), self._namespace, marked):
                with contextlib.suppress(KubeError):
                    await self._api.delete(path_of(item), {"gracePeriodSeconds": 0})

    def _name(self, role: str) -> str:
        return f"ironclad-probe-{role}-{self._mark}"

    def _meta(self, role: str) -> dict[str, Any]:
        return {"name": self._name(role), "labels": {_MARK: self._mark, "role": role}}

    def _policy(self, role: str) -> dict[str, Any]:
        """Open the one port between the two pods, on either side."""
        peer = {_MARK: self._mark, "role": "client" if role == "server" else "server"}
        rule = {"podSelector": {"matchLabels": peer}}
        way = (
            {"policyTypes": ["Ingress"], "ingress": [{"from": [rule], "ports": [{"port": _OPEN}]}]}
            if role == "server"
            else {"policyTypes": ["Egress"], "egress": [{"to": [rule]}]}
        )
        selector = {"matchLabels": {_MARK: self._mark, "role": role}}
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": self._meta(role),
            "spec": {"podSelector": selector, **way},
        }

    def _pod(self, role: str, program: str, *arguments: str) -> dict[str, Any]:
        small = {"cpu": "50m", "memory": "64Mi"}
        container = {
            "name": role,
            "image": self._image,
            "command": ["python", "-c", program, *arguments],
            "resources": {"requests": small, "limits": {"cpu": "200m", "memory": "64Mi"}},
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
        }
        spec = {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "activeDeadlineSeconds": 120,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
        }
        return {"apiVersion": "v1", "kind": "Pod", "metadata": self._meta(role), "spec": spec}


def _is_running(pod: KubeObject) -> bool:
    return condition(pod, "Ready").get("status") == "True"


def _judged(open_reached: bool, closed_reached: bool) -> Finding:  # noqa: FBT001 - as read
    if closed_reached:
        words = "they are not enforced: a connection that a policy forbids went through"
        remedy = "install a network plugin that enforces them (`minikube start --cni=calico`)"
        return Finding(_SUBJECT, Level.PROBLEM, words, remedy)
    if not open_reached:
        return _untested("neither the allowed nor the forbidden connection went through")
    return Finding(_SUBJECT, Level.OK, "enforced: a forbidden connection was blocked")


def _untested(reason: str) -> Finding:
    remedy = "deploy the namespace and the image, then check again"
    return Finding(_SUBJECT, Level.WARNING, f"not tested: {reason}", remedy)

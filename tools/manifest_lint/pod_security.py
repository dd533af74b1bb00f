"""What the Pod Security Standard `restricted` forbids, found in a pod's spec before it is sent.

Source: kubernetes.io/docs/concepts/security/pod-security-standards (policy `restricted`, which
includes `baseline`), as of Kubernetes 1.36. Windows pods are not looked at.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Spec = Mapping[str, Any]

_VOLUMES = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
_SECCOMP = frozenset({"RuntimeDefault", "Localhost"})
_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    }
)
_HANDLERS = ("startupProbe", "readinessProbe", "livenessProbe")


def violations(pod: Spec) -> tuple[str, ...]:
    """List what the standard refuses, one sentence each; empty for a pod that may run."""
    found = [*_of_pod(pod)]
    for container in containers(pod):
        found += (f"container {container['name']}: {v}" for v in _of_container(pod, container))
    return tuple(found)


def containers(pod: Spec) -> Iterator[Spec]:
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        yield from pod.get(kind) or ()


def _of_pod(pod: Spec) -> Iterator[str]:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(key):
            yield f"{key} must not be set"
    for volume in pod.get("volumes") or ():
        if not _VOLUMES.intersection(volume):
            yield f"volume {volume['name']} is of a kind that is not allowed"
    context = pod.get("securityContext") or {}
    for sysctl in context.get("sysctls") or ():
        if sysctl["name"] not in _SYSCTLS:
            yield f"sysctl {sysctl['name']} is not allowed"
    yield from (f"pod: {found}" for found in _identity(context, context))


def _of_container(pod: Spec, container: Spec) -> Iterator[str]:
    own = container.get("securityContext") or {}
    context = {**(pod.get("securityContext") or {}), **own}
    for rule in (_privileges, _capabilities, _ports, _probes):
        yield from rule(container, own)
    yield from _identity(context, own)
    if context.get("runAsNonRoot") is not True:
        yield "runAsNonRoot must be true"
    if (context.get("seccompProfile") or {}).get("type") not in _SECCOMP:
        yield "seccompProfile must be RuntimeDefault or Localhost"


def _privileges(_: Spec, own: Spec) -> Iterator[str]:
    if own.get("privileged"):
        yield "must not be privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation must be false"
    if own.get("procMount", "Default") != "Default":
        yield "procMount must be Default"


def _capabilities(_: Spec, own: Spec) -> Iterator[str]:
    capabilities = own.get("capabilities") or {}
    if "ALL" not in (capabilities.get("drop") or ()):
        yield "capabilities must drop ALL"
    extra = set(capabilities.get("add") or ()) - {"NET_BIND_SERVICE"}
    if extra:
        yield f"capabilities must not add {', '.join(sorted(extra))}"


def _ports(container: Spec, _: Spec) -> Iterator[str]:
    for port in container.get("ports") or ():
        if port.get("hostPort"):
            yield f"hostPort {port['hostPort']} must not be set"


def _probes(container: Spec, _: Spec) -> Iterator[str]:
    """Since 1.34 a probe may not be sent to another host through the kubelet."""
    lifecycle = container.get("lifecycle") or {}
    handlers = {**{key: container.get(key) for key in _HANDLERS}, **lifecycle}
    for name, handler in handlers.items():
        for action in ("httpGet", "tcpSocket"):
            if isinstance(handler, Mapping) and (handler.get(action) or {}).get("host"):
                yield f"{name} must not name a host"


def _identity(context: Spec, own: Spec) -> Iterator[str]:
    if own.get("runAsUser") == 0:
        yield "runAsUser must not be 0"
    if own.get("runAsNonRoot") is False:
        yield "runAsNonRoot must not be false"
    if (context.get("appArmorProfile") or {}).get("type", "RuntimeDefault") == "Unconfined":
        yield "appArmorProfile must not be Unconfined"
    options = own.get("seLinuxOptions") or {}
    if options.get("user") or options.get("role"):
        yield "seLinuxOptions must name no user and no role"

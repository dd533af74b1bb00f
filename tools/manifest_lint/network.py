"""May this pod reach that one? NetworkPolicies as arithmetic, so that a table can test them.

Source of the rules: the API reference of networking.k8s.io/v1. A pod that no policy selects for
a direction is open in it; one that is selected is open only to what some policy allows. Both
ends must allow.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, spec

NAME_LABEL = "kubernetes.io/metadata.name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One end of a connection: a pod, or with `namespace` None an address outside."""

    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    address: str = "192.0.2.1"


@dataclass(frozen=True, slots=True)
class Port:
    port: int
    protocol: str = "TCP"


def may_reach(policies: Iterable[KubeObject], source: Peer, target: Peer, port: Port) -> bool:
    """Tell whether a connection is allowed at both ends."""
    known = tuple(policies)
    leaves = _allows(known, "Egress", source, target, port)
    return leaves and _allows(known, "Ingress", target, source, port)


def _allows(
    policies: tuple[KubeObject, ...], direction: str, here: Peer, there: Peer, port: Port
) -> bool:
    mine = [policy for policy in policies if _selects(policy, direction, here)]
    rules = (rule for policy in mine for rule in spec(policy).get(direction.lower()) or ())
    return not mine or any(
        _fits_peer(rule.get("to" if direction == "Egress" else "from"), here, there)
        and _fits_port(rule.get("ports"), port)
        for rule in rules
    )


def _selects(policy: KubeObject, direction: str, peer: Peer) -> bool:
    wanted = spec(policy)
    return (
        metadata(policy).get("namespace") == peer.namespace
        and direction in wanted.get("policyTypes", ())
        and _matches(wanted.get("podSelector"), peer.labels)
    )


def _fits_peer(peers: Any, here: Peer, there: Peer) -> bool:
    """A rule without peers means anybody; an empty list of them is the same."""
    return not peers or any(_is_peer(peer, here, there) for peer in peers)


def _is_peer(peer: Mapping[str, Any], here: Peer, there: Peer) -> bool:
    if "ipBlock" in peer:
        return _in_block(peer["ipBlock"], there.address)
    if there.namespace is None:
        return False
    if "namespaceSelector" in peer:
        names = {NAME_LABEL: there.namespace, **there.namespace_labels}
        in_namespace = _matches(peer["namespaceSelector"], names)
    else:
        in_namespace = there.namespace == here.namespace
    return in_namespace and _matches(peer.get("podSelector"), there.labels)


def _in_block(block: Mapping[str, Any], address: str) -> bool:
    place = ipaddress.ip_address(address)
    inside = place in ipaddress.ip_network(block["cidr"])
    return inside and not any(
        place in ipaddress.ip_network(hole) for hole in block.get("except", ())
    )


def _fits_port(ports: Any, port: Port) -> bool:
    return not ports or any(
        entry.get("protocol", "TCP") == port.protocol and _covers(entry, port.port)
        for entry in ports
    )


def _covers(entry: Mapping[str, Any], port: int) -> bool:
    first = entry.get("port")
    return first is None or first <= port <= entry.get("endPort", first)


def _matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """An empty selector fits all. Raises ValueError for expressions, which we do not write."""
    if not selector:
        return True
    if "matchExpressions" in selector:
        raise ValueError("matchExpressions in a NetworkPolicy are not understood here")
    return all(labels.get(key) == value for key, value in selector["matchLabels"].items())

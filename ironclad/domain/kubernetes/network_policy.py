"""A NetworkPolicy's ingress rules with one app taken out of them."""

from collections.abc import Mapping, Sequence
from typing import Any

Rule = Mapping[str, Any]


def admits(ingress: Sequence[Rule], app: str) -> bool:
    """Tell whether the pods of an app are named in it, by their own label alone."""
    return any(_is_peer(peer, app) for rule in ingress for peer in rule.get("from") or ())


def admits_everybody(ingress: Sequence[Rule]) -> bool:
    """A rule without `from` is for the whole world: there taking out a peer changes nothing."""
    return any(not rule.get("from") for rule in ingress)


def without(ingress: Sequence[Rule], app: str) -> list[Rule]:
    """Take a peer out. A rule that was for it alone goes: an empty `from` would admit everybody."""
    left = (
        {
            **rule,
            "from": [peer for peer in rule.get("from") or () if not _is_peer(peer, app)],
        }
        for rule in ingress
    )
    return [rule for rule in left if rule["from"]]


def _is_peer(peer: Mapping[str, Any], app: str) -> bool:
    labels = (peer.get("podSelector") or {}).get("matchLabels") or {}
    return labels == {"app": app} and "namespaceSelector" not in peer

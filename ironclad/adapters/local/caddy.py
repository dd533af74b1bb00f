"""The load balancer's configuration: round robin over ready replicas, nothing sent twice.

Tried settings: a killed replica costs only what was in flight, a rolling restart nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ironclad.adapters.files.atomic import as_json
from ironclad.domain.faults.catalogue import BALANCER_LOOKS_EVERY, BALANCER_WAITS
from ironclad.domain.text.durations import format_duration

BALANCER = "caddy"


def caddy_configuration(*, port: int, replicas: Sequence[int], run: Path, data: Path) -> bytes:
    """Give it as JSON, Caddy's own form; the ports are on loopback."""
    return as_json(
        {
            "admin": {"listen": f"unix/{run / 'caddy.sock'}|0600", "config": {"persist": False}},
            "storage": {"module": "file_system", "root": str(data)},
            "logging": {"logs": {"default": {"level": "WARN", "writer": {"output": "stderr"}}}},
            "apps": {"http": {"servers": {"service": _server(port, replicas)}}},
        }
    )


def _server(port: int, replicas: Sequence[int]) -> dict[str, Any]:
    return {
        "listen": [f"127.0.0.1:{port}"],
        "protocols": ["h1"],
        "automatic_https": {"disable": True},
        "routes": [{"handle": [_reverse_proxy(replicas)]}],
    }


def _reverse_proxy(replicas: Sequence[int]) -> dict[str, Any]:
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": f"127.0.0.1:{port}"} for port in replicas],
        "transport": {
            "protocol": "http",
            "versions": ["1.1"],
            "dial_timeout": "1s",
            # On a connection that was used before, Go repeats a GET that got no answer, unasked.
            "keep_alive": {"enabled": False},
        },
        "load_balancing": {
            "selection_policy": {"policy": "round_robin"},
            "try_duration": "3s",
            "try_interval": "50ms",
            # No request has this method: only those that reached no replica at all are tried again.
            "retry_match": [{"method": ["NEVER"]}],
        },
        # Nothing passive: it would throw out a replica with a fault and so hide the fault.
        "health_checks": {
            "active": {
                "uri": "/readyz",
                "interval": format_duration(BALANCER_LOOKS_EVERY),
                "timeout": format_duration(BALANCER_WAITS),
                "fails": 1,
                "passes": 1,
                "expect_status": 200,
            }
        },
    }

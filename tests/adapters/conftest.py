"""The fake API server, for every adapter that talks to one."""

from tests.fakes.kube.fixtures import cluster, outlet, own, shared_outlet

__all__ = ["cluster", "outlet", "own", "shared_outlet"]

"""The fake API server, for commands that name a cluster."""

from tests.fakes.kube.fixtures import outlet

__all__ = ["outlet"]

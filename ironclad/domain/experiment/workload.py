"""A Deployment that is not ours, broken by the platform's faults and judged by its clients."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """In the stack's namespace. `url` is how the load reaches it from there, `path` what it gets.

    It has no control routes and no counters that we know: what clients felt is all there is.
    """

    deployment: str
    url: str
    path: str = "/"

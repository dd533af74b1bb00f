"""The platforms that a stack can live on, a row each: whatever differs by platform reads it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import NewType

from ironclad.domain.stack.kept_setting import Setting
from ironclad.domain.text.did_you_mean import did_you_mean

PlatformName = NewType("PlatformName", str)

LOCAL = PlatformName("local")
KUBERNETES = PlatformName("kubernetes")

PROBE_FAILURES = 2
PROBE_EVERY = timedelta(seconds=2)
"""The readiness probe of `manifests/40-backend`; a test holds them to it."""
_ENDPOINTS_SPREAD = timedelta(seconds=1)
"""Until each node sends to the remaining pods alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSpec:
    """`opener` is the module of the wiring whose `OPENER` opens its stacks."""

    opener: str
    is_on_this_machine: bool
    """This machine knows every stack of it, and their addresses answer here until they go down."""
    notices_within: timedelta = timedelta()
    """How long its balancer may go on sending to a replica that is not ready, at the least."""
    cannot_show: Collection[str] = ()
    """Safeguards, by `SafeguardName`, that it does not have."""
    keeps: tuple[Setting, ...] = tuple(Setting)
    """Settings that a stack keeps."""


PLATFORMS = {
    LOCAL: PlatformSpec(
        opener="ironclad.wiring.platforms.local",
        is_on_this_machine=True,
        cannot_show=("pdb-refuses", "autoscaler-reaches", "network-policy-denies"),
    ),
    KUBERNETES: PlatformSpec(
        opener="ironclad.wiring.platforms.kubernetes",
        is_on_this_machine=False,
        notices_within=PROBE_FAILURES * PROBE_EVERY + _ENDPOINTS_SPREAD,
        keeps=(Setting.FREEZE, Setting.NOTIFY),
    ),
}


def platform_named(name: str) -> PlatformName:
    """Raises ValueError for a name that no row has."""
    if name in PLATFORMS:
        return PlatformName(name)
    there = f"there are {', '.join(PLATFORMS)}"
    raise ValueError(f"{name!r} is no platform{did_you_mean(name, tuple(PLATFORMS), there)}")

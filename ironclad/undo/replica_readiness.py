"""Does the platform have its replicas, all of them ready? By each one's own word."""

import asyncio

from ironclad.ports import FaultInjector, Platform


async def what_is_missing(platform: Platform, faults: FaultInjector, wanted: int) -> str:
    """Say what keeps it from having so many that are ready; empty when nothing does.

    Raises what the platform raises when it cannot be asked: that is not the same as missing.
    """
    replicas = await platform.replicas()
    ready = await asyncio.gather(*(faults.is_ready(replica) for replica in replicas))
    unready = [
        replica.name for replica, is_ready in zip(replicas, ready, strict=True) if not is_ready
    ]
    if unready:
        return f"not ready: {', '.join(unready)}"
    if len(replicas) < wanted:
        return f"only {len(replicas)} of {wanted} replicas are there"
    return ""

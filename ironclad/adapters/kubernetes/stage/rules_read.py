"""Has Prometheus read the rules that were applied? Its pod stays, so being ready says nothing."""

from ironclad.adapters.http.calls import MALFORMED, Call, send
from ironclad.adapters.kubernetes.stage.service_access import ServiceAccess
from ironclad.domain.kubernetes.rules_version import read_versions
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.errors import RemoteError, UnreachableError
from ironclad.ports import Clock

_EVERY_SECONDS = 2.0
"""Each look opens a tunnel, and a deploy asks five times a second."""

_BRINGS = "the kubelet brings it new ones within two minutes; what it refuses stands in its log"


class RulesRead:
    """Remembers the last look for a moment; one for each platform."""

    def __init__(self, service_addresses: ServiceAccess, clock: Clock) -> None:
        self._access = service_addresses
        self._clock = clock
        self._looked_at = -_EVERY_SECONDS
        self._last = Readiness(Condition.IN_PROGRESS, "Prometheus was not asked for its rules yet")

    async def readiness(self, version: str) -> Readiness:
        now = self._clock.monotonic()
        if now - self._looked_at >= _EVERY_SECONDS:
            self._last = await rules_read(await self._access.url("prometheus"), version)
            self._looked_at = now
        return self._last


async def rules_read(prometheus: str, version: str) -> Readiness:
    """Say whether they are in force; a Prometheus that does not answer has not said so."""
    try:
        reply = await send(Call(who="Prometheus", method="GET", url=f"{prometheus}/api/v1/rules"))
        found = read_versions(reply.object()["data"]["groups"])
    except (UnreachableError, RemoteError) as error:
        return Readiness(Condition.IN_PROGRESS, str(error))
    except MALFORMED as error:
        return Readiness(Condition.IN_PROGRESS, f"Prometheus gave no list of rules ({error!r})")
    if version in found:
        return Readiness(Condition.READY, f"Prometheus has read the rules {version}")
    known = f"the rules {', '.join(sorted(found))}" if found else "none of these rules"
    return Readiness(Condition.IN_PROGRESS, f"Prometheus has {known}, not {version} yet: {_BRINGS}")

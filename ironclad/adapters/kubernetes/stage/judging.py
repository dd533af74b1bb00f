"""A stage's readiness from what is observed, with the reason when it can never be."""

from collections.abc import Iterable, Sequence

from ironclad.adapters.http.calls import MALFORMED, Call, send
from ironclad.adapters.kubernetes.client.api import KubeApi, Query
from ironclad.adapters.kubernetes.client.failures import KubeError, trimmed
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.stage.observing import Observatory
from ironclad.adapters.kubernetes.stage.service_access import ServiceAccess
from ironclad.domain.kubernetes.kube_object import ObjectRef, ref_of
from ironclad.domain.kubernetes.readiness.cause import (
    Cause,
    ContainerRef,
    StallState,
    current,
    final,
    updated,
)
from ironclad.domain.kubernetes.readiness.container_log import log_lines, quoted
from ironclad.domain.kubernetes.readiness.object_status import missing, status_of
from ironclad.domain.kubernetes.readiness.workload_causes import Observation, causes, progress
from ironclad.domain.kubernetes.rules_version import read_versions
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.errors import RemoteError, UnreachableError
from ironclad.ports import Clock

_LINES = 5
_LONGEST = 600


class LastWords:
    """One for each wait: the kubelet prunes the containers of a pod that keeps ending."""

    def __init__(self, api: KubeApi, namespace: str) -> None:
        self._api = api
        self._namespace = namespace
        self._noted: set[str] = set()
        self._logs: dict[str, str] = {}
        self._problem = ""

    async def note(self, found: Iterable[Cause]) -> None:
        """Keep the log of each new end while it is there."""
        for cause in found:
            if not cause.has_ended or cause.sentence in self._noted:
                continue
            self._noted.add(cause.sentence)
            if cause.log_of and (log := await self._ended_log(cause.log_of)):
                self._logs[cause.key] = log

    async def of(self, cause: Cause) -> str:
        """Prefer the ended container's words; a running one may not have come so far yet."""
        if cause.log_of is None:
            return ""
        left = quoted(log_lines(cause.left), _LINES)
        log = await self._log(cause.log_of, previous=True)
        log = log or self._logs.get(cause.key, "")
        if not log and left:
            return f"its termination message: {trimmed(left, _LONGEST)}"
        log = log or await self._log(cause.log_of, previous=False)
        return f"its last log lines: {log}" if log else self._nothing()

    def _nothing(self) -> str:
        if self._problem:
            return f"its log cannot be read: {self._problem}"
        return "it left no log line and no termination message"

    async def _ended_log(self, container: ContainerRef) -> str:
        log = await self._log(container, previous=True)
        return log or await self._log(container, previous=False)

    async def _log(self, container: ContainerRef, *, previous: bool) -> str:
        path = kind("Pod").path(self._namespace, container.pod, "log")
        query: Query = {"container": container.container, "tailLines": _LINES, "previous": previous}
        try:
            text = await self._api.text(path, query)
        except UnreachableError as error:
            self._problem = str(error)
            return ""
        except KubeError as error:
            self._problem = str(error.denial or "")
            return ""
        self._problem = ""
        return trimmed(quoted(log_lines(text), _LINES), _LONGEST)


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


_MOST_REASONS = 3
"""So many reasons are worth reading; the rest is the same again."""

_NAMED_KINDS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "Namespace"})


class StageJudge:
    """Remembers since when each cause has stood; one for each wait."""

    def __init__(
        self, api: KubeApi, namespace: str, observatory: Observatory, clock: Clock
    ) -> None:
        self._observatory = observatory
        self._clock = clock
        self._stall = StallState()
        self._words = LastWords(api, namespace)

    async def readiness(self, wanted: Sequence[ObjectRef]) -> Readiness:
        seen = await self._observatory.look(wanted)
        if problems := self._observatory.problems:
            return self._blind(problems)
        parts = self._parts(wanted, seen)
        now = self._clock.monotonic()
        found = causes(seen)
        self._stall = updated(self._stall, found, progress(seen), now)
        await self._words.note(found)
        answer = _combined(wanted, parts)
        if answer.is_ready:
            return answer
        return await self._with_reasons(answer, now)

    def _blind(self, problems: Sequence[str]) -> Readiness:
        condition = Condition.FAILED if self._observatory.is_forbidden else Condition.IN_PROGRESS
        return Readiness(condition, "; ".join(problems[:_MOST_REASONS]))

    def _parts(self, wanted: Sequence[ObjectRef], seen: Observation) -> tuple[Readiness, ...]:
        found = {ref_of(item): item for item in seen.objects}
        slices = self._observatory.items("EndpointSlice")
        return tuple(
            status_of(found[ref], slices) if ref in found else missing(str(ref)) for ref in wanted
        )

    async def _with_reasons(self, answer: Readiness, now: float) -> Readiness:
        if causes := final(self._stall, now):
            reasons = "; ".join([await self._sentence(cause) for cause in causes[:_MOST_REASONS]])
            return Readiness(Condition.FAILED, f"{reasons}; {answer.message}")
        present = current(self._stall, now)[:_MOST_REASONS]
        if answer.condition is Condition.FAILED:
            reasons = "; ".join([await self._sentence(cause) for cause, _ in present])
        else:
            reasons = "; ".join(f"{cause.sentence}, for {since:.0f} s" for cause, since in present)
        return Readiness(
            answer.condition, f"{answer.message}; {reasons}" if reasons else answer.message
        )

    async def _sentence(self, cause: Cause) -> str:
        words = await self._words.of(cause)
        return f"{cause.sentence}; {words}" if words else cause.sentence


def _combined(wanted: Sequence[ObjectRef], parts: Sequence[Readiness]) -> Readiness:
    """Count, and name what is not right yet, workloads first; when all is, name the workloads."""
    for condition in (Condition.FAILED, Condition.IN_PROGRESS):
        found = [(r, p) for r, p in zip(wanted, parts, strict=True) if p.condition is condition]
        if found:
            count = sum(part.is_ready for part in parts)
            first = sorted(found, key=lambda pair: pair[0].kind not in _NAMED_KINDS)[:_MOST_REASONS]
            head = "; ".join(part.message for _, part in first)
            return Readiness(condition, f"{head} ({count} of {len(parts)} objects ready)")
    reasons = [p.message for r, p in zip(wanted, parts, strict=True) if r.kind in _NAMED_KINDS]
    return Readiness(Condition.READY, "; ".join(reasons) or f"{len(parts)} objects exist")

"""A stage's readiness from what is observed, with the reason when it can never be."""

from collections.abc import Sequence

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.stage.last_log_lines import LastWords
from ironclad.adapters.kubernetes.stage.observing import Observatory
from ironclad.domain.kubernetes.kube_object import ObjectRef, ref_of
from ironclad.domain.kubernetes.readiness.cause import Cause
from ironclad.domain.kubernetes.readiness.object_status import missing, status_of
from ironclad.domain.kubernetes.readiness.stall_detection import StallState, current, final, updated
from ironclad.domain.kubernetes.readiness.workload_causes import Observation, causes, progress
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.ports import Clock

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

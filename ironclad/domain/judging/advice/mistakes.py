"""Mistakes that services are known to make, each by the trace that it leaves in a game day."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence, FaultRecord
from ironclad.domain.experiment.expected_answer import Wrong
from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.faults.spec import Harm
from ironclad.domain.judging.advice.recommendation import Found, Rule, problem
from ironclad.domain.judging.assessment import Assessment
from ironclad.domain.judging.check import Answer
from ironclad.domain.judging.counts.honesty import DURATIONS, PAGES
from ironclad.domain.judging.counts.honesty import SUBJECT as COUNTERS
from ironclad.domain.load.load import Attempt
from ironclad.domain.text.wording import counted, duration, percent

MERELY_SLOW = 0.25
"""Of a client's patience: a delay below it is no reason for anybody to give up."""

FAILED_RATIO = 0.02
_DRAIN = timedelta(seconds=10)
"""A replica that left without notice still gets requests for so long."""

_STAYED_BEHIND = "Find what stayed behind: "
_UNANSWERED = 0
_BY_STATUS = {
    _UNANSWERED: "nothing answers before its clients give up, as with a pool whose connections"
    " are never given back, or a lock that is never let go. Lease each connection in a block that"
    " ends, and bound every wait.",
    503: "it refuses with 503, as a breaker does that never closes again, or a pool whose"
    " connections are never given back. Let the breaker try after a while, and lease each"
    " connection in a block that ends.",
    500: "it fails by itself, with 500, though nothing is broken any more, as after a poisoned"
    " cache or a flag that is never cleared. The replicas' logs of the recovery phase name it.",
}
_WRONG: Mapping[str, str] = {
    Wrong.STATUS: "had another success than the one that the request expects",
    Wrong.EMPTY: "were a success without a body",
    Wrong.CONTENT_TYPE: "were a success with another content type than `application/json`",
    Wrong.MALFORMED: "were a success with a body that is no JSON",
    Wrong.FOREIGN: "were a success with another order than the one that was asked for",
    Wrong.MISSING: "said of an acknowledged order that it is not there",
}
_HIDDEN = (
    "Let a failure leave with its own status, a 5xx: a success that holds nothing hides it from"
    " clients, budgets and alerts alike."
)
_RIGHT: Mapping[str, str] = {
    Wrong.FOREIGN: "Key every cache by the whole id and let its entries expire; share no variable"
    " and no buffer between two requests.",
    Wrong.MISSING: "Answer 201 only after the commit has returned, and read from where the"
    " write went.",
}
_TRUE = {
    COUNTERS: "Count the status of the answer that leaves, outside of everything that may still"
    " change it",
    DURATIONS: "Stop the clock when the last byte of the answer has left, whatever is awaited"
    " before it",
    PAGES: "Make the metrics page anew for each scrape, without a cache, and give each replica its"
    " own",
}
_ANYTHING = (
    "an open breaker, a full pool, a replica that calls itself ready and is not. The replicas'"
    " logs of the recovery phase say more."
)


def _lost_writes(_evidence: Evidence, assessment: Assessment) -> Found:
    if assessment.writes is not None and assessment.writes.lost:
        yield problem(
            f"{counted(assessment.writes.lost, 'acknowledged write')} cannot be found again.",
            "Answer 201 only after the commit has returned, and never from a guess.",
        )


def _doubled_writes(_evidence: Evidence, assessment: Assessment) -> Found:
    if assessment.writes is not None and assessment.writes.duplicated:
        yield problem(
            f"{counted(assessment.writes.duplicated, 'write')} came a second time under one key.",
            "Make the idempotency key unique in the database, in the write's own transaction.",
        )


def _wrong_answers(evidence: Evidence, _assessment: Assessment) -> Found:
    rows = evidence.load.attempts if evidence.load else ()
    kinds = Counter(row.error.partition("/")[2] for row in rows if row.is_wrong)
    for kind, number in kinds.most_common():
        wrong = _WRONG.get(kind, "were wrong")
        yield problem(f"{counted(number, 'answer')} {wrong}.", _RIGHT.get(kind, _HIDDEN))


def _no_recovery(evidence: Evidence, assessment: Assessment) -> Found:
    if assessment.recovery.proven is False:
        undone = [one.undone_at for one in evidence.faults if one.undone_at is not None]
        since = max(undone).timestamp() if undone else math.inf
        bad = Counter(row.status for row in _rows(evidence, since, math.inf) if row.is_bad)
        remedy = _BY_STATUS.get(_most(bad) or _UNANSWERED, _ANYTHING) if bad else _ANYTHING
        yield problem(f"{assessment.recovery.check.sentence}.", _STAYED_BEHIND + remedy)


def _most(statuses: Counter[int | None]) -> int | None:
    return statuses.most_common(1)[0][0]


def _lying_counters(_evidence: Evidence, assessment: Assessment) -> Found:
    for check in assessment.checks:
        if check.subject in _TRUE and check.answer is Answer.REFUTED:
            remedy = f"{_TRUE[check.subject]}; until then no budget and no alert can be believed."
            yield problem(f"{check.sentence}.", remedy)


def _left_too_soon(evidence: Evidence, _assessment: Assessment) -> Found:
    for fault, record, start, end in _at_work(evidence):
        rows = _rows(evidence, start, end + _DRAIN.total_seconds())
        failed = [row for row in rows if row.is_bad and row.replica in {"", *record.targets}]
        if fault.kind.spec.leaves_in_order and failed:
            yield problem(
                f"{counted(len(failed), 'request')} failed when {', '.join(record.targets)} left.",
                "Let a replica say first that it is not ready, go on accepting until the balancer"
                " has noticed (a `preStop` delay, a longer drain), and finish what is in flight.",
            )


def _waited_in_vain(evidence: Evidence, _assessment: Assessment) -> Found:
    patience = evidence.plan.experiment.load.timeout
    for fault, _record, start, end in _at_work(evidence):
        vain = [row for row in _rows(evidence, start, end) if row.error == "timeout"]
        if fault.kind.spec.slows_queries and vain:
            yield problem(
                f"{counted(len(vain), 'request')} waited for the database until the client gave up"
                f" after {duration(patience)}.",
                "Give every call of the database a timeout below the clients' patience, the wait"
                " for a connection included; only then can a breaker open.",
            )


def _slowness_failed(evidence: Evidence, _assessment: Assessment) -> Found:
    patience = evidence.plan.experiment.load.timeout
    for fault, record, start, end in _at_work(evidence):
        if (
            fault.kind.spec.harm is not Harm.SLOW
            or (fault.delay or patience) > MERELY_SLOW * patience
        ):
            continue
        asked = [row for row in _rows(evidence, start, end) if row.replica in record.targets]
        failed = sum(row.is_bad for row in asked)
        if failed > FAILED_RATIO * len(asked):
            yield problem(
                f"{fault.id} made things {duration(fault.delay or patience)} slower, and"
                f" {percent(failed / len(asked))} of the answers were failures"
                f"{_times_asked(fault, record, len(asked))}.",
                "Do not give up what is merely slow, nor repeat it at once: a timeout that a slow"
                " database keeps, and one retry at most, after a pause, within a retry budget.",
            )


def _times_asked(fault: Fault, record: FaultRecord, requests: int) -> str:
    if not fault.kind.spec.slows_queries or not record.seen:
        return ""
    return f"; {record.seen / requests:.2g} queries came for each request"


def _at_work(evidence: Evidence) -> Iterator[tuple[Fault, FaultRecord, float, float]]:
    """Give each fault with the time from its arming to its end; epoch seconds."""
    records = {record.id: record for record in evidence.faults}
    for planned in evidence.plan.faults:
        record = records.get(planned.fault.id)
        if record is not None and record.armed_at is not None:
            end = record.undone_at or evidence.finished_at
            yield planned.fault, record, record.armed_at.timestamp(), end.timestamp()


def _rows(evidence: Evidence, start: float, end: float) -> Sequence[Attempt]:
    return () if evidence.load is None else attempt_stats.within(evidence.load.attempts, start, end)


MISTAKES: tuple[Rule, ...] = (
    _lost_writes,
    _doubled_writes,
    _wrong_answers,
    _lying_counters,
    _no_recovery,
    _left_too_soon,
    _waited_in_vain,
    _slowness_failed,
)

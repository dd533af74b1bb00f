"""Do the client's ledger, the replicas' own counters and Prometheus tell the same story?

Without a restart and without other users they agree to the request. Otherwise every difference
has to lie within what explains it:

- a replica that ended takes the requests since its last scrape with it. At most these are its
  highest rate in a second × the scrape interval, for each restart;
- other users' requests, which the replicas tell apart from the load's, may fall between the
  moments at which two sources were read;
- a client's slow answer may have been slow on its way; what was clearly slow was so in the replica;
- a request that no replica answered may still have reached one (a timeout). What the balancer
  answered itself no replica knows: the blind spot of an objective that replicas count.

What is left over is unexplained: it widens the interval of the cost and keeps the verdict open.
"""

import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.attempt_stats import BlindSpot
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.judging.counts.prometheus_counts import Counted, prometheus_counts
from ironclad.domain.judging.counts.replica_counts import Readings, readings
from ironclad.domain.judging.counts.slow_answers import clearly_slow
from ironclad.domain.judging.starvation import CALM, Starvation
from ironclad.domain.load.load import Attempt, LoadResult
from ironclad.domain.slo.sli import Sli
from ironclad.domain.slo.slo import Counts, Objective
from ironclad.domain.text.wording import count, counted

_SIGMAS = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The three sources of one objective. `reconciled` is None while a source is missing.

    Of a service that is not ours the clients are the only source.

    `client` is what clients felt. For a latency objective that counts from the intended send time
    and through the balancer. It may be more than the replicas' count, but never less. What is
    clearly slow in it, they have to count.
    """

    client: Counts | None
    replicas: Counts | None
    prometheus: Counts | None
    reconciled: bool | None
    unexplained: int
    blind_spot: BlindSpot
    restarted: tuple[str, ...]
    explanation: str


@dataclass(frozen=True, slots=True)
class _Difference:
    """By how much one source exceeds another, and how far that may go either way."""

    events: int
    at_least: int
    at_most: int

    @property
    def unexplained(self) -> int:
        return max(0, self.at_least - self.events, self.events - self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """The three sources, all of them known, and what may set them apart.

    `felt` are the client's rows, `answered` those of them that a replica answered (`failed` by
    status, `bad` by the objective, `clearly_slow` in the replica). `forgotten` are those that a
    restarted one did before it ended.
    `unattributed` got no replica's answer; `others` are not the load's. At most `lost` died
    unscraped, and at most `edge` of the others' fell between two readings.
    """

    sli: Sli
    felt: Counts
    answered: Counts
    failed: int
    clearly_slow: int
    forgotten: int
    load: Counts
    replicas: Counts
    prometheus: Counts
    unattributed: int
    others: int
    lost: int
    edge: int
    restarted: tuple[str, ...]
    arrived: tuple[str, ...]
    blind_spot: BlindSpot


def client_alone(evidence: Evidence, objective: Objective) -> Reconciliation:
    """Take the clients' word, there being no other."""
    load = evidence.load
    rows = () if load is None else load.attempts
    counted_alone = f"{counted(len(rows), 'request')} counted by the clients alone"
    return Reconciliation(
        client=None if load is None else judged_counts(rows, objective),
        replicas=None,
        prometheus=None,
        reconciled=None if load is None else True,
        unexplained=0,
        blind_spot=attempt_stats.blind_spot(rows),
        restarted=(),
        explanation="the load's ledger is missing" if load is None else counted_alone,
    )


def reconcile(
    evidence: Evidence, objective: Objective, starvation: Starvation = CALM
) -> Reconciliation:
    found, counts = readings(evidence), _prometheus(evidence, objective)
    replicas = found.counts(objective.name)
    problem = _problem(evidence, found, counts, replicas)
    slow = clearly_slow(evidence, objective, starvation)
    story = None if problem else _story(evidence, objective, found, counts, slow)
    unexplained = sum(one.unexplained for one in _differences(story)) if story else 0
    return Reconciliation(
        client=client_counts(evidence.load, objective),
        replicas=replicas,
        prometheus=counts.counts,
        reconciled=None if story is None else unexplained == 0,
        unexplained=unexplained,
        blind_spot=attempt_stats.blind_spot(evidence.load.attempts if evidence.load else ()),
        restarted=found.restarted,
        explanation=_explanation(story, unexplained) if story else problem,
    )


def client_counts(load: LoadResult | None, objective: Objective) -> Counts | None:
    return None if load is None else judged_counts(load.attempts, objective)


def judged_counts(attempts: Sequence[Attempt], objective: Objective) -> Counts:
    """Count as the client does."""
    return Counts(len(attempts), objective.sli.spec.bad_of(attempts, objective))


def indicated_counts(attempts: Sequence[Attempt], objective: Objective) -> Counts:
    """Count as the objective's indicator does: by status, and not by what an answer holds."""
    if objective.counts_failures:
        return attempt_stats.failures(attempts)
    return judged_counts(attempts, objective)


def _prometheus(evidence: Evidence, objective: Objective) -> Counted:
    windows = [window for window in evidence.windows if window.objective == objective.name]
    if len(windows) != 1 or evidence.load is None:
        return Counted(None, f"Prometheus gave no samples of {objective.name}")
    started, ended = evidence.load.started_at.timestamp(), evidence.load.ended_at.timestamp()
    return prometheus_counts(windows[0], started, ended)


def _problem(evidence: Evidence, found: Readings, counts: Counted, replicas: Counts | None) -> str:
    if evidence.load is None:
        return "the load's ledger is missing"
    silent = "" if replicas else "the replicas did not count this objective"
    return found.problem or silent or counts.problem


def _story(
    evidence: Evidence, objective: Objective, found: Readings, counts: Counted, slow: int
) -> _Story | None:
    load, replicas = evidence.load, found.counts(objective.name)
    if load is None or replicas is None or counts.counts is None:
        return None
    answered = [row for row in load.attempts if row.replica]
    restarted = [row for row in answered if row.replica in found.restarted]
    others = _others(found, objective)
    return _Story(
        sli=objective.sli,
        felt=judged_counts(load.attempts, objective),
        answered=indicated_counts(answered, objective),
        failed=attempt_stats.failures(answered).bad,
        clearly_slow=slow,
        forgotten=sum(row.answered_at <= found.forgot_until[row.replica] for row in restarted),
        load=found.load_counts,
        replicas=replicas,
        prometheus=counts.counts,
        unattributed=len(load.attempts) - len(answered),
        others=others,
        lost=_lost(evidence, restarted, found.restarted, counts.resets),
        edge=_edge(evidence, objective, others),
        restarted=found.restarted,
        arrived=found.arrived,
        blind_spot=attempt_stats.blind_spot(load.attempts),
    )


def _others(found: Readings, objective: Objective) -> int:
    """Count requests that are not the load's, by the replicas that lost nothing."""
    kept = [one for one in found.replicas if not one.restarted]
    return sum(one.counts[objective.name].valid - one.load_counts.valid for one in kept)


def _lost(
    evidence: Evidence, rows: Sequence[Attempt], restarted: Sequence[str], resets: int
) -> int:
    """Bound what died unscraped: each restarted replica's busiest second × the scrape interval."""
    seconds = Counter((row.replica, int(row.sent_at)) for row in rows)
    busiest = [
        max((number for (name, _), number in seconds.items() if name == replica), default=0)
        for replica in restarted
    ]
    deaths = 1 + max(0, resets - len(restarted)) if restarted else 0
    return math.ceil(sum(busiest) * deaths * evidence.plan.scrape_interval.total_seconds())


def _edge(evidence: Evidence, objective: Objective, others: int) -> int:
    """Bound what other users sent between a reading of the replicas and one of Prometheus."""
    if others <= 0:
        return 0
    before = min(counters.read_at for counters in evidence.replicas_before).timestamp()
    after = max(counters.read_at for counters in evidence.replicas_after).timestamp()
    window = next(one for one in evidence.windows if one.objective == objective.name)
    gap = abs(before - window.start) + abs(after - window.end)
    gap += 2 * evidence.plan.scrape_interval.total_seconds()
    mean = others * gap / max(1.0, after - before)
    return math.ceil(mean + _SIGMAS * math.sqrt(mean) + 1)


def _differences(story: _Story) -> Iterator[_Difference]:
    yield from _of_the_load(story)
    yield from _of_all_traffic(story)
    if story.restarted:
        yield from _around_restarts(story)


def _of_the_load(story: _Story) -> Iterator[_Difference]:
    """The replicas' count of the load against the client's rows."""
    lost, unattributed = -story.forgotten, story.unattributed
    yield _Difference(story.load.valid - story.answered.valid, lost, unattributed)
    yield _Difference(story.load.bad - story.failed, lost, unattributed)
    yield _Difference(story.others, 0, sys.maxsize)
    if story.sli.spec.counts_failures:
        yield _Difference(story.replicas.bad - story.load.bad, 0, story.others)
    else:
        bad = story.replicas.bad
        yield _Difference(bad - story.answered.bad, -sys.maxsize, unattributed + story.others)
        yield _Difference(bad - story.clearly_slow, lost, sys.maxsize)


def _of_all_traffic(story: _Story) -> Iterator[_Difference]:
    """Prometheus against the replicas; it remembers what a restarted one has forgotten.

    Of other users that is no more than those serve of them who kept their counts.
    """
    forgotten = story.forgotten + story.unattributed + story.others if story.restarted else 0
    most = story.edge + forgotten
    for mine, theirs in _pairs(story.prometheus, story.replicas):
        yield _Difference(mine - theirs, -story.edge, most)


def _around_restarts(story: _Story) -> Iterator[_Difference]:
    """Prometheus against the client, since the replicas no longer know."""
    most = story.unattributed + 2 * story.others + story.edge
    bad, spec = story.prometheus.bad, story.sli.spec
    least = story.answered.bad if spec.counts_failures else story.clearly_slow
    yield _Difference(story.prometheus.valid - story.answered.valid, -story.lost, most)
    yield _Difference(bad - story.answered.bad, -sys.maxsize, most)
    yield _Difference(bad - least, -story.lost, sys.maxsize)


def _pairs(one: Counts, other: Counts) -> tuple[tuple[int, int], ...]:
    return (one.valid, other.valid), (one.bad, other.bad)


def _explanation(story: _Story, unexplained: int) -> str:
    """Name what sets the sources apart, the unexplained first."""
    reasons = [reason for reason in _reasons(story, unexplained) if reason]
    if not reasons:
        return f"all three sources agree on {counted(story.felt.valid, 'request')}"
    return "; ".join(reasons)


def _reasons(story: _Story, unexplained: int) -> Iterator[str]:
    if unexplained:
        yield f"{counted(unexplained, 'request')} are not explained"
    if story.others > 0:
        yield f"{counted(story.others, 'request')} of other users beside the load"
    if story.restarted:
        yield f"{_ended(story)}, and at most {counted(story.lost, 'request')} died unscraped"
    yield _blind(story.blind_spot)
    more = story.felt.bad - story.prometheus.bad
    if not story.sli.spec.counts_failures and more > 0:
        yield (
            f"clients felt {count(more)} more {story.sli.spec.bad} answers: they count from the"
            " intended time and through the balancer"
        )


def _ended(story: _Story) -> str:
    names = ", ".join(story.restarted)
    if story.arrived:
        return f"{names} gave way to {', '.join(story.arrived)}"
    return f"{names} restarted"


def _blind(blind: BlindSpot) -> str:
    if not blind.total:
        return ""
    return (
        f"{counted(blind.total, 'failure')} that no replica counts, the blind spot of this"
        f" objective ({blind.words})"
    )

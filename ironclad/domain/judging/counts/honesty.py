"""Do the replicas count what they answered? An indicator that lies makes every budget look well.

Where nothing restarted and both sides agree on the number of requests, no sample is lost. A
difference in the number of failures, or of slow answers, is then a wrong count of the service.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.judging.check import Check, refuted
from ironclad.domain.judging.counts.reconciliation import judged_counts
from ironclad.domain.judging.counts.replica_counts import Readings, readings
from ironclad.domain.judging.counts.slow_answers import delayed
from ironclad.domain.load.load import Attempt
from ironclad.domain.slo.slo import Counts
from ironclad.domain.text.wording import count, duration

SUBJECT = "counters"
DURATIONS = "durations"
PAGES = "metrics pages"
FEWEST = 100
"""Answers of a replica; a page that counts none of them is not its own, or stands still."""


def honesty_checks(evidence: Evidence) -> Iterator[Check]:
    """Nothing where there is nothing to say; whether the sources agree is asked elsewhere."""
    found, load = readings(evidence), evidence.load
    if load is None or found.problem or found.restarted or found.arrived:
        return
    yield from _about_pages(load.attempts, found)
    answered, counted = attempt_stats.failures(load.attempts), found.load_counts
    if not all(row.replica for row in load.attempts) or counted.valid != answered.valid:
        return
    if counted.bad != answered.bad:
        yield _lie(SUBJECT, answered, "with a failure", counted.bad)
    yield from _about_latency(evidence, found)


def _about_pages(attempts: Sequence[Attempt], found: Readings) -> Iterator[Check]:
    answered = Counter(row.replica for row in attempts)
    for one in found.replicas:
        if answered[one.replica] >= FEWEST and not one.load_counts.valid:
            yield refuted(
                PAGES,
                f"{one.replica} answered {count(answered[one.replica])} requests, and its metrics"
                " page counted none of them",
            )


def _about_latency(evidence: Evidence, found: Readings) -> Iterator[Check]:
    """Compare with what a fault delayed inside of the replica, and with all that clients waited."""
    for objective in evidence.plan.objectives:
        counted, limit = found.counts(objective.name), objective.latency_threshold
        if counted is None or limit is None or evidence.load is None:
            continue
        answered = judged_counts(evidence.load.attempts, objective)
        least, most = len(delayed(evidence, objective)), answered.bad
        if counted.valid != answered.valid or least <= counted.bad <= most:
            continue
        slow = Counts(answered.valid, least if counted.bad < least else most)
        yield _lie(DURATIONS, slow, f"after more than {duration(limit)}", counted.bad)


def _lie(subject: str, answered: Counts, how: str, counted: int) -> Check:
    return refuted(
        subject,
        f"the replicas answered {count(answered.bad)} of {count(answered.valid)} requests {how} and"
        f" counted {count(counted)}: what they count is not what they answer",
    )

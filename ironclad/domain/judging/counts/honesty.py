"""Do the replicas count what they answered? An indicator that lies makes every budget look well.

Where nothing restarted and both sides agree on the number of requests, no sample is lost. A
difference in the number of failures is then a wrong count of the service itself.
"""

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.judging.check import Check, refuted
from ironclad.domain.judging.counts.replica_counts import readings
from ironclad.domain.text.wording import count

SUBJECT = "counters"


def honesty_check(evidence: Evidence) -> Check | None:
    """None where there is nothing to say; whether the sources agree is asked elsewhere."""
    found, load = readings(evidence), evidence.load
    if load is None or found.problem or found.restarted or found.arrived:
        return None
    if not all(row.replica for row in load.attempts):
        return None
    answered, counted = attempt_stats.counts(load.attempts), found.load_counts
    if counted.valid != answered.valid or counted.bad == answered.bad:
        return None
    return refuted(
        SUBJECT,
        f"the replicas answered {count(answered.bad)} of {count(answered.valid)} requests with a"
        f" failure and counted {count(counted.bad)}: what they count is not what they answer",
    )

"""How many failures the clients may feel, whoever counts them: what a balancer answers, too."""

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.judging.check import Check, refuted, shown, unknown
from ironclad.domain.judging.starvation import CALM, Starvation, excused
from ironclad.domain.text.wording import count

SUBJECT = "clients"


def client_failures_check(evidence: Evidence, starvation: Starvation = CALM) -> Check | None:
    """None where the experiment sets no limit."""
    most = evidence.plan.experiment.expect.client_failures_at_most
    if most is None:
        return None
    if evidence.load is None:
        return unknown(SUBJECT, "how many failures the clients felt is not known")
    felt = attempt_stats.counts(evidence.load.attempts)
    told = f"clients felt {count(felt.bad)} failures in {count(felt.valid)} requests"
    if felt.bad > most:
        check = refuted(SUBJECT, f"{told}, more than the {count(most)} allowed")
        calm = attempt_stats.counts(starvation.calm(evidence.load.attempts))
        return check if calm.bad > most else excused(check, starvation)
    return shown(SUBJECT, f"{told}, within the {count(most)} allowed")

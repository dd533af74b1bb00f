"""Did it cost as much as was predicted? Much less means that the fault, or its count, went astray.

Significantly below is an interval of the cost that lies wholly below the prediction. Fewer requests
to the targets than an even spread would send there explain it. So does a safeguard that the
experiment expects and that masks failures.
"""

from ironclad.domain.evidence.evidence import Evidence, FaultRecord
from ironclad.domain.evidence.intervals import Interval
from ironclad.domain.evidence.journal import Status
from ironclad.domain.experiment.plan import PlannedFault, Prediction
from ironclad.domain.experiment.safeguards import SafeguardName
from ironclad.domain.judging.check import Check, unknown
from ironclad.domain.slo.slo import Objective
from ironclad.domain.text.wording import percent, percent_range


def below_prediction(
    evidence: Evidence, objective: Objective, interval: Interval | None
) -> Check | None:
    """None where it cost as much as predicted, or nothing exact was predicted."""
    prediction = _exact(evidence, objective)
    if prediction is None or interval is None or _is_masked(evidence):
        return None
    expected = prediction.spent_ratio * _reached(evidence)
    if interval.high >= expected:
        return None
    predicted, spread = percent(prediction.spent_ratio), percent(expected)
    as_spread = "" if spread == predicted else f" ({spread} as it was spread)"
    return unknown(
        f"prediction of {objective.name}",
        f"{objective.name} cost {percent_range(interval.low, interval.high)}, significantly below"
        f" the {predicted} predicted{as_spread}, and nothing explains it",
    )


def _exact(evidence: Evidence, objective: Objective) -> Prediction | None:
    """A bound is no prediction of what it costs, and a run that was cut short costs less."""
    if evidence.status is not Status.COMPLETED:
        return None
    for each in evidence.plan.predictions:
        if each.objective == objective.name and each.bad_events and not each.is_bound:
            return None if each.not_predicted else each
    return None


def _is_masked(evidence: Evidence) -> bool:
    return SafeguardName.MASKS_FAILURES in evidence.plan.experiment.expect.safeguards


def _reached(evidence: Evidence) -> float:
    """Give how much of its share of the requests came to a fault's targets; 1 at most."""
    records = {record.id: record for record in evidence.faults}
    return min(
        (_spread(evidence, one, records.get(one.fault.id)) for one in evidence.plan.faults),
        default=1.0,
    )


def _spread(evidence: Evidence, planned: PlannedFault, record: FaultRecord | None) -> float:
    """What no other replica has answered while it was armed may have come to a target."""
    targets = frozenset(replica.name for replica in planned.targets)
    if evidence.load is None or record is None or not targets:
        return 1.0
    if record.armed_at is None or record.undone_at is None:
        return 1.0
    start, end = record.armed_at.timestamp(), record.undone_at.timestamp()
    rows = [row for row in evidence.load.attempts if start <= row.sent_at < end]
    if not rows:
        return 1.0
    came = sum(not row.replica or row.replica in targets for row in rows) / len(rows)
    return min(1.0, came * len(evidence.plan.replicas) / len(targets))

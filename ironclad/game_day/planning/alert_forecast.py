"""Which alerts should fire, and when, with what is in their windows right now."""

import asyncio
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ironclad.domain.alerting.flow import Flow, Stretch, flow
from ironclad.domain.alerting.forecast import AlertForecast, Outlook, forecasts
from ironclad.domain.alerting.live_rules import LiveRule, RatioOver, WatchedAlert, watched
from ironclad.domain.evidence.counters import Sample
from ironclad.domain.experiment.experiment import Experiment
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.experiment.prediction import predict
from ironclad.domain.slo.slo import Objective
from ironclad.domain.stack.stack import SERVICE_JOB, Replica
from ironclad.ports import MetricsSource


def traffic(
    experiment: Experiment,
    objective: Objective,
    faults: Sequence[PlannedFault],
    replicas: Sequence[Replica],
    *,
    before: Sequence[Stretch],
    begin: float = 0.0,
) -> Flow:
    """Put the load from `begin` on behind what came before it."""
    bad = [_bad(experiment, objective, planned, replicas) for planned in faults]
    end = math.ceil(experiment.load_duration.total_seconds())
    return flow([*before, *_seconds(experiment, bad, begin, end)])


def recorded_stretches(
    valid: Sequence[Sample], bad: Sequence[Sample], step_seconds: float, origin: float
) -> tuple[Stretch, ...]:
    """Turn recorded rates into requests; `origin` is the load's start in epoch seconds."""
    failing = {sample.at: sample.value for sample in bad}
    return tuple(
        Stretch(
            start=sample.at - step_seconds - origin,
            end=sample.at - origin,
            valid=sample.value * step_seconds,
            bad=failing.get(sample.at, 0.0) * step_seconds,
        )
        for sample in valid
    )


def _bad(
    experiment: Experiment,
    objective: Objective,
    planned: PlannedFault,
    replicas: Sequence[Replica],
) -> tuple[float, float, float]:
    """Give from when until when it bites, and the ratio of all requests that are bad then."""
    start = (experiment.phases.baseline + planned.fault.at).total_seconds()
    lasts = planned.fault.kind.spec.costs_for(planned.fault.duration)
    end = start + lasts.total_seconds()
    (prediction,) = predict(experiment, [objective], [planned], replicas)
    pacer = experiment.load.pacer
    requests = pacer.hits_before(end) - pacer.hits_before(start)
    return start, end, prediction.bad_events / requests if requests else 0.0


def _seconds(
    experiment: Experiment, bad: Sequence[tuple[float, float, float]], begin: float, end: int
) -> Iterator[Stretch]:
    """Cut where a fault begins or ends, and at every second, since a pacer may change its rate."""
    cuts = {begin, float(end), *(float(at) for at in range(math.ceil(begin), end))}
    cuts |= {at for start, stop, _ in bad for at in (start, stop) if begin < at < end}
    ordered, pacer = sorted(cuts), experiment.load.pacer
    for start, stop in pairwise(ordered):
        requests = pacer.hits_before(stop) - pacer.hits_before(start)
        ratio = sum(share for on, off, share in bad if on <= start < off)
        yield Stretch(start, stop, requests, requests * min(1.0, ratio))


VALID, BAD = "slo:valid_events:rate", "slo:bad_events:rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A game day of which `begin` seconds of load are over at `now` (epoch seconds)."""

    experiment: Experiment
    objectives: tuple[Objective, ...]
    faults: tuple[PlannedFault, ...]
    replicas: tuple[Replica, ...]
    now: float
    begin: float = 0.0

    @property
    def first_fault(self) -> float:
        starts = [planned.fault.at for planned in self.faults]
        return (self.experiment.phases.baseline + min(starts)).total_seconds()


async def forecast_alerts(coming: Coming, metrics: MetricsSource) -> tuple[AlertForecast, ...]:
    """Ask Prometheus for its rules and for what they have in their windows. Raises what it does."""
    rules = await metrics.live_rules()
    alerts, experiment = watched(rules), coming.experiment
    interval = await metrics.scrape_interval(SERVICE_JOB)
    if not alerts or not coming.faults or interval is None or experiment.workload is not None:
        return ()
    outlook = Outlook(
        objectives=coming.objectives,
        flows=await _flows(coming, metrics, rules, alerts),
        remaining_percent=await _remaining(coming, metrics),
        down=[*_down(coming)],
        begin=coming.begin,
        first_fault=coming.first_fault,
        end=(experiment.load_duration + experiment.phases.settle).total_seconds(),
        scrape_interval=interval,
        is_sure=_is_sure(coming),
    )
    # Up to a second of arithmetic, while the load waits for its renewal.
    return await asyncio.to_thread(forecasts, alerts, outlook)


async def _flows(
    coming: Coming,
    metrics: MetricsSource,
    rules: Sequence[LiveRule],
    alerts: Sequence[WatchedAlert],
) -> dict[str, Flow]:
    step = next((rule.interval_seconds for rule in rules if rule.name == VALID), 0.0)
    windows = [one.condition.windows for one in alerts if isinstance(one.condition, RatioOver)]
    longest = max((seconds for window in windows for seconds, _ in window), default=0.0)
    return {
        objective.name: traffic(
            coming.experiment,
            objective,
            coming.faults,
            coming.replicas,
            before=await _before(coming, metrics, objective, step, longest),
            begin=coming.begin,
        )
        for objective in coming.objectives
    }


async def _before(
    coming: Coming, metrics: MetricsSource, objective: Objective, step: float, longest: float
) -> tuple[Stretch, ...]:
    valid, bad = [
        await _recorded(metrics, f'{name}{{objective="{objective.name}"}}', coming.now, longest)
        for name in (VALID, BAD)
    ]
    origin = coming.now - coming.begin
    return recorded_stretches(valid, bad, step, origin)


async def _recorded(
    metrics: MetricsSource, selector: str, now: float, seconds: float
) -> tuple[Sample, ...]:
    series = await metrics.raw(selector, now - seconds, now)
    return series[0].samples if series else ()


async def _remaining(coming: Coming, metrics: MetricsSource) -> dict[str, float | None]:
    query = 'error_budget_remaining_percentage{{objective="{}"}}'
    return {
        one.name: await metrics.value(query.format(one.name), coming.now)
        for one in coming.objectives
    }


def _down(coming: Coming) -> Sequence[tuple[float, float]]:
    """Only one that stands still gives no metrics: the others answer, or are soon another."""
    baseline = coming.experiment.phases.baseline
    return [
        ((baseline + one.fault.at).total_seconds(), (baseline + one.fault.ends_at).total_seconds())
        for one in coming.faults
        if one.fault.kind.spec.stands_still
    ]


def _is_sure(coming: Coming) -> bool:
    """Not where a fault's cost is a bound, or cannot be predicted."""
    found = predict(coming.experiment, coming.objectives, coming.faults, coming.replicas)
    return not any(one.is_bound or one.not_predicted for one in found)

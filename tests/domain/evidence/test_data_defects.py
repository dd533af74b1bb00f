"""Whatever is wrong with the data, it never looks like a pass."""

import math
import random
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironclad.domain.evidence.counters import Sample, Series
from ironclad.domain.evidence.evidence import Evidence, MetricsWindow
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.judging.as_before.figures import SELECTORS
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.verdict import judge
from ironclad.domain.judging.watched import EVALUATED
from ironclad.domain.load.load import Attempt, LoadResult
from ironclad.domain.slo.slo import Counts
from tests.fakes.game_day.evidence import Scenario, evidence_of

Damage = Callable[[Evidence], Evidence]

SMALL = Scenario(rate=20.0, target=0.99, at_most_ratio=0.02, must=("HighErrorRate",), fires_at=50.0)
"""Sound, and quick to judge: an objective of 99 % needs 299 requests instead of 2,995."""


def sound() -> Evidence:
    return evidence_of(SMALL)


def verdict(evidence: Evidence) -> Verdict | None:
    return judge(assess(evidence)).verdict


def test_the_evidence_that_is_damaged_here_is_upheld_while_it_is_whole() -> None:
    assert verdict(sound()) is Verdict.UPHELD


def windows(change: Callable[[MetricsWindow], MetricsWindow]) -> Damage:
    return lambda e: replace(e, windows=tuple(change(window) for window in e.windows))


def series(change: Callable[[Series], Series | None]) -> Damage:
    def kept(many: tuple[Series, ...]) -> tuple[Series, ...]:
        return tuple(one for one in map(change, many) if one is not None)

    def window(w: MetricsWindow) -> MetricsWindow:
        good = None if w.good is None else kept(w.good)
        return replace(w, valid=kept(w.valid), bad=kept(w.bad), good=good)

    return windows(window)


def samples(change: Callable[[list[Sample]], list[Sample]]) -> Damage:
    return series(lambda one: replace(one, samples=tuple(change(list(one.samples)))))


def of_pod(name: str, change: Callable[[Series], Series | None]) -> Damage:
    return series(lambda one: change(one) if one.label("pod") == name else one)


def load(change: Callable[[LoadResult], LoadResult]) -> Damage:
    return lambda e: replace(e, load=change(e.load) if e.load else None)


def rows(keep: Callable[[int], bool]) -> Damage:
    return load(lambda r: replace(r, attempts=[row for row in r.attempts if keep(row.number)]))


def attempts(change: Callable[[Attempt], Attempt]) -> Damage:
    return load(lambda r: replace(r, attempts=[change(row) for row in r.attempts]))


def fault(**changes: Any) -> Damage:
    return lambda e: replace(e, faults=tuple(replace(record, **changes) for record in e.faults))


def alert(**changes: Any) -> Damage:
    return lambda e: replace(e, alerts=tuple(replace(seen, **changes) for seen in e.alerts))


def shifted(seconds: float) -> Damage:
    return samples(lambda many: [replace(one, at=one.at + seconds) for one in many])


def scaled(factor: float) -> Damage:
    return samples(lambda many: [replace(one, value=one.value * factor) for one in many])


def reset(many: list[Sample]) -> list[Sample]:
    """Pretend a restart half-way: what was counted starts again from 0."""
    half = many[len(many) // 2].value
    return [
        one if index < len(many) // 2 else replace(one, value=one.value - half)
        for index, one in enumerate(many)
    ]


def counted_less(e: Evidence) -> Evidence:
    """Let one replica forget ten requests."""
    first, *others = e.replicas_after
    counts = {n: Counts(c.valid - 10, c.bad) for n, c in first.counts.items()}
    load_counts = Counts(first.load_counts.valid - 10, first.load_counts.bad)
    return replace(
        e, replicas_after=(replace(first, counts=counts, load_counts=load_counts), *others)
    )


def negative(e: Evidence) -> Evidence:
    return replace(e, replicas_before=e.replicas_after, replicas_after=e.replicas_before)


def observed(selector: str, change: Callable[[tuple[Series, ...]], tuple[Series, ...]]) -> Damage:
    return lambda e: replace(
        e, observed={**e.observed, selector: change(e.observed.get(selector, ()))}
    )


def thinned(keep: Callable[[list[Sample]], list[Sample]]) -> Callable[..., tuple[Series, ...]]:
    return lambda many: tuple(replace(one, samples=tuple(keep(list(one.samples)))) for one in many)


def unlike_numbers(value: float) -> Callable[..., tuple[Series, ...]]:
    return thinned(lambda many: [replace(one, value=value) for one in many])


OF_SERIES: dict[str, Callable[..., tuple[Series, ...]]] = {
    "gone": lambda _many: (),
    "without samples": thinned(lambda _many: []),
    "only NaN": unlike_numbers(math.nan),
    "infinite": unlike_numbers(math.inf),
    "only before the fault": thinned(lambda many: many[:25]),
    "only after the fault": thinned(lambda many: many[-25:]),
}
OF_ONE_REPLICA: dict[str, Callable[..., tuple[Series, ...]]] = {
    "of one replica gone": lambda many: many[1:]
}


HOUR = timedelta(hours=1)
NAN = math.nan

DEFECTS: dict[str, Damage] = {
    # Prometheus
    "Prometheus gave nothing": lambda e: replace(e, windows=()),
    "one objective was not read": lambda e: replace(e, windows=e.windows[:1]),
    "one objective was read twice": lambda e: replace(e, windows=(*e.windows, e.windows[0])),
    "no series at all": series(lambda _one: None),
    "no series of bad requests": windows(lambda w: replace(w, bad=(), good=w.good and ())),
    "no series of all requests": windows(lambda w: replace(w, valid=())),
    "one replica's series are gone": of_pod("orders-2", lambda _one: None),
    "the faulty replica's series are gone": of_pod("orders-1", lambda _one: None),
    "two of three replicas' series are gone": series(
        lambda one: one if one.label("pod") == "orders-3" else None
    ),
    "series without samples": samples(lambda _many: []),
    "one sample in each series": samples(lambda many: many[:1]),
    "the last sample in each series": samples(lambda many: many[-1:]),
    "a sample that is NaN": samples(
        lambda many: [*many[:9], replace(many[9], value=NAN), *many[10:]]
    ),
    "only NaN": samples(lambda many: [replace(one, value=NAN) for one in many]),
    "infinite samples": samples(lambda many: [*many[:-1], replace(many[-1], value=math.inf)]),
    "Prometheus away for the end": samples(lambda many: many[: len(many) // 2]),
    "Prometheus away at the beginning": samples(lambda many: many[len(many) // 2 :]),
    "a counter that seems to restart": of_pod(
        "orders-1", lambda one: replace(one, samples=tuple(reset(list(one.samples))))
    ),
    "samples twice": samples(lambda many: [one for one in many for _ in range(2)]),
    "samples backwards": samples(lambda many: many[::-1]),
    "series twice": windows(lambda w: replace(w, valid=w.valid * 2, bad=w.bad * 2)),
    "a clock an hour ahead": shifted(3600),
    "a clock a minute behind": shifted(-60),
    "values a tenth too low": scaled(0.9),
    "values a tenth too high": scaled(1.1),
    "nothing ever counted": scaled(0.0),
    "more bad than valid": windows(lambda w: replace(w, bad=w.valid, valid=w.bad or w.valid)),
    # the replicas' own counters
    "no counters before": lambda e: replace(e, replicas_before=()),
    "no counters after": lambda e: replace(e, replicas_after=()),
    "a replica silent before": lambda e: replace(e, replicas_before=e.replicas_before[1:]),
    "a replica silent after": lambda e: replace(e, replicas_after=e.replicas_after[1:]),
    "a replica read twice": lambda e: replace(
        e, replicas_after=(*e.replicas_after[:2], e.replicas_after[0])
    ),
    "counters that ran backwards": negative,
    "a replica that forgot": counted_less,
    "a replica without the objective": lambda e: replace(
        e, replicas_after=tuple(replace(one, counts={}) for one in e.replicas_after)
    ),
    "counters read too late": lambda e: replace(
        e, replicas_before=tuple(replace(r, read_at=r.read_at + HOUR) for r in e.replicas_before)
    ),
    "counters read too early": lambda e: replace(
        e, replicas_after=tuple(replace(r, read_at=r.read_at - HOUR) for r in e.replicas_after)
    ),
    # the load
    "no load ledger": lambda e: replace(e, load=None),
    "an empty ledger": rows(lambda _number: False),
    "one row missing": rows(lambda number: number != 1234),
    "a second of rows missing": rows(lambda number: not 1000 <= number < 1020),
    "no row of the baseline": rows(lambda number: number > 620),
    "no row of the recovery": rows(lambda number: number < 1500),
    "a row twice": load(lambda r: replace(r, attempts=[*r.attempts[:-1], r.attempts[0]])),
    "the generator starved": load(lambda r: replace(r, offered=r.offered + 50, dropped=50)),
    "the generator was stopped": load(lambda r: replace(r, offered=r.offered + 50, unsent=50)),
    "the generator died": load(lambda r: replace(r, complete=False, reason="it died")),
    "no answer is the right one": attempts(
        lambda row: replace(row, status=200, error="wrong_answer/malformed")
    ),
    "slow answers that Prometheus alone counted": windows(
        lambda w: replace(w, good=w.good and w.good[1:])
    ),
    # what happened when
    "no phases": lambda e: replace(e, phases=()),
    "no baseline": lambda e: replace(e, phases=e.phases[1:]),
    "no recovery": lambda e: replace(e, phases=e.phases[:2]),
    "a phase that was cut off": lambda e: replace(
        e, phases=(*e.phases[:2], replace(e.phases[2], ended_at=None))
    ),
    "no fault record": lambda e: replace(e, faults=()),
    "a fault never armed": fault(armed_at=None),
    "a fault never seen": fault(seen_at=None),
    "a fault never undone": fault(undone_at=None),
    "a lapsed lease": fault(lapsed=True),
    "an unknown dose": fault(seen=None, hit=None),
    "a dose of nothing": fault(seen=0, hit=0),
    "half a dose": lambda e: fault(hit=(e.faults[0].hit or 0) // 2)(e),
    "no word on the end of the fault": lambda e: replace(e, fault_free=None),
    # alerts, writes, gaps
    "no word on alerts": lambda e: replace(e, alerts=()),
    "one alert not looked for": lambda e: replace(e, alerts=e.alerts[:1]),
    "rules that do not exist": alert(known=False),
    "alerts that fired before": alert(firing_at_baseline=True),
    "no word on writes": lambda e: replace(e, writes=None),
    "half the writes looked up": lambda e: replace(
        e, writes=e.writes and replace(e.writes, acknowledged=e.writes.acknowledged // 2)
    ),
    "a gap that was reported": lambda e: replace(e, gaps=("the lock could not be read",)),
    # what else was scraped
    **{
        f"{selector} {how}": observed(selector, change)
        for selector in SELECTORS
        for how, change in (OF_SERIES | OF_ONE_REPLICA).items()
    },
    **{f"{EVALUATED} {how}": observed(EVALUATED, change) for how, change in OF_SERIES.items()},
}


@pytest.mark.parametrize("damage", DEFECTS.values(), ids=DEFECTS.keys())
def test_a_defect_of_the_data_is_inconclusive(damage: Damage) -> None:
    assert verdict(damage(sound())) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("damage", DEFECTS.values(), ids=DEFECTS.keys())
def test_a_defect_of_the_data_never_makes_a_bad_run_good(damage: Damage) -> None:
    bad = evidence_of(replace(SMALL, failing=(76.0, 200.0, 0.2)))
    assert verdict(bad) is Verdict.DEVIATED
    assert verdict(damage(bad)) is not Verdict.UPHELD


def test_missing_scrapes_in_between_do_no_harm() -> None:
    """Raw counters lose nothing by a scrape that failed, as long as nothing restarted."""
    thinned = samples(lambda many: [*many[:1], *many[1:-1:5], *many[-1:]])
    assert verdict(thinned(sound())) is Verdict.UPHELD


RUNS = [
    SMALL,
    replace(SMALL, at_most_ratio=0.00001),
    replace(SMALL, at_most_ratio=0.0000235),
    replace(SMALL, failing=(76.0, 200.0, 0.2)),
    replace(SMALL, fires_at=None),
    replace(SMALL, restart_at=100.0, failing=(99.5, 100.0, 1.0)),
    replace(SMALL, really_share=0.05),
    replace(SMALL, others_every_seconds=0.07),
    replace(SMALL, timeouts_at=(80.0, 90.0, 100.0)),
    replace(SMALL, ended=True, kind=FaultKind.REPLICA_KILL, failing=(76.0, 200.0, 0.2)),
    replace(SMALL, ended=True, kind=FaultKind.POD_DELETE, heir="orders-4", fires_at=None),
]


def without_something(value: Any, dice: random.Random) -> Any:
    """Take one piece out of the evidence, as deep down as the dice say."""
    if isinstance(value, tuple | list):
        return _shorter(value, dice)
    if isinstance(value, dict):
        return {k: v for k, v in value.items() if k != dice.choice(sorted(value))}
    if is_dataclass(value) and not isinstance(value, type):
        return _poorer(value, dice)
    return value


def _shorter(value: Any, dice: random.Random) -> Any:
    if not value:
        return value
    at = dice.randrange(len(value))
    rest = (*value[:at], *value[at + 1 :])
    if dice.random() < 0.5:
        return rest
    return (*value[:at], without_something(value[at], dice), *value[at + 1 :])


TAKEN_AS_GIVEN = {
    "plan",
    "status",
    "gaps",
    "lapsed",
    "overdue",
    "known",
    "firing_at_baseline",
    "started_at",
}
"""What was planned, and what tells of a defect by being there: without it nothing is removed."""


def _poorer(value: Any, dice: random.Random) -> Any:
    names = [field.name for field in fields(value) if field.name not in TAKEN_AS_GIVEN]
    name = dice.choice(names)
    inner = getattr(value, name)
    is_optional = name in {"load", "writes", "fault_free", "good"} or name.endswith("_at")
    if is_optional and dice.random() < 0.5:
        return replace(value, **{name: None}) if _may_be_none(value, name) else value
    return replace(value, **{name: without_something(inner, dice)})


def _may_be_none(value: Any, name: str) -> bool:
    annotation = next(field.type for field in fields(value) if field.name == name)
    return "None" in str(annotation)


@given(st.sampled_from(RUNS), st.integers(0, 2**32), st.integers(1, 4))
@settings(deadline=None, max_examples=120)
def test_taking_evidence_away_never_makes_a_run_upheld(
    run: Scenario, seed: int, pieces: int
) -> None:
    whole = evidence_of(run)
    dice, poorer = random.Random(seed), whole  # noqa: S311
    for _ in range(pieces):
        poorer = without_something(poorer, dice)
    if verdict(whole) is not Verdict.UPHELD:
        assert verdict(poorer) is not Verdict.UPHELD

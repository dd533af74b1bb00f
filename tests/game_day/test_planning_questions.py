"""Every question before minute 0, each with what it says when the answer is no."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ironclad.domain.alerting.firing_alerts import AlertSighting
from ironclad.domain.alerting.live_rules import LiveRule
from ironclad.domain.experiment.experiment import (
    AbortCondition,
    Expectation,
    ExpectedAlerts,
    Experiment,
    Fault,
    Target,
    WhenSilent,
)
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.faults.fault import ChaosStatus
from ironclad.domain.stack.freeze import Freeze
from ironclad.domain.stack.kept_setting import Halt
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import LockHolder, UndoAction, UndoEntry
from ironclad.errors import RefusedError, RemoteError, UnreachableError
from ironclad.game_day.planning.making import make_plan
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst

ALWAYS = Freeze(
    first=datetime(2024, 1, 1),  # noqa: DTZ001
    length=timedelta(days=7),
    every=timedelta(days=7),
    zone=UTC,
    why="the sale",
)


async def planned(world: World, experiment: Experiment | None = None, **options: bool) -> Plan:
    return await make_plan(experiment or error_burst(), world.tools, who="ana", why="", **options)


async def reasons(world: World, experiment: Experiment | None = None) -> tuple[str, ...]:
    with pytest.raises(RefusedError) as refused:
        await planned(world, experiment)
    return refused.value.reasons


def entry(world: World) -> UndoEntry:
    now = world.clock.now()
    return UndoEntry(
        id="dead-errors",
        run="dead",
        action=UndoAction.DISARM,
        targets=("backend-0",),
        lease_until=now,
        deadline=now,
        who="bert",
        why="",
    )


def halted(world: World) -> None:
    world.halt.on = Halt(who="ana", why="the sale", since=world.clock.now())


def held(world: World) -> None:
    now = world.clock.now()
    world.lock.current = LockHolder(
        run="r1", purpose="deploy-stack", who="bert", since=now, lease_until=now
    )


def misspelt_alert(world: World) -> None:
    world.alerts = ()
    rule = LiveRule(name="BackendDwon", expr="up == 0", interval_seconds=15, is_alert=True)
    world.rules = (rule,)


def no_monitoring(world: World) -> None:
    world.endpoints = replace(world.endpoints, janitor=None)


def disabled(world: World) -> None:
    async def status(replica: Replica) -> ChaosStatus:
        return ChaosStatus(replica=replica.name, reachable=True, enabled=False)

    world.faults.status = status  # type: ignore[method-assign]


def skewed(world: World) -> None:
    async def status(replica: Replica) -> ChaosStatus:
        return ChaosStatus(
            replica=replica.name, reachable=True, enabled=True, clock_skew_seconds=-7.0
        )

    world.faults.status = status  # type: ignore[method-assign]


def armed(world: World) -> None:
    fault = error_burst().faults[0]
    world.replicas["backend-1"].armed["errors"] = (fault, 1e9)


def still_open(world: World) -> None:
    world.ledger.kept["dead-errors"] = entry(world)


def unreadable(world: World) -> None:
    world.ledger.unreadable = ("the undo entry /x.json cannot be read: torn",)


CASES: list[tuple[str, Callable[[World], None], str]] = [
    ("halted", halted, "local/demo is halted by ana since 2026-01-05 10:00:00 UTC: the sale"),
    ("frozen", lambda w: setattr(w, "freezes", (ALWAYS,)), "game days are frozen from Mon"),
    ("held", held, "held by deploy-stack r1 of bert; wait until it ends"),
    ("no monitoring", no_monitoring, "monitoring is not up; bring it up"),
    (
        "not permitted",
        lambda w: setattr(w, "missing_permissions", ("delete pods",)),
        "not permitted on local/demo: delete pods; ask for the role ironclad-runner",
    ),
    (
        "entry left",
        still_open,
        "dead-errors of bert is not taken back yet; `ironclad disarm --platform local",
    ),
    ("entry unreadable", unreadable, "/x.json cannot be read: torn; see by hand"),
    (
        "disabled",
        disabled,
        "faults are disabled on backend-0; run `ironclad chaos enable --platform local",
    ),
    (
        "armed",
        armed,
        "backend-1 still has faults (errors); run `ironclad disarm --platform local --stack demo`",
    ),
    (
        "silent",
        lambda w: setattr(w.replicas["backend-2"], "is_silent", True),
        "backend-2 does not answer: does not answer; `ironclad up --platform local",
    ),
    (
        "not ready",
        lambda w: setattr(w.replicas["backend-2"], "is_ready", False),
        "backend-2 is not ready; see `ironclad status --platform local --stack demo`",
    ),
    ("replica's clock", skewed, "the clock of backend-0 is 7.0 s behind ours"),
    (
        "Prometheus' clock",
        lambda w: setattr(w, "prometheus_skew_seconds", 30.0),
        "the clock of Prometheus is 30.0 s ahead of ours, and may be 5 s off; set both by NTP",
    ),
    ("janitor", lambda w: setattr(w, "janitor_sweeps", False), "the janitor last swept never"),
    (
        "no series",
        lambda w: setattr(w, "series", None),
        "orders-availability counts requests, and Prometheus has no such series",
    ),
    (
        "no alert",
        lambda w: setattr(w, "alerts", ()),
        "has no rule of that name; `ironclad slo generate` writes the rules, `ironclad up",
    ),
    (
        "a misspelt alert",
        misspelt_alert,
        "Prometheus has no rule of that name; did you mean 'BackendDwon'?",
    ),
    (
        "budget",
        lambda w: setattr(w, "budget_percentage", 10.0),
        "orders-availability has 10 % of its budget left and a game day needs 50 %; wait",
    ),
    (
        "Prometheus away",
        lambda w: setattr(w, "prometheus_is_away", True),
        "Prometheus gave no answer",
    ),
    (
        "never scraped",
        lambda w: setattr(w, "scrape_interval", None),
        "Prometheus scrapes no target of the job ironclad-backend",
    ),
]

EXPECTING = error_burst(expect=Expectation(alerts=ExpectedAlerts(must_not=("BackendDown",))))


@pytest.mark.parametrize(("spoil", "said"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
async def test_each_reason_is_reported_before_minute_0_with_its_remedy(
    world: World, spoil: Callable[[World], None], said: str
) -> None:
    await planned(world, EXPECTING)
    spoil(world)

    found = await reasons(world, EXPECTING)

    assert any(said in reason for reason in found), found
    assert world.faults.log == []
    assert world.ledger.log == []


async def test_every_reason_is_reported_at_once(world: World) -> None:
    halted(world)
    world.freezes = (ALWAYS,)
    world.missing_permissions = ("delete pods",)
    unreadable(world)
    world.series = None

    found = await reasons(world)

    words = ("halted", "frozen", "permitted", "torn", "no such series")
    assert [any(word in reason for reason in found) for word in words] == [True] * 5


async def test_a_reason_that_several_questions_find_is_reported_once(world: World) -> None:
    world.prometheus_is_away = True

    assert await reasons(world) == ("Prometheus gave no answer",)


async def test_a_freeze_can_be_overridden_and_the_report_says_so(world: World) -> None:
    world.freezes = (ALWAYS,)

    (warning,) = (await planned(world, ignore_freeze=True)).warnings

    assert "(the sale); it was overridden" in warning


async def test_a_small_difference_of_clocks_is_a_warning(world: World) -> None:
    world.prometheus_skew_seconds = -2.0

    assert (await planned(world)).warnings == ("the clock of Prometheus is 2.0 s behind ours",)


async def test_a_recovery_too_short_to_be_proven_is_a_warning(world: World) -> None:
    experiment = error_burst()
    short = replace(experiment.phases, recovery=timedelta(seconds=5))
    (warning,) = (await planned(world, replace(experiment, phases=short))).warnings
    assert "requests in 5s, and showing 0.999 takes 2,995 good ones in a row" in warning
    assert "lengthen phases.recovery" in warning


async def test_phases_too_short_to_compare_before_and_after_are_a_warning(world: World) -> None:
    experiment = error_burst()
    short = replace(experiment.phases, baseline=timedelta(seconds=4))
    asked = replace(experiment.expect, as_before=True)
    (warning,) = (await planned(world, replace(experiment, phases=short, expect=asked))).warnings
    assert "takes 5 scrapes in the baseline and in half of the recovery, one each 1s" in warning
    assert "the shorter of them lasts 4s: it cannot end UPHELD; lengthen" in warning

    unasked = replace(experiment.expect, as_before=False)
    assert not (await planned(world, replace(experiment, phases=short, expect=unasked))).warnings


async def test_a_disruption_budget_that_is_too_small_is_a_warning(world: World) -> None:
    world.disruptions_allowed = 1
    fault = Fault(
        id="gone",
        kind=FaultKind.POD_DELETE,
        at=timedelta(),
        duration=timedelta(seconds=60),
        target=Target(replicas=2),
    )

    plan = await planned(world, error_burst(faults=(fault,)))

    assert plan.warnings == ("fault gone takes 2 replicas, and the disruption budget lets 1 go",)


async def test_a_load_that_no_node_can_take_is_refused_before_anything_is_touched(
    world: World,
) -> None:
    world.load.why_not = "no node can take the load's pod"

    assert await reasons(world) == ("no node can take the load's pod",)


@pytest.mark.parametrize(
    ("at_seconds", "target", "is_warned"),
    [
        (5, "backend-0", True),
        (30, "backend-0", False),
        (5, "backend-1", False),
        (0, "backend-0", False),
    ],
    ids=["while it may be away", "once it has to be back", "elsewhere", "at the same moment"],
)
async def test_a_fault_that_may_meet_no_request_is_warned_of(
    world: World,
    at_seconds: int,
    target: str,
    is_warned: bool,  # noqa: FBT001
) -> None:
    kill = Fault(
        id="kill",
        kind=FaultKind.REPLICA_KILL,
        at=timedelta(),
        duration=timedelta(seconds=30),
        target=Target(names=("backend-0",)),
    )
    errors = replace(
        error_burst().faults[0], at=timedelta(seconds=at_seconds), target=Target(names=(target,))
    )
    plan = await planned(world, error_burst(faults=(kill, errors)))
    said = "fault errors begins 5s after kill, which may keep backend-0 away for 30s"
    assert any(one.startswith(said) for one in plan.warnings) == is_warned
    assert all(one.endswith("begin it at 30s") for one in plan.warnings if said in one)


async def test_safeguards_that_only_a_cluster_has_are_warned_of_elsewhere(world: World) -> None:
    expect = Expectation(safeguards=("no-restart-loop", "pdb-refuses", "network-policy-denies"))
    plan = await planned(world, error_burst(expect=expect))
    names = "pdb-refuses and network-policy-denies"
    assert plan.warnings == (f"local/demo has nothing that can show {names}: it cannot end UPHELD",)


async def test_an_alert_that_fires_already_is_a_warning(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def firing(*_: object) -> tuple[AlertSighting, ...]:
        return (AlertSighting(name="BackendDown", known=True, firing_at_baseline=True),)

    metrics = world.tools.watchers(world.endpoints).metrics
    monkeypatch.setattr(type(metrics), "alert_sightings", firing)

    (warning,) = (await planned(world, EXPECTING)).warnings

    assert "BackendDown fires already" in warning


BREAKER = AbortCondition(promql="max(circuit_breaker_state)", over=1.5)


async def test_a_condition_that_prometheus_refuses_is_a_reason(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = world.tools.watchers(world.endpoints).metrics
    value = type(metrics).value

    async def refuse(self: object, query: str, at: float) -> float | None:
        if query == BREAKER.promql:
            raise RemoteError("Prometheus refused it: parse error")
        return await value(self, query, at)  # type: ignore[arg-type]

    monkeypatch.setattr(type(metrics), "value", refuse)

    assert await reasons(world, error_burst(abort_when=(BREAKER,))) == (
        "an abort condition cannot be watched: Prometheus refused it: parse error",
    )


async def test_a_condition_without_a_value_is_refused_unless_it_may_be_silent(world: World) -> None:
    world.gauge = None
    may_be_silent = replace(BREAKER, silent=WhenSilent.NOTE)

    (reason,) = await reasons(world, error_burst(abort_when=(BREAKER,)))
    plan = await planned(world, error_burst(abort_when=(may_be_silent,)))

    assert "gives no value now; mend it, or let it be `silent: note`" in reason
    assert plan.warnings == ("the abort condition max(circuit_breaker_state) gives no value now",)


async def test_a_janitor_whose_clock_is_far_ahead_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take every lease for lapsed."""
    deliveries = world.tools.watchers(world.endpoints).deliveries
    ahead = world.clock.now() + timedelta(minutes=1)

    async def swept(_: object) -> datetime:
        return ahead

    monkeypatch.setattr(type(deliveries), "last_sweep", swept)
    (reason,) = await reasons(world)

    assert "the clock of the janitor is 60.0 s ahead of ours" in reason


async def test_what_cannot_be_asked_speaks_against_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> tuple[str, ...]:
        raise UnreachableError("the API server does not answer")

    monkeypatch.setattr(world.ledger, "damaged", away)

    assert await reasons(world) == ("the API server does not answer",)

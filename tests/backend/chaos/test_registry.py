"""Leases, on a clock that the test moves."""

import asyncio
from dataclasses import dataclass

import pytest

from backend.chaos import Error, FaultOrder, FaultRegistry, Latency, NotReady
from backend.chaos.marks import marking
from backend.chaos.registry import DisabledError, NotArmedError, OtherFaultError


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def faults(clock: Clock) -> FaultRegistry:
    return FaultRegistry(clock)


def order(**changes: object) -> FaultOrder:
    values: dict[str, object] = {"id": "slow", "fault": Latency(100), "lease_seconds": 6.0}
    return FaultOrder(**{**values, **changes})  # type: ignore[arg-type]


def test_a_lease_lapses_though_nothing_happens(faults: FaultRegistry, clock: Clock) -> None:
    faults.arm(order())
    clock.now += 5.99
    assert [fault.order.id for fault in faults.armed()] == ["slow"]
    clock.now += 0.01
    assert faults.armed() == []


def test_a_renewal_extends_the_lease_and_keeps_the_counts(
    faults: FaultRegistry, clock: Clock
) -> None:
    assert faults.arm(order())
    armed = faults.armed()[0]
    armed.applies()
    clock.now += 5
    assert not faults.arm(order())
    clock.now += 5
    assert faults.armed() == [armed]
    assert armed.share.seen == 1


def test_after_a_lapse_the_same_order_starts_anew(faults: FaultRegistry, clock: Clock) -> None:
    faults.arm(order())
    faults.armed()[0].applies()
    clock.now += 7
    assert faults.arm(order())
    assert faults.armed()[0].share.seen == 0


def test_a_renewal_does_not_arm_what_has_lapsed(faults: FaultRegistry, clock: Clock) -> None:
    faults.arm(order())
    clock.now += 7
    with pytest.raises(NotArmedError):
        faults.arm(order(), renew_only=True)
    assert faults.is_empty


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"fault": Latency(101)}, id="delay"),
        pytest.param({"fault": Error()}, id="kind"),
        pytest.param({"share": 0.5}, id="share"),
        pytest.param({"seed": 2}, id="seed"),
        pytest.param({"run": "other"}, id="run"),
    ],
)
def test_an_id_stands_for_one_fault(faults: FaultRegistry, changes: dict[str, object]) -> None:
    faults.arm(order())
    with pytest.raises(OtherFaultError):
        faults.arm(order(**changes))


def test_disabling_disarms_and_refuses_until_enabled(faults: FaultRegistry) -> None:
    faults.arm(order())
    assert faults.disable() == ["slow"]
    with pytest.raises(DisabledError):
        faults.arm(order())
    faults.enable()
    assert faults.arm(order())


def test_a_lapsed_fault_touches_no_request(faults: FaultRegistry, clock: Clock) -> None:
    """Also not one that was looked up while its lease ran."""
    faults.arm(order())
    armed = faults.armed()[0]
    clock.now += 6
    assert not armed.applies()
    assert armed.share.seen == 0


def test_what_delays_acts_before_what_answers(faults: FaultRegistry) -> None:
    faults.arm(order(id="error", fault=Error()))
    faults.arm(order(id="latency", fault=Latency(1)))
    faults.arm(order(id="probe", fault=NotReady()))
    assert [armed.order.id for armed, _ in faults.requests()] == ["latency", "error"]


def test_a_switch_applies_only_within_a_request_and_marks_it(faults: FaultRegistry) -> None:
    switch = faults.switch(NotReady)
    faults.arm(order(id="probe", fault=NotReady()))
    assert switch.is_armed
    assert not switch.applies()
    with marking() as marks:
        assert switch.applies()
    assert list(marks) == ["probe"]


async def test_a_request_that_is_held_goes_on_when_the_fault_is_disarmed() -> None:
    faults = FaultRegistry()
    faults.arm(order(lease_seconds=60))
    held = asyncio.create_task(faults.armed()[0].lease.sleep(50))
    await asyncio.sleep(0)
    faults.disarm("slow")
    await asyncio.wait_for(held, 1)


async def test_a_request_is_not_held_beyond_the_lease() -> None:
    faults = FaultRegistry()
    faults.arm(order(lease_seconds=0.05))
    await asyncio.wait_for(faults.armed()[0].lease.sleep(50), 1)
    assert faults.armed() == []

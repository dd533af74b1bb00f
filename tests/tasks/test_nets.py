"""The last net covers every stack; a second game day on a stack ends at once, or waits."""

from datetime import timedelta

import pytest

from ironclad import wiring
from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.outcome import Outcome, Verdict
from ironclad.domain.stack.platforms import KUBERNETES, LOCAL
from ironclad.domain.stack.stack import StackRef
from ironclad.errors import BusyError, RefusedError, RemoteError, StateError
from ironclad.waiting import until_free
from tasks import nets, turns
from tasks.nets import settle_each, stacks_of_net
from tests.fakes.game_day.world import World

pytestmark = pytest.mark.usefixtures("quiet")

DEMO, OTHER, GONE = StackRef(), StackRef(name="other"), StackRef(name="gone")
CLUSTER = StackRef(KUBERNETES, "orders")


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what is swept and what is settled; `demo` is damaged, and `other` is held."""
    seen: list[str] = []

    async def sweep(ref: StackRef, target: object) -> bool:  # noqa: ARG001
        seen.append(f"sweep {ref.name}")
        if ref == DEMO:
            raise StateError("it is damaged")
        return ref == OTHER

    async def settle(ref: StackRef, reason: str) -> None:
        seen.append(f"settle {ref.name}: {reason}")

    async def under_way() -> set[StackRef]:
        return {GONE}

    monkeypatch.setattr(nets, "sweep_lapsed", sweep)
    monkeypatch.setattr(nets, "settle_dead_runs", settle)
    monkeypatch.setattr(nets, "stacks_under_way", under_way)
    monkeypatch.setattr(wiring, "known_stacks", lambda: (DEMO, OTHER, CLUSTER))
    return seen


@pytest.mark.usefixtures("looked_at")
async def test_the_net_covers_every_stack_that_the_machine_or_prefect_knows() -> None:
    assert await stacks_of_net(None, None, None) == (CLUSTER, DEMO, GONE, OTHER)


@pytest.mark.usefixtures("looked_at")
async def test_a_stack_or_a_platform_that_is_named_is_the_only_one() -> None:
    assert await stacks_of_net(None, "other", None) == (OTHER,)
    assert await stacks_of_net(LOCAL, None, None) == (DEMO, GONE, OTHER)
    assert await stacks_of_net(KUBERNETES, None, None) == (
        StackRef(KUBERNETES, "ironclad-demo"),
        CLUSTER,
    )


async def test_a_damaged_stack_keeps_no_other_from_being_swept(looked_at: list[str]) -> None:
    with pytest.raises(RemoteError, match=r"^local/demo: it is damaged$"):
        await settle_each((DEMO, OTHER, CLUSTER), "a crash", wiring.ANY)

    assert looked_at == ["sweep demo", "sweep other", "sweep orders", "settle orders: a crash"]


async def test_runs_of_a_stack_that_is_gone_are_settled_all_the_same(looked_at: list[str]) -> None:
    """One stood RUNNING in Prefect for an hour."""
    await settle_each((GONE,), "a crash", wiring.ANY)

    assert looked_at == ["settle gone: a crash"]


UPHELD = Outcome(
    run="r", experiment="e", status=Status.COMPLETED, verdict=Verdict.UPHELD, reason="it held"
)


async def test_a_second_game_day_waits_for_as_long_as_asked(world: World) -> None:
    async with world.lock.held("first", "game day error-burst", "ana"):
        with pytest.raises(BusyError) as refused:
            await until_free(world.lock, DEMO, timedelta(minutes=2), world.clock)

    assert 120 <= world.clock.monotonic() < 130
    assert str(refused.value) == (
        "local/demo is held by game day error-burst first of ana, after 2m of waiting for it"
    )


async def test_it_begins_as_soon_as_the_stack_is_free(world: World) -> None:
    left = await until_free(world.lock, DEMO, timedelta(minutes=2), world.clock)

    assert left == timedelta(minutes=2)


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[timedelta]:
    """Let a minute pass at each wait."""
    waits: list[timedelta] = []

    async def wait(ref: StackRef, within: timedelta, target: object) -> timedelta:  # noqa: ARG001
        waits.append(within)
        return within - timedelta(minutes=1)

    monkeypatch.setattr(turns, "wait_for_stack", wait)
    return waits


async def test_by_itself_it_ends_at_once_with_who_holds_the_stack(
    world: World, waited: list[timedelta]
) -> None:
    async def refused() -> Outcome:
        raise RefusedError(("the stack is held by game day x of ana",))

    async with world.lock.held("first", "game day x", "ana"):
        with pytest.raises(RefusedError, match="held by game day x of ana"):
            await turns.in_turn(DEMO, 0, wiring.ANY, refused)
    assert waited == []


async def test_one_that_came_too_late_to_a_free_stack_waits_on(
    world: World, waited: list[timedelta]
) -> None:
    begun: list[int] = []

    async def begin() -> Outcome:
        begun.append(1)
        if len(begun) == 1:
            raise BusyError("another was faster")
        return UPHELD

    async with world.lock.held("other", "game day x", "ana"):
        assert await turns.in_turn(DEMO, 5, wiring.ANY, begin) == UPHELD
    assert waited == [timedelta(minutes=5), timedelta(minutes=4)]


async def test_another_refusal_is_not_waited_out(world: World, waited: list[timedelta]) -> None:
    async def refused() -> Outcome:
        raise RefusedError(("the budget is spent",))

    with pytest.raises(RefusedError, match="budget"):
        await turns.in_turn(DEMO, 5, wiring.ANY, refused)
    assert len(waited) == 1
    assert world.armed == {}

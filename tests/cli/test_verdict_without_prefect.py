"""A game day's end while Prefect's server is away."""

import asyncio
import threading

import httpx
import pytest

from ironclad import wiring
from ironclad.cli.ending import Ran, closed_in_time, delivered_or_recorded
from ironclad.cli.terminal import exiting
from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.outcome import Outcome, Verdict
from ironclad.errors import UnreachableError

UPHELD = Outcome(
    run="r",
    experiment="error-burst",
    status=Status.COMPLETED,
    verdict=Verdict.UPHELD,
    reason="it held",
)
RECORDED = Ran(UPHELD, "a flow run")


@pytest.fixture(autouse=True)
def nothing_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exiting, "_abandoned", [])


def outcome(outcome: Outcome | None = UPHELD) -> "asyncio.Future[Outcome]":
    future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    if outcome is not None:
        future.set_result(outcome)
    return future


async def at_once() -> Ran:
    return RECORDED


async def never() -> Ran:
    await asyncio.get_running_loop().create_future()
    return RECORDED


async def away() -> Ran:
    raise httpx.ConnectError("All connection attempts failed")


async def test_what_the_server_recorded_is_the_end_of_it() -> None:
    assert await delivered_or_recorded(outcome(), at_once(), 5) == RECORDED
    assert await delivered_or_recorded(outcome(None), at_once(), 5) == RECORDED
    assert not exiting.is_abandoned()


@pytest.mark.parametrize("record", [never, away], ids=["it does not answer", "it is away"])
async def test_the_verdict_stands_without_it_and_without_waiting(
    record: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(record)
    assert await delivered_or_recorded(outcome(), record(), 0.01) == Ran(UPHELD, "")
    assert exiting.is_abandoned()
    assert "Prefect has not recorded how the game day ended" in capsys.readouterr().err


async def test_without_a_verdict_it_is_an_error() -> None:
    with pytest.raises(UnreachableError, match="the Prefect server does not answer: All conn"):
        await delivered_or_recorded(outcome(None), away(), 5)


async def test_a_cancellation_goes_on_to_the_game_day_which_undoes() -> None:
    undone: list[str] = []

    async def game_day() -> Ran:
        try:
            return await never()
        finally:
            await asyncio.sleep(0)
            undone.append("undone")

    running = asyncio.ensure_future(delivered_or_recorded(outcome(None), game_day(), 5))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert undone == ["undone"]


def test_a_loop_that_does_not_close_is_not_waited_for() -> None:
    """As without memory, where a thread that never starts is waited for without end."""
    stands_still = threading.Event()

    async def game_day() -> Ran:
        asyncio.get_running_loop().run_in_executor(None, stands_still.wait)
        return await at_once()

    with closed_in_time(0.05) as loop:
        assert loop.run(game_day()) == RECORDED
    assert exiting.is_abandoned()
    stands_still.set()
    loop.close()


def test_an_error_closes_it_in_time_as_well() -> None:
    with pytest.raises(UnreachableError), closed_in_time() as loop:
        loop.run(delivered_or_recorded_nothing())
    assert not exiting.is_abandoned()
    with pytest.raises(RuntimeError, match="closed"):
        loop.get_loop()


async def delivered_or_recorded_nothing() -> Ran:
    return await delivered_or_recorded(outcome(None), away(), 5)


def test_an_ordinary_end_closes_its_loop() -> None:
    with closed_in_time() as loop:
        assert loop.run(at_once()) == RECORDED
    with pytest.raises(RuntimeError, match="closed"):
        loop.get_loop()


class SuspendedServer:
    """Somebody sent it SIGSTOP."""

    async def is_up(self) -> bool:
        return False

    async def stopped(self) -> tuple[str, ...]:
        return ("prefect-server (process 7) is stopped by a signal",)


async def test_a_suspended_server_is_named_before_a_temporary_one_takes_its_place(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ironclad.wiring.prefect.server", SuspendedServer)

    assert await wiring.prefect_environment() == {}

    assert "prefect-server (process 7) is stopped by a signal" in caplog.text

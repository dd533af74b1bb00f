"""Cases without a stack: the API server's moods over real sockets; clocks and lies in memory."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.client.reflector import Reflector, reflecting
from ironclad.domain.evidence.counters import Sample, Series
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.verdict import judge
from ironclad.errors import IroncladError
from tests.fakes.game_day.evidence import sound_evidence
from tests.fakes.game_day.playing import play
from tests.fakes.game_day.world import World
from tests.fakes.kube.asked import AskedCluster, asked_cluster
from tests.fakes.kube.outlet import Outlet, fake_kube
from trials.self_chaos.case import Part, Place

CONFIG_MAPS = "/api/v1/namespaces/demo/configmaps"
AWAY_SECONDS = 1.5
SLOW_SECONDS = 0.7
WITHIN_SECONDS = 90.0


class NotWellError(Exception):
    """What a case showed to be wrong."""


def expect(is_so: bool, otherwise: str) -> None:  # noqa: FBT001 - as `assert`
    if not is_so:
        raise NotWellError(otherwise)


Ask = Callable[[Outlet, AskedCluster], Awaitable[str]]


def _on_a_cluster(ask: Ask) -> Callable[[], Awaitable[str]]:
    async def play() -> str:
        with fake_kube() as outlet:
            async with asked_cluster(outlet, "demo") as cluster, asyncio.timeout(WITHIN_SECONDS):
                return await ask(outlet, cluster)

    return play


def _interrupted(status: int, times: int, headers: dict[str, str]) -> Ask:
    async def ask(outlet: Outlet, cluster: AskedCluster) -> str:
        outlet.kube.interruptions += [(status, headers)] * times
        began = time.monotonic()
        await cluster.api.get(CONFIG_MAPS)
        return f"answered at last, after {time.monotonic() - began:.1f} s"

    return ask


async def _refusing_for_good(outlet: Outlet, cluster: AskedCluster) -> str:
    outlet.kube.interruptions += [(500, {})] * 50
    try:
        await cluster.api.get(CONFIG_MAPS)
    except IroncladError as error:
        return _sentence(error)
    raise NotWellError("a server that only fails was believed")


async def _slow(outlet: Outlet, cluster: AskedCluster) -> str:
    """Its whole loop stands still for a while, with every connection of it."""
    began = time.monotonic()
    if outlet.kube.loop is not None:
        outlet.kube.loop.call_soon_threadsafe(time.sleep, SLOW_SECONDS)
    await cluster.api.get(CONFIG_MAPS)
    return f"answered after {time.monotonic() - began:.1f} s"


async def _away_for_good(outlet: Outlet, cluster: AskedCluster) -> str:
    outlet.stop()
    try:
        await cluster.api.get(CONFIG_MAPS)
    except IroncladError as error:
        return _sentence(error)
    raise NotWellError("a server that is away gave an answer")


async def _cut_mid_watch(outlet: Outlet, cluster: AskedCluster) -> str:
    """What changes while the watch is cut is seen all the same."""
    await cluster.create(cluster.config("before"))
    reflector = Reflector(cluster.api, kind("ConfigMap"), "demo")
    async with reflecting(reflector):
        outlet.stop()
        outlet.kube.store.remove(("configmaps", "demo", "before"))
        await asyncio.sleep(AWAY_SECONDS)
        outlet.start()
        await _caught_up(reflector)
    return "what it missed was seen when it came back"


async def _caught_up(reflector: Reflector) -> None:
    while reflector.items or reflector.problem:  # noqa: ASYNC110 - it has no event to wait for
        await asyncio.sleep(0.05)


def _sentence(error: IroncladError) -> str:
    text = str(error)
    expect("\n" not in text and bool(text), f"no sentence: {text!r}")
    return f"{type(error).__name__}: {text}"


def _while_armed(change: Callable[[World], None]) -> Callable[[], Awaitable[str]]:
    """Play a whole game day in memory, with a change in the middle of its fault."""

    async def scenario() -> str:
        world = World()

        async def meddle() -> None:
            while not any(world.armed.values()):
                await world.clock.sleep(0.5)
            await world.clock.sleep(3)
            change(world)

        meddling = asyncio.create_task(meddle())
        await play(world)
        await meddling
        (evidence,) = world.runs.closed
        expect(not any(world.armed.values()), f"still armed: {world.armed}")
        expect(not world.ledger.kept, f"still in the ledger: {world.ledger.kept}")
        expect(world.lock.current is None, "the lock is still held")
        return f"{evidence.status}: {evidence.status_reason or 'to its end'}"

    return scenario


async def _lying() -> str:
    """Prometheus counts a tenth of what was there; client and replicas know better."""
    sound = sound_evidence()

    def tenth(series: tuple[Series, ...]) -> tuple[Series, ...]:
        return tuple(
            replace(one, samples=tuple(Sample(s.at, s.value // 10) for s in one.samples))
            for one in series
        )

    windows = tuple(
        replace(window, valid=tenth(window.valid), bad=tenth(window.bad))
        for window in sound.windows
    )
    judgement = judge(assess(replace(sound, windows=windows)))
    expect(judgement.verdict is not Verdict.UPHELD, f"believed: {judgement}")
    return f"{judgement.verdict}: {judgement.reason}"


def _api(name: str, ask: Ask) -> Part:
    return Part(name=f"API server {name}", place=Place.PARTS, play=_on_a_cluster(ask))


def _clock(name: str, change: Callable[[World], None]) -> Part:
    return Part(name=f"clock {name}", place=Place.MODEL, play=_while_armed(change))


PARTS = (
    _api("answers 429 three times, with Retry-After", _interrupted(429, 3, {"Retry-After": "1"})),
    _api("answers 500 twice", _interrupted(500, 2, {})),
    _api("answers 500 for good", _refusing_for_good),
    _api("slow: stands still in the middle", _slow),
    _api("cut mid-watch, and back", _cut_mid_watch),
    _api("away for good", _away_for_good),
    _clock("set back by an hour", lambda world: world.clock.set_back(timedelta(hours=1))),
    _clock("set ahead by an hour", lambda world: world.clock.set_back(timedelta(hours=-1))),
    _clock("stands still for 30 s, as on a suspended machine", lambda world: world.clock.jump(30)),
    Part(name="Prometheus lies: a tenth of the truth", place=Place.MODEL, play=_lying),
)

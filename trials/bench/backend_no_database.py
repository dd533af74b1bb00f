"""What observing, breaking and logging cost a request that does nothing else."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack

from trials.bench import wrk
from trials.bench.benchmark import Result
from trials.bench.rows import Goal, Row, paired
from trials.bench.wrk import Throughput
from trials.harness import serving
from trials.harness.pairs import in_turn
from trials.harness.serving import Service

ROUNDS = 5
SECONDS = 2
WHOLE = "the whole service"
BARE = "bare Starlette"
PEERS = {
    BARE: ("bare:bare", Goal("ratio", "at least", 0.85)),
    "starlette_exporter": (
        "bare:starlette_exporter",
        Goal("ratio", "at least", 1.0),
    ),
    "prometheus-fastapi-instrumentator": (
        "bare:instrumentator",
        Goal("ratio", "at least", 1.0),
    ),
}
REMARKS = (
    "The whole service measures, logs each request and can be broken; the exporters only measure.",
    "The recorder gives each request its id, its route and its replica's name.",
)
LAYERS = {
    "fault middleware alone, none armed": "bare:faults_off",
    "recorder alone": "bare:recorder",
    "recorder and metrics": "bare:metrics",
    "recorder and log line": "bare:log",
}


def measure() -> Result:
    with ExitStack() as stack:
        ours = stack.enter_context(serving.backend({}))
        peers = {name: stack.enter_context(serving.app(app)) for name, (app, _) in PEERS.items()}
        layers = {name: stack.enter_context(serving.app(app)) for name, app in LAYERS.items()}
        asked = in_turn(_sides({WHOLE: ours, **peers}), ROUNDS)
        alone = in_turn(_sides({BARE: peers[BARE], **layers}), ROUNDS - 2)
        memory = _memory(ours, peers[BARE])
    return Result([*_whole(asked), *_alone(alone), memory], REMARKS)


def _sides(services: Mapping[str, Service]) -> dict[str, Callable[[], Throughput]]:
    def asker(service: Service) -> Callable[[], Throughput]:
        return lambda: wrk.ask(f"{service.url}/api", seconds=SECONDS)

    return {name: asker(service) for name, service in services.items()}


def _whole(asked: Mapping[str, list[Throughput]]) -> list[Row]:
    rates = {name: [each.requests_per_second for each in got] for name, got in asked.items()}
    rows = [_rate(WHOLE, rates, peer, goal) for peer, (_, goal) in PEERS.items()]
    ours, theirs = ([each.p99_ms for each in asked[name]] for name in (WHOLE, BARE))
    return [*rows, paired(f"{WHOLE}: p99", "ms", ours=ours, peer=BARE, theirs=theirs)]


def _alone(asked: Mapping[str, list[Throughput]]) -> list[Row]:
    rates = {name: [each.requests_per_second for each in got] for name, got in asked.items()}
    return [_rate(name, rates, BARE) for name in LAYERS]


def _rate(name: str, rates: Mapping[str, list[float]], peer: str, goal: Goal | None = None) -> Row:
    title = f"{name}: rate"
    return paired(title, "requests/s", ours=rates[name], peer=peer, theirs=rates[peer], goal=goal)


def _memory(ours: Service, bare: Service) -> Row:
    one, other = ours.memory_mib, bare.memory_mib
    return Row(
        name="a replica's memory after the load",
        ours=one,
        unit="MiB",
        peer=BARE,
        theirs=other,
        ratio=one / other,
    )

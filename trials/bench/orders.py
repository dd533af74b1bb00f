"""Orders through everything that the service puts around them, beside the shortest way there is."""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.backend.postgres_server import PostgresServer
from tests.backend.replica_process import migrate
from trials.bench import wrk
from trials.bench.benchmark import Result
from trials.bench.rows import Goal, Row, paired
from trials.bench.wrk import Throughput
from trials.harness import serving
from trials.harness.pairs import in_turn

ROUNDS = 5
SECONDS = 3
RAW = "bare Starlette on a raw asyncpg pool"
FILL = """
    INSERT INTO orders (idempotency_key, item, quantity, price_cents)
    SELECT 'bench-' || n, 'anvil', 2, 1999 FROM generate_series(1, 1000) AS n
"""
LEAST_SHARE = 0.005


def measure_reads() -> Result:
    return _measure("read.lua", "/api/orders/1")


def measure_writes() -> Result:
    return _measure("write.lua", "/api/orders")


@contextmanager
def _database() -> Iterator[dict[str, str]]:
    with PostgresServer() as server:
        url = server.create_database("bench")
        migrate(url)
        server.psql("bench", FILL)
        yield {"BACKEND_DATABASE_URL": url}


def _measure(script: str, path: str) -> Result:
    with _database() as env:
        with serving.backend(env) as ours, serving.app("raw_orders:raw_orders", env) as raw:
            sides = {each: _asker(each, path, script) for each in (ours.url, raw.url)}
            asked = in_turn(sides, ROUNDS)
        rows = _rows(asked[ours.url], asked[raw.url])
        return Result(rows, _profile(env, path, script))


def _asker(url: str, path: str, script: str) -> Callable[[], Throughput]:
    return lambda: wrk.ask(url + path, seconds=SECONDS, script=script)


def _rows(ours: list[Throughput], raw: list[Throughput]) -> list[Row]:
    goal = Goal("ratio", "at least", 0.9)
    rates = [[each.requests_per_second for each in side] for side in (ours, raw)]
    p99s = [[each.p99_ms for each in side] for side in (ours, raw)]
    return [
        paired("rate", "requests/s", ours=rates[0], peer=RAW, theirs=rates[1], goal=goal),
        paired("p99", "ms", ours=p99s[0], peer=RAW, theirs=p99s[1]),
    ]


def _profile(env: Mapping[str, str], path: str, script: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile.json"
        quiet = {**env, "BACKEND_LOG_FILE": "/dev/null"}
        with serving.app("ours:ours", quiet, profile=profile) as service:
            wrk.ask(service.url + path, seconds=SECONDS, script=script)
        return profile_lines(json.loads(profile.read_text(encoding="utf-8")))


def profile_lines(samples: Mapping[str, int]) -> list[str]:
    """Say which part of the CPU time went where, by package and for ours by module."""
    shares: Counter[str] = Counter()
    for file, count in samples.items():
        shares[_place(file)] += count
    total = shares.total() or 1
    named = [(place, n / total) for place, n in shares.most_common() if n / total >= LEAST_SHARE]
    lines = [f"| `{place}` | {share:.1%} |" for place, share in named]
    return ["Where our process spends its CPU time:", "", "| where | share |", "|---|--:|", *lines]


def _place(file: str) -> str:
    """A C extension's time stands with the Python line that called it."""
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    if "backend" in parts:
        return "/".join(parts[parts.index("backend") :])
    return f"Python's {Path(file).stem if 'asyncio' not in parts else 'asyncio'}"

"""How the generator and its runner write to each other: orders, seconds, ledger rows.

An order is one JSON line, each full second another, the closing account the last; the ledger is
CSV with a header. All readers raise ValueError, KeyError or TypeError for what they cannot read.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any

from ironclad.domain.experiment.experiment import Load, Mix
from ironclad.domain.experiment.pacer import AnyPacer, Constant, Ramp, Step, Steps
from ironclad.domain.load.load import Attempt, LoadOrder, LoadSecond, Operation

LEDGER_COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Attempt))


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The generator's last word; times are seconds since the epoch, percentiles within 0.1 %."""

    started_at: float
    ended_at: float
    offered: int
    dropped: int
    unsent: int
    lateness_p99_seconds: float | None
    complete: bool
    reason: str
    latency_p50_seconds: float | None = None
    latency_p95_seconds: float | None = None
    latency_p99_seconds: float | None = None


def order_to_json(order: LoadOrder) -> str:
    load = order.load
    return json.dumps(
        {
            "run": order.run,
            "url": order.url,
            "duration_seconds": order.duration_seconds,
            "lease_seconds": order.lease_seconds,
            "seed": order.seed,
            "requests_per_connection": order.requests_per_connection,
            "slow_after_seconds": order.slow_after_seconds,
            "pacer": _pacer_to_dict(load.pacer),
            "mix": asdict(load.mix),
            "timeout_seconds": load.timeout.total_seconds(),
            "path": load.path,
        }
    )


def order_from_json(text: str) -> LoadOrder:
    raw = json.loads(text)
    return LoadOrder(
        run=str(raw["run"]),
        url=str(raw["url"]),
        duration_seconds=float(raw["duration_seconds"]),
        lease_seconds=float(raw["lease_seconds"]),
        seed=int(raw["seed"]),
        requests_per_connection=int(raw.get("requests_per_connection", 0)),
        slow_after_seconds=raw.get("slow_after_seconds"),
        load=Load(
            pacer=_pacer_from_dict(raw["pacer"]),
            mix=Mix(**raw["mix"]),
            timeout=timedelta(seconds=raw["timeout_seconds"]),
            path=raw.get("path"),
        ),
    )


_PACERS: dict[str, Callable[..., AnyPacer]] = {
    "Constant": Constant,
    "Ramp": Ramp,
    "Steps": lambda steps: Steps(tuple(Step(**step) for step in steps)),
}


def _pacer_to_dict(pacer: AnyPacer) -> dict[str, Any]:
    return {"law": type(pacer).__name__, **asdict(pacer)}


def _pacer_from_dict(raw: dict[str, Any]) -> Any:
    law = raw["law"]
    return _PACERS[law](**{name: value for name, value in raw.items() if name != "law"})


def started_to_json(started_at: float) -> str:
    return json.dumps({"started": started_at})


def second_to_json(second: LoadSecond) -> str:
    return json.dumps({"second": asdict(second)})


def closing_to_json(closing: Closing) -> str:
    return json.dumps({"closing": asdict(closing)})


def line_from_json(text: str) -> float | LoadSecond | Closing:
    """Read one line of the generator's account: when it started, a second, or the closing."""
    raw = json.loads(text)
    if "started" in raw:
        return float(raw["started"])
    if "second" in raw:
        return LoadSecond(**raw["second"])
    return Closing(**raw["closing"])


def attempt_to_row(attempt: Attempt) -> tuple[object, ...]:
    return (
        attempt.number,
        attempt.operation.value,
        f"{attempt.intended_at:.6f}",
        f"{attempt.sent_at:.6f}",
        f"{attempt.latency_seconds:.6f}",
        "" if attempt.status is None else attempt.status,
        attempt.error,
        attempt.replica,
        attempt.fault,
        attempt.order_id,
        attempt.idempotency_key,
    )


def attempt_from_row(row: Sequence[str]) -> Attempt:
    number, operation, intended_at, sent_at, latency, status, *texts = row
    error, replica, fault, order_id, idempotency_key = texts
    return Attempt(
        number=int(number),
        operation=Operation(operation),
        intended_at=float(intended_at),
        sent_at=float(sent_at),
        latency_seconds=float(latency),
        status=int(status) if status else None,
        error=error,
        replica=replica,
        fault=fault,
        order_id=order_id,
        idempotency_key=idempotency_key,
    )


def readable_attempts(rows: Iterable[Sequence[str]]) -> Iterator[Attempt | None]:
    """Read row by row; None stands for one that cannot be read, such as the torn last one."""
    for row in rows:
        try:
            yield attempt_from_row(row)
        except ValueError:
            yield None

"""Attempts with everything at rest but what a test names."""

from ironclad.domain.load.load import Attempt, Operation


def attempt(
    number: int = 0,
    *,
    at: float = 1_000.0,
    operation: Operation = Operation.READ,
    late: float = 0.0,
    latency: float = 0.01,
    status: int | None = 200,
    error: str = "",
    replica: str = "one",
    fault: str = "",
    order_id: str = "",
    key: str = "",
) -> Attempt:
    return Attempt(
        number=number,
        operation=operation,
        intended_at=at,
        sent_at=at + late,
        latency_seconds=latency,
        status=status,
        error=error,
        replica=replica,
        fault=fault,
        order_id=order_id,
        idempotency_key=key,
    )

"""When a task may be tried again, and how long it may take."""

from typing import Any

from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task, exponential_backoff

from ironclad.errors import UnreachableError


async def is_transient(
    task: Task[Any, Any],  # noqa: ARG001
    task_run: TaskRun,  # noqa: ARG001
    state: State[Any],
) -> bool:
    """Only what did not answer is asked again; a plain answer would be the same next time.

    Async, and awaiting the result: a synchronous condition on an async task gets a coroutine that
    never raises, and retries everything.
    """
    try:
        await state.aresult()
    except (UnreachableError, OSError):
        return True
    except BaseException:  # noqa: BLE001 - whatever else it was, it is not transient
        return False
    return False


TRANSIENT: dict[str, Any] = {
    "retries": 4,
    "retry_delay_seconds": exponential_backoff(backoff_factor=1),
    "retry_jitter_factor": 0.5,
    "retry_condition_fn": is_transient,
    "cache_policy": NO_CACHE,  # the stack is the truth; a cached "applied" could be a lie
}
"""For verbs that may be repeated without harm."""

ONCE: dict[str, Any] = {"cache_policy": NO_CACHE}
"""For verbs that watch over a fault: a second try would be a second fault."""

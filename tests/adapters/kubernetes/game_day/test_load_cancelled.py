"""A loop that cancels all of its tasks, as a signal's exception makes it, and a load in a pod."""

import asyncio
import time

from ironclad.adapters.kubernetes.game_day.load import LoadJobHandle
from ironclad.domain.load.wire_format import Closing, closing_to_json, started_to_json
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.outlet import Outlet
from tests.fakes.load.orders import load_order

CLOSING = Closing(
    started_at=1.0,
    ended_at=9.0,
    offered=0,
    dropped=0,
    unsent=0,
    lateness_p99_seconds=None,
    complete=True,
    reason="",
)


async def test_its_last_lines_are_read_all_the_same(outlet: Outlet, own: AskedCluster) -> None:
    outlet.kube.put(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "load-1", "namespace": "demo"},
            "spec": {"containers": [{"name": "load"}]},
            "status": {"phase": "Running"},
        }
    )
    logs = outlet.kube.logs
    logs["load-1", "load", False] = f"{started_to_json(1.0)}\n"
    handle = LoadJobHandle(own.api, load_order("http://x", rate=1, seconds=60), "load-1", "demo")
    try:
        await handle.start()
        for other in asyncio.all_tasks() - {asyncio.current_task()}:
            other.cancel()
        await asyncio.sleep(0)
        logs["load-1", "load", False] = f"{started_to_json(1.0)}\n{closing_to_json(CLOSING)}\n"
        began = time.monotonic()
        await handle.stop()
        assert time.monotonic() - began < 5
        assert handle._account.closing == CLOSING  # noqa: SLF001 - else a ledger has to be there
    finally:
        await handle.aclose()

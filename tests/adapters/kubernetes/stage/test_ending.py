"""A namespace that is being deleted takes nothing new: a deploy waits for its end, and says so.

An `up` right after `down --delete-data` used to end in a 403 with a remedy about permissions.
"""

import asyncio

import pytest

from ironclad.domain.stack.stack import Stage
from ironclad.errors import WaitTimeoutError
from tests.fakes.clocks.fast_clock import FastClock
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.outlet import Outlet


def end_namespace(outlet: Outlet) -> None:
    meta = {"name": "demo", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    remaining = "Some resources are remaining: pods. has 1 resource instances"
    condition = {"type": "NamespaceContentRemaining", "status": "True", "message": remaining}
    outlet.kube.put(
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": meta,
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Terminating", "conditions": [condition]},
        }
    )


async def test_a_deploy_waits_for_the_end_and_says_what_holds_it(
    outlet: Outlet, own: AskedCluster, caplog: pytest.LogCaptureFixture
) -> None:
    end_namespace(outlet)
    with caplog.at_level("INFO"):
        applying = asyncio.create_task(own.platform((own.config("new"),)).apply(Stage.BACKEND))
        await asyncio.sleep(0.4)
        assert not applying.done()
        outlet.kube.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}})
        applied = await applying
    assert applied.changed == ("ConfigMap/new created",)
    assert "waiting until it is gone" in caplog.messages[0]
    assert "Namespace/demo (Some resources are remaining: pods. has 1" in caplog.messages[0]


async def test_an_end_that_does_not_come_is_named_with_what_holds_it(
    outlet: Outlet, own: AskedCluster
) -> None:
    end_namespace(outlet)
    own.clock = FastClock(1000)
    with pytest.raises(WaitTimeoutError, match=r"still there after .* Namespace/demo \(Some"):
        await own.platform((own.config("new"),)).apply(Stage.BACKEND)


async def test_no_game_day_begins_in_a_namespace_that_ends(
    outlet: Outlet, own: AskedCluster
) -> None:
    end_namespace(outlet)
    refusal = await own.platform().refusal_of_game_days()
    assert refusal is not None
    assert "namespace demo is being deleted" in refusal

"""What a game day asks of a cluster before minute 0."""

from typing import Any

import pytest

from ironclad.domain.kubernetes.kube_object import KubeObject
from ironclad.domain.stack.stack import Stage
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.outlet import Outlet


def nothing(_: Stage) -> tuple[KubeObject, ...]:
    return ()


async def test_everything_a_game_day_needs_is_permitted(own: AskedCluster) -> None:
    assert await own.platform(nothing).missing_permissions() == ()


async def test_each_refused_verb_is_named(outlet: Outlet, own: AskedCluster) -> None:
    outlet.kube.refused |= {("delete", "pods"), ("create", "leases")}

    missing = await own.platform(nothing).missing_permissions()

    assert "create leases.coordination.k8s.io" in missing
    assert "delete pods" in missing


@pytest.mark.parametrize(
    ("status", "allowed"),
    [({"disruptionsAllowed": 1}, 1), ({"disruptionsAllowed": 0}, 0), ({}, None)],
)
async def test_the_disruption_budget_says_how_many_may_go(
    outlet: Outlet, own: AskedCluster, status: dict[str, Any], allowed: int | None
) -> None:
    platform = own.platform(nothing)
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "backend-pdb"},
    }
    await own.create(budget)
    outlet.kube.set_status("poddisruptionbudgets", own.namespace, "backend-pdb", status)

    assert await platform.disruptions_allowed() == allowed


async def test_without_a_disruption_budget_there_is_no_limit(own: AskedCluster) -> None:
    assert await own.platform(nothing).disruptions_allowed() is None


async def test_a_disruption_budget_that_we_may_not_see_is_no_reason(
    outlet: Outlet, own: AskedCluster
) -> None:
    outlet.kube.refused.add(("get", "poddisruptionbudgets"))

    assert await own.platform(nothing).disruptions_allowed() is None

"""The budget holds up a change of a backend that is well, and nothing else."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ironclad.adapters.kubernetes.stage.roll_back import backend_change
from ironclad.domain.slo.deploy_gate import BackendChange, gate
from ironclad.game_day.planning.budget import deploy_gate
from tasks.rollout import deployed
from tests.fakes.game_day.evidence import AVAILABILITY
from tests.fakes.game_day.world import World

FULL, LOW = {"orders": 0.62, "latency": 0.4}, {"orders": 0.0312, "latency": 0.4}


@pytest.mark.parametrize(
    ("change", "left", "is_open", "said"),
    [
        (BackendChange.CHANGE, FULL, True, "orders has 62 % left"),
        (BackendChange.CHANGE, LOW, False, "orders has 3.12 % left of its error budget, and a"),
        (BackendChange.CHANGE, {"orders": -2.0}, False, "orders has -200 % left"),
        (BackendChange.CHANGE, {"orders": 0.1}, True, "orders has 10 % left"),
        (BackendChange.CHANGE, {"orders": None}, True, "no error budget is measured"),
        (BackendChange.CHANGE, {}, True, "no error budget is measured"),
        (BackendChange.NONE, LOW, True, "the backend stays as it is"),
        (BackendChange.FIRST, LOW, True, "the backend's first deploy"),
        (BackendChange.REPAIR, LOW, True, "this is a repair"),
        (BackendChange.ROLL_BACK, LOW, True, "goes back to an earlier revision"),
    ],
)
def test_only_a_change_with_less_than_a_tenth_left_is_held_up(
    *, change: BackendChange, left: Mapping[str, float | None], is_open: bool, said: str
) -> None:
    found = gate(change, left)
    assert (found.is_open, said in found.sentence) == (is_open, True), found


def test_an_override_passes_and_says_what_it_passed() -> None:
    found = gate(BackendChange.CHANGE, LOW, ignore_budget=True)
    assert (found.is_open, found.is_overridden) == (True, True)
    assert "orders has 3.12 % left" in found.sentence
    assert "overridden" in found.sentence


def test_a_deploy_that_overrode_the_budget_says_so_in_its_state() -> None:
    overridden = deployed(gate(BackendChange.CHANGE, LOW, ignore_budget=True))
    assert overridden.is_completed()
    assert "it was overridden" in (overridden.message or "")
    for calm in (None, gate(BackendChange.CHANGE, FULL, ignore_budget=True)):
        assert not deployed(calm).message


@pytest.mark.parametrize(
    ("percentage", "is_away", "is_open"),
    [(5.0, False, False), (80.0, False, True), (None, False, True), (5.0, True, True)],
    ids=["little left", "much left", "never measured", "Prometheus away"],
)
async def test_the_gate_asks_prometheus_and_missing_data_passes(
    *, percentage: float | None, is_away: bool, is_open: bool
) -> None:
    world = World()
    world.budget_percentage, world.prometheus_is_away = percentage, is_away
    found = await deploy_gate(world.tools, (AVAILABILITY,), ignore_budget=False)
    assert found.is_open is is_open


async def test_without_monitoring_nothing_is_held_up() -> None:
    world = World()
    world.budget_percentage = 1.0
    world.endpoints = replace(world.endpoints, prometheus=None)
    assert (await deploy_gate(world.tools, (AVAILABILITY,), ignore_budget=False)).is_open


def deployment(image: str, *, available: int = 3, unavailable: int = 0) -> dict[str, Any]:
    return {
        "metadata": {"uid": "u", "name": "backend"},
        "spec": {
            "template": {
                "metadata": {"labels": {"app": "backend"}},
                "spec": {"containers": [{"name": "backend", "image": image}]},
            }
        },
        "status": {"availableReplicas": available, "unavailableReplicas": unavailable},
    }


def replica_set(image: str) -> dict[str, Any]:
    found = copy.deepcopy(deployment(image))
    found["metadata"] = {"ownerReferences": [{"uid": "u"}]}
    found["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] = "5d9"
    found["spec"]["template"]["metadata"]["creationTimestamp"] = None
    return found


@pytest.mark.parametrize(
    ("live", "become", "change"),
    [
        (None, None, BackendChange.FIRST),
        (deployment("a:2"), deployment("a:2"), BackendChange.NONE),
        (deployment("a:2"), deployment("a:3"), BackendChange.CHANGE),
        (deployment("a:2"), deployment("a:1"), BackendChange.ROLL_BACK),
        (deployment("a:2", available=0), deployment("a:3"), BackendChange.REPAIR),
        (deployment("a:2", unavailable=1), deployment("a:3"), BackendChange.REPAIR),
    ],
    ids=["first", "the same", "another image", "an earlier image", "all down", "one down"],
)
def test_a_cluster_tells_a_change_from_what_must_always_pass(
    live: dict[str, Any] | None, become: dict[str, Any] | None, change: BackendChange
) -> None:
    history = [replica_set("a:1"), replica_set("a:2")]
    assert backend_change(live, become, history) is change

"""`prefect.yaml` says what Prefect understands: it ignores a misspelt key without a word."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "prefect.yaml").read_text())
DEPLOYMENTS: list[dict[str, Any]] = DOCUMENT["deployments"]

DEPLOYMENT_KEYS = {
    "concurrency_limit",
    "description",
    "entrypoint",
    "name",
    "parameters",
    "schedules",
    "tags",
    "triggers",
    "work_pool",
}
SCHEDULE_KEYS = {"active", "cron", "parameters", "slug", "timezone"}


def title(deployment: dict[str, Any]) -> str:
    return f"{deployment['entrypoint'].split(':')[1]}/{deployment['name']}"


@pytest.mark.data
@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=title)
def test_each_key_is_one_that_prefect_reads(deployment: dict[str, Any]) -> None:
    assert set(deployment) <= DEPLOYMENT_KEYS
    assert deployment["description"]
    for schedule in deployment.get("schedules", []):
        assert set(schedule) <= SCHEDULE_KEYS
        assert {"slug", "timezone", "active"} <= set(schedule)


@pytest.mark.data
@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=title)
def test_each_entrypoint_imports_and_takes_its_parameters(deployment: dict[str, Any]) -> None:
    """Without `use_placeholder_flow=False` a flow with a broken import deploys in silence."""
    flow: Flow[..., object] = load_flow_from_entrypoint(
        str(ROOT / deployment["entrypoint"]), use_placeholder_flow=False
    )
    known = set(parameter_schema(flow.fn).properties)

    assert set(deployment["parameters"]) <= known
    for schedule in deployment.get("schedules", []):
        assert set(schedule.get("parameters", {})) <= known


@pytest.mark.data
def test_no_two_deployments_of_a_flow_share_a_name() -> None:
    titles = [title(deployment) for deployment in DEPLOYMENTS]
    assert len(titles) == len(set(titles))


@pytest.mark.data
def test_the_local_game_day_runs_weekly_and_the_one_in_a_cluster_ships_inactive() -> None:
    active = {
        title(deployment): [schedule["active"] for schedule in deployment["schedules"]]
        for deployment in DEPLOYMENTS
        if "schedules" in deployment
    }
    assert active == {"game_day/local": [True], "game_day/kubernetes": [False]}


@pytest.mark.data
def test_every_deployment_is_worked_off_by_the_worker_that_demo_starts() -> None:
    assert {deployment["work_pool"]["name"] for deployment in DEPLOYMENTS} == {"local-process"}

"""`prefect.yaml` says what Prefect understands: it ignores a misspelt key without a word."""

from datetime import timedelta
from typing import Any

import pytest
import yaml
from prefect.events import DeploymentEventTrigger
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema

from tasks.nets import SILENT_AFTER
from tests.places import ROOT

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


TRIGGERED = [each for each in DEPLOYMENTS if "triggers" in each]


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
    known = set(parameter_schema(_flow(deployment).fn).properties)

    assert set(deployment["parameters"]) <= known
    for schedule in deployment.get("schedules", []):
        assert set(schedule.get("parameters", {})) <= known


@pytest.mark.data
@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=title)
def test_each_field_of_the_form_is_explained(deployment: dict[str, Any]) -> None:
    schema = parameter_schema(_flow(deployment).fn)
    nested = {
        f"{name}.{field}": described
        for name, definition in schema.definitions.items()
        for field, described in definition.get("properties", {}).items()
    }
    fields = {**schema.properties, **nested}
    assert [name for name, field in fields.items() if not field.get("description")] == []


@pytest.mark.data
def test_no_two_deployments_of_a_flow_share_a_name() -> None:
    titles = [title(deployment) for deployment in DEPLOYMENTS]
    assert len(titles) == len(set(titles))


@pytest.mark.data
def test_the_schedules_of_this_machine_are_active_and_those_of_a_cluster_ship_inactive() -> None:
    active = {
        title(deployment): [schedule["active"] for schedule in deployment["schedules"]]
        for deployment in DEPLOYMENTS
        if "schedules" in deployment
    }
    assert active == {
        "game_day/error-burst-local": [True],
        "game_day/error-burst-kubernetes": [False],
        "disarm_faults/every-stack": [True],
        "disarm_faults/cluster-stacks": [False],
        "review_error_budget/review-budget-local": [True],
        "review_error_budget/review-budget-kubernetes": [False],
    }


TYPED_BY_PEOPLE = {
    "deploy_stack/local",
    "deploy_stack/kubernetes",
    "game_day/local",
    "game_day/kubernetes",
}


@pytest.mark.data
def test_a_deployment_is_named_for_what_it_does() -> None:
    """Twelve were headed `local` or `kubernetes`; what people type keeps its name."""
    bare = {title(each) for each in DEPLOYMENTS if each["name"] in {"local", "kubernetes"}}
    assert bare == TYPED_BY_PEOPLE


@pytest.mark.data
def test_each_deployment_says_which_platform_it_is_registered_for() -> None:
    kinds = [set(each["tags"]) & {"local", "kubernetes"} for each in DEPLOYMENTS]
    assert [len(kind) for kind in kinds] == [1] * len(DEPLOYMENTS)


@pytest.mark.data
def test_the_last_net_of_this_machine_names_no_stack_and_no_platform() -> None:
    """It covered the stack named `demo` alone."""
    (net,) = [one for one in TRIGGERED if "local" in one["tags"]]
    parameters = [net, *net["schedules"], *net["triggers"]]
    assert [set(each["parameters"]) - {"reason"} for each in parameters] == [set()] * 4
    properties = parameter_schema(_flow(net).fn).properties
    assert [properties[name]["default"] for name in ("stack", "platform")] == [None, None]


@pytest.mark.data
@pytest.mark.parametrize("deployment", TRIGGERED, ids=title)
def test_each_automation_has_a_readable_name_and_a_description(
    deployment: dict[str, Any],
) -> None:
    for trigger in deployment["triggers"]:
        assert trigger["name"].startswith("Sweep ")
        assert title(deployment).split("/")[1] in trigger["description"]


@pytest.mark.data
@pytest.mark.parametrize("deployment", TRIGGERED, ids=title)
def test_each_trigger_is_one_that_prefect_reads(deployment: dict[str, Any]) -> None:
    known = set(parameter_schema(_flow(deployment).fn).properties)
    for declared in deployment["triggers"]:
        trigger = DeploymentEventTrigger.model_validate(declared)
        assert set(declared) <= set(DeploymentEventTrigger.model_fields)
        assert set(trigger.parameters or {}) <= known


@pytest.mark.data
def test_the_trigger_in_the_pages_is_one_that_prefect_reads() -> None:
    text = (ROOT / "docs/guides/automate-on-events.md").read_text().partition("```yaml\n# below")[2]
    (declared,) = yaml.safe_load("# below" + text.partition("```")[0])["triggers"]
    trigger = DeploymentEventTrigger.model_validate(declared)
    assert set(declared) <= set(DeploymentEventTrigger.model_fields)
    halting = next(one for one in DEPLOYMENTS if "halt_game_days" in one["entrypoint"])
    assert set(trigger.parameters or {}) <= set(parameter_schema(_flow(halting).fn).properties)


@pytest.mark.data
@pytest.mark.parametrize("deployment", TRIGGERED, ids=title)
def test_a_run_that_is_silent_for_longer_than_the_trigger_waits_counts_as_dead(
    deployment: dict[str, Any],
) -> None:
    """Else the flow that the trigger starts would find the run alive, and leave it as it is."""
    proactive = [each for each in deployment["triggers"] if each["posture"] == "Proactive"]
    assert [timedelta(seconds=each["within"]) > SILENT_AFTER for each in proactive] == [True]


@pytest.mark.data
def test_every_deployment_is_worked_off_by_the_worker_that_demo_starts() -> None:
    assert {deployment["work_pool"]["name"] for deployment in DEPLOYMENTS} == {"local-process"}


def _flow(deployment: dict[str, Any]) -> Flow[..., object]:
    """Without `use_placeholder_flow=False` a flow with a broken import deploys in silence."""
    return load_flow_from_entrypoint(
        str(ROOT / deployment["entrypoint"]), use_placeholder_flow=False
    )

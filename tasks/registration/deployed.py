"""One deployment as plain values: as `prefect.yaml` declares it, and as a server has it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import construct_schedule
from prefect.events import Automation, DeploymentEventTrigger
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema

from ironclad.domain.stack.registration import Items

_TIMING = ("cron", "interval", "rrule", "timezone", "anchor_date", "day_or")
_SHOWN = {"name", "description", "enabled", "trigger", "actions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """`schedules` by slug, `automations` by name; `fields` is everything else."""

    title: str
    fields: Items
    schedules: Items = field(default_factory=dict)
    automations: Items = field(default_factory=dict)


_READ = (
    "description",
    "enforce_parameter_schema",
    "entrypoint",
    "job_variables",
    "parameter_openapi_schema",
    "parameters",
    "paused",
    "pull_steps",
    "work_pool_name",
)


def declared(
    entry: Mapping[str, Any], pull: Sequence[Mapping[str, Any]], project: Path
) -> Deployed:
    """Read an entry of the list. Raises what importing its flow raises."""
    flow: Flow[..., Any] = load_flow_from_entrypoint(
        str(project / entry["entrypoint"]), use_placeholder_flow=False
    )
    return Deployed(
        title=f"{flow.name}/{entry['name']}",
        fields={
            **_plain_fields(entry),
            "parameter_openapi_schema": parameter_schema(flow.fn).model_dump(exclude_unset=True),
            "pull_steps": [dict(step) for step in pull],
        },
        schedules={each["slug"]: _schedule(each) for each in entry.get("schedules", [])},
        automations={each["name"]: dict(each) for each in entry.get("triggers", [])},
    )


def _plain_fields(entry: Mapping[str, Any]) -> Items:
    pool = entry["work_pool"]
    return {
        "concurrency_limit": entry.get("concurrency_limit"),
        "description": entry["description"],
        "enforce_parameter_schema": True,
        "entrypoint": entry["entrypoint"],
        "job_variables": pool.get("job_variables", {}),
        "parameters": entry.get("parameters", {}),
        "paused": entry.get("paused", False),
        "tags": sorted(entry.get("tags", [])),
        "work_pool_name": pool["name"],
    }


def _schedule(entry: Mapping[str, Any]) -> Items:
    timing = {key: entry[key] for key in _TIMING if key in entry}
    return {
        "schedule": construct_schedule(**timing).model_dump(mode="json"),
        "active": entry["active"],
        "parameters": entry.get("parameters", {}),
    }


async def found(
    client: PrefectClient, title: str, deployment: DeploymentResponse, names: Collection[str]
) -> Deployed:
    """Read what the server has; of the automations those with these names."""
    owned = await automations(client, deployment, names)
    return Deployed(
        title=title,
        fields={
            **{key: getattr(deployment, key) for key in _READ},
            "concurrency_limit": _limit(deployment),
            "tags": sorted(deployment.tags),
        },
        schedules={slug_of(each): _found_schedule(each) for each in deployment.schedules},
        automations={
            name: each.model_dump(mode="json", include=_SHOWN, exclude={"trigger": {"id"}})
            for name, each in owned.items()
        },
    )


def slug_of(schedule: DeploymentSchedule) -> str:
    """One that was made on the pages has none."""
    return schedule.slug or str(schedule.id)


def _found_schedule(schedule: DeploymentSchedule) -> Items:
    return {
        "schedule": schedule.schedule.model_dump(mode="json"),
        "active": schedule.active,
        "parameters": schedule.parameters,
    }


def _limit(deployment: DeploymentResponse) -> Items | None:
    limit, options = deployment.global_concurrency_limit, deployment.concurrency_options
    if limit is None:
        return None
    strategy = options.collision_strategy.value if options else None
    return {"limit": limit.limit, "collision_strategy": strategy}


async def automations(
    client: PrefectClient, deployment: DeploymentResponse, names: Collection[str]
) -> dict[str, Automation]:
    """Leave a person's own ones alone: the server does not say which of them it owns."""
    related = await client.read_resource_related_automations(f"prefect.deployment.{deployment.id}")
    return {each.name: each for each in related if each.name in names}


async def create(client: PrefectClient, wanted: Deployed) -> None:
    flow = await client.create_flow_from_name(wanted.title.split("/")[0])
    await client.create_deployment(
        flow_id=flow,
        name=wanted.title.split("/")[1],
        schedules=[schedule_of(slug, each) for slug, each in wanted.schedules.items()],
        **as_arguments(wanted.fields),
    )


def as_arguments(fields: Items) -> dict[str, Any]:
    """Prefect's API has the strategy of a limit beside the limit."""
    if "concurrency_limit" not in fields:
        return dict(fields)
    limit = fields["concurrency_limit"] or {}
    strategy = limit.get("collision_strategy")
    return {
        **fields,
        "concurrency_limit": limit.get("limit"),
        "concurrency_options": strategy and {"collision_strategy": strategy},
    }


def schedule_of(slug: str, value: Items) -> DeploymentScheduleCreate:
    return DeploymentScheduleCreate.model_validate({**value, "slug": slug})


def automation_of(value: Items, deployment: DeploymentResponse) -> Any:
    trigger = DeploymentEventTrigger.model_validate(value)
    trigger.set_deployment_id(deployment.id)
    return trigger.as_automation()

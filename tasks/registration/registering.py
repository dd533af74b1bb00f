"""Making a server's deployments as declared, except for what a person changed there.

Prefect's own `deploy` overwrites that: it resumes what was paused, resets schedules, deletes added
ones and makes every automation anew. What was registered last is kept on the server itself, in a
variable, so that every machine that registers there can tell the two apart.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import (
    DeploymentUpdate,
    VariableCreate,
    VariableUpdate,
    WorkPoolCreate,
)
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

from ironclad.domain.stack.registration import Items, Marks, Settled, mark, marks, settle
from ironclad.errors import RemoteError, UnreachableError
from ironclad.wiring.deployments import CLOSED_POOL, Listed
from tasks.registration import deployed
from tasks.registration.deployed import Deployed
from tasks.registration.differences import AUTOMATIONS, TITLES, remembered_of_former, sentences

VARIABLE = "ironclad_registered"
_CLOSED = frozenset({401, 403})
_OPENS = (
    "set PREFECT_API_KEY or PREFECT_API_AUTH_STRING to what opens it; the worker in a cluster has"
    " them from the Secret prefect-secret"
)
PARTS = ("fields", "schedules", "automations")
Known = Mapping[str, Marks]
"""Of one deployment, by part."""


@dataclass(slots=True)
class Registered:
    """`kept` says in a sentence each what differs from the list, because a person changed it."""

    kept: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


async def register(listed: Listed, *, reset: bool = False) -> Registered:
    """Raises RemoteError where the server refuses, UnreachableError where it does not answer."""
    wanted = [deployed.declared(each, listed.pull, listed.project) for each in listed.entries]
    async with _server() as client:
        return await Registration(client, listed, reset=reset).run(wanted)


@asynccontextmanager
async def _server() -> AsyncIterator[PrefectClient]:
    client = get_client()
    where = f"the Prefect server at {str(client.api_url).rstrip('/')}"
    try:
        async with client:
            yield client
    except (PrefectHTTPStatusError, ObjectNotFound) as error:
        raise RemoteError(f"{where} {_refusal(error)}") from error
    except httpx.HTTPError as error:
        raise UnreachableError(f"{where} does not answer: {_words(error)}") from error


def _refusal(error: PrefectHTTPStatusError | ObjectNotFound) -> str:
    if isinstance(error, PrefectHTTPStatusError) and error.response.status_code in _CLOSED:
        return f"does not know who asks; {_OPENS}"
    return f"refuses: {_words(error)}"


async def is_registered(kind: str) -> bool:
    """Say whether anything of the kind was ever registered on the server."""
    async with _server() as client:
        return await client.read_variable_by_name(f"{VARIABLE}_{kind}") is not None


async def demand_pool(name: str) -> None:
    """Make a closed work pool for process workers unless there is one of that name."""
    async with _server() as client:
        try:
            await client.read_work_pool(name)
        except ObjectNotFound:
            await client.create_work_pool(
                WorkPoolCreate(name=name, type="process", base_job_template=dict(CLOSED_POOL))
            )


@dataclass(slots=True)
class There:
    """One deployment of the server's, and what was remembered of it."""

    deployment: DeploymentResponse
    found: Deployed
    known: Known = field(default_factory=dict)


_NOTHING = dict.fromkeys(PARTS, Settled())


class Registration:
    """One pass over the list."""

    def __init__(self, client: PrefectClient, listed: Listed, *, reset: bool) -> None:
        self._client = client
        self._listed = listed
        self._reset = reset
        self._variable = f"{VARIABLE}_{listed.kind}"
        self._automations = set(AUTOMATIONS)
        self._done = Registered()

    async def run(self, wanted: Sequence[Deployed]) -> Registered:
        remembered = await self._remembered()
        self._note_names(wanted, remembered)
        titles = {each.title for each in wanted}
        others = {*remembered, *TITLES.get(self._listed.kind, ())} - titles
        there = await self._there(wanted, others)
        moved = moved_schedules(wanted, {title: each.found for title, each in there.items()})
        for title, each in there.items():
            each.known = remembered.get(title) or remembered_of_former(each.found)
            each.known = _given_away(each.known, each.found, moved)
        now = dict(remembered)
        for one in wanted:
            now |= await self._settled(one, there.get(one.title), remembered, moved)
        for title in sorted(others & there.keys()) if self._listed.is_whole else ():
            if await self._is_removed(there[title]):
                now.pop(title, None)
        if now != remembered:
            await self._remember(now)
        return self._done

    def _note_names(self, wanted: Sequence[Deployed], remembered: Mapping[str, Known]) -> None:
        self._automations |= {name for each in wanted for name in each.automations}
        self._automations |= {name for each in remembered.values() for name in each["automations"]}

    async def _settled(
        self,
        wanted: Deployed,
        there: There | None,
        remembered: Mapping[str, Known],
        moved: Items,
    ) -> dict[str, Known]:
        """Give what to remember; nothing new of one that a person deleted."""
        if there is not None:
            return {wanted.title: await self._updated(there, wanted)}
        if wanted.title in remembered and not self._reset:
            self._done.kept.append(f"{wanted.title}: it was deleted")
            return {}
        return {wanted.title: await self._created(wanted, moved)}

    async def _there(self, wanted: Sequence[Deployed], others: set[str]) -> dict[str, There]:
        titles = [*(each.title for each in wanted), *sorted(others)]
        found = [await self._find(title) for title in titles]
        return {each.found.title: each for each in found if each is not None}

    async def _find(self, title: str) -> There | None:
        try:
            deployment = await self._client.read_deployment_by_name(title)
        except ObjectNotFound:
            return None
        names = self._automations
        return There(deployment, await deployed.found(self._client, title, deployment, names))

    async def _found(self, title: str) -> There:
        there = await self._find(title)
        if there is None:
            raise RemoteError(f"the deployment {title} was deleted while it was registered")
        return there

    async def _created(self, wanted: Deployed, moved: Items) -> Known:
        """A schedule that another deployment had goes on as a person left it there."""
        taken = {} if self._reset else {k: v for k, v in moved.items() if k in wanted.schedules}
        await deployed.create(
            self._client, replace(wanted, schedules={**wanted.schedules, **taken})
        )
        self._done.changed.append(f"{wanted.title} is new")
        there = await self._found(wanted.title)
        for value in wanted.automations.values():
            automation = deployed.automation_of(value, there.deployment)
            await self._client.create_automation(automation)
        kept = tuple(slug for slug in taken if taken[slug] != wanted.schedules[slug])
        settled = {**_NOTHING, "schedules": Settled(kept=kept)}
        self._done.kept += sentences(wanted, there.found, settled)
        found = (await self._found(wanted.title)).found
        return _remembered_of(wanted, replace(found, schedules=wanted.schedules), {}, _NOTHING)

    async def _updated(self, there: There, wanted: Deployed) -> Known:
        settled = {
            part: settle(
                getattr(wanted, part),
                getattr(there.found, part),
                there.known[part],
                reset=self._reset,
            )
            for part in PARTS
        }
        self._done.kept += sentences(wanted, there.found, settled)
        found = there.found
        if any(each.put or each.drop for each in settled.values()):
            await self._put(there.deployment, settled)
            self._done.changed.append(f"{wanted.title} is as declared now")
            found = (await self._found(wanted.title)).found
        return _remembered_of(wanted, found, there.known, settled)

    async def _put(self, deployment: DeploymentResponse, settled: Mapping[str, Settled]) -> None:
        await self._put_fields(deployment, settled["fields"])
        await self._put_schedules(deployment, settled["schedules"])
        await self._put_automations(deployment, settled["automations"])

    async def _put_fields(self, deployment: DeploymentResponse, settled: Settled) -> None:
        if settled.put:
            update = DeploymentUpdate.model_validate(deployed.as_arguments(settled.put))
            await self._client.update_deployment(deployment.id, update)

    async def _put_schedules(self, deployment: DeploymentResponse, settled: Settled) -> None:
        """What is put takes the place of what is there."""
        for each in deployment.schedules:
            if deployed.slug_of(each) in {*settled.put, *settled.drop}:
                await self._client.delete_deployment_schedule(deployment.id, each.id)
        new = [deployed.schedule_of(slug, value) for slug, value in settled.put.items()]
        if new:
            await self._client.create_deployment_schedules(deployment.id, new)

    async def _put_automations(self, deployment: DeploymentResponse, settled: Settled) -> None:
        """Make the new one first: between the two there would be no net."""
        before = await deployed.automations(self._client, deployment, self._automations)
        for value in settled.put.values():
            await self._client.create_automation(deployed.automation_of(value, deployment))
        for name, automation in before.items():
            if name in {*settled.put, *settled.drop}:
                await self._client.delete_automation(automation.id)

    async def _is_removed(self, there: There) -> bool:
        """Only what is ours and untouched; else it is named."""
        touched = [
            key
            for part in PARTS
            for key in settle({}, getattr(there.found, part), there.known[part]).kept
        ]
        if touched and not self._reset:
            fields = ", ".join(touched).replace("_", " ")
            title = there.found.title
            self._done.kept.append(
                f"{title}: not declared any more, but a person changed: {fields}"
            )
            return False
        await self._remove(there)
        return True

    async def _remove(self, there: There) -> None:
        owned = await deployed.automations(self._client, there.deployment, self._automations)
        for automation in owned.values():
            await self._client.delete_automation(automation.id)
        await self._client.delete_deployment(there.deployment.id)
        self._done.changed.append(f"{there.found.title} is gone")

    async def _remembered(self) -> dict[str, Known]:
        variable = await self._client.read_variable_by_name(self._variable)
        return {} if variable is None else cast("dict[str, Known]", variable.value)

    async def _remember(self, known: Mapping[str, Known]) -> None:
        value = cast("Any", known)
        if await self._client.read_variable_by_name(self._variable) is None:
            await self._client.create_variable(VariableCreate(name=self._variable, value=value))
        else:
            await self._client.update_variable(VariableUpdate(name=self._variable, value=value))


def moved_schedules(wanted: Sequence[Deployed], there: Mapping[str, Deployed]) -> dict[str, Items]:
    """Give the schedules that another deployment has than the one that now declares them.

    One of a paused deployment does not run, and it must not begin to.
    """
    homes = {slug: each.title for each in wanted for slug in each.schedules}
    return {
        slug: {**value, "active": value["active"] and not found.fields["paused"]}
        for found in there.values()
        for slug, value in found.schedules.items()
        if homes.get(slug, found.title) != found.title
    }


def _given_away(known: Known, there: Deployed, moved: Items) -> Known:
    """What goes on elsewhere may go here, however it was changed."""
    gone = {k: mark("", v) for k, v in there.schedules.items() if k in moved}
    return {**known, "schedules": {**known["schedules"], **gone}}


def _remembered_of(
    wanted: Deployed, there: Deployed, known: Known, settled: Mapping[str, Settled]
) -> Known:
    return {
        part: marks(getattr(wanted, part), getattr(there, part), known.get(part, {}), settled[part])
        for part in PARTS
    }


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:500]

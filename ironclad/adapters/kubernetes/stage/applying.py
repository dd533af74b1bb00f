"""Server-side apply of a stage's objects: in parallel where order does not matter."""

import asyncio
import re
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import UNPROCESSABLE, KubeError, trimmed
from ironclad.adapters.kubernetes.client.kinds import path_of
from ironclad.adapters.kubernetes.stage.recreating import Recreator
from ironclad.domain.kubernetes.field_diff import FieldChange
from ironclad.domain.kubernetes.field_managers import (
    INITIAL_REPLICAS_MANAGER,
    MANAGER,
    must_hand_over,
    only_replicas,
    owners_of_replicas,
)
from ironclad.domain.kubernetes.kube_object import KubeObject, ObjectRef, metadata, ref_of, spec
from ironclad.domain.kubernetes.own_changes import (
    FIXED,
    fixed,
    is_fixed,
    owned_elsewhere,
    visible,
    wanted_changes,
)
from ironclad.domain.kubernetes.recreation import may_be_made_anew, remedy
from ironclad.errors import IroncladError, RefusedError, UnreachableError

_MANAGER = re.compile(r'conflict with "([^"]+)"')

_REST = 2
_TURNS = {
    "Namespace": 0,
    # The API server answers 404 for a binding before its role, if one may only grant one's own.
    "Role": 1,
    "ClusterRole": 1,
    # Pods that start before their ConfigMap or ServiceAccount exist lose seconds to a back-off.
    **dict.fromkeys(("Deployment", "StatefulSet", "Job", "HorizontalPodAutoscaler"), 3),
}


def waves(objects: Iterable[KubeObject]) -> tuple[tuple[KubeObject, ...], ...]:
    """Sort into groups that go one after the other, each of them at once."""
    turns: dict[int, list[KubeObject]] = {}
    for item in objects:
        turns.setdefault(_TURNS.get(item["kind"], _REST), []).append(item)
    return tuple(tuple(turns[turn]) for turn in sorted(turns))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What applying one object would change, and why it would be refused."""

    ref: ObjectRef
    fields: tuple[FieldChange, ...]
    refused: tuple[str, ...] = ()


class Applier:
    """Applies as field manager `ironclad`; takes a field from another manager only by force.

    What cannot be changed in place is made anew only where there is a `recreator`.
    """

    def __init__(
        self,
        api: KubeApi,
        *,
        force: bool = False,
        recreator: Recreator | None = None,
        initial_replicas: Mapping[str, int],
    ) -> None:
        self._api = api
        self._force = force
        self._recreator = recreator
        self._initial_replicas = initial_replicas

    async def apply(
        self, objects: Sequence[KubeObject], live: Mapping[ObjectRef, KubeObject]
    ) -> dict[ObjectRef, KubeObject]:
        """Apply all and give what they became. Raises RefusedError with every conflict."""
        become: dict[ObjectRef, KubeObject] = {}
        for wave in waves(objects):
            done = await all_of(self._one(item, live.get(ref_of(item))) for item in wave)
            become.update((ref_of(item), item) for item in done)
        return become

    async def preview(self, item: KubeObject) -> KubeObject:
        """Ask the API server what applying would make of it, and change nothing."""
        return await self.send(item, MANAGER, dry_run=True)

    async def compare(self, item: KubeObject, live: KubeObject) -> Comparison:
        """Preview it whole, with what stands in the way marked."""
        try:
            become = await self._send(item, MANAGER, dry_run=True, force=self._force)
        except KubeError as error:
            if error.is_conflict and error.causes:
                return await self._contested(item, live, error)
            if is_fixed(_pairs(error)):
                return self._fixed(item, live, error)
            raise
        return Comparison(ref_of(item), visible(live, become))

    async def _contested(
        self, item: KubeObject, live: KubeObject, conflict: KubeError
    ) -> Comparison:
        refused = _conflicts(self._api.context, item, conflict)
        try:
            become = await self._send(item, MANAGER, dry_run=True, force=True)
            found = Comparison(ref_of(item), visible(live, become))
        except KubeError as error:
            if not is_fixed(_pairs(error)):
                raise
            found = self._fixed(item, live, error)
        fields = owned_elsewhere(found.fields, owners_of(conflict))
        return Comparison(found.ref, fields, (*refused, *found.refused))

    def _fixed(self, item: KubeObject, live: KubeObject, error: KubeError) -> Comparison:
        """The server cannot say what would become of it, so it is compared here."""
        fields = fixed(wanted_changes(live, item), _pairs(error))
        is_allowed = self._recreator is not None and may_be_made_anew(live)
        refused = () if is_allowed else (self._in_place(live, fields, error),)
        return Comparison(ref_of(item), fields, refused)

    def _in_place(self, live: KubeObject, fields: Sequence[FieldChange], error: KubeError) -> str:
        named = [str(replace(each, mark="")) for each in fields if each.mark]
        what = ", ".join(named) or ", ".join(cause.field for cause in error.causes)
        return (
            f"context {self._api.context}: {ref_of(live)} {trimmed(what)} {FIXED}; {remedy(live)}"
        )

    async def _one(self, item: KubeObject, live: KubeObject | None) -> KubeObject:
        if live is not None and must_hand_over(item, live):
            replicas = only_replicas(item, spec(live)["replicas"])
            await self.send(replicas, INITIAL_REPLICAS_MANAGER)
        done = await self._applied(item, live)
        return await self._with_first_replicas(item, done)

    async def _applied(self, item: KubeObject, live: KubeObject | None) -> KubeObject:
        """Raises RefusedError for what cannot be changed in place, unless it may be made anew."""
        try:
            return await self.send(item, MANAGER)
        except KubeError as error:
            if live is None or not is_fixed(_pairs(error)):
                raise
            if refused := self._fixed(item, live, error).refused:
                raise RefusedError(refused) from error
        if self._recreator is not None:
            await self._recreator.clear(live)
        return await self.send(item, MANAGER)

    async def _with_first_replicas(self, item: KubeObject, done: KubeObject) -> KubeObject:
        """Send the number once: as soon as anybody owns the field it is theirs."""
        replicas = self._initial_replicas.get(str(metadata(item)["name"]))
        if item["kind"] != "Deployment" or replicas is None or owners_of_replicas(done):
            return done
        try:
            return await self.send(only_replicas(item, replicas), INITIAL_REPLICAS_MANAGER)
        except RefusedError:
            return done

    async def send(
        self, item: KubeObject, manager: str, *, dry_run: bool = False, force: bool | None = None
    ) -> KubeObject:
        """Apply one object. Raises RefusedError that names each field another manager owns."""
        is_forced = self._force if force is None else force
        try:
            return await self._send(item, manager, dry_run=dry_run, force=is_forced)
        except KubeError as error:
            if error.is_conflict and error.causes:
                raise RefusedError(_conflicts(self._api.context, item, error)) from error
            raise

    async def _send(
        self, item: KubeObject, manager: str, *, dry_run: bool, force: bool
    ) -> KubeObject:
        query = {"fieldValidation": "Strict", "dryRun": "All" if dry_run else None}
        return await self._api.apply(path_of(item), item, manager, force=force, query=query)


def _conflicts(context: str, item: KubeObject, error: KubeError) -> tuple[str, ...]:
    where = f"context {context}: {ref_of(item)}"
    return tuple(
        f"{where} {cause.field} is owned by another manager ({cause.message});"
        " drop it there, or deploy with force to take it over"
        for cause in error.causes
    )


def owners_of(conflict: KubeError) -> dict[str, str]:
    """Name the manager of each contested field, by the field's path."""
    found = ((cause.field, _MANAGER.search(cause.message)) for cause in conflict.causes)
    return {field: named[1] for field, named in found if named}


def _pairs(error: KubeError) -> tuple[tuple[str, str], ...]:
    """The reasons of a refusal of the object itself."""
    if error.status != UNPROCESSABLE:
        return ()
    return tuple((cause.field, cause.message) for cause in error.causes)


async def all_of(works: Iterable[Awaitable[Any]]) -> list[Any]:
    """Let all come to an end, then raise what went wrong, every refusal in one error."""
    answers = await asyncio.gather(*works, return_exceptions=True)
    errors = [answer for answer in answers if isinstance(answer, BaseException)]
    if not errors:
        return list(answers)
    for error in errors:
        if isinstance(error, UnreachableError) or not isinstance(error, IroncladError):
            raise error
    if len(errors) == 1:
        raise errors[0]
    raise RefusedError(tuple(reason for error in errors for reason in _reasons(error)))


def _reasons(error: BaseException) -> tuple[str, ...]:
    return error.reasons if isinstance(error, RefusedError) else (str(error),)

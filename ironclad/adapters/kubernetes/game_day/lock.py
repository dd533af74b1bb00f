"""The stack's lock: a Lease in its namespace, changed only by whoever saw its last version."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ironclad.adapters.kubernetes.client.api import Call, KubeApi
from ironclad.adapters.kubernetes.client.failures import NOT_FOUND, KubeError
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.client.stamps import moment, stamp
from ironclad.domain.kubernetes.kube_labels import IRONCLAD, MANAGED_BY
from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, section, spec
from ironclad.domain.stack.commands import command, in_cluster
from ironclad.domain.stack.undo import LEDGER_LEASE, LEDGER_RENEW_EVERY, LockHolder
from ironclad.errors import BusyError, LeaseLapsedError, RemoteError, UnreachableError
from ironclad.ports import Clock

NAME = "ironclad"
_LEASE = kind("Lease")
_PREFIX = "ironclad.dev/"
_RACES = 5
_OTHERS_MAY_RENEW = LEDGER_RENEW_EVERY + timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who wants the lock; `token` tells two runs of the same name apart."""

    run: str
    purpose: str
    who: str
    since: datetime
    token: str


class KubernetesLock:
    """Satisfies `ports.StackLock`.

    Where the namespace does not exist yet, there is nothing to lock: the lease is then taken as
    soon as there is one, and whoever comes second is ended.
    """

    def __init__(self, api: KubeApi, namespace: str, clock: Clock) -> None:
        self._api = api
        self._namespace = namespace
        self._clock = clock

    @asynccontextmanager
    async def held(self, run: str, purpose: str, who: str) -> AsyncIterator[None]:
        """Hold it. Raises BusyError, or LeaseLapsedError in the block when another took it over."""
        claim = _Claim(run, purpose, who, self._clock.now(), secrets.token_hex(8))
        await self._acquire(claim)
        lost: list[str] = []
        try:
            async with asyncio.timeout(None) as leash:
                renewing = asyncio.create_task(self._renew_forever(claim, lost, leash))
                try:
                    yield
                finally:
                    renewing.cancel()
                    await asyncio.gather(renewing, return_exceptions=True)
                    await asyncio.shield(self._release(claim))
        except TimeoutError as error:
            if lost:
                raise LeaseLapsedError(lost[0]) from error
            raise

    async def holder(self) -> LockHolder | None:
        found = await self._find()
        holder = _holder(found) if found is not None else None
        return holder if holder is not None and holder.is_held(self._clock.now()) else None

    async def lapsed(self) -> LockHolder | None:
        found = await self._find()
        holder = _holder(found) if found is not None else None
        return holder if holder is not None and holder.has_lapsed(self._clock.now()) else None

    async def request_abort(self, who: str) -> LockHolder | None:
        """Leave the wish as an annotation; the holder reads it within its next pass."""
        for _ in range(_RACES):
            found = await self._find()
            holder = _holder(found) if found is not None else None
            if found is None or holder is None or not holder.is_held(self._clock.now()):
                return None
            if holder.abort_requested == who:
                return holder
            if await self._replace(_with_annotation(found, "abort-requested", who)):
                return await self.holder()
        raise RemoteError(
            f"{self._where}: the lock changed under every request to abort; try again"
        )

    @property
    def _where(self) -> str:
        return f"context {self._api.context}, namespace {self._namespace}"

    async def _acquire(self, claim: _Claim) -> None:
        for _ in range(_RACES):
            if await self._take(claim):
                return
        raise BusyError(f"{self._where}: others took the lock at the same moment; try again")

    async def _take(self, claim: _Claim) -> bool:
        """Tell whether it is ours now; False means that somebody was faster.

        Ours already: a write of it got through, and only its answer was lost.
        """
        found = await self._find()
        if found is None:
            return await self._create(claim)
        if _token(found) == claim.token:
            return True
        await self._refuse_if_held(found)
        if _holder(found) is not None and await self._is_renewed(found):
            return False
        return await self._replace(self._body(claim, found))

    async def _refuse_if_held(self, found: KubeObject) -> None:
        holder = _holder(found)
        if holder is not None and holder.is_held(self._clock.now()):
            raise BusyError(
                f"{self._where}: {holder.purpose} {holder.run} of {holder.who} has held it since"
                f" {stamp(holder.since)}; wait for its end, or ask for it with"
                f" {command('game-day abort', in_cluster(self._namespace))}"
            )

    async def _is_renewed(self, found: KubeObject) -> bool:
        """Look twice before taking over: clocks differ, and the holder's may be behind ours."""
        await self._clock.sleep(_OTHERS_MAY_RENEW.total_seconds())
        again = await self._find()
        return again is None or _version(again) != _version(found)

    async def _renew_forever(self, claim: _Claim, lost: list[str], leash: asyncio.Timeout) -> None:
        while True:
            await self._clock.sleep(LEDGER_RENEW_EVERY.total_seconds())
            try:
                if taker := await self._renew(claim):
                    lost.append(taker)
                    leash.reschedule(0)
                    return
            except (KubeError, UnreachableError):
                continue  # Nobody else gets through either; at the next answer we know.

    async def _renew(self, claim: _Claim) -> str:
        """Renew; say who holds it if it is not ours any more."""
        found = await self._find()
        if found is None:
            await self._create(claim)
            return ""
        if _token(found) != claim.token:
            holder = _holder(found)
            taker = f"{holder.purpose} {holder.run} of {holder.who}" if holder else "nobody"
            return f"{self._where}: the lock of {claim.run} was lost, and {taker} holds it"
        await self._replace({**found, "spec": {**spec(found), "renewTime": self._now()}})
        return ""

    async def _release(self, claim: _Claim) -> None:
        with contextlib.suppress(KubeError, UnreachableError):
            found = await self._find()
            if found is None:
                return
            if _token(found) == claim.token:
                await self._replace({**found, "spec": {**spec(found), "holderIdentity": ""}})

    async def _find(self) -> KubeObject | None:
        return await self._api.find(_LEASE.path(self._namespace, NAME))

    async def _create(self, claim: _Claim) -> bool:
        """Tell whether it is ours, or may wait until there is a namespace to hold it in."""
        path = _LEASE.path(self._namespace)
        try:
            await self._api.call(Call(method="POST", path=path, body=self._body(claim)))
        except KubeError as error:
            if error.is_conflict:
                return False
            if error.status == NOT_FOUND or error.is_terminating:
                return True
            raise
        return True

    async def _replace(self, body: KubeObject) -> bool:
        """Tell whether this version of it was the last; a repeat after a lost answer is not."""
        path = _LEASE.path(self._namespace, NAME)
        try:
            await self._api.call(Call(method="PUT", path=path, body=dict(body)))
        except KubeError as error:
            if error.is_conflict or error.is_missing:
                return False
            raise
        return True

    def _body(self, claim: _Claim, found: KubeObject | None = None) -> dict[str, Any]:
        notes = {
            "purpose": claim.purpose,
            "who": claim.who,
            "token": claim.token,
            "abort-requested": "",
        }
        meta: dict[str, Any] = {
            "name": NAME,
            "labels": {MANAGED_BY: IRONCLAD},
            "annotations": {f"{_PREFIX}{key}": value for key, value in notes.items()},
        }
        if found is not None:
            meta["resourceVersion"] = _version(found)
        return {
            "apiVersion": _LEASE.api_version,
            "kind": _LEASE.name,
            "metadata": meta,
            "spec": {
                "holderIdentity": claim.run,
                "leaseDurationSeconds": int(LEDGER_LEASE.total_seconds()),
                "acquireTime": stamp(claim.since),
                "renewTime": self._now(),
            },
        }

    def _now(self) -> str:
        return stamp(self._clock.now())


def _token(item: KubeObject) -> str:
    return str(section(item, "metadata", "annotations").get(f"{_PREFIX}token", ""))


def _version(item: KubeObject) -> str:
    return str(metadata(item)["resourceVersion"])


def _with_annotation(item: KubeObject, name: str, value: str) -> dict[str, Any]:
    meta = metadata(item)
    notes: Mapping[str, str] = {**(meta.get("annotations") or {}), f"{_PREFIX}{name}": value}
    return {**item, "metadata": {**meta, "annotations": notes}}


def _holder(item: KubeObject) -> LockHolder | None:
    """Read it; None for a released one. Another program's lease has no notes, but a holder."""
    wish, notes = spec(item), section(item, "metadata", "annotations")
    if not wish.get("holderIdentity"):
        return None
    renewed = moment(str(wish["renewTime"])) if wish.get("renewTime") else _LONG_AGO
    return LockHolder(
        run=str(wish["holderIdentity"]),
        purpose=notes.get(f"{_PREFIX}purpose", "another program"),
        who=notes.get(f"{_PREFIX}who", "?"),
        since=moment(str(wish["acquireTime"])) if wish.get("acquireTime") else renewed,
        lease_until=renewed + timedelta(seconds=int(wish.get("leaseDurationSeconds") or 0)),
        abort_requested=notes.get(f"{_PREFIX}abort-requested", ""),
    )


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

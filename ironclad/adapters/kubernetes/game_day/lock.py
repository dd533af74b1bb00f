"""The stack's lock: a Lease in its namespace, changed only from its last version."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ironclad.adapters.kubernetes.client.api import Call, KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.lease_keeper import kept
from ironclad.domain.kubernetes.kube_object import (
    IRONCLAD,
    MANAGED_BY,
    KubeObject,
    metadata,
    moment,
    section,
    spec,
    stamp,
)
from ironclad.domain.stack.commands import command, in_cluster
from ironclad.domain.stack.undo import LEDGER_LEASE, LEDGER_RENEW_EVERY, LockHolder
from ironclad.errors import BusyError, IroncladError, LeaseLapsedError, RemoteError
from ironclad.ports import Clock

NAME = "ironclad"
_LEASE = kind("Lease")
_PREFIX = "ironclad.dev/"
_RACES = 5
_ON_ITS_WAY = timedelta(seconds=1)
"""A renewal may take so long; after a period and this much, a silent holder has missed one."""


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

    Without a namespace there is nothing to lock. The lease is taken as soon as there is one, and a
    second holder is ended.

    A renewal runs in the keeper's thread, with a loop and a connection of its own. So a held loop,
    sixteen hanging requests or a dead connection cannot delay it.
    """

    def __init__(
        self,
        api: KubeApi,
        namespace: str,
        clock: Clock,
        *,
        lease: timedelta = LEDGER_LEASE,
        renew_every: timedelta = LEDGER_RENEW_EVERY,
    ) -> None:
        self._api = api
        self._namespace = namespace
        self._clock = clock
        self._lease = lease
        self._renew_every = renew_every

    @asynccontextmanager
    async def held(self, run: str, purpose: str, who: str) -> AsyncIterator[None]:
        """Hold it. Raises BusyError, or LeaseLapsedError in the block when it was lost."""
        claim = _Claim(run, purpose, who, self._clock.now(), secrets.token_hex(8))
        async with kept(
            lambda seconds: asyncio.run(self._renew_apart(claim, seconds)),
            lambda: self._release(claim),
            since=await self._acquire(claim),
            lease=self._lease,
            every=self._renew_every,
        ):
            yield

    async def holder(self) -> LockHolder | None:
        found = await self._find()
        holder = _holder(found) if found is not None else None
        return holder if holder is not None and holder.is_held(self._clock.now()) else None

    async def lapsed(self) -> LockHolder | None:
        found = await self._find()
        holder = _holder(found) if found is not None else None
        return holder if holder is not None and holder.has_lapsed(self._clock.now()) else None

    async def until_holder_ends(self, seconds: float) -> None:
        """No process can be seen from here: the Lease alone tells."""
        await self._clock.sleep(seconds)

    async def request_abort(self, who: str) -> LockHolder | None:
        """Leave the request as an annotation; the holder reads it within its next pass."""
        for _ in range(_RACES):
            found = await self._find()
            holder = _holder(found) if found is not None else None
            if found is None or holder is None or not holder.is_held(self._clock.now()):
                return None
            if holder.abort_requested == who:
                return holder
            if await self._write(_with_annotation(found, "abort-requested", who)):
                return await self.holder()
        raise RemoteError(
            f"{self._where}: the lock changed under every request to abort; try again"
        )

    @property
    def _where(self) -> str:
        return f"context {self._api.context}, namespace {self._namespace}"

    async def _acquire(self, claim: _Claim) -> float:
        """Give the monotonic time at which the request was sent that made it ours."""
        for _ in range(_RACES):
            since = await self._take(claim)
            if since is not None:
                return since
        raise BusyError(f"{self._where}: others took the lock at the same moment; try again")

    async def _take(self, claim: _Claim) -> float | None:
        """Give when the request was sent; None means that somebody was faster.

        Ours already: a write of it got through, and only its answer was lost. It is renewed, for
        that may have been long ago.
        """
        found = await self._find()
        if found is not None and _token(found) != claim.token:
            await self._refuse_if_held(found)
            if _holder(found) is not None and await self._is_renewed(found):
                return None
        since = time.monotonic()
        return since if await self._write(self._body(claim, found)) else None

    async def _refuse_if_held(self, found: KubeObject) -> None:
        holder = _holder(found)
        if holder is not None and holder.is_held(self._clock.now()):
            raise BusyError(
                f"{self._where}: {holder.title} has held it since"
                f" {stamp(holder.since)}; wait for its end, or ask for it with"
                f" {command('game-day abort', in_cluster(self._namespace))}"
            )

    async def _is_renewed(self, found: KubeObject) -> bool:
        """Look twice before taking over: clocks differ, and the holder's may be behind ours."""
        await self._clock.sleep((self._renew_every + _ON_ITS_WAY).total_seconds())
        again = await self._find()
        return again is None or _version(again) != _version(found)

    async def _renew_apart(self, claim: _Claim, seconds: float) -> None:
        async with asyncio.timeout(seconds), self._api.beside() as api:
            apart = KubernetesLock(api, self._namespace, self._clock, lease=self._lease)
            await apart._renew(claim)

    async def _renew(self, claim: _Claim) -> None:
        """Renew it. Raises LeaseLapsedError that says who holds it if it is not ours any more."""
        found = await self._find()
        if found is not None and _token(found) != claim.token:
            holder = _holder(found)
            taker = f"{holder.title} holds it" if holder else "another had it meanwhile"
            raise LeaseLapsedError(f"{self._where}: {taker}")
        fresh = _with_spec(found, renewTime=self._now()) if found else self._body(claim)
        if not await self._write(fresh):
            raise RemoteError(f"{self._where}: the lock changed while it was renewed")

    async def _release(self, claim: _Claim) -> None:
        """Free it, though a renewal or a request to abort may be written meanwhile."""
        with contextlib.suppress(IroncladError, TimeoutError):
            async with asyncio.timeout(self._lease.total_seconds()):
                for _ in range(_RACES):
                    found = await self._find()
                    if found is None or _token(found) != claim.token:
                        return
                    if await self._write(_with_spec(found, holderIdentity="")):
                        return

    async def _find(self) -> KubeObject | None:
        return await self._api.find(_LEASE.path(self._namespace, NAME))

    async def _write(self, body: KubeObject) -> bool:
        """Tell whether this write came first; a repeat after a lost answer finds its own write.

        Where there is no namespace to hold a new one in, it may wait until there is.
        """
        is_new = "resourceVersion" not in metadata(body)
        method, name = ("POST", "") if is_new else ("PUT", NAME)
        path = _LEASE.path(self._namespace, name)
        try:
            await self._api.call(Call(method=method, path=path, body=body))
        except KubeError as error:
            if error.is_conflict or error.is_missing or error.is_terminating:
                return is_new and not error.is_conflict
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
                "leaseDurationSeconds": int(self._lease.total_seconds()),
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


def _with_spec(item: KubeObject, **changes: str) -> dict[str, Any]:
    return {**item, "spec": {**spec(item), **changes}}


def _with_annotation(item: KubeObject, name: str, value: str) -> dict[str, Any]:
    meta = metadata(item)
    notes: Mapping[str, str] = {**(meta.get("annotations") or {}), f"{_PREFIX}{name}": value}
    return {**item, "metadata": {**meta, "annotations": notes}}


def _holder(item: KubeObject) -> LockHolder | None:
    """Read it; None for a released one. Another program's lease has no notes, but a holder."""
    lease, notes = spec(item), section(item, "metadata", "annotations")
    if not lease.get("holderIdentity"):
        return None
    renewed = moment(str(lease["renewTime"])) if lease.get("renewTime") else _LONG_AGO
    return LockHolder(
        run=str(lease["holderIdentity"]),
        purpose=notes.get(f"{_PREFIX}purpose", "another program"),
        who=notes.get(f"{_PREFIX}who", "?"),
        since=moment(str(lease["acquireTime"])) if lease.get("acquireTime") else renewed,
        lease_until=renewed + timedelta(seconds=int(lease.get("leaseDurationSeconds") or 0)),
        abort_requested=notes.get(f"{_PREFIX}abort-requested", ""),
    )


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

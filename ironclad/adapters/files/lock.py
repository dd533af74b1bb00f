"""Locks as files: the stack's lease, and the kernel's for what one process starts."""

import asyncio
import contextlib
import logging
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ironclad.adapters.files.atomic import (
    explained,
    guarded,
    locked_at_once,
    make_folder,
    remove_file,
    write_atomically,
)
from ironclad.adapters.files.typed_json import typed
from ironclad.adapters.lease_keeper import kept
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.stack import DEFAULT_REF, StackRef
from ironclad.domain.stack.undo import LEDGER_LEASE, LEDGER_RENEW_EVERY, LockHolder
from ironclad.errors import BusyError, IroncladError, LeaseLapsedError, StateError
from ironclad.late import made
from ironclad.processes.process_identity import EndWatch, ProcessIdentity


@contextmanager
def passed_alone(gate: Path, what: str, remedy: str = "end that") -> Iterator[None]:
    """Keep `gate` for as long as the block lasts. Raises BusyError when another process does.

    The kernel opens it again when the process dies, whatever of.
    """
    with explained("lock", gate):
        gate.parent.mkdir(parents=True, exist_ok=True)
        descriptor = locked_at_once(gate)
    if descriptor is None:
        raise BusyError(_under_way(gate, what, remedy))
    try:
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        gate.unlink(missing_ok=True)
        os.close(descriptor)
        with suppress(OSError):
            gate.parent.rmdir()


def _under_way(gate: Path, what: str, remedy: str = "end that") -> str:
    try:
        process = f" (process {int(gate.read_text(encoding='ascii'))})"
    except (OSError, ValueError):  # just being written, or just gone
        process = ""
    return (
        f"{what} is under way from this machine already{process}; wait until it ends, or {remedy}"
    )


_LOGGER = logging.getLogger(__name__)
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lease:
    """`token` tells two holders apart that gave the same run; `owner` is the holder's process.

    It is over when its time is, and as soon as that process is seen to be gone.
    """

    holder: LockHolder
    token: str
    owner: ProcessIdentity | None = None

    def is_held(self, now: datetime) -> bool:
        return self.holder.is_held(now) and not self._is_orphaned

    def has_lapsed(self, now: datetime) -> bool:
        return self.holder.has_lapsed(now) or self._is_orphaned

    @property
    def _is_orphaned(self) -> bool:
        return self.owner is not None and self.owner.has_ended


_LEASE = typed(_Lease)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class FileLock:
    """Satisfies `ports.StackLock`.

    A holder that loses its lease (a suspended machine, a full disk) is stopped as `kept` says.
    """

    def __init__(
        self,
        folder: Path,
        *,
        lease: timedelta = LEDGER_LEASE,
        renew_every: timedelta = LEDGER_RENEW_EVERY,
        of: StackRef = DEFAULT_REF,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._folder = folder
        self._file = folder / "lease.json"
        self._guard = folder / ".guard"
        self._lease = lease
        self._of = of
        self._renew_every = renew_every
        self._now = now
        self._watch = EndWatch()

    @asynccontextmanager
    async def held(self, run: str, purpose: str, who: str) -> AsyncIterator[None]:
        token, since = secrets.token_hex(8), time.monotonic()
        await self._acquire(run, purpose, who, token)
        async with kept(
            lambda _: self._renew(token),
            lambda: asyncio.to_thread(self._release, token),
            since=since,
            lease=self._lease,
            every=self._renew_every,
        ):
            yield

    async def holder(self) -> LockHolder | None:
        known = await asyncio.to_thread(self._read)
        return known.holder if known and known.is_held(self._now()) else None

    async def lapsed(self) -> LockHolder | None:
        known = await asyncio.to_thread(self._read)
        return known.holder if known and known.has_lapsed(self._now()) else None

    async def until_holder_ends(self, seconds: float) -> None:
        """Look for another holder meanwhile: it may end as soon as it has begun."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            with contextlib.suppress(IroncladError):
                known = await asyncio.to_thread(self._read)
                self._watch.follow(known.owner if known else None)
            if await self._watch.wait(min(left, _LOOK_SECONDS)):
                return

    async def request_abort(self, who: str) -> LockHolder | None:
        return await asyncio.to_thread(self._request_abort, who)

    async def _acquire(self, run: str, purpose: str, who: str, token: str) -> None:
        """A thread cannot be cancelled: what it took meanwhile is given back."""
        taking = asyncio.ensure_future(asyncio.to_thread(self._take, run, purpose, who, token))
        try:
            await asyncio.shield(taking)
        except asyncio.CancelledError:
            with contextlib.suppress(IroncladError):
                await taking
            self._release(token)
            raise

    def _take(self, run: str, purpose: str, who: str, token: str) -> None:
        make_folder(self._folder)
        made(_LEASE)  # its import takes long on a busy machine; the guard is for short sections
        with guarded(self._guard):
            now = self._now()
            known = self._read()
            if known and known.is_held(now):
                raise BusyError(_busy(known.holder, self._lease, self._of))
            holder = LockHolder(
                run=run, purpose=purpose, who=who, since=now, lease_until=now + self._lease
            )
            self._write(_Lease(holder=holder, token=token, owner=ProcessIdentity.own()))

    def _renew(self, token: str) -> None:
        """Lapsed is no loss as long as no other holder took it."""
        if not self._guard.exists():
            raise LeaseLapsedError(f"{self._file} is gone")
        with guarded(self._guard):
            known = self._read()
            if known is None or known.token != token:
                taker = f"{known.holder.title} holds it" if known else "another had it meanwhile"
                raise LeaseLapsedError(taker)
            holder = replace(known.holder, lease_until=self._now() + self._lease)
            self._write(replace(known, holder=holder))

    def _release(self, token: str) -> None:
        """Leave nothing behind, for the stack's folder may be on its way out."""
        try:
            self._remove(token)
        except IroncladError as error:
            _LOGGER.warning("the lock lapses by itself: %s", error)
        with contextlib.suppress(OSError):
            self._folder.rmdir()
            self._folder.parent.rmdir()

    def _remove(self, token: str) -> None:
        if not self._guard.exists():
            return
        with guarded(self._guard):
            known = self._read()
            if known and known.token == token:
                remove_file(self._file)
                remove_file(self._guard)

    def _request_abort(self, who: str) -> LockHolder | None:
        if not self._guard.exists():
            return None
        with guarded(self._guard):
            known = self._read()
            if known is None or not known.is_held(self._now()):
                return None
            holder = replace(known.holder, abort_requested=who)
            self._write(replace(known, holder=holder))
            return holder

    def _read(self) -> _Lease | None:
        with explained("read the lock", self._file):
            try:
                content = self._file.read_bytes()
                return _LEASE.validate_json(content)
            except FileNotFoundError:
                return None
            except ValueError as error:
                raise StateError(
                    f"the lock {self._file} is damaged; make sure that no game day runs, then "
                    "delete it"
                ) from error

    def _write(self, lease: _Lease) -> None:
        write_atomically(self._file, _LEASE.dump_json(lease, indent=2) + b"\n")


def _busy(holder: LockHolder, lease: timedelta, ref: StackRef) -> str:
    return (
        f"the stack is held by {holder.title} since "
        f"{holder.since:%Y-%m-%d %H:%M:%S} UTC; wait until it ends, or stop it with "
        f"{command('game-day abort', ref)}; if its process is stopped, the lock lapses within "
        f"{lease.total_seconds():g} s"
    )

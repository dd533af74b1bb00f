"""The stage `namespace`: the stack's folder, its ports and its supervisor."""

import asyncio
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

from ironclad.adapters.files.atomic import explained, make_folder
from ironclad.adapters.local.record import StackRecord, read_record, write_record
from ironclad.adapters.local.stack import LocalStack
from ironclad.adapters.programs.free_ports import candidates, first
from ironclad.adapters.programs.processes import describe, is_free, is_ours, listeners
from ironclad.adapters.programs.socket_folder import make_run_folder
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.domain.text.did_you_mean import did_you_mean
from ironclad.errors import BadInputError, StateError


def port_names(replicas: Collection[str]) -> tuple[str, ...]:
    return ("service", "postgres", "relay", *replicas, "prometheus", "alertmanager", "janitor")


def check_named(named: Mapping[str, int], known: Collection[str]) -> None:
    """Raises BadInputError for a name that no port has, or one number for two."""
    for name in named:
        if name not in known:
            there = f"there are {', '.join(known)}"
            raise BadInputError(f"no port is called {name!r}{did_you_mean(name, known, there)}")
    for name, port in named.items():
        twins = [other for other, number in named.items() if number == port]
        if len(twins) > 1:
            raise BadInputError(f"port {port} is given to {' and '.join(twins)}; {name} needs one")


def settle(
    names: Collection[str],
    *,
    named: Mapping[str, int],
    remembered: Mapping[str, int],
    is_usable: Callable[[int], bool],
    others: Collection[int],
    seed: str,
) -> dict[str, int]:
    """Give every name a port: the person's choice, else the remembered one, else a free one."""
    check_named(named, names)
    settled = {name: named[name] for name in names if name in named}
    for name in names:
        port = remembered.get(name)
        if name not in settled and port and port not in settled.values() and is_usable(port):
            settled[name] = port
    taken = {*settled.values(), *others, *named.values()}
    free = (port for port in candidates(seed) if port not in taken and is_usable(port))
    return {name: settled.get(name) or first(free) for name in names}


def ports_of_others(root: Path, own: Path) -> set[int]:
    """Collect what the other stacks of this folder remember; a damaged one is not our business."""
    records = (_readable(path) for path in root.glob("*/stack.json") if path != own)
    return {port for record in records if record for port in record.ports.values()}


def _readable(path: Path) -> StackRecord | None:
    try:
        return read_record(path)
    except StateError:
        return None


class NamespaceStage:
    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack

    async def apply(self) -> tuple[str, ...]:
        """Refuse first, then change: a taken port or a foreign folder leaves everything alone."""
        stack = self._stack
        known = read_record(stack.folder.record)
        await self._clear_away_remains(known)
        wanted = await asyncio.to_thread(self._wanted, known)
        make_run_folder(stack.run)
        self._make_folders()
        changes = [f"{stack.folder.path} made"] if known is None else []
        if write_record(stack.folder.record, wanted) and known:
            changes.append("ports chosen anew")
        if await stack.supervisor.start():
            changes.append("supervisor started")
        return tuple(changes)

    async def _clear_away_remains(self, known: StackRecord | None) -> None:
        """Of a killed supervisor; or of one that runs on although its folder was deleted."""
        if not await self._stack.supervisor.is_up():
            await self._stack.supervisor.clear_away_remains()
        elif known is None:
            await self._stack.supervisor.stop_all(last=("postgres",))

    def _make_folders(self) -> None:
        """As root others may pass through, as the database's own user must."""
        folder = self._stack.folder
        if not folder.root.exists():
            make_folder(folder.root, 0o755)
        make_folder(folder.path, 0o711 if os.geteuid() == 0 else 0o700)
        for path in (folder.secrets, folder.logs, folder.lock, folder.ledger):
            make_folder(path)

    def _wanted(self, known: StackRecord | None) -> StackRecord:
        replicas = tuple(f"backend-{n}" for n in range(self._stack.options.replica_count))
        ports = self._settled_ports(replicas, known.ports if known else {})
        if known:
            return StackRecord(
                name=known.name,
                created=known.created,
                replicas=replicas,
                ports=ports,
                tools=known.tools,
            )
        created = datetime.now(UTC).replace(microsecond=0)
        return StackRecord(
            name=self._stack.folder.stack, created=created, replicas=replicas, ports=ports
        )

    def _settled_ports(
        self, replicas: tuple[str, ...], remembered: Mapping[str, int]
    ) -> dict[str, int]:
        folder, holders = self._stack.folder, listeners()

        def is_usable(port: int) -> bool:
            return is_free(port) or is_ours(holders.get(port), folder.path)

        ports = settle(
            port_names(replicas),
            named=self._stack.options.ports,
            remembered=remembered,
            is_usable=is_usable,
            others=ports_of_others(folder.root, folder.record),
            seed=str(folder.path),
        )
        for name, port in self._stack.options.ports.items():
            if not is_usable(port):
                raise BadInputError(_taken(name, port, holders.get(port)))
        return ports

    async def readiness(self) -> Readiness:
        record = read_record(self._stack.folder.record)
        if record is None:
            return Readiness(Condition.IN_PROGRESS, f"{self._stack.folder.path} is not there yet")
        pid = await self._stack.supervisor.pid()
        if pid is None:
            silent = await self._stack.supervisor.silence()
            return Readiness(Condition.IN_PROGRESS, silent or "the supervisor does not run")
        return Readiness(
            Condition.READY,
            f"{self._stack.folder.path} with {len(record.ports)} ports, supervisor process {pid}",
        )

    async def remove(self, *, delete_data: bool) -> None:
        """End the supervisor and whatever it left; with the data, everything but a held lock."""
        await self._stack.supervisor.stop_all(last=("postgres",))
        with explained("remove", self._stack.run):
            if self._stack.run.exists():
                shutil.rmtree(self._stack.run)
        if delete_data and self._stack.folder.path.exists():
            await asyncio.to_thread(_delete, self._stack.folder.path, self._stack.folder.lock)


def _taken(name: str, port: int, holder: int | None) -> str:
    privileged = port < 1024 and os.geteuid() != 0  # noqa: PLR2004
    if privileged:
        return f"port {port}, named for {name}, may only be used by root; name one above 1023"
    return (
        f"port {port}, named for {name}, is taken by {describe(holder)}; stop that or name "
        "another port"
    )


def _delete(folder: Path, lock: Path) -> None:
    """A lock that is held guards this very removal; its holder removes it on leaving."""
    entries = [entry for entry in folder.iterdir() if entry != lock]
    if entries and folder / "stack.json" not in entries:
        raise StateError(
            f"{folder} holds no stack.json, so it is not deleted; look what it is and delete it "
            "by hand"
        )
    with explained("delete", folder):
        for entry in sorted(entries, key=lambda path: path.name == "stack.json"):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        if lock.is_dir() and not any(lock.iterdir()):
            lock.rmdir()
        if not any(folder.iterdir()):
            folder.rmdir()

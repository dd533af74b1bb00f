"""Ports: named by a person, remembered, or free ones chosen once for each stack."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from ironclad.adapters.local.record import StackRecord, read_record
from ironclad.adapters.programs.free_ports import candidates, first
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

"""Starts a minikube that can run the stack: its size, enforced policies, a metrics API."""

import shutil
from dataclasses import dataclass
from datetime import timedelta

from ironclad.adapters.programs.command import run
from ironclad.errors import MissingToolError, RemoteError

_LONGEST = timedelta(minutes=20)
DRIVER = "docker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What the machine of the cluster gets; three replicas, monitoring and a game day fit in."""

    cpus: int = 4
    memory_mb: int = 8192


def start_command(size: Size = Size()) -> tuple[str, ...]:
    """Calico, because minikube's own network enforces no NetworkPolicy."""
    return (
        "minikube",
        "start",
        f"--cpus={size.cpus}",
        f"--memory={size.memory_mb}",
        f"--driver={DRIVER}",
        "--cni=calico",
        "--addons=metrics-server",
    )


async def start(size: Size = Size(), *, path: str | None = None) -> None:
    """Start it, or find it running. Raises MissingToolError for minikube or its driver."""
    command = start_command(size)
    for tool in (command[0], DRIVER):
        if not shutil.which(tool, path=path):
            raise MissingToolError(
                f"{tool} is not on PATH; minikube with its {DRIVER} driver needs it"
            )
    program = shutil.which(command[0], path=path) or command[0]
    done = await run((program, *command[1:]), within=_LONGEST, step="minikube start")
    if done.code != 0:
        raise RemoteError(f"`{' '.join(command)}` failed: {done.last_words}")

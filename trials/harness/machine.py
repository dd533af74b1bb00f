"""On what, when and by which command: a figure without these says nothing."""

import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = ("starlette", "uvicorn", "prefect", "aiohttp", "asyncpg", "databases")


def lines(command: str) -> list[str]:
    return [*described(), f"- Date: {now()}", f"- Command: `{command}`"]


def described() -> list[str]:
    memory = psutil.virtual_memory().total / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [
        f"- Machine: {os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {_system()}",
        f"- Python {platform.python_version()}; {packages}",
    ]


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _system() -> str:
    release = platform.freedesktop_os_release() if sys.platform == "linux" else {}
    return release.get("PRETTY_NAME", platform.system())

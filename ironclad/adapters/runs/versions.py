"""What this Ironclad is made of, for whoever wants to run a game day again."""

import platform
from importlib.metadata import PackageNotFoundError, version

_PARTS = ("ironclad", "aiohttp", "starlette", "uvicorn", "asyncpg", "prometheus-client", "prefect")


def versions() -> dict[str, str]:
    """Give versions by name; a part that is not installed here is left out."""
    found = {"python": platform.python_version(), "system": platform.platform()}
    for name in _PARTS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

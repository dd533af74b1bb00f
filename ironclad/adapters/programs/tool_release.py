"""The official release of a tool: fetched, checked against its pinned sum, unpacked by name."""

import hashlib
import os
import platform
import tarfile
from pathlib import Path

import httpx

from ironclad.adapters.programs.tool_values import Tool
from ironclad.errors import MissingToolError

_TIMEOUT = httpx.Timeout(30, connect=3)
_LARGEST_BYTES = 500 * 2**20
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def architecture() -> str:
    """Give Debian's name for this machine, its own where there is none."""
    machine = platform.machine()
    return _ARCHITECTURES.get(machine, machine)


async def fetch_release(tool: Tool, server: str, target: Path) -> None:
    """Put the tool and its companion into `target`, an empty folder. Raises MissingToolError."""
    machine = architecture()
    if machine not in tool.sha256:
        raise MissingToolError(f"no release of {tool.name} is pinned for {machine}")
    address = server + tool.address(machine)
    archive = target / "archive.tar.gz"
    try:
        found = await _download(address, archive)
        if found != tool.sha256[machine]:
            raise MissingToolError(f"{address} has the SHA-256 {found}, not the pinned one")
        _unpack(archive, tool, target)
    except httpx.HTTPStatusError as error:
        raise MissingToolError(f"{address} answered {error.response.status_code}") from error
    except httpx.HTTPError as error:
        raise MissingToolError(f"{address} cannot be reached ({type(error).__name__})") from error
    except (tarfile.TarError, KeyError, EOFError) as error:
        raise MissingToolError(f"{address} is not the archive it should be: {error}") from error
    finally:
        archive.unlink(missing_ok=True)


async def _download(address: str, archive: Path) -> str:
    """Give the SHA-256 of what came."""
    digest, size = hashlib.sha256(), 0
    async with (
        httpx.AsyncClient(follow_redirects=True, timeout=_TIMEOUT) as client,
        client.stream("GET", address) as response,
    ):
        response.raise_for_status()
        with archive.open("wb") as file:
            async for chunk in response.aiter_bytes(2**20):
                size += len(chunk)
                if size > _LARGEST_BYTES:
                    raise MissingToolError(f"{address} is larger than any release could be")
                digest.update(chunk)
                file.write(chunk)
    return digest.hexdigest()


def _unpack(archive: Path, tool: Tool, target: Path) -> None:
    """Take the wanted files and nothing else, so no name in the archive decides on a path."""
    with tarfile.open(archive) as source:
        for name in tool.names_in_archive:
            member = source.getmember(f"{tool.archive(architecture())}/{name}")
            content = source.extractfile(member)
            if content is None:
                raise KeyError(f"{name} is not a file in it")
            path = target / name
            with path.open("wb") as file:
                while chunk := content.read(2**20):
                    file.write(chunk)
            os.chmod(path, 0o755)  # noqa: PTH101, S103 - a program

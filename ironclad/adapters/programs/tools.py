"""Finding Prometheus and Alertmanager, and fetching them where they are not.

The first of: a path in the settings, a command on PATH, one fetched before, the official release,
the distribution's package.
"""

import logging
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ironclad.adapters.files.atomic import explained, make_folder
from ironclad.adapters.programs.command import run
from ironclad.adapters.programs.tool_package import unpack_package
from ironclad.adapters.programs.tool_values import ALERTMANAGER, PROMETHEUS, Tool
from ironclad.errors import MissingToolError

_LOGGER = logging.getLogger(__name__)
_VERSION_WITHIN = timedelta(seconds=15)
OFFICIAL = "https://github.com"


@dataclass(frozen=True, slots=True)
class FoundTool:
    """A program that answered to `--version`, and how it was come by."""

    path: Path
    version: str
    source: str


class Toolbox:
    """`folder` keeps what is fetched; `given` are paths from the settings, by the tool's name."""

    def __init__(
        self,
        folder: Path,
        given: Mapping[str, Path | None],
        *,
        server: str = OFFICIAL,
        search_path: str | None = None,
    ) -> None:
        self._folder = folder
        self._given = {name: path.absolute() for name, path in given.items() if path}
        self._server = server
        self._search_path = search_path

    async def find(self, tool: Tool) -> FoundTool | None:
        """Look without fetching. Raises MissingToolError when the given path does not work."""
        given = self._given.get(tool.name)
        if given:
            return await self._given_one(tool, given)
        for path, source in self._candidates(tool):
            version = await version_of(tool, path)
            if version:
                return FoundTool(path, version, source)
        return None

    async def obtain(self, tool: Tool) -> FoundTool:
        """Find it or fetch it. Raises MissingToolError that says what was tried."""
        found = await self.find(tool)
        if found:
            return found
        attempts = (
            (f"{tool.name}-{tool.version}", "the official release", self._release(tool)),
            (f"{tool.name}-package", "the distribution's package", _package(tool)),
        )
        problems = [f"no working {' or '.join(tool.commands)} on PATH"]
        for name, source, fetch in attempts:
            _LOGGER.info("fetching %s: %s", tool.name, source)
            try:
                await self._install(name, fetch)
                return await self._installed(tool, name, source)
            except MissingToolError as error:
                problems.append(f"{source}: {error}")
        raise MissingToolError(
            f"{tool.name} cannot be had ({'; '.join(problems)}); install it and put it on PATH, or "
            f"name it in IRONCLAD_{tool.name.upper()}"
        )

    async def _given_one(self, tool: Tool, given: Path) -> FoundTool:
        version = await version_of(tool, given)
        if not version:
            raise MissingToolError(
                f"IRONCLAD_{tool.name.upper()} names {given}, which is not a {tool.name} that runs "
                "on this machine; name another one or leave it out"
            )
        return FoundTool(given, version, "the settings")

    def _candidates(self, tool: Tool) -> list[tuple[Path, str]]:
        """List where it could be, the best place first."""
        on_path = [shutil.which(name, path=self._search_path) for name in tool.commands]
        fetched = [
            self._folder / f"{tool.name}-{tool.version}" / tool.name,
            *(self._folder / f"{tool.name}-package/usr/bin" / name for name in tool.commands),
        ]
        return [
            *((Path(path), "PATH") for path in on_path if path),
            *((path, "fetched before") for path in fetched if path.is_file()),
        ]

    def _release(self, tool: Tool) -> Callable[[Path], Awaitable[None]]:
        async def fetch(target: Path) -> None:
            from ironclad.adapters.programs.tool_release import (  # noqa: PLC0415 - seldom
                fetch_release,
            )

            await fetch_release(tool, self._server, target)

        return fetch

    async def _install(self, name: str, fetch: Callable[[Path], Awaitable[None]]) -> None:
        """Into a folder of another name first: what was cut off is not found the next time."""
        make_folder(self._folder, 0o755)
        with explained("fetch a tool into", self._folder):
            new = Path(tempfile.mkdtemp(prefix=".new-", dir=self._folder))
            try:
                await fetch(new)
                _put(new, self._folder / name)
            finally:
                shutil.rmtree(new, ignore_errors=True)

    async def _installed(self, tool: Tool, name: str, source: str) -> FoundTool:
        folder = self._folder / name
        for path, _ in self._candidates(tool):
            if path.is_relative_to(folder):
                version = await version_of(tool, path)
                if version:
                    return FoundTool(path, version, source)
        raise MissingToolError("what was fetched does not run on this machine")


def _put(new: Path, final: Path) -> None:
    new.chmod(0o755)
    shutil.rmtree(final, ignore_errors=True)
    new.rename(final)


def _package(tool: Tool) -> Callable[[Path], Awaitable[None]]:
    async def fetch(target: Path) -> None:
        await unpack_package(tool, target)

    return fetch


async def version_of(tool: Tool, path: Path) -> str:
    """Give its version; nothing where it does not run or is another program."""
    done = await run((str(path), "--version"), within=_VERSION_WITHIN)
    start = f"{tool.name}, version "
    first = done.output.partition("\n")[0]
    if done.code or not first.startswith(start):
        return ""
    return first.removeprefix(start).split()[0]


def companion(tool: Tool, path: Path) -> Path | None:
    """Give the checker that lies beside it (`promtool`, `amtool`)."""
    beside = path.with_name(tool.companion)
    return beside if beside.is_file() else None


__all__ = ["ALERTMANAGER", "OFFICIAL", "PROMETHEUS", "FoundTool", "Tool", "Toolbox"]

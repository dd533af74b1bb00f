"""The distribution's package of a tool, unpacked into a folder: no root, no system service.

`apt-get download` and `dpkg -x`. Where the machine's package lists are empty or stale, lists of our
own are fetched beside; the system's are never written.
"""

import re
import shutil
from datetime import timedelta
from pathlib import Path

from ironclad.adapters.files.atomic import make_folder, write_atomically
from ironclad.adapters.programs.command import Done, run
from ironclad.adapters.programs.tool_values import Tool
from ironclad.errors import MissingToolError

_WITHIN = timedelta(minutes=5)
_ASSETS = re.compile(r"\b(?:libjs|fonts)-[a-z0-9.+-]+")
_USELESS = ("usr/share/doc", "usr/share/nodejs", "usr/share/javascript/moment-timezone/data")
"""Together seven times as large as all the rest."""

# A machine's hooks around an update would touch its own caches.
_CONFIGURATION = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State::lists "{work}/lists";
Dir::Cache "{work}/cache";
Acquire::http::Timeout "10";
Acquire::https::Timeout "10";
Acquire::Retries "1";
"""


def can_unpack_packages() -> bool:
    return all(shutil.which(command) for command in ("apt-get", "dpkg", "dpkg-deb"))


async def unpack_package(tool: Tool, target: Path) -> None:
    """Unpack the package, and what its pages need, into `target`. Raises MissingToolError."""
    if not can_unpack_packages():
        raise MissingToolError("apt-get and dpkg are not both there")
    work = target / ".work"
    make_folder(work)
    try:
        await _unpack(tool.package, target, work)
        if tool.data_folder:
            relocate(target / "usr/bin" / tool.package, tool.data_folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


async def _unpack(package: str, target: Path, work: Path) -> None:
    configuration = await _download(package, work)
    await _download_assets(configuration, work)
    for archive in _archives(work):
        done = await run(("dpkg", "-x", str(archive), str(target)), within=_WITHIN)
        if done.code:
            raise MissingToolError(f"dpkg cannot unpack {archive.name}: {done.last_words}")
    for useless in _USELESS:
        shutil.rmtree(target / useless, ignore_errors=True)


async def _download(package: str, work: Path) -> Path | None:
    """Give the configuration that worked: None for the machine's own lists."""
    if not (await _apt(None, "download", package, work=work)).code:
        return None
    own = _own_configuration(work)
    updated = await _apt(own, "update", work=work)
    done = await _apt(own, "download", package, work=work)
    if done.code:
        reason = updated if updated.code else done
        raise MissingToolError(f"apt-get cannot download {package}: {reason.last_words}")
    return own


def _own_configuration(work: Path) -> Path:
    for folder in ("lists/partial", "cache/archives/partial"):
        make_folder(work / folder)
    path = work / "apt.conf"
    write_atomically(path, _CONFIGURATION.format(work=work).encode(), 0o644)
    return path


async def _apt(configuration: Path | None, *words: str, work: Path) -> Done:
    options = ("-c", str(configuration)) if configuration else ()
    return await run(("apt-get", "--quiet", *options, *words), within=_WITHIN, folder=work)


async def _download_assets(configuration: Path | None, work: Path) -> None:
    """Fetch the scripts and fonts of its own pages, which Debian keeps in packages of their own.

    The pages are plainer without them and the figures are the same, so failing is no problem.
    """
    asked: set[str] = set()
    while wanted := await _assets_of(work) - asked:
        asked |= wanted
        await _apt(configuration, "download", *sorted(wanted), work=work)


async def _assets_of(work: Path) -> set[str]:
    fields = [
        await run(("dpkg-deb", "--field", str(archive), "Depends"), within=_WITHIN)
        for archive in _archives(work)
    ]
    return {name for done in fields if not done.code for name in _ASSETS.findall(done.output)}


def _archives(work: Path) -> list[Path]:
    return sorted(work.glob("*.deb"))


def relocate(program: Path, data_folder: str) -> None:
    """Do it at the one place where the whole path stands; leave anything else as it is."""
    path = b"/" + data_folder.encode()
    content = program.read_bytes()
    places = [found.start() for found in re.finditer(re.escape(path) + rb"(?!/)", content)]
    if len(places) != 1:
        return
    start = places[0]
    here = (b"./" * len(path))[: len(path)]
    program.write_bytes(content[:start] + here + content[start + len(path) :])

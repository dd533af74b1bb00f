"""The database's own user, which it needs when we are root, and what that user can reach."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from ironclad.errors import MissingToolError, StateError

ACCOUNT = "ironclad-postgres"

_USERADD = (
    *("useradd", "--system", "--user-group", "--no-create-home", "--comment", "made by Ironclad"),
    *("--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", ACCOUNT),
)


def is_needed() -> bool:
    """PostgreSQL refuses to run as root."""
    return os.geteuid() == 0


def ensure_account() -> str:
    """Give the user's name, made if need be; an empty one where we are not root."""
    if not is_needed():
        return ""
    if not exists():
        _make_account()
    return ACCOUNT


def exists() -> bool:
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        return False
    return True


def _make_account() -> None:
    path = shutil.which(_USERADD[0], path="/usr/sbin:/sbin:/usr/bin:/bin")
    if path is None:
        raise MissingToolError(
            f"PostgreSQL does not run as root and `useradd` is missing to make the user {ACCOUNT} "
            "for it; install the package passwd, or run Ironclad as an ordinary user"
        )
    done = subprocess.run(  # noqa: S603
        (path, *_USERADD[1:]), capture_output=True, text=True, check=False, timeout=30
    )
    if done.returncode and not exists():
        raise StateError(
            f"the user {ACCOUNT} for PostgreSQL could not be made: {done.stderr.strip()}"
        )


def obstacle(path: Path, user: str) -> Path | None:
    """Name the first folder on the way to `path` that the user may not pass through."""
    account = pwd.getpwnam(user)
    groups = set(os.getgrouplist(user, account.pw_gid))
    for folder in reversed(path.absolute().parents):
        if folder.exists() and not _is_open(folder.stat(), account.pw_uid, groups):
            return folder
    return None


def _is_open(found: os.stat_result, uid: int, groups: set[int]) -> bool:
    if found.st_uid == uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid in groups:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def refuse_closed_root(root: Path, user: str) -> None:
    """Raises StateError: opening other people's folders is not ours to do."""
    closed = obstacle(root / "stack", user) if user else None
    if closed:
        raise StateError(
            f"the state folder {root} cannot be reached by the database's own user {user}, because "
            f"{closed} is closed to it; set IRONCLAD_STATE to another folder, such as "
            "/var/lib/ironclad, or run Ironclad as an ordinary user"
        )

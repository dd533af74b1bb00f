"""The database's files: made once, whole or not at all."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ironclad.adapters.files.atomic import explained, make_folder
from ironclad.adapters.local.folder import StackFolder
from ironclad.domain.stack.commands import command, on_this_machine
from ironclad.errors import StateError

SUPERUSER = "postgres"
_SECONDS = 120


def ensure_cluster(folder: StackFolder, programs: Path, user: str) -> bool:
    """Say whether it was made. Raises StateError, also for a cluster of another PostgreSQL."""
    _make_folder(folder.postgres, user)
    if folder.data.exists():
        _refuse_other_version(folder, programs)
        return False
    _initialise(folder, programs, user)
    return True


def _make_folder(path: Path, user: str) -> None:
    make_folder(path)
    if user:
        with explained("give to the database's user", path):
            shutil.chown(path, user, user)


def _initialise(folder: StackFolder, programs: Path, user: str) -> None:
    """Into another name first: what a kill or a full disk leaves behind is no database."""
    new = folder.postgres / "data.new"
    with explained("make the database in", folder.data):
        shutil.rmtree(new, ignore_errors=True)
        password = _password_for(user, folder)
        try:
            _run_initdb(new, programs, password, user)
        finally:
            password.unlink(missing_ok=True)
        new.rename(folder.data)


def _password_for(user: str, folder: StackFolder) -> Path:
    """Give a copy that the database's user may read; it lives as long as initdb runs."""
    descriptor, name = tempfile.mkstemp(dir=folder.postgres)
    with open(descriptor, "wb") as copy:  # noqa: PTH123
        copy.write(folder.superuser_password.read_bytes())
    if user:
        shutil.chown(name, user, user)
    return Path(name)


def _run_initdb(new: Path, programs: Path, password: Path, user: str) -> None:
    done = subprocess.run(  # noqa: S603
        (
            *(str(programs / "initdb"), "--pgdata", str(new), "--pwfile", str(password)),
            *("--username", SUPERUSER, "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-instructions"),
        ),
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
        stdin=subprocess.DEVNULL,
        cwd=new.parent,
        env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        user=user or None,
        group=user or None,
        extra_groups=[] if user else None,
        umask=0o077,
    )
    if done.returncode:
        shutil.rmtree(new, ignore_errors=True)
        said = " | ".join(done.stderr.strip().splitlines()[-3:])
        raise StateError(f"the database in {new.with_name('data')} could not be made: {said}")


def _refuse_other_version(folder: StackFolder, programs: Path) -> None:
    data, delete = folder.data, command("down --delete-data", on_this_machine(folder.stack))
    try:
        found = (data / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise StateError(
            f"{data} is not a whole database (its PG_VERSION cannot be read); put it back from a "
            f"copy, or delete it with {delete}"
        ) from error
    ours = _major(programs)
    if found != ours:
        raise StateError(
            f"the database in {data} was made by PostgreSQL {found} and this is PostgreSQL {ours}; "
            f"move it with pg_dump and pg_restore, or delete it with {delete}"
        )


def _major(programs: Path) -> str:
    done = subprocess.run(  # noqa: S603
        (str(programs / "postgres"), "--version"),
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return done.stdout.split()[-1].split(".")[0]

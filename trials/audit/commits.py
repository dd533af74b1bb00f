"""Secrets in what git keeps: each file as it stands, and each line that any commit ever added."""

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from trials.audit.secret_shapes import Found, found_in, kinds_in

ROOT = Path(__file__).resolve().parents[2]
LARGEST_BYTES = 2_000_000
_COMMIT, _FILE, _ADDED = "commit ", "+++ b/", "+"
_LOG = ("log", "--all", "--no-color", "--no-ext-diff", "--unified=0", "--format=commit %h", "-p")


def is_checkout(root: Path = ROOT) -> bool:
    return (root / ".git").exists()


def now(root: Path = ROOT) -> Iterator[Found]:
    for name, text in committed(root):
        yield from found_in(name, text)


def committed(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    for name in filter(None, _git(root, "ls-files", "-z").split("\0")):
        path = root / name
        if path.is_file() and path.stat().st_size < LARGEST_BYTES:
            yield name, path.read_text(encoding="utf-8", errors="replace")


def ever(root: Path = ROOT) -> Iterator[Found]:
    """What was deleted since is still handed to everybody who clones. Raises CalledProcessError."""
    return found_in_log(_git(root, *_LOG).splitlines())


def found_in_log(lines: Iterable[str]) -> Iterator[Found]:
    commit, name = "", ""
    for line in lines:
        if line.startswith(_COMMIT):
            commit = line.removeprefix(_COMMIT)
        elif line.startswith(_FILE):
            name = line.removeprefix(_FILE)
        elif line.startswith(_ADDED):
            yield from (Found(f"{name} in {commit}", what) for what in kinds_in(line[1:]))


def commits(root: Path = ROOT) -> int:
    return int(_git(root, "rev-list", "--all", "--count"))


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own command line
        ["git", *words],  # noqa: S607
        cwd=root,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode("utf-8", "replace")

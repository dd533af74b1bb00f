"""A fresh clone of this checkout, and what `make demo` shows in it on a terminal."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.stack.live_stack import open_root
from tests.fakes.stack.product import Product, free_port
from tests.fakes.stack.terminal import Terminal
from tests.places import ROOT

WITHIN_SECONDS = 1500
"""With a whole install: a minute and a half on an idle machine with two cores."""
_OF_THIS_RUN = ("IRONCLAD_", "PREFECT_", "MAKE", "MFLAGS", "PYTEST_", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Clone:
    """A checkout in a folder of its own; its state lies beside it."""

    root: Path
    prefect_port: int

    @property
    def folder(self) -> Path:
        return self.root / "ironclad"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def environment(self) -> Mapping[str, str]:
        """What a person's shell has, and nothing of the run that we are part of."""
        of_the_shell = {
            name: value for name, value in os.environ.items() if not name.startswith(_OF_THIS_RUN)
        }
        return {
            **of_the_shell,
            "IRONCLAD_STATE": str(self.state),
            "IRONCLAD_PREFECT_PORT": str(self.prefect_port),
        }

    def demo(self, columns: int = 100) -> Terminal:
        return Terminal(("make", "demo"), self.environment, self.folder, columns=columns)

    def processes(self) -> set[str]:
        return Product(self.root, {}).processes()

    def clean(self) -> str:
        """End and delete everything; give what it said where that did not work."""
        ended = subprocess.run(
            ["make", "clean"],  # noqa: S607 - as a person does
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return "" if ended.returncode == 0 else ended.stdout + ended.stderr


@contextmanager
def fresh_clone() -> Iterator[Clone]:
    clone = Clone(open_root(), free_port())
    clone.folder.mkdir()
    copy = ["git", "clone", "--quiet", str(ROOT), str(clone.folder)]
    subprocess.run(copy, check=True, timeout=120)  # noqa: S603 - our own command
    try:
        yield clone
    finally:
        problem = clone.clean()
        if not problem:
            shutil.rmtree(clone.root)
    assert (problem, clone.processes()) == ("", set())

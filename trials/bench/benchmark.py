"""What the registry holds: a name, a sentence, how to measure, and what must be there for it."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

from trials.bench.rows import Row


@dataclass(frozen=True, slots=True)
class Result:
    """Rows, and what else is worth a place on the page, as lines of Markdown."""

    rows: Sequence[Row]
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    name: str
    about: str
    measure: Callable[[], Result]
    commands: tuple[str, ...] = ()
    """Programs of the distribution that it runs."""
    modules: tuple[str, ...] = ()
    """Python packages that are no dependency of ours, from the extra `bench`."""
    unattended: bool = True
    """Whether it is part of `make bench`; others run when they are named."""

    def missing(self) -> str:
        """Say what to install before this can run; empty if nothing."""
        commands = [name for name in self.commands if not shutil.which(name)]
        modules = [name for name in self.modules if not find_spec(name)]
        wanted = []
        if commands:
            wanted.append(f"apt-get install {' '.join(commands)}")
        if modules:
            wanted.append("pip install -e '.[bench]'")
        return "; ".join(wanted)


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one benchmark of a run."""

    benchmark: Benchmark
    seconds: float = 0.0
    result: Result = field(default_factory=lambda: Result(()))
    problem: str = ""

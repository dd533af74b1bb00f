"""How long short commands take, beside an earlier build of ours and beside other people's."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.fakes.stack.product import Product
from trials.bench.benchmark import Result
from trials.bench.rows import Goal, Row, paired
from trials.harness.pairs import in_turn
from trials.harness.serving import ROOT
from trials.harness.stacks import ironclad, product

BEFORE = "1a6ff83"
"""The last commit at which each command imported everything."""
STACK = "bench"
ROUNDS = 9
_START = ("-c", "import sys; sys.argv[0] = 'ironclad'; from ironclad.cli import main; main()")
_COMPLETE = {
    "_IRONCLAD_COMPLETE": "complete_bash",
    "COMP_WORDS": "ironclad ga",
    "COMP_CWORD": "1",
}
OURS: dict[str, tuple[tuple[str, ...], dict[str, str], float]] = {
    "the help": (("--help",), {}, 5),
    "a completion of one word": ((), _COMPLETE, 5),
    "the status of a stack that is up": (("status", "--stack", STACK), {}, 3),
    "a game day's plan on it": (("game-day", "plan", "--stack", STACK), {}, 3),
}
OTHERS = {"kubectl version --client": "kubectl", "prefect version": "prefect"}


def measure() -> Result:
    with product() as made:
        ironclad(made, "up", "--stack", STACK)
        with _earlier_build() as earlier:
            if earlier is None:
                remark = f"There is no history here to make the build of {BEFORE} from."
                return Result([*_alone(made), *_others(made)], (remark,))
            return Result([*_beside(made, earlier), *_others(made)], (_made_of(made),))


@contextmanager
def _earlier_build() -> Iterator[Path | None]:
    """Unpack that commit, with byte code; None without its history."""
    archive = subprocess.run(  # noqa: S603
        ("git", "archive", BEFORE),  # noqa: S607 - whichever git there is
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    with tempfile.TemporaryDirectory(prefix="ironclad-bench-") as folder:
        if archive.returncode:
            yield None
            return
        subprocess.run(("tar", "x", "-C", folder), input=archive.stdout, check=True)  # noqa: S603, S607
        compiled = (sys.executable, "-m", "compileall", "-q", "ironclad", "flows", "tasks")
        subprocess.run(compiled, cwd=folder, check=True)  # noqa: S603
        yield Path(folder)


def _beside(made: Product, earlier: Path) -> Iterator[Row]:
    for name, (words, extra, times) in OURS.items():
        sides: dict[str, Callable[[], float]] = {
            "now": partial(_seconds, made, ROOT, words, extra),
            BEFORE: partial(_seconds, made, earlier, words, extra),
        }
        took = in_turn(sides, ROUNDS)
        goal = Goal(of="ratio", bound="at most", value=round(1 / times, 3))
        peer = f"the build of {BEFORE}"
        yield paired(name, "s", ours=took["now"], peer=peer, theirs=took[BEFORE], goal=goal)


def _alone(made: Product) -> Iterator[Row]:
    for name, (words, extra, _) in OURS.items():
        now: Callable[[], float] = partial(_seconds, made, ROOT, words, extra)
        took = in_turn({"now": now}, ROUNDS)["now"]
        yield Row(name=name, ours=sorted(took)[len(took) // 2], unit="s")


def _others(made: Product) -> Iterator[Row]:
    """Show what other command lines of the field take for their shortest command."""
    for words, program in OTHERS.items():
        path = shutil.which(program, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        if path is None:
            continue
        ours: Callable[[], float] = partial(_seconds, made, ROOT, ("--version",), {})
        command = (path, *words.split()[1:])
        theirs: Callable[[], float] = partial(_run, made, ROOT, command, {})
        took = in_turn({"ours": ours, "theirs": theirs}, ROUNDS)
        name = "the version"
        yield paired(
            name, "s", ours=took["ours"], peer=f"{program}'s version", theirs=took["theirs"]
        )


PARTS = {
    "reading documents": ("pydantic", "yaml", "annotated_types", "ironclad.adapters.experiments"),
    "asking by HTTP": ("requests", "urllib3", "httpx", "httpcore", "h2", "h11", "anyio", "charset"),
    "the command line": ("typer", "ironclad.cli"),
    "the rest of Ironclad": ("ironclad",),
}
"""What a plan imports, by what it is for; what begins so belongs there."""


def _made_of(made: Product) -> str:
    """Say what the time of the quickest of some plans goes into."""
    rest, spent = min(
        (_split(made) for _ in range(ROUNDS)), key=lambda one: one[0] + one[1].total()
    )
    imports = ((f"imports: {part}", each) for part, each in spent.most_common())
    rows = (*imports, ("asking and arithmetic", rest))
    lines = (f"| {part} | {each / 1000:.0f} ms |" for part, each in rows)
    return "\n".join(("| a plan's time goes into | |", "| --- | --- |", *lines))


def _split(made: Product) -> tuple[float, Counter[str]]:
    """Give the microseconds of one plan: of each part, as Python counts imports, and the rest."""
    words = OURS["a game day's plan on it"][0]
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command line
        (sys.executable, "-X", "importtime", *_START, *words),
        cwd=ROOT,
        env=made.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    whole, spent = time.perf_counter() - began, Counter[str]()
    for microseconds, name in _IMPORTED.findall(done.stderr):
        spent[_part(name)] += int(microseconds)
    return 1e6 * whole - spent.total(), spent


_IMPORTED = re.compile(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", re.MULTILINE)


def _part(name: str) -> str:
    return next((part for part, each in PARTS.items() if name.startswith(each)), "Python's own")


def _seconds(made: Product, folder: Path, words: Sequence[str], extra: dict[str, str]) -> float:
    return _run(made, folder, (sys.executable, *_START, *words), extra)


def _run(made: Product, folder: Path, command: Sequence[str], extra: dict[str, str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command line, or a peer's
        command,
        cwd=folder,
        env={**made.environment, **extra},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    took = time.perf_counter() - began
    if "Traceback" in done.stderr or not (done.stdout or done.stderr):
        raise RuntimeError(f"{' '.join(command)} said: {done.stderr[-300:]}")
    return took

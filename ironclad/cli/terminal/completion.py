"""What a shell completes: names that stand in folders, read without anything that is slow."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ironclad.domain.stack.platforms import LOCAL, PLATFORMS
from ironclad.domain.stack.stack import DEFAULT_STACK
from ironclad.errors import IroncladError
from ironclad.settings import settings

if TYPE_CHECKING:
    from ironclad.wiring.platforms.opener import Opener


def platforms(incomplete: str) -> list[str]:
    return _fitting(lambda: PLATFORMS, incomplete)


def stacks(ctx: typer.Context, incomplete: str) -> list[str]:
    return _fitting(lambda: [ref.name for ref in _opener(ctx).stacks()], incomplete)


def experiments(incomplete: str) -> list[str]:
    return _fitting(lambda: _stems(settings().experiments), incomplete)


def replicas(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the last of several names that commas separate."""
    stack = str(ctx.params.get("stack") or DEFAULT_STACK)
    before, comma, last = incomplete.rpartition(",")
    return [before + comma + name for name in _fitting(lambda: _opener(ctx).replicas(stack), last)]


def alerts(incomplete: str) -> list[str]:
    from ironclad.wiring.objectives import alert_names  # reads objectives, which is slow

    return sorted(_fitting(alert_names, incomplete))


def runs(incomplete: str) -> list[str]:
    """Complete the folders of reports that hold evidence, the newest first."""
    return sorted(_fitting(_reports, incomplete), reverse=True)


def _opener(ctx: typer.Context) -> "Opener":
    """Of the platform that the line names."""
    from ironclad.wiring.platforms.opener import opener

    return opener(ctx.params.get("platform") or LOCAL)


def _stems(folder: Path) -> Iterable[str]:
    return sorted(file.stem for file in folder.iterdir() if file.suffix in {".yaml", ".yml"})


def _reports() -> Iterable[str]:
    folder = settings().reports
    return [str(path.parent) for path in folder.glob("*/evidence.tar.gz")]


def _fitting(names: Callable[[], Iterable[str]], incomplete: str) -> list[str]:
    """A shell that completes shows no errors."""
    with suppress(OSError, IroncladError):
        return [name for name in names() if name.startswith(incomplete)]
    return []

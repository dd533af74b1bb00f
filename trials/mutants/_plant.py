"""How a mistake gets into the shipped backend: a method of it becomes another one."""

import sys
from collections.abc import Callable
from typing import Any

from backend.__main__ import main


def serve_with(owner: type, name: str, mistake: Callable[..., Any] | property) -> None:
    """Plant it and serve until SIGTERM."""
    setattr(owner, name, mistake)
    sys.exit(main())

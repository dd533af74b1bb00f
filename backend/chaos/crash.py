"""The fault that needs no undo here: the process ends, at once and without draining."""

import os
from dataclasses import dataclass
from typing import ClassVar

EXIT_CODE = 70
"""EX_SOFTWARE: an internal error, as the supervisor of the process sees it."""


@dataclass(frozen=True, slots=True)
class Crash:
    kind: ClassVar[str] = "crash"


def crash() -> None:
    os._exit(EXIT_CODE)

"""What the wiring asks of a platform, and which module answers."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ironclad.domain.stack.kept_setting import Setting
from ironclad.domain.stack.platforms import PLATFORMS, PlatformName
from ironclad.domain.stack.stack import StackRef

if TYPE_CHECKING:
    from ironclad.domain.kubernetes.parameters.parameters import StackParameters
    from ironclad.game_day.toolbox import Toolbox
    from ironclad.ports import KeptSetting
    from ironclad.wiring.target import StackTarget

PORT_FORWARD = "port-forward"
"""In the place of an address: a tunnel leads to the service, and to nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JanitorPlace:
    """Where a stack's janitor listens, and the file that deliveries are appended to.

    `token` is the file with what Alertmanager has to send with each.
    """

    host: str
    port: int
    record: Path
    token: Path


class Opener(ABC):
    """One platform. What is slow to import waits until it is needed."""

    @abstractmethod
    def open_toolbox(
        self, ref: StackRef, target: "StackTarget"
    ) -> "AbstractAsyncContextManager[Toolbox]":
        """Give the tools for one stack; they close with it."""

    @abstractmethod
    def kept(self, ref: StackRef, setting: Setting) -> "AbstractAsyncContextManager[KeptSetting]":
        """Give where a setting is kept. Raises BadInputError for one that is not."""

    @abstractmethod
    def janitor_place(self, ref: StackRef) -> JanitorPlace:
        """Raises StateError where there is no such stack on this machine."""

    @abstractmethod
    def stacks(self) -> Iterable[StackRef]:
        """List those that this machine has, or has an open game day on."""

    def is_used(self) -> bool:
        """Say whether a stack was ever brought up, or a game day run, from here."""
        return any(self.stacks())

    def replicas(self, stack: str) -> Sequence[str]:
        """Name what can be named without asking anybody; a shell completes these."""
        del stack
        return ()

    def name(self, stack: str, parameters: "StackParameters | None") -> str:
        """Give the name of the stack that is meant."""
        del parameters
        return stack

    def remember(self, stack: str) -> str:
        """Note where flows of another process find it; says so where that is new."""
        del stack
        return ""

    async def addresses(self, ref: StackRef) -> dict[str, str | None]:
        """Give the best address of each service."""
        from ironclad.wiring.target import ANY

        async with self.open_toolbox(ref, ANY) as tools:
            endpoints = asdict(await tools.platform.endpoints())
        return {name: url for name, url in endpoints.items() if name != "grafana" or url}


def opener(platform: PlatformName) -> Opener:
    return cast("Opener", import_module(PLATFORMS[platform].opener).OPENER)

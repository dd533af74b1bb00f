"""Stacks in a cluster, each in a Namespace of its own. The client takes 100 MB: it comes last."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ironclad.domain.stack.kept_setting import Setting
from ironclad.domain.stack.platforms import KUBERNETES
from ironclad.domain.stack.stack import DEFAULT_STACK, StackRef, is_stack_name
from ironclad.settings import settings
from ironclad.wiring.platforms.opener import PORT_FORWARD, JanitorPlace, Opener

if TYPE_CHECKING:
    from ironclad.domain.kubernetes.parameters.parameters import StackParameters
    from ironclad.game_day.toolbox import Toolbox
    from ironclad.ports import KeptSetting
    from ironclad.wiring.target import StackTarget

CLUSTERS = "_clusters"
"""Folder of the state root with the load ledgers and open runs of stacks in clusters."""


class KubernetesOpener(Opener):
    def open_toolbox(
        self, ref: StackRef, target: "StackTarget"
    ) -> "AbstractAsyncContextManager[Toolbox]":
        from ironclad.wiring.platforms import kubernetes_tools

        return kubernetes_tools.open_toolbox(ref, target)

    def kept(self, ref: StackRef, setting: Setting) -> "AbstractAsyncContextManager[KeptSetting]":
        from ironclad.wiring.platforms import kubernetes_tools

        return kubernetes_tools.kept(ref, setting)

    def janitor_place(self, ref: StackRef) -> JanitorPlace:
        """In its pod."""
        del ref
        return JanitorPlace(
            host="0.0.0.0",  # noqa: S104 - its pod's own
            port=8080,
            record=settings().state / "deliveries.jsonl",
            token=settings().state / "janitor-token",
        )

    def stacks(self) -> Iterator[StackRef]:
        """Each has a janitor of its own, but only this machine has the open run's files."""
        names = {folder.name for folder in _folders() if any((folder / "runs").glob("*.json"))}
        yield from (StackRef(KUBERNETES, name) for name in sorted(names) if is_stack_name(name))

    def is_used(self) -> bool:
        from ironclad.wiring.clusters import stacks_in_clusters

        return any(_folders()) or bool(stacks_in_clusters())

    def name(self, stack: str, parameters: "StackParameters | None") -> str:
        """Give the Namespace; unless named, the one that the parameters say."""
        from ironclad.domain.kubernetes.parameters.parameters import StackParameters

        is_named = stack != DEFAULT_STACK
        return stack if is_named else (parameters or StackParameters()).namespace

    def remember(self, stack: str) -> str:
        from ironclad.wiring.clusters import remember_cluster

        return remember_cluster(stack)

    async def addresses(self, ref: StackRef) -> dict[str, str | None]:
        """Give the best of what leads into the cluster."""
        from ironclad.wiring.platforms.kubernetes_tools import cluster
        from ironclad.wiring.target import ANY

        async with cluster(ref, ANY) as found:
            addresses = await found.platform.service_addresses()
        best = {each.service: each.url or PORT_FORWARD for each in reversed(addresses)}
        return dict(sorted(best.items()))


def _folders() -> Iterator[Path]:
    """Give the folder of each stack in a cluster that a game day was run on from here."""
    context = settings().context
    for folder in (settings().state / CLUSTERS).glob("*/*"):
        if not context or unquote(folder.parent.name) == context:
            yield folder


OPENER = KubernetesOpener()

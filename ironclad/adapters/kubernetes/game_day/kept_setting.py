"""A kept setting as a ConfigMap; nothing secret is kept there."""

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.game_day.config_text import ConfigText
from ironclad.domain.stack.kept_setting import Kept, as_text, from_text


class KeptConfigMap:
    """Satisfies `ports.KeptSetting`."""

    def __init__(self, api: KubeApi, namespace: str, name: str) -> None:
        self._text = ConfigText(api, namespace, f"ironclad-{name}", "setting")

    async def read(self) -> Kept | None:
        return _kept(await self._text.read())

    async def write(self, kept: Kept) -> None:
        await self._text.write(as_text(kept))

    async def remove(self) -> Kept | None:
        return _kept(await self._text.remove())


def _kept(text: str | None) -> Kept | None:
    return None if text is None else from_text(text)

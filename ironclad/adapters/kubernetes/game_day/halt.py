"""The red switch as a ConfigMap: there while it is on."""

from ironclad.adapters.files.halt_text import halt_from_json, halt_to_json
from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.game_day.config_text import ConfigText
from ironclad.domain.stack.halt import Halt

NAME = "ironclad-halt"


class KubernetesHalt:
    """Satisfies `ports.HaltSwitch`."""

    def __init__(self, api: KubeApi, namespace: str) -> None:
        self._text = ConfigText(api, namespace, NAME, "halt.json")

    async def state(self) -> Halt | None:
        return self._halt(await self._text.read())

    async def turn_on(self, halt: Halt) -> None:
        await self._text.write(halt_to_json(halt).decode())

    async def turn_off(self) -> Halt | None:
        """Turn off the one that was seen, never one that somebody turned on meanwhile."""
        return self._halt(await self._text.remove())

    def _halt(self, text: str | None) -> Halt | None:
        return None if text is None else halt_from_json(text, self._text.where)

"""What a container said before it ended, from wherever it can still be had."""

from collections.abc import Iterable

from ironclad.adapters.kubernetes.client.api import KubeApi, Query
from ironclad.adapters.kubernetes.client.failures import KubeError, trimmed
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.domain.kubernetes.readiness.cause import Cause, ContainerRef
from ironclad.domain.kubernetes.readiness.container_log import log_lines, quoted
from ironclad.errors import UnreachableError

_LINES = 5
_LONGEST = 600


class LastWords:
    """One for each wait: the kubelet prunes the containers of a pod that keeps ending."""

    def __init__(self, api: KubeApi, namespace: str) -> None:
        self._api = api
        self._namespace = namespace
        self._noted: set[str] = set()
        self._logs: dict[str, str] = {}
        self._problem = ""

    async def note(self, found: Iterable[Cause]) -> None:
        """Keep the log of each new end while it is there."""
        for cause in found:
            if not cause.has_ended or cause.sentence in self._noted:
                continue
            self._noted.add(cause.sentence)
            if cause.log_of and (log := await self._ended_log(cause.log_of)):
                self._logs[cause.key] = log

    async def of(self, cause: Cause) -> str:
        """Prefer the ended container's words; a running one may not have come so far yet."""
        if cause.log_of is None:
            return ""
        left = quoted(log_lines(cause.left), _LINES)
        log = await self._log(cause.log_of, previous=True)
        log = log or self._logs.get(cause.key, "")
        if not log and left:
            return f"its termination message: {trimmed(left, _LONGEST)}"
        log = log or await self._log(cause.log_of, previous=False)
        return f"its last log lines: {log}" if log else self._nothing()

    def _nothing(self) -> str:
        if self._problem:
            return f"its log cannot be read: {self._problem}"
        return "it left no log line and no termination message"

    async def _ended_log(self, container: ContainerRef) -> str:
        log = await self._log(container, previous=True)
        return log or await self._log(container, previous=False)

    async def _log(self, container: ContainerRef, *, previous: bool) -> str:
        path = kind("Pod").path(self._namespace, container.pod, "log")
        query: Query = {"container": container.container, "tailLines": _LINES, "previous": previous}
        try:
            text = await self._api.text(path, query)
        except UnreachableError as error:
            self._problem = str(error)
            return ""
        except KubeError as error:
            self._problem = str(error.denial or "")
            return ""
        self._problem = ""
        return trimmed(quoted(log_lines(text), _LINES), _LONGEST)

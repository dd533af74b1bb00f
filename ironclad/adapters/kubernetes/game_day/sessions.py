"""The service's open sessions, counted and ended in the database's own pod."""

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import trimmed
from ironclad.adapters.kubernetes.client.pod_channel import PodChannel
from ironclad.errors import RemoteError

_OPEN = (
    "FROM pg_stat_activity WHERE usename = current_user AND client_addr IS NOT NULL"
    " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
_COUNT = f"SELECT count(*) {_OPEN}"
_END = f"SELECT count(pg_terminate_backend(pid)) {_OPEN}"

_PSQL = 'exec psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -XAtc "$0"'
"""Over the pod's own socket, which needs no password."""


class Sessions:
    def __init__(self, api: KubeApi, namespace: str, pod: str) -> None:
        self._channel = PodChannel(api, namespace, pod, "postgres")
        self._pod = pod

    async def count(self) -> int:
        return await self._asked(_COUNT)

    async def end(self) -> int:
        """Give how many there were."""
        return await self._asked(_END)

    async def _asked(self, query: str) -> int:
        output = await self._channel.run("sh", "-c", _PSQL, query)
        try:
            return int(output.stdout)
        except ValueError as error:
            said = trimmed(output.stderr or output.stdout.decode(errors="replace"), 200)
            raise RemoteError(f"the sessions in Pod/{self._pod} cannot be seen: {said}") from error

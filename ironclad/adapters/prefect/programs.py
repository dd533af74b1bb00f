"""What runs Prefect's server and its worker, and with what in their environment."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ironclad.adapters.prefect.pool import POOL
from ironclad.adapters.programs.program import Program

SERVER = "prefect-server"
WORKER = "prefect-worker"
DATABASE = "PREFECT_SERVER_DATABASE_CONNECTION_URL"

_OFFLINE = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    # The newer pages ask an analytics vendor's host from the viewer's browser.
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
}

_FRUGAL = {
    # To find out whether its list of block types changed, the server imports every integration,
    # and the one for Kubernetes weighs 70 MB.
    "PREFECT_SERVER_MEMOIZE_BLOCK_AUTO_REGISTRATION": "false",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "65536",
}


@dataclass(frozen=True, slots=True)
class PrefectPrograms:
    folder: Path
    project: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    def server(self, *, own_url: str, login: str, database: str) -> Program:
        return Program(
            name=SERVER,
            argv=(sys.executable, "-m", "tasks.prefect_server", _port(own_url)),
            folder=self.folder,
            environment=self._common()
            | _FRUGAL
            | _guarded(own_url, login)
            | ({DATABASE: database} if database else {}),
            stop_within=timedelta(seconds=15),
        )

    def worker(
        self, name: str, environment: Mapping[str, str], *, access: Mapping[str, str]
    ) -> Program:
        command = ("-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process")
        return Program(
            name=WORKER,
            argv=(sys.executable, *command, "--name", name, "--install-policy", "never"),
            folder=self.project,
            environment={
                **environment,
                **self._common(),
                **access,
                "TMPDIR": str(self.temporary),  # else a folder in /tmp that users cannot share
                "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
                "PREFECT_WORKER_QUERY_SECONDS": "3",
                "IRONCLAD_STATE": str(self.folder.parent),
                "MALLOC_ARENA_MAX": "1",
            },
            stop_within=timedelta(seconds=20),
        )

    def _common(self) -> dict[str, str]:
        return _OFFLINE | {"PREFECT_HOME": str(self.home), "PYTHONPATH": str(self.project)}


def _guarded(own_url: str, login: str) -> dict[str, str]:
    """Pages of other origins cannot ask it, and every request needs the login."""
    return {
        "PREFECT_SERVER_API_AUTH_STRING": login,
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"{own_url},http://localhost:{_port(own_url)}",
        "PREFECT_SERVER_UI_API_URL": f"{own_url}/api",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    }


def _port(url: str) -> str:
    return url.rpartition(":")[2]

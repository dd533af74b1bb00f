"""Programs that are not on PyPI: what they are called, and which release of them is pinned."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """`sha256` is of the official archive, by Debian's name of the architecture.

    `data_folder` is where the package's program looks for what it cannot do without.
    """

    name: str
    commands: tuple[str, ...]
    version: str
    sha256: Mapping[str, str]
    package: str
    companion: str
    data_folder: str = ""

    @property
    def names_in_archive(self) -> tuple[str, ...]:
        return (self.name, self.companion)

    def archive(self, architecture: str) -> str:
        return f"{self.name}-{self.version}.linux-{architecture}"

    def address(self, architecture: str) -> str:
        """Path on the release server."""
        return (
            f"/prometheus/{self.name}/releases/download/v{self.version}"
            f"/{self.archive(architecture)}.tar.gz"
        )


# The sums are those of each release's own sha256sums.txt, as several projects pin them, among them
# OpenStack's kolla; Prometheus 3.5 is a long-term support release.
PROMETHEUS = Tool(
    name="prometheus",
    commands=("prometheus",),
    version="3.5.0",
    sha256={
        "amd64": "e811827af26d822afb09a4f28314f61b618b12cff5369835a67f674d8b46f39a",
        "arm64": "173389cc42bf09c4e6e54cb53fa07a5a835d7c261e14775d2183181d6e385d1c",
    },
    package="prometheus",
    companion="promtool",
)

ALERTMANAGER = Tool(
    name="alertmanager",
    commands=("alertmanager", "prometheus-alertmanager"),
    version="0.28.1",
    sha256={
        "amd64": "5ac7ab5e4b8ee5ce4d8fb0988f9cb275efcc3f181b4b408179fafee121693311",
        "arm64": "d8832540e5b9f613d2fd759e31d603173b9c61cc7bb5e3bc7ae2f12038b1ce4f",
    },
    package="prometheus-alertmanager",
    companion="amtool",
    data_folder="usr/share/prometheus/alertmanager",
)

"""What a container itself said in its log, and never what the kubelet says instead of it."""

import re
from collections.abc import Sequence

_KUBELETS = re.compile(
    r"unable to retrieve container logs for \w+://\w*"
    r"|failed to try resolving symlinks in path \".*"
    r"|failed to open log file \".*"
)
"""Sent with status 200 in place of the log of a container that is gone from the node.

Source: kubernetes `pkg/kubelet/kuberuntime` (`GetContainerLogs`, `ReadLogs`).
"""


def log_lines(text: str) -> tuple[str, ...]:
    """Give the lines that are not blank; none where only the kubelet speaks."""
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    return () if len(lines) == 1 and _KUBELETS.fullmatch(lines[0]) else lines


def quoted(lines: Sequence[str], count: int) -> str:
    """Quote the last lines in one."""
    return " | ".join(lines[-count:])

"""Which rules a Prometheus has read: a rule among them tells their version."""

from collections.abc import Iterable, Mapping
from typing import Any

from ironclad.domain.kubernetes.kube_object import KubeObject, section

VERSION = "ironclad.dev/rules-version"
"""On the ConfigMap of the rules, which Prometheus reads anew by itself."""

RECORD = "ironclad:rules:info"


def version_file(version: str) -> dict[str, str]:
    """Give a rule file by its name. It changes with every other file, and comes with them."""
    return {
        "version.yml": (
            "groups:\n"
            "  - name: ironclad-rules-version\n"
            "    rules:\n"
            f"      - record: {RECORD}\n"
            f"        labels: {{version: '{version}'}}\n"
            "        expr: vector(1)\n"
        )
    }


def wanted_version(objects: Iterable[KubeObject]) -> str:
    """Give the version of a stage's rules; empty where it has none."""
    marks = (section(item, "metadata", "annotations").get(VERSION) for item in objects)
    return next((str(mark) for mark in marks if mark), "")


def read_versions(groups: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Read them from the groups that Prometheus lists."""
    return frozenset(
        str(rule["labels"]["version"])
        for group in groups
        for rule in group["rules"]
        if rule["name"] == RECORD
    )

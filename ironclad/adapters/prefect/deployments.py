"""The list of deployments in `prefect.yaml`, as this machine registers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ironclad.domain.stack.platforms import LOCAL

DECLARED = "prefect.yaml"
_PROJECT = "{{ $IRONCLAD_PROJECT }}"


@dataclass(frozen=True, slots=True)
class DeploymentList:
    """`pull` is what a worker does before a run; it finds the project in the same folder as we."""

    entries: tuple[Mapping[str, Any], ...]
    pull: tuple[Mapping[str, Any], ...]

    def tagged(self, tag: str) -> tuple[Mapping[str, Any], ...]:
        """Give those of a platform; one without any has this machine's that are started by hand."""
        own = tuple(each for each in self.entries if tag in each["tags"])
        return own or tuple(
            _for(tag, each)
            for each in self.tagged(LOCAL)
            if "platform" in each["parameters"] and "schedules" not in each
        )

    def for_pool(self, tag: str, pool: str, stack: str) -> tuple[Mapping[str, Any], ...]:
        """Turn those of a tag to another pool and one stack.

        What else they say of their pool stays, such as the environment of its runs.
        """
        return tuple(
            {
                **each,
                "parameters": {**each["parameters"], "stack": stack},
                "work_pool": {**each["work_pool"], "name": pool},
            }
            for each in self.tagged(tag)
        )


def _for(platform: str, entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        **entry,
        "name": entry["name"].replace(LOCAL, platform),
        "description": entry["description"].replace("this machine", platform),
        "parameters": {**entry["parameters"], "platform": platform},
        "tags": [tag.replace(LOCAL, platform) for tag in entry["tags"]],
    }


def read_deployments(project: Path) -> DeploymentList:
    """Find the list in the checkout's root, else where the wheel has it: beside the flows."""
    at_root = project / DECLARED
    file = at_root if at_root.exists() else project / "flows" / DECLARED
    text = file.read_text(encoding="utf-8").replace(_PROJECT, str(project))
    document = yaml.safe_load(text)
    return DeploymentList(tuple(document["deployments"]), tuple(document["pull"]))

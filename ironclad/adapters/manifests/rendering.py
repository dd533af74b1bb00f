"""The whole stack as one YAML stream, for those who deploy by GitOps; Secrets apart."""

from collections.abc import Iterable

import yaml

from ironclad.adapters.manifests.objects import objects
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.stack.stack import STAGES, Stage, ordered


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, as a person would."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the parent's signature
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def render(parameters: StackParameters, stages: Iterable[Stage] = STAGES) -> str:
    """Give what would be applied, in order, one document an object."""
    found = (item for stage in ordered(tuple(stages)) for item in objects(stage, parameters))
    return yaml.dump_all(
        found, Dumper=_Dumper, sort_keys=False, allow_unicode=True, explicit_start=True, width=100
    )

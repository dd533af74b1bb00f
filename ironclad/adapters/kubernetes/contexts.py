"""The contexts of a kubeconfig by name, for whoever asked for one that is not there."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ironclad.errors import BadInputError


def refuse_unknown_context(context: str, documents: Iterable[Mapping[str, Any]]) -> None:
    """Raises BadInputError with the contexts that there are."""
    names = [str(each.get("name")) for one in documents for each in one.get("contexts") or ()]
    if names and context not in names:
        raise BadInputError(
            f"there is no context {context!r} in the kubeconfig; there are {', '.join(names)}"
        )


def documents_of(paths: str) -> Iterator[Mapping[str, Any]]:
    """Read what can be read of several files; what is wrong with them the loader says better."""
    for path in paths.split(":"):
        try:
            document = yaml.safe_load(Path(path).expanduser().read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            continue
        if isinstance(document, dict):
            yield document

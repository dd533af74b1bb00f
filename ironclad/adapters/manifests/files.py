"""Reads `manifests/` as it was packaged; one object a file."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from ironclad.domain.stack.stack import Stage
from ironclad.errors import StateError

FOLDERS: Mapping[Stage, tuple[str, ...]] = {
    Stage.NAMESPACE: ("10-namespace",),
    Stage.SECRET: (),  # Secrets are created, never applied
    Stage.POSTGRES: ("30-postgres",),
    Stage.BACKEND: ("40-backend",),
    Stage.MONITORING: ("50-monitoring", "60-ironclad"),
}


def read_stage(stage: Stage) -> Iterator[dict[str, Any]]:
    """Give fresh copies, the optional ones among them. Raises StateError for a damaged file."""
    for name in FOLDERS[stage]:
        folder = files("manifests") / name
        for place in (folder, folder / "optional"):
            yield from _read_folder(place)


def packaged_texts(folder: str) -> dict[str, str]:
    """Give the text of each `.yml` or `.json` file in `package/folder`, by name."""
    package, _, below = folder.partition("/")
    place = files(package) / below
    texts = (item for item in _items(place) if item.name.endswith((".yml", ".json")))
    found = {item.name: item.read_text(encoding="utf-8") for item in texts}
    if not found:
        raise StateError(f"the folder {folder} holds no .yml or .json file; install Ironclad anew")
    return found


def _read_folder(folder: Traversable) -> Iterator[dict[str, Any]]:
    for item in _items(folder):
        if item.name.endswith(".yaml"):
            yield _parsed(item)


def _items(folder: Traversable) -> list[Traversable]:
    if not folder.is_dir():
        return []
    return sorted(folder.iterdir(), key=lambda item: item.name)


def _parsed(item: Traversable) -> dict[str, Any]:
    try:
        document = yaml.safe_load(item.read_text())
    except yaml.YAMLError as error:
        raise StateError(f"the manifest {item} is not YAML: {error}") from error
    if not isinstance(document, dict):
        raise StateError(f"the manifest {item} is not one object; install Ironclad anew")
    return document

"""The objects of each stage: packaged YAML, patched by typed parameters. Text is never pasted."""

from ironclad.adapters.manifests._objects import initial_replicas, objects
from ironclad.adapters.manifests._rendering import render

__all__ = ["initial_replicas", "objects", "render"]

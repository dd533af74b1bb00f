"""The objects of each stage: packaged YAML, patched by typed parameters. Text is never pasted."""

from ironclad.adapters.manifests.objects import initial_replicas, objects, render, stack_spec

__all__ = ["initial_replicas", "objects", "render", "stack_spec"]

"""The command lines by which images are made and moved; nothing here runs them."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

Command = tuple[str, ...]


class Builder(StrEnum):
    DOCKER = "docker"
    BUILDAH = "buildah"


class LocalCluster(StrEnum):
    MINIKUBE = "minikube"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Image:
    """One that Ironclad makes; its tag tells the content of `sources`, seen from the checkout."""

    name: str
    dockerfile: str
    sources: tuple[str, ...]


IMAGES = (
    Image("ironclad-backend", "backend/Dockerfile", ("backend", "constraints.txt")),
    Image(
        "ironclad",
        "Dockerfile",
        (
            "Dockerfile",
            "backend",
            "constraints.txt",
            "docs/runbooks",
            "flows",
            "game_days",
            "ironclad",
            "manifests",
            "monitoring",
            "prefect.yaml",
            "pyproject.toml",
            "README.md",
            "tasks",
        ),
    ),
)


def cluster_of(context: str) -> tuple[LocalCluster, str] | None:
    """Tell minikube and kind by the names that they give their contexts; None for any other."""
    if context == "minikube":
        return LocalCluster.MINIKUBE, context
    kind, dash, name = context.partition("-")
    if kind == "kind" and dash and name:
        return LocalCluster.KIND, name
    return None


def build(builder: Builder, image: Image, tags: tuple[str, ...]) -> Command:
    """From the checkout; both builders take the same words."""
    named = (part for tag in tags for part in ("--tag", f"{image.name}:{tag}"))
    return (builder.value, "build", "--file", image.dockerfile, *named, ".")


def save(builder: Builder, reference: str, archive: Path) -> Command:
    """Into an archive that minikube and kind can read."""
    if builder is Builder.DOCKER:
        return ("docker", "save", "--output", str(archive), reference)
    return ("buildah", "push", reference, f"docker-archive:{archive}:{reference}")


def load(cluster: LocalCluster, name: str, archive: Path) -> Command:
    if cluster is LocalCluster.MINIKUBE:
        return ("minikube", "--profile", name, "image", "load", str(archive))
    return ("kind", "load", "image-archive", str(archive), "--name", name)


def push(builder: Builder, reference: str, registry: str) -> tuple[Command, ...]:
    there = in_registry(reference, registry)
    if builder is Builder.DOCKER:
        return (("docker", "tag", reference, there), ("docker", "push", there))
    return (("buildah", "push", reference, f"docker://{there}"),)


def in_registry(reference: str, registry: str) -> str:
    """Name the image there: `registry.local/team` and `ironclad:x` make `registry.local/team/…`."""
    return f"{registry.removeprefix('https://').rstrip('/')}/{reference}"

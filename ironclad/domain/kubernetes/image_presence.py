"""Will a node get the image? It has it, or a registry does; a bare name of ours no registry has."""

from collections.abc import Collection

from ironclad.domain.stack.finding import Finding, Level

_OURS = {"ironclad": "ironclad.image", "ironclad-backend": "backend.image"}
"""The parameters that name another image."""


def image_finding(image: str, present: Collection[str]) -> Finding:
    """`present` are the names that nodes report; they report only their largest fifty images."""
    subject = f"image {image}"
    if _is_present(image, present):
        return Finding(subject, Level.OK, "a node has it")
    if key := _OURS.get(_repository(image)):
        return Finding(
            subject,
            Level.PROBLEM,
            "no node reports it and no registry serves a name without one",
            "run `ironclad image build`, then `ironclad image load` or"
            " `ironclad image push REGISTRY`;"
            f" or name one that a registry has: `--set {key}=IMAGE`",
        )
    return Finding(subject, Level.OK, "no node reports it yet; it will be pulled")


def _is_present(image: str, present: Collection[str]) -> bool:
    """Runtimes prefix short names with the registry that they imply."""
    forms = {image, f"docker.io/{image}", f"docker.io/library/{image}", f"localhost/{image}"}
    return not forms.isdisjoint(present)


def _repository(image: str) -> str:
    return image.partition("@")[0].partition(":")[0]

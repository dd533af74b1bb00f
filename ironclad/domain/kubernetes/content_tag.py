"""A tag that says what is in an image: the same content, the same tag; changed content, another."""

import hashlib
from collections.abc import Iterable

LENGTH = 16


def content_tag(files: Iterable[tuple[str, bytes]]) -> str:
    """Digest names and contents, in whatever order they come."""
    digest = hashlib.sha256()
    for name, content in sorted(files):
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:LENGTH]

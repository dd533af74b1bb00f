"""Builds Ironclad's images, and brings them to where a cluster finds them."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ironclad.adapters.files.atomic import as_json, make_folder, write_atomically
from ironclad.adapters.images import commands
from ironclad.adapters.images.commands import IMAGES, Builder, Image
from ironclad.adapters.programs.command import run
from ironclad.errors import BadInputError, MissingToolError, RemoteError

LENGTH = 16


def content_tag(files: Iterable[tuple[str, bytes]]) -> str:
    """Digest names and contents, in whatever order they come."""
    digest = hashlib.sha256()
    for name, content in sorted(files):
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:LENGTH]


LATEST = "latest"
_RECORD = TypeAdapter(dict[str, str])
_LONGEST = timedelta(minutes=30)
_DAEMON_WITHIN = timedelta(seconds=10)
_ABSENT = ("image not known", "No such image", "reference does not exist")
"""What buildah and docker say of an image that they do not have."""

_NOT_CONTENT = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """Works on the checkout `root`; programs are looked for on `path`, PATH where it is None.

    Every method gives the references that it made available, by image name. `record` keeps what was
    pushed under which name, for as long as the content is the same.
    """

    root: Path
    path: str | None = None
    record: Path | None = None

    def references(self) -> dict[str, str]:
        """Name each image as this checkout would build it: `ironclad-backend:<content>`."""
        return {image.name: f"{image.name}:{self._tag(image)}" for image in IMAGES}

    def available(self) -> dict[str, str]:
        """Name each as a cluster gets it: as it was pushed, else as it is built."""
        pushed = self._pushed()
        return {name: pushed.get(ref, ref) for name, ref in self.references().items()}

    async def build(self) -> dict[str, str]:
        """Build each, tagged by its content and as `latest`, which plain manifests name."""
        builder = await self._builder()
        for image in IMAGES:
            self._check_sources(image)
            tags = (self._tag(image), LATEST)
            await self._run(f"build {image.name}", commands.build(builder, image, tags))
        return self.references()

    async def load(self, context: str) -> dict[str, str]:
        """Copy them into a minikube or kind cluster. Raises BadInputError for any other context."""
        found = commands.cluster_of(context)
        if found is None:
            raise BadInputError(
                f"context {context} is neither minikube nor kind, so nothing can be loaded into it;"
                " push to a registry that it reaches: `ironclad image push REGISTRY`"
            )
        builder, (cluster, name) = await self._builder(), found
        self._need(cluster.value, f"load an image into context {context}")
        for image, reference in self.references().items():
            with tempfile.TemporaryDirectory(prefix="ironclad-image-") as folder:
                archive = Path(folder) / "image.tar"
                await self._run(f"save {image}", commands.save(builder, reference, archive))
                await self._run(f"load {image}", commands.load(cluster, name, archive))
        self._remember({})
        return self.references()

    async def push(self, registry: str) -> dict[str, str]:
        """Push them; who may is between the builder and the registry (`docker login`)."""
        if not registry or registry.startswith(("http://", "-")) or " " in registry:
            raise BadInputError(
                f"{registry!r} is not a registry; name one such as registry.example.org/team"
            )
        builder, references = await self._builder(), self.references()
        for image, reference in references.items():
            for command in commands.push(builder, reference, registry):
                await self._run(f"{command[1]} {image}", command)
        pushed = {ref: commands.in_registry(ref, registry) for ref in references.values()}
        self._remember(pushed)
        return {name: pushed[ref] for name, ref in references.items()}

    def _pushed(self) -> dict[str, str]:
        """A record that cannot be read is none: the image is then named as it is built."""
        try:
            return _RECORD.validate_json(self.record.read_bytes()) if self.record else {}
        except (OSError, ValidationError):
            return {}

    def _remember(self, pushed: dict[str, str]) -> None:
        if self.record is not None and (pushed or self._pushed()):
            make_folder(self.record.parent)
            write_atomically(self.record, as_json(pushed))

    async def _builder(self) -> Builder:
        """Take docker where its daemon answers, else buildah, which needs none."""
        found = [each for each in Builder if shutil.which(each.value, path=self.path)]
        if not found:
            raise MissingToolError(
                "neither docker nor buildah is on PATH; install one of them to make images"
            )
        if len(found) > 1 and not await self._daemon_answers():
            return Builder.BUILDAH
        return found[0]

    async def _daemon_answers(self) -> bool:
        program = shutil.which(Builder.DOCKER.value, path=self.path) or Builder.DOCKER.value
        done = await run((program, "version"), within=_DAEMON_WITHIN, folder=self.root)
        return done.code == 0

    def _need(self, tool: str, purpose: str) -> None:
        if not shutil.which(tool, path=self.path):
            raise MissingToolError(f"{tool} is not on PATH; it is needed to {purpose}")

    def _check_sources(self, image: Image) -> None:
        if not (self.root / image.dockerfile).is_file():
            raise BadInputError(
                f"{self.root / image.dockerfile} is not there; images are built from a checkout"
            )

    def _tag(self, image: Image) -> str:
        return content_tag(
            (file.relative_to(self.root).as_posix(), file.read_bytes())
            for source in image.sources
            for file in _files(self.root / source)
        )

    async def _run(self, step: str, command: commands.Command) -> None:
        program = shutil.which(command[0], path=self.path) or command[0]
        done = await run((program, *command[1:]), within=_LONGEST, folder=self.root, step=step)
        if done.code != 0:
            raise RemoteError(
                f"`{' '.join(command)}` failed: {done.last_words}{_remedy(done.last_words)}"
            )


def _remedy(words: str) -> str:
    """This content was never built here, or a file has changed since."""
    is_absent = any(said in words for said in _ABSENT)
    return "; run `ironclad image build` first" if is_absent else ""


def _files(place: Path) -> Iterator[Path]:
    """Every file that goes into an image, without what Python and tools leave beside it."""
    if place.is_file():
        yield place
        return
    for item in sorted(place.rglob("*")):
        if item.is_file() and not _NOT_CONTENT.intersection(item.parts):
            yield item

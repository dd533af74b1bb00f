"""Images and minikube, with small programs in place of docker, buildah, minikube and kind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ironclad.adapters.images import minikube
from ironclad.adapters.images.building import Images, content_tag
from ironclad.adapters.images.commands import (
    IMAGES,
    Builder,
    LocalCluster,
    build,
    cluster_of,
    in_registry,
    push,
)
from ironclad.errors import BadInputError, MissingToolError, RemoteError
from ironclad.settings import PROJECT

Tools = Callable[..., str]

TELLS = """#!/bin/sh
echo "$(basename "$0") $*" >> "{log}"
exit {code}
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "calls"


@pytest.fixture
def tools(tmp_path: Path, log: Path) -> Tools:
    """Make programs that write down how they were called; gives the path that finds them."""

    def make(*names: str, code: int = 0) -> str:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        for name in names:
            (folder / name).write_text(TELLS.format(log=log, code=code))
            (folder / name).chmod(0o755)
        return str(folder)

    return make


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    for name in ("backend/Dockerfile", "backend/app.py", "constraints.txt", "Dockerfile"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


def calls(log: Path) -> list[str]:
    return log.read_text().splitlines()


async def test_both_images_are_built_with_their_content_and_latest_as_tags(
    tools: Tools, checkout: Path, log: Path
) -> None:
    images = Images(root=checkout, path=tools("docker"))
    references = await images.build()
    backend, ironclad = references["ironclad-backend"], references["ironclad"]
    assert calls(log) == [
        f"docker build --file backend/Dockerfile --tag {backend} --tag ironclad-backend:latest .",
        f"docker build --file Dockerfile --tag {ironclad} --tag ironclad:latest .",
    ]


async def test_buildah_takes_the_place_of_a_missing_docker(
    tools: Tools, checkout: Path, log: Path
) -> None:
    await Images(root=checkout, path=tools("buildah")).build()
    assert all(call.startswith("buildah build ") for call in calls(log))


async def test_buildah_takes_the_place_of_a_docker_whose_daemon_is_away(
    tools: Tools, checkout: Path, log: Path
) -> None:
    tools("buildah")
    await Images(root=checkout, path=tools("docker", code=1)).build()
    asked, *built = calls(log)
    assert asked == "docker version"
    assert len(built) == len(IMAGES)
    assert all(call.startswith("buildah build ") for call in built)


async def test_without_a_builder_one_sentence_says_what_to_install(
    tools: Tools, checkout: Path
) -> None:
    with pytest.raises(MissingToolError, match="neither docker nor buildah is on PATH"):
        await Images(root=checkout, path=tools()).build()


async def test_a_build_that_fails_says_which(tools: Tools, checkout: Path) -> None:
    with pytest.raises(RemoteError, match=r"`docker build --file backend/Dockerfile .*` failed"):
        await Images(root=checkout, path=tools("docker", code=1)).build()


@pytest.mark.parametrize(
    ("builder", "words"),
    [
        ("buildah", 'Error: pushing image "ironclad:1": ironclad:1: image not known'),
        ("docker", "Error response from daemon: No such image: ironclad:1"),
    ],
)
async def test_a_push_of_what_was_never_built_says_to_build_it(
    builder: str, words: str, tools: Tools, checkout: Path, tmp_path: Path
) -> None:
    """The builder's own words were all that a person got, seen with buildah 1.28."""
    path = tools(builder)
    program = tmp_path / "bin" / builder
    program.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 125\n")
    with pytest.raises(RemoteError, match="; run `ironclad image build` first"):
        await Images(root=checkout, path=path).push("registry.example.org")


async def test_without_a_checkout_nothing_is_built(tools: Tools, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="images are built from a checkout"):
        await Images(root=tmp_path, path=tools("docker")).build()


def test_the_tag_changes_with_the_content_and_with_nothing_else(checkout: Path) -> None:
    images = Images(root=checkout)
    before = images.references()
    (checkout / "backend/__pycache__").mkdir()
    (checkout / "backend/__pycache__/app.pyc").write_text("x")
    (checkout / "README.md").write_text("for people")
    assert images.references()["ironclad-backend"] == before["ironclad-backend"]
    (checkout / "backend/app.py").write_text("changed")
    assert images.references()["ironclad-backend"] != before["ironclad-backend"]


def test_a_tag_tells_names_and_contents_apart() -> None:
    tags = {
        content_tag([("a", b"bc")]),
        content_tag([("ab", b"c")]),
        content_tag([("a", b"b"), ("c", b"")]),
        content_tag([]),
    }
    assert len(tags) == 4
    assert content_tag([("a", b"1"), ("b", b"2")]) == content_tag([("b", b"2"), ("a", b"1")])


async def test_images_are_loaded_into_minikube_as_archives(
    tools: Tools, checkout: Path, log: Path
) -> None:
    images = Images(root=checkout, path=tools("docker", "minikube"))
    references = await images.load("minikube")
    first, second = calls(log)[:2]
    assert first.startswith("docker save --output /")
    assert first.endswith(references["ironclad-backend"])
    assert second.startswith("minikube --profile minikube image load /")
    assert len(calls(log)) == 2 * len(IMAGES)


async def test_images_are_loaded_into_the_kind_cluster_that_the_context_names(
    tools: Tools, checkout: Path, log: Path
) -> None:
    await Images(root=checkout, path=tools("buildah", "kind")).load("kind-lab")
    first, second = calls(log)[:2]
    assert first.startswith("buildah push ironclad-backend:")
    assert "docker-archive:/" in first
    assert second.startswith("kind load image-archive /")
    assert second.endswith("--name lab")


async def test_another_cluster_has_to_use_a_registry(tools: Tools, checkout: Path) -> None:
    with pytest.raises(BadInputError, match=r"context prod is neither minikube nor kind.*REGISTRY"):
        await Images(root=checkout, path=tools("docker")).load("prod")


async def test_a_missing_minikube_is_named(tools: Tools, checkout: Path) -> None:
    with pytest.raises(MissingToolError, match="minikube is not on PATH"):
        await Images(root=checkout, path=tools("docker")).load("minikube")


async def test_images_are_pushed_under_the_name_of_the_registry(
    tools: Tools, checkout: Path, log: Path
) -> None:
    images = Images(root=checkout, path=tools("docker"))
    pushed = await images.push("registry.example.org/team/")
    here = images.references()["ironclad-backend"]
    assert pushed["ironclad-backend"] == f"registry.example.org/team/{here}"
    assert calls(log)[:2] == [
        f"docker tag {here} {pushed['ironclad-backend']}",
        f"docker push {pushed['ironclad-backend']}",
    ]


async def test_what_was_pushed_is_taken_by_that_name_until_its_content_changes(
    tools: Tools, checkout: Path, tmp_path: Path
) -> None:
    """After `image push` a plain `up` once asked the cluster for the name that no registry has."""
    record = tmp_path / "state" / "pushed-images.json"
    images = Images(root=checkout, path=tools("docker", "minikube"), record=record)
    assert images.available() == images.references()
    pushed = await images.push("registry.example.org/team")
    assert images.available() == pushed
    (checkout / "backend/app.py").write_text("changed")
    assert images.available() == images.references()


async def test_what_was_loaded_after_a_push_is_taken_as_it_was_built(
    tools: Tools, checkout: Path, tmp_path: Path
) -> None:
    images = Images(root=checkout, path=tools("docker", "minikube"), record=tmp_path / "pushed")
    await images.push("registry.example.org/team")
    await images.load("minikube")
    assert images.available() == images.references()


@pytest.mark.parametrize("text", ["", "{", "[1]"])
def test_a_record_of_pushes_that_cannot_be_read_is_none(
    checkout: Path, tmp_path: Path, text: str
) -> None:
    record = tmp_path / "pushed-images.json"
    record.write_text(text)
    images = Images(root=checkout, record=record)
    assert images.available() == images.references()


@pytest.mark.parametrize("registry", ["", "http://plain.example.org", "--help", "a b"])
async def test_what_is_no_registry_is_refused(registry: str, tools: Tools, checkout: Path) -> None:
    with pytest.raises(BadInputError, match="is not a registry"):
        await Images(root=checkout, path=tools("docker")).push(registry)


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ("minikube", (LocalCluster.MINIKUBE, "minikube")),
        ("kind-kind", (LocalCluster.KIND, "kind")),
        ("kind-a-b", (LocalCluster.KIND, "a-b")),
        ("kind-", None),
        ("kindness", None),
        ("production", None),
    ],
)
def test_local_clusters_are_known_by_their_contexts(
    context: str, expected: tuple[LocalCluster, str] | None
) -> None:
    assert cluster_of(context) == expected


def test_the_commands_are_whole_arguments_and_never_a_shell_line() -> None:
    command = build(Builder.DOCKER, IMAGES[0], ("a; rm -rf /",))
    assert command[-2:] == ("ironclad-backend:a; rm -rf /", ".")
    assert push(Builder.BUILDAH, "x:1", "r") == (("buildah", "push", "x:1", "docker://r/x:1"),)
    assert in_registry("x:1", "https://r/team/") == "r/team/x:1"


def test_every_source_of_an_image_is_in_the_checkout() -> None:
    missing = [s for image in IMAGES for s in image.sources if not (PROJECT / s).exists()]
    assert missing == []


def test_every_folder_that_the_dockerfile_copies_counts_for_the_tag() -> None:
    (ironclad,) = (image for image in IMAGES if image.name == "ironclad")
    copied = {
        source
        for line in (PROJECT / ironclad.dockerfile).read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    }
    assert copied <= set(ironclad.sources)


def test_minikube_starts_large_enough_and_with_enforced_policies() -> None:
    assert minikube.start_command() == (
        "minikube",
        "start",
        "--cpus=4",
        "--memory=8192",
        "--driver=docker",
        "--cni=calico",
        "--addons=metrics-server",
    )


async def test_minikube_is_started(tools: Tools, log: Path) -> None:
    await minikube.start(path=tools("minikube", "docker"))
    assert calls(log) == [" ".join(minikube.start_command())]


@pytest.mark.parametrize(("there", "missing"), [("docker", "minikube"), ("minikube", "docker")])
async def test_a_missing_tool_of_minikube_is_named(there: str, missing: str, tools: Tools) -> None:
    with pytest.raises(MissingToolError, match=f"{missing} is not on PATH"):
        await minikube.start(path=tools(there))


async def test_a_minikube_that_does_not_start_is_reported(tools: Tools) -> None:
    with pytest.raises(RemoteError, match=r"`minikube start .*` failed: exit status 3"):
        await minikube.start(path=tools("minikube", "docker", code=3))

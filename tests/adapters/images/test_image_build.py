"""The two images as buildah builds them here: `make test-image`, minutes and a network.

`IRONCLAD_TEST_PYTHON_IMAGE` names another base than the Dockerfiles' own.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.places import ROOT

BASE = os.environ.get("IRONCLAD_TEST_PYTHON_IMAGE", "docker.io/library/python:3.11-slim")
OPTIONS = os.environ.get("IRONCLAD_TEST_BUILDAH_OPTIONS", "").split()
"""Such as `--isolation chroot` where no namespaces may be made."""
BUILD_SECONDS = 900

pytestmark = [
    pytest.mark.image,
    pytest.mark.timeout(BUILD_SECONDS + 60),
    pytest.mark.skipif(not shutil.which("buildah"), reason="buildah is not here"),
]


def buildah(*words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(  # noqa: S603 - our own command lines
        ["buildah", *words],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert not check or done.returncode == 0, done.stderr[-2000:]
    return done


@pytest.fixture(scope="module")
def base() -> str:
    if buildah("inspect", "--type", "image", BASE, check=False).returncode:
        pulled = buildah("pull", BASE, check=False)
        if pulled.returncode:
            pytest.skip(f"{BASE} cannot be had: {pulled.stderr.strip().splitlines()[-1]}")
    return BASE


@contextmanager
def container_of(dockerfile: str, base: str) -> Iterator[str]:
    image = f"localhost/ironclad-test-{dockerfile.lower().replace('/', '-')}"
    options = ("--build-arg", f"PYTHON={base}", "--file", dockerfile, "--tag", image)
    buildah("build", *OPTIONS, *options, ".")
    container = buildah("from", image).stdout.strip()
    try:
        yield container
    finally:
        buildah("rm", container)


@pytest.fixture(scope="module")
def backend(base: str) -> Iterator[str]:
    with container_of("backend/Dockerfile", base) as container:
        yield container


@pytest.fixture(scope="module")
def ironclad(base: str) -> Iterator[str]:
    with container_of("Dockerfile", base) as container:
        yield container


def said_in(container: str, *command: str) -> "subprocess.CompletedProcess[str]":
    return buildah("run", *OPTIONS, container, "--", *command, check=False)


def test_the_backend_has_every_library_that_it_imports(backend: str) -> None:
    done = said_in(
        backend, "python", "-c", "import backend.app, backend.migrate, backend.telemetry.spans"
    )
    assert done.returncode == 0, done.stderr


def test_the_backend_says_in_a_sentence_what_it_lacks(backend: str) -> None:
    command = ("env", "BACKEND_LOG_FILE=/nowhere/log", "python", "-m", "backend")
    done = said_in(backend, *command)
    assert done.returncode != 0
    assert "BACKEND_LOG_FILE names '/nowhere/log'" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_process_is_root_in_it(backend: str, ironclad: str) -> None:
    ask = ("python", "-c", "import os; print(os.geteuid())")
    assert [said_in(each, *ask).stdout.strip() for each in (backend, ironclad)] == ["10001"] * 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param("--version", "ironclad 0.", id="its version"),
        pytest.param("game-day list", "error-burst: ", id="the experiments"),
        pytest.param("render", "kind: StatefulSet", id="the manifests"),
    ],
)
def test_the_command_line_works_in_the_image(ironclad: str, words: str, said: str) -> None:
    done = said_in(ironclad, "ironclad", *words.split())
    assert done.returncode == 0, done.stderr
    assert said in done.stdout

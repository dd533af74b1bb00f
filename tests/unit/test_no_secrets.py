"""No secret is committed: every file that git keeps is looked through."""

import math
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.data

ROOT = Path(__file__).parents[2]
LARGEST_BYTES = 2_000_000
RANDOM_BITS = 3.5
"""Of entropy for each character: English words and names lie below, random tokens above."""

SHAPES = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\bgh[opsur]_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{60,}",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a Google API key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a PyPI or npm token": r"\bpypi-[A-Za-z0-9_-]{50,}|\bnpm_[A-Za-z0-9]{36}\b",
    "a signed JSON web token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "a URL with a password": r"\b[a-z][a-z0-9+]+://[^\s/:@\"'{}<>$%]+:[^\s/:@\"'{}<>$%*]{8,}@",
}
NAMED = re.compile(
    r"(?i)(?:password|passwd|secret|token|api_?key)[\"']?\s*[:=]\s*[\"']([^\s\"']{16,})[\"']"
)
INVENTED = re.compile(r"(?i)test|example|fake|secret|token|password|wrong|invalid|\{|\$|<|/")


@dataclass(frozen=True)
class Found:
    where: str
    what: str


def found_in(name: str, text: str) -> Iterator[Found]:
    for number, line in enumerate(text.splitlines(), 1):
        for what, shape in SHAPES.items():
            if (match := re.search(shape, line)) and not is_invented(match[0]):
                yield Found(f"{name}:{number}", what)
        for value in NAMED.findall(line):
            if not is_invented(value) and bits_each(value) > RANDOM_BITS:
                yield Found(f"{name}:{number}", "a random value with a secret's name")


def is_invented(value: str) -> bool:
    """Whether what plays the part of a secret says so, or is a path or a place to fill in."""
    return bool(INVENTED.search(value.partition("://")[2] or value))


def bits_each(text: str) -> float:
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def committed() -> Iterator[tuple[str, str]]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and path.stat().st_size < LARGEST_BYTES:
            yield name, path.read_text(encoding="utf-8", errors="replace")


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="only a checkout knows what is committed")
def test_no_committed_file_holds_a_secret() -> None:
    assert [found for name, text in committed() for found in found_in(name, text)] == []


RANDOM = "q7Zt9LmX2vB4nR8kYw3P"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("-----BEGIN RSA " + "PRIVATE KEY-----", id="private key"),
        pytest.param("AKIA" + "ABCDEFGHIJKLMNOP", id="AWS"),
        pytest.param("ghp_" + "a1B2" * 9, id="GitHub"),
        pytest.param("postgresql://user:" + "hunter2hunter2@db/x", id="URL"),
        pytest.param(f'db_password = "{RANDOM}"', id="named"),
        pytest.param(f'"token": "{RANDOM}"', id="JSON"),
    ],
)
def test_a_planted_secret_is_found(line: str) -> None:
    assert list(found_in("file", line))


@pytest.mark.parametrize(
    "line",
    [
        'TOKEN = "a-chaos-token-for-tests"',
        "password: str | None = None",
        "postgresql://ironclad_user@127.0.0.1:5432/ironclad",
        'token = secrets.token_urlsafe(32)  # "token": "…"',
    ],
)
def test_what_is_none_is_left_alone(line: str) -> None:
    assert list(found_in("file", line)) == []

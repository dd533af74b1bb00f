"""What a secret looks like, line by line."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

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
_SHAPES = {what: re.compile(shape) for what, shape in SHAPES.items()}


@dataclass(frozen=True, slots=True)
class Found:
    """Where, and of what kind; never the value."""

    where: str
    what: str


def found_in(name: str, text: str) -> Iterator[Found]:
    for number, line in enumerate(text.splitlines(), 1):
        for what in kinds_in(line):
            yield Found(f"{name}:{number}", what)


def kinds_in(line: str) -> Iterator[str]:
    for what, shape in _SHAPES.items():
        if (match := shape.search(line)) and not is_invented(match[0]):
            yield what
    for value in NAMED.findall(line):
        if not is_invented(value) and bits_each(value) > RANDOM_BITS:
            yield "a random value with a secret's name"


def is_invented(value: str) -> bool:
    """Whether what plays the part of a secret says so, or is a path or a place to fill in."""
    return bool(INVENTED.search(value.partition("://")[2] or value))


def bits_each(text: str) -> float:
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)

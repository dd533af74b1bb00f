"""Prose out of Markdown: the sentences that people read, without code, tables and headings."""

import re
from collections.abc import Iterator

_FENCE = re.compile(r"^(?P<indent> *)(`{3,}).*?^(?P=indent)\2`*$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CODE = re.compile(r"`[^`]+`")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^)]*\)")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.) +")
_END = re.compile(r"(?<=[.!?])[*_\")]*\s+(?=[*_\"(]*[A-Z0-9`…])")
_WORD = re.compile(r"[^\W_]")


def sentences(markdown: str) -> Iterator[str]:
    """Give each sentence in one line; code in it counts as one word."""
    for paragraph in _paragraphs(without_code(markdown)):
        yield from (each.strip() for each in _END.split(paragraph) if each.strip())


def without_code(markdown: str) -> str:
    """Leave each piece of code as one word, so that what it holds is not read as prose."""
    text = _COMMENT.sub("", _FENCE.sub("", markdown))
    text = _CODE.sub("CODE", text)
    while _LINK.search(text):
        text = _LINK.sub(r"\1", text)
    return text


def length(sentence: str) -> int:
    """Count the words; a dash or a sign is none."""
    return sum(1 for word in sentence.split() if _WORD.search(word))


def _paragraphs(text: str) -> Iterator[str]:
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        is_own = line.lstrip().startswith(("#", "|")) or not line.strip()
        if (is_own or _ITEM.match(line)) and lines:
            yield " ".join(lines)
            lines = []
        if not is_own:
            lines.append(_ITEM.sub("", line).strip())

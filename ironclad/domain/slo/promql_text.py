"""PromQL's tokens: names, strings, operators. Source: Prometheus' `promql/parser/lex.go`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

IDENTIFIER = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
      | (?P<operator>=~|!~|!=|=)
      | (?P<sign>[{},])
      | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)""",
    re.VERBOSE,
)
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL
)
_SHORT = dict(zip("abfnrtv\\", b"\a\b\f\n\r\t\v\\", strict=True))


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is a string's value, without its quotes and escapes."""

    kind: str
    text: str


def tokens(text: str) -> Iterator[Token]:
    """Read the tokens that a selector can have. Raises ValueError with a sentence."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"{text[at : at + 20]!r} has no place in a selector")
        at = found.end()
        kind = found.lastgroup or ""
        if kind != "space":
            yield Token(kind, unquoted(found[0]) if kind == "string" else found[0])


def unquoted(quoted: str) -> str:
    """Give a string's value: Go's escapes between quotes, none between backticks."""
    quote, inner = quoted[0], quoted[1:-1]
    if quote == "`":
        return inner
    value, at = b"", 0
    for found in _ESCAPE.finditer(inner):
        value += inner[at : found.start()].encode() + _escaped(found, quote)
        at = found.end()
    try:
        return (value + inner[at:].encode()).decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"the string {quoted} is not UTF-8") from error


def _escaped(found: re.Match[str], quote: str) -> bytes:
    """Hexadecimal and octal escapes are bytes, the Unicode ones are characters, as in Go."""
    byte, character = found[1], found[2] or found[3]
    if byte:
        return bytes.fromhex(byte)
    if found[4] and int(found[4], 8) < 256:  # noqa: PLR2004 - a byte
        return bytes([int(found[4], 8)])
    if character:
        return _character(int(character, 16))
    if found[5] == quote:
        return quote.encode()
    if found[5] in _SHORT:
        return bytes([_SHORT[found[5]]])
    raise ValueError(f"{found[0]} is no escape of PromQL; write \\{found[0]} for a backslash")


def _character(code: int) -> bytes:
    try:
        return chr(code).encode()
    except (ValueError, UnicodeEncodeError) as error:
        raise ValueError(f"U+{code:04X} is no character") from error


def quoted(text: str) -> str:
    """Write a PromQL string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'

"""YAML read strictly, with the place of every value, so that an error can name its line.

YAML 1.2 core types only: `on`, `yes`, `1:30` and `0503` are text, not true, true, 90 and 323.
Anchors, tags, duplicate keys and deep nesting are refused. A small document needs none of them, and
each can surprise its reader or stop the machine.
"""

import re
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from ironclad.adapters.files.yaml_problems import yaml_sentence
from ironclad.errors import BadInputError

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20
MAX_DIGITS = 18

Loc = tuple[str | int, ...]
"""Where a value lies: the keys and indexes that lead to it."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Line and column as editors count them, from 1."""

    line: int = 1
    column: int = 1

    @classmethod
    def of(cls, mark: Any) -> "Place":
        """`mark` is PyYAML's, which its stubs type in two ways, or None."""
        return cls(mark.line + 1, mark.column + 1) if mark else cls()


@dataclass(frozen=True, slots=True)
class Source:
    """A document's plain data, and the place of each value and each key."""

    path: Path
    data: object
    values: dict[Loc, Place]
    keys: dict[Loc, Place]

    def place(self, loc: Loc) -> Place:
        """Give the place of the value at `loc`, or of the nearest thing around it."""
        known = (loc[:end] for end in range(len(loc), -1, -1) if loc[:end] in self.values)
        return self.values[next(known, ())] if self.values else Place()

    def key_place(self, loc: Loc) -> Place:
        return self.keys.get(loc) or self.place(loc)


class PlacedError(BadInputError):
    """What is wrong with a file, and where."""

    def __init__(self, path: Path, place: Place, sentence: str) -> None:
        super().__init__(f"{path}:{place.line}:{place.column}: {sentence}")
        self.place = place
        self.sentence = sentence


def bad_input(path: Path, place: Place, sentence: str) -> PlacedError:
    return PlacedError(path, place, sentence)


def read_source(path: Path) -> Source:
    """Raises BadInputError with the file, the line and the column."""
    return parse_source(path, read_text(path))


def parse_source(path: Path, text: str) -> Source:
    try:
        node = _node(path, text)
    except yaml.MarkedYAMLError as error:
        raise bad_input(path, Place.of(error.problem_mark), yaml_sentence(error, text)) from error
    except yaml.reader.ReaderError as error:
        place = _place_of_offset(text, error.position)
        raise bad_input(path, place, "a character that YAML does not allow") from error
    if node is None:
        raise bad_input(path, Place(), "the file is empty")
    return _Converter(path).source(node)


def _node(path: Path, text: str) -> yaml.Node | None:
    """Read it by the library in C; where that stumbles, again by the one that knows the place."""
    try:
        return _checked(path, text, _QuickLoader)
    except yaml.YAMLError:
        return _checked(path, text, _CoreLoader)


def _checked(path: Path, text: str, loader: Any) -> yaml.Node | None:
    _check_events(path, text, loader)
    node: yaml.Node | None = yaml.compose(text, Loader=loader)
    return node


def read_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_BYTES:
        raise BadInputError(f"{path}: is larger than {MAX_BYTES // 1024} KiB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place_of_offset(raw[: error.start].decode("utf-8", "replace"), error.start)
        raise bad_input(path, place, "not UTF-8 text; save the file as UTF-8") from error


def _place_of_offset(text: str, offset: int) -> Place:
    before = text[:offset]
    return Place(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _check_events(path: Path, text: str, loader: Any) -> None:
    """Refuse what can surprise, before anything is built from it; does not recurse."""
    depth, documents = 0, 0
    for event in yaml.parse(text, Loader=loader):
        depth += _depth_change(event)
        documents += isinstance(event, yaml.DocumentStartEvent)
        problem = _refusal(event, depth, documents)
        if problem:
            raise bad_input(path, Place.of(event.start_mark), problem)


def _depth_change(event: yaml.Event) -> int:
    if isinstance(event, yaml.CollectionStartEvent):
        return 1
    return -1 if isinstance(event, yaml.CollectionEndEvent) else 0


def _refusal(event: yaml.Event, depth: int, documents: int) -> str:
    if getattr(event, "anchor", None):
        return "anchors and aliases are not read; write the value out"
    if tag := getattr(event, "tag", None):
        return f"the tag {tag!r} is not read; leave it out"
    if depth > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH} levels"
    return "a second document; write one to a file" if documents > 1 else ""


class _CoreLoader(yaml.SafeLoader):
    """Knows the types of YAML 1.2's core schema; everything else is text."""


class _QuickLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same ten times as fast, where PyYAML was built with libyaml."""


_LOADERS: tuple[Any, ...] = (_CoreLoader, _QuickLoader)
for _loader in _LOADERS:
    _loader.yaml_implicit_resolvers = {}

_FLOAT = (  # at least one of point and exponent, so that `0503` stays text
    r"[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_TYPES = {
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "int": (r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    "float": (_FLOAT, "-+.0123456789"),
}
for _loader, (_name, (_pattern, _first)) in product(_LOADERS, _TYPES.items()):
    _loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}", re.compile(f"(?:{_pattern})\\Z"), list(_first)
    )


@dataclass(slots=True)
class _Converter:
    """Turns nodes into plain data and remembers where each came from."""

    path: Path
    values: dict[Loc, Place] = field(default_factory=dict)
    keys: dict[Loc, Place] = field(default_factory=dict)

    def source(self, node: yaml.Node) -> Source:
        return Source(self.path, self.convert(node, ()), self.values, self.keys)

    def convert(self, node: yaml.Node, loc: Loc) -> object:
        self.values[loc] = Place.of(node.start_mark)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, loc)
        if isinstance(node, yaml.SequenceNode):
            return [self.convert(item, (*loc, index)) for index, item in enumerate(node.value)]
        return self.scalar(node)

    def mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, object]:
        data: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = self.key(key_node, data)
            self.keys[(*loc, key)] = Place.of(key_node.start_mark)
            data[key] = self.convert(value_node, (*loc, key))
        return data

    def key(self, node: yaml.Node, taken: dict[str, object]) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise bad_input(self.path, Place.of(node.start_mark), "a key must be plain text")
        key = str(node.value)
        if key in taken:
            sentence = f"the key {key!r} stands here twice; keep one"
            raise bad_input(self.path, Place.of(node.start_mark), sentence)
        return key

    def scalar(self, node: yaml.Node) -> object:
        text, kind = str(node.value), node.tag.rpartition(":")[2]
        if kind == "int" and len(text) > MAX_DIGITS:
            raise bad_input(self.path, Place.of(node.start_mark), "the number is too large")
        return _plain(kind, text)


def _plain(kind: str, text: str) -> object:
    match kind:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text)
        case "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text

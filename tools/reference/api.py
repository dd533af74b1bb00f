"""The page of the ports: each Protocol, the values that it passes, and the errors it may raise."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from enum import Enum
from types import ModuleType

from ironclad import errors, ports
from tools.reference.docstrings import annotations, field_texts
from tools.reference.markdown import code, table

_ABOUT = """
Ironclad's logic reaches the world through *ports*. A port is a Python `Protocol` in
`ironclad.ports`. An adapter implements it. [Architecture](../contributing/architecture.md) explains
who may import what.

A port raises only the errors below, and every method ends within a bounded time.
"""


def body() -> str:
    return "\n".join(
        [
            f"{_ABOUT}",
            "## Ports\n",
            *map(_port, _own_classes(ports)),
            "## Values\n",
            "The ports pass these values. All of them are frozen.\n",
            *map(_value, _passed()),
            f"## Errors\n\n{_errors()}",
        ]
    )


def _own_classes(module: ModuleType) -> list[type]:
    found = (each for each in vars(module).values() if inspect.isclass(each))
    return [each for each in found if each.__module__ == module.__name__]


def _passed() -> Iterator[type]:
    """Give the classes of the domain that `ports` imports for its annotations."""
    tree = ast.parse(inspect.getsource(ports))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ironclad.domain"):
            module = importlib.import_module(node.module or "")
            yield from (
                value for each in node.names if inspect.isclass(value := getattr(module, each.name))
            )


def _port(port: type) -> str:
    methods = [each for each in vars(port).values() if inspect.isfunction(each)]
    own = [each for each in methods if not each.__name__.startswith("_")]
    rows = [(code(f"{each.__name__}{_signature(each)}"), _text(each)) for each in own]
    return f"### `{port.__name__}`\n\n{_about(port)}{table(('method', 'promise'), rows)}"


def _signature(method: object) -> str:
    names = [
        f"{name}: {each.annotation}"
        for name, each in inspect.signature(method).parameters.items()  # type: ignore[arg-type]
        if name != "self"
    ]
    return f"({', '.join(names)}) -> {inspect.signature(method).return_annotation}"  # type: ignore[arg-type]


def _value(value: type) -> str:
    return f"### `{value.__name__}`\n\n{_about(value)}{_members(value)}"


def _members(value: type) -> str:
    if issubclass(value, Enum):
        return "One of " + ", ".join(code(each.value) for each in value) + ".\n"
    texts = field_texts(value)
    rows = [(code(name), code(kind), texts.get(name, "–")) for name, kind in annotations(value)]
    if not texts:
        return table(("field", "type"), [row[:2] for row in rows]) if rows else ""
    return table(("field", "type", "meaning"), rows)


def _about(owner: type) -> str:
    text = (owner.__doc__ or "").strip()
    is_made = not text or text.startswith(f"{owner.__name__}(")  # a dataclass makes its own
    return "" if is_made or owner.__doc__ is Enum.__doc__ else f"{_folded(text)}\n\n"


def _text(method: object) -> str:
    return _folded(inspect.getdoc(method) or "–")


def _errors() -> str:
    own = _own_classes(errors)
    rows = [(code(each.__name__), code(each.mro()[1].__name__), _first(each)) for each in own]
    return table(("error", "is a", "raised for"), rows)


def _first(error: type) -> str:
    """Give the words beside its name in the tree that the module begins with."""
    for line in (errors.__doc__ or "").splitlines():
        name, _, words = line.lstrip("│├└─ ").partition(" ")
        if name == error.__name__ and words:
            return words.strip()
    return _folded((error.__doc__ or "–").strip())


def _folded(text: str) -> str:
    return " ".join(text.split())

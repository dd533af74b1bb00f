"""The context of a kubeconfig that is used, by kubectl's rules, and what is wrong with it.

Of several files the kubernetes package takes the last one's current context, kubectl the first
one's. A command must never go to another cluster than kubectl's.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ironclad.errors import BadInputError

Document = Mapping[str, Any]

_CHOOSE = "choose one with IRONCLAD_CONTEXT"


def chosen_context(where: str, documents: Iterable[Document], asked: str = "") -> str:
    """Give the context's name. Raises BadInputError with the contexts that there are."""
    given = tuple(documents)
    contexts = _named(given, "contexts")
    if not contexts:
        raise BadInputError(f"{where} holds no context; set KUBECONFIG to the one of your cluster")
    name = asked or next(filter(None, (_current(each) for each in given)), "")
    if name not in contexts:
        _refuse(where, name, contexts, is_asked=bool(asked))
    context = contexts[name].get("context") or {}
    _refuse_unknown(where, name, context, "cluster", _named(given, "clusters"))
    _refuse_unknown(where, name, context, "user", _named(given, "users"))
    return name


def documents_of(paths: str) -> dict[str, Document]:
    """Read each file that is there, but an empty one. Raises BadInputError with its path."""
    present = [path for path in paths.split(":") if path and _expanded(path).exists()]
    if not present:
        place = f" at {paths}" if paths else ""
        raise BadInputError(
            f"there is no kubeconfig{place}; set KUBECONFIG to the one of your cluster"
        )
    found = {path: _document(path) for path in present}
    return {path: document for path, document in found.items() if document}


def _document(path: str) -> Document:
    try:
        document = yaml.safe_load(_expanded(path).read_text(encoding="utf-8")) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadInputError(f"the kubeconfig {path} cannot be used: {error}") from error
    if not isinstance(document, dict):
        raise BadInputError(f"the kubeconfig {path} cannot be used: it is no mapping")
    return document


def _expanded(path: str) -> Path:
    return Path(path).expanduser()


def _named(documents: Sequence[Document], part: str) -> dict[str, Document]:
    """Give the entries of a list by name; the first of a name counts, as in kubectl."""
    found: dict[str, Document] = {}
    for document in documents:
        for entry in document.get(part) or ():
            if isinstance(entry, dict) and entry.get("name"):
                found.setdefault(str(entry["name"]), entry)
    return found


def _current(document: Document) -> str:
    return str(document.get("current-context") or "")


def _refuse(where: str, name: str, contexts: Iterable[str], *, is_asked: bool) -> None:
    there = f"there are {', '.join(contexts)}"
    if not name:
        raise BadInputError(f"{where} names no current context; {there}; {_CHOOSE}")
    which = "context" if is_asked else "current context"
    raise BadInputError(f"{where} holds no {which} {name!r}; {there}; {_CHOOSE}")


def _refuse_unknown(
    where: str, context: str, entry: Document, part: str, known: Iterable[str]
) -> None:
    """A context needs a cluster; without a user it is anonymous."""
    name = str(entry.get(part) or "")
    if name in known or (part == "user" and not name):
        return
    has = f"names the {part} {name!r}" if name else f"names no {part}"
    there = f"there are {', '.join(known) or 'none'}"
    raise BadInputError(f"the context {context!r} in {where} {has}; {there}; mend it, or {_CHOOSE}")

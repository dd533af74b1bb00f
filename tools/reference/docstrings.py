"""What only the source has of a class: the annotations as written, and the texts below fields."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise


def field_texts(owner: type) -> Mapping[str, str]:
    """Give the text that stands below each annotated field of the class."""
    found = {}
    for one, other in pairwise(_body(owner)):
        match one, other:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = text
    return found


def annotations(owner: type) -> Iterator[tuple[str, str]]:
    """Give each field of the class with its type, in order."""
    for node in _body(owner):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, ast.unparse(node.annotation)


def _body(owner: type) -> list[ast.stmt]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    (body,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef))
    return body

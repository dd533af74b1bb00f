"""`--json` for a command that has no document of its own: how it ended, and what it said."""

import inspect
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import wraps
from io import StringIO
from typing import Any

from ironclad.cli.options import JsonOption
from ironclad.cli.terminal.console import print_json

_JSON = inspect.Parameter(
    "json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=JsonOption
)


def with_json(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option where a command lacks it; progress goes on to standard error."""
    signature = inspect.signature(command)
    if "json" in signature.parameters:
        return command

    @wraps(command)
    def wrapped(*, json: bool, **given: Any) -> Any:
        return _as_document(command, given) if json else command(**given)

    every = [*signature.parameters.values(), _JSON]
    wrapped.__dict__["__signature__"] = signature.replace(parameters=every)
    wrapped.__annotations__ = {**command.__annotations__, "json": JsonOption}
    return wrapped


def _as_document(command: Callable[..., Any], given: dict[str, Any]) -> Any:
    with redirect_stdout(StringIO()) as said:
        code = command(**given)
    print_json({"exit_code": int(code or 0), "messages": said.getvalue().splitlines()})
    return code


def print_error(sentence: str, code: int) -> None:
    print_json({"exit_code": code, "error": sentence.removeprefix("ironclad: ")})

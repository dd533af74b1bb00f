"""The red switch as text, in a file or in an object of the cluster."""

from ironclad.adapters.files.typed_json import typed
from ironclad.domain.stack.halt import Halt, damaged

_HALT = typed(Halt)


def halt_to_json(halt: Halt) -> bytes:
    return _HALT.dump_json(halt, indent=2) + b"\n"


def halt_from_json(text: str | bytes, where: str) -> Halt:
    """Never raises: what cannot be read is a halt as well."""
    try:
        return _HALT.validate_json(text)
    except ValueError:
        return damaged(where)

"""The red switch as a file beside the stack. It is on disk before it counts as on."""

import asyncio
from pathlib import Path

from ironclad.adapters.files.atomic import explained, remove_file, write_atomically
from ironclad.adapters.files.typed_json import typed
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.kept_setting import Halt, damaged
from ironclad.domain.stack.stack import DEFAULT_REF, StackRef
from ironclad.errors import BadInputError

_HALT = typed(Halt)


def halt_to_json(halt: Halt) -> bytes:
    return _HALT.dump_json(halt, indent=2) + b"\n"


def halt_from_json(text: str | bytes, where: str) -> Halt:
    """Never raises: what cannot be read is a halt as well."""
    try:
        return _HALT.validate_json(text)
    except ValueError:
        return damaged(where)


class FileHalt:
    """Satisfies `ports.HaltSwitch`."""

    def __init__(self, file: Path, of: StackRef = DEFAULT_REF) -> None:
        self._file = file
        self._of = of

    async def state(self) -> Halt | None:
        return await asyncio.to_thread(self._read)

    async def turn_on(self, halt: Halt) -> None:
        await asyncio.to_thread(self._write, halt)

    async def turn_off(self) -> Halt | None:
        return await asyncio.to_thread(self._remove)

    def _read(self) -> Halt | None:
        with explained("read the switch", self._file):
            try:
                return halt_from_json(self._file.read_bytes(), str(self._file))
            except FileNotFoundError:
                return None

    def _write(self, halt: Halt) -> None:
        folder = self._file.parent
        if not folder.is_dir():
            raise BadInputError(
                f"there is no stack in {folder} to halt; {command('up', self._of)} makes one, and"
                " `ironclad halt on --all` halts those that there are"
            )
        write_atomically(self._file, halt_to_json(halt))

    def _remove(self) -> Halt | None:
        was = self._read()
        if was is not None:
            remove_file(self._file)
        return was

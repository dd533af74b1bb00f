"""A kept setting as a file beside the stack; closed to others, for it may hold addresses."""

import asyncio
from pathlib import Path

from ironclad.adapters.files.atomic import explained, make_folder, remove_file, write_atomically
from ironclad.domain.stack.commands import command, on_this_machine
from ironclad.domain.stack.kept_setting import Kept, as_text, from_text
from ironclad.errors import BadInputError


class KeptFile:
    """Satisfies `ports.KeptSetting`."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def read(self) -> Kept | None:
        return await asyncio.to_thread(self.now)

    async def write(self, kept: Kept) -> None:
        await asyncio.to_thread(self._write, kept)

    async def remove(self) -> Kept | None:
        return await asyncio.to_thread(self._remove)

    def now(self) -> Kept | None:
        """Read it at once, for those who are asked before there is a loop."""
        with explained("read", self._file):
            try:
                return from_text(self._file.read_text(encoding="utf-8"))
            except FileNotFoundError:
                return None
            except UnicodeDecodeError as error:
                raise BadInputError(
                    f"{self._file} is no text; delete it, or set it anew"
                ) from error

    def _write(self, kept: Kept) -> None:
        stack = self._file.parent.parent
        if not stack.is_dir():
            up = command("up", on_this_machine(stack.name))
            raise BadInputError(
                f"there is no stack in {stack} to keep it; {up} makes one, and keeps the settings"
                " that it is called with"
            )
        make_folder(self._file.parent)
        write_atomically(self._file, as_text(kept).encode())

    def _remove(self) -> Kept | None:
        was = self.now()
        if was is not None:
            remove_file(self._file)
        return was

"""Configuration of a program that can read it again while it runs: checked, swapped, put back."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from ironclad.adapters.files.atomic import explained, make_folder, remove_file, write_atomically
from ironclad.adapters.programs.command import run
from ironclad.errors import BadInputError

_ADDRESS = re.compile(r"https?:/[^\s\"']*")
_CHECKED_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The `.yml` files of a folder, by their path in it; `check` is the checker's command.

    `check` ends where the path of `main` goes. It is empty where no checker lies beside the tool.
    """

    folder: Path
    files: Mapping[str, bytes]
    main: str
    check: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        return self.folder / self.main

    def is_live(self) -> bool:
        return self.read_live().files == self.files

    def read_live(self) -> "Configuration":
        """Give what lies there now, so that it can be put back."""
        paths = [*self.folder.glob("*.yml"), *self.folder.glob("rules/*.yml")]
        live = {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}
        return replace(self, files=live)

    def write(self) -> tuple[str, ...]:
        """Make the folder's configuration just this; says what changed."""
        live = self.read_live().files
        for parent in {(self.folder / name).parent for name in self.files}:
            make_folder(parent)
        written = [name for name, content in self.files.items() if live.get(name) != content]
        for name in written:
            write_atomically(self.folder / name, self.files[name])
        gone = sorted(live.keys() - self.files.keys())
        for name in gone:
            remove_file(self.folder / name)
        return tuple(f"{self.folder / name} written" for name in written) + tuple(
            f"{self.folder / name} removed" for name in gone
        )

    async def refuse_if_wrong(self) -> None:
        """Raises BadInputError with the checker's own words; nothing that runs is touched."""
        if not self.check:
            return
        make_folder(self.folder)
        with explained("check a configuration in", self.folder):
            trial = Path(tempfile.mkdtemp(prefix=".check-", dir=self.folder))
        try:
            replace(self, folder=trial).write()
            done = await run((*self.check, str(trial / self.main)), within=_CHECKED_WITHIN)
        finally:
            await asyncio.to_thread(shutil.rmtree, trial, ignore_errors=True)
        if done.code:
            raise BadInputError(
                f"{Path(self.check[0]).name} refuses what {self.path} should become, so it was left"
                f" as it is: {_complaint(done.output.replace(f'{trial}/', ''))}"
            )


def _complaint(said: str) -> str:
    """Leave out what the checker found to be right."""
    lines = (line.strip() for line in said.splitlines())
    kept = (line for line in lines if "SUCCESS" not in line and not line.startswith("Checking"))
    return without_addresses(" ".join(kept).strip())[-600:]


def without_addresses(text: str) -> str:
    """An address of a receiver is a secret: who knows it can write there."""
    return _ADDRESS.sub("an address", text)

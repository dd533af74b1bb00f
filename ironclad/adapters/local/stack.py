"""What the stages of one local stack share."""

import hashlib
import importlib.util
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import ironclad
from ironclad.adapters.local.folder import StackFolder
from ironclad.adapters.local.options import LocalOptions
from ironclad.adapters.local.record import StackRecord, read_record
from ironclad.adapters.programs.socket_folder import run_folder
from ironclad.adapters.programs.supervision import Supervisor
from ironclad.domain.stack.commands import command, on_this_machine
from ironclad.errors import MissingToolError, StateError


class LocalStack:
    """Its folder, its supervisor and what it remembers."""

    def __init__(self, options: LocalOptions) -> None:
        self.options = options
        self.folder = StackFolder(options.root.absolute(), options.stack)
        self.run = run_folder(options.sockets, self.folder.path)
        self.supervisor = Supervisor(self.folder.path, self.run)

    def record(self) -> StackRecord:
        """Raises StateError where the namespace stage has not been applied."""
        record = read_record(self.folder.record)
        if record is None:
            raise StateError(
                f"there is no stack {self.folder.stack} in {self.folder.root}; bring it up with"
                f" {command('up', on_this_machine(self.folder.stack))} first"
            )
        return record

    def port(self, name: str) -> int:
        return self.record().ports[name]

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port(name)}"


def module_environment() -> Mapping[str, str]:
    """Let a child find this project's packages, from a checkout or installed."""
    root = Path(ironclad.__file__).resolve().parent.parent
    if root == Path(sysconfig.get_path("purelib")).resolve():
        return {"PYTHONSAFEPATH": "1"}
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(root)}


def package_folder(name: str) -> Path:
    """Give a package's folder without importing it."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise MissingToolError(f"the package {name} is not installed; run `make install`")
    return Path(found.submodule_search_locations[0])


def source_digest(package: str) -> str:
    """Tell one version of a package from another, so that a changed one is rolled out."""
    digest = hashlib.sha256()
    root = package_folder(package)
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()

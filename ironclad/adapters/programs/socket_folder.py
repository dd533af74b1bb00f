"""Short folders for sockets, whose paths may not exceed 107 bytes."""

import hashlib
import os
import stat
from pathlib import Path

from ironclad.adapters.files.atomic import explained
from ironclad.errors import StateError


def run_folder(sockets: Path, folder: Path) -> Path:
    """Name a short folder for sockets: the same for every process that means this folder.

    Not below XDG_RUNTIME_DIR, which goes away when its person logs out; the stack stays.
    """
    digest = hashlib.sha256(bytes(folder.absolute())).hexdigest()[:10]
    return sockets / f"ironclad-{os.geteuid()}-{digest}"


def make_run_folder(path: Path) -> None:
    """Anybody may write where it lies, so it has to be a real folder of our own.

    As root others may pass through it: the database's own user has its socket below.
    """
    mode = 0o711 if os.geteuid() == 0 else 0o700
    with explained("make the folder for sockets", path):
        path.mkdir(mode=mode, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise StateError(
                f"the folder for sockets {path} belongs to somebody else; remove it or ask its "
                "owner to"
            )
        path.chmod(mode)

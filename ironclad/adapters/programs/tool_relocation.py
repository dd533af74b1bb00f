"""Lets Debian's Alertmanager find its templates where it was unpacked.

It opens them below an absolute path that is compiled in, has no option for it and does not start
without them; only installing the package as root would make that path. In the unpacked copy the
path is replaced by an equally long one for the working directory, which is then that folder.
"""

import re
from pathlib import Path


def relocate(program: Path, data_folder: str) -> None:
    """Do it at the one place where the whole path stands; leave anything else as it is."""
    path = b"/" + data_folder.encode()
    content = program.read_bytes()
    places = [found.start() for found in re.finditer(re.escape(path) + rb"(?!/)", content)]
    if len(places) != 1:
        return
    start = places[0]
    here = (b"./" * len(path))[: len(path)]
    program.write_bytes(content[:start] + here + content[start + len(path) :])

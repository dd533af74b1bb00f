"""Which cluster each stack was brought up in, written down beside the stacks of this machine.

The one worker serves them all. Its flows go where the stack is, whichever shell started it.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ironclad.adapters.files.atomic import as_json, make_folder, write_if_different

EVERY_OTHER = "*"
"""Stands for the stacks that were never brought up from here."""


@dataclass(frozen=True, slots=True)
class KnownCluster:
    """`kubeconfig` may be several files, joined with colons."""

    kubeconfig: str
    context: str

    def __str__(self) -> str:
        return f"context {self.context} ({self.kubeconfig})"


class KnownClusters:
    def __init__(self, file: Path) -> None:
        self._file = file

    def of(self, stack: str) -> KnownCluster | None:
        """Give the stack's own, else the one of every other stack."""
        known = self._read()
        return known.get(stack) or known.get(EVERY_OTHER)

    def keep(self, stack: str, cluster: KnownCluster) -> KnownCluster | None:
        """Write it down; gives another one that stood there before."""
        known = self._read()
        make_folder(self._file.parent)
        kept = {name: asdict(each) for name, each in {**known, stack: cluster}.items()}
        write_if_different(self._file, as_json(kept))
        former = known.get(stack)
        return former if former != cluster else None

    def stacks(self) -> tuple[str, ...]:
        """Name those that were brought up by name."""
        return tuple(sorted(self._read().keys() - {EVERY_OTHER}))

    def _read(self) -> dict[str, KnownCluster]:
        """A damaged file knows nothing: the next `up` writes it anew."""
        try:
            known = json.loads(self._file.read_bytes())
            return {name: KnownCluster(**each) for name, each in known.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

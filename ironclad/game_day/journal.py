"""The timeline as it is written: each mark outlives the process before the next step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from ironclad.domain.evidence.journal import Mark, PhaseName, PhaseSpan
from ironclad.errors import IroncladError
from ironclad.ports import Clock

Keep = Callable[[Mark], None]
"""Stores a mark where it survives the process."""


class Journal:
    """Marks, phases and gaps of one game day."""

    def __init__(self, clock: Clock, keep: Keep) -> None:
        self._clock = clock
        self._keep = keep
        self._marks: list[Mark] = []
        self._phases: list[PhaseSpan] = []
        self._gaps: dict[str, None] = {}

    def mark(self, text: str, *, source: str = "ironclad", at: datetime | None = None) -> datetime:
        """Write down what happened; `at` is now unless another clock saw it."""
        mark = Mark(at or self._clock.now(), text, source)
        self._marks.append(mark)
        self._keep(mark)
        return mark.at

    def admit(self, *gaps: str) -> None:
        """Record what could not be read, each once however often it was tried."""
        self._gaps.update(dict.fromkeys(gaps))

    @contextmanager
    def admitting(self, what: str) -> Iterator[None]:
        """Go on past a source that cannot be read; why becomes a gap that begins with `what`."""
        try:
            yield
        except IroncladError as error:
            self.admit(f"{what}: {error}")

    @contextmanager
    def phase(self, name: PhaseName) -> Iterator[None]:
        started = self.mark(f"{name} began")
        self._phases.append(PhaseSpan(name, started, None))
        yield
        self._phases[-1] = PhaseSpan(name, started, self.mark(f"{name} ended"))

    @property
    def is_in_phase(self) -> bool:
        """One that was cut off counts as well: nothing goes on after it as if it had ended."""
        return bool(self._phases) and self._phases[-1].ended_at is None

    @property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(sorted(self._marks, key=lambda mark: mark.at))

    @property
    def phases(self) -> tuple[PhaseSpan, ...]:
        return tuple(self._phases)

    @property
    def gaps(self) -> tuple[str, ...]:
        return tuple(self._gaps)

"""Everything that Ironclad raises on purpose.

IroncladError
├── BadInputError            a person can mend it: a file, an option, a name
│   └── SettingsError        an environment variable or option of Ironclad itself
├── MissingToolError         a program or package that the machine lacks
├── StateError               the state folder is damaged, foreign or full
├── StageFailedError         a stage cannot become ready, with the reason
├── WaitTimeoutError         a deadline passed, with what was last seen
├── UnreachableError         a remote part gave no answer at all
├── RemoteError              a remote part answered, but not as promised
│   └── LeaseLapsedError     a lease that should be held is gone; nothing may be armed again
├── BusyError                somebody else holds the stack's lock
└── RefusedError             a plan that may not be carried out, with every reason
    ├── TooLateError         a schedule that was missed; it is not caught up on
    └── NoGoError            the person who was asked said no, or nothing

Each message is one sentence: what, where, and what would be right.
"""


class IroncladError(Exception):
    """The root; catch it where a person reads what happened."""


class BadInputError(IroncladError):
    pass


class SettingsError(BadInputError):
    pass


class MissingToolError(IroncladError):
    pass


class StateError(IroncladError):
    pass


class StageFailedError(IroncladError):
    pass


class WaitTimeoutError(IroncladError):
    pass


class UnreachableError(IroncladError):
    pass


class RemoteError(IroncladError):
    pass


class LeaseLapsedError(RemoteError):
    pass


class BusyError(IroncladError):
    pass


class RefusedError(IroncladError):
    """Carries every reason, so that a person mends them all at once."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class TooLateError(RefusedError):
    pass


class NoGoError(RefusedError):
    pass

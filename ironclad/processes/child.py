"""Becomes another program whose life is tied to its supervisor's.

Run by its path, `python -I -S child.py DEFINITION.json DIGEST`, so that it costs a few
milliseconds and needs nothing but an interpreter. The digest is for the supervisor alone: another
one means another program.
"""

import ctypes
import json
import os
import pwd
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def main() -> None:
    definition = json.loads(Path(sys.argv[1]).read_bytes())
    supervisor = _supervisor_pid(Path(definition["supervisor_pid_file"]))
    _restore_signals()
    if definition["user"]:
        _become(definition["user"])
    _die_with(supervisor, definition["death_signal"])
    os.umask(0o077)
    os.chdir(definition["folder"])
    os.execve(definition["argv"][0], definition["argv"], definition["environment"])  # noqa: S606


def _supervisor_pid(pid_file: Path) -> int:
    try:
        return int(pid_file.read_text())
    except (OSError, ValueError):
        return os.getppid()


def _restore_signals() -> None:
    """A shell's `&` leaves SIGINT ignored, and PostgreSQL is stopped by it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _become(user: str) -> None:
    account = pwd.getpwnam(user)
    os.initgroups(user, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def _die_with(supervisor: int, signal_name: str) -> None:
    """Ask for a signal at the supervisor's death; after setuid, which clears that setting."""
    number = signal.Signals[f"SIG{signal_name}"]
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != supervisor:
        raise SystemExit("the supervisor died while this program was starting")


if __name__ == "__main__":
    main()

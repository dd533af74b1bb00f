"""The commands, and the one place where an error becomes a sentence and an exit code."""

import re
import signal
import sys
from collections.abc import Mapping
from typing import Annotated, ClassVar

import typer

from ironclad.cli.lazy import LazyGroup, Verb
from ironclad.cli.terminal.console import err
from ironclad.cli.terminal.exiting import ReportedError, leave
from ironclad.domain.text.did_you_mean import did_you_mean
from ironclad.errors import IroncladError
from ironclad.settings import is_completing


class Commands(LazyGroup):
    """Each line of help is a module's own; a test holds them together."""

    verbs: ClassVar[Mapping[str, Verb]] = {
        "demo": Verb(
            "ironclad.cli.commands.demo:demo",
            "Bring everything up on this machine, run one game day, and leave it running.",
        ),
        "check": Verb(
            "ironclad.cli.commands.stack:check",
            "Check tools and access; each finding says what to do about it.",
        ),
        "fetch": Verb(
            "ironclad.cli.commands.stack:fetch",
            "Find Prometheus and Alertmanager, or fetch them; part of `make install`.",
        ),
        "up": Verb(
            "ironclad.cli.commands.stack:up",
            "Bring the stack up, stage by stage; on a running one it changes nothing.",
        ),
        "down": Verb(
            "ironclad.cli.commands.stack:down",
            "Take the stack down; data and secrets stay unless you delete them.",
        ),
        "status": Verb(
            "ironclad.cli.commands.stack:status",
            "Say how each stage is, and what bears on game days; 1 if a stage is not ready.",
        ),
        "urls": Verb(
            "ironclad.cli.commands.stack:urls",
            "Print where everything listens; in a cluster, what leads there from outside.",
        ),
        "render": Verb(
            "ironclad.cli.commands.manifests:render",
            "Print what would be applied to a cluster, Secrets apart, for those who deploy by"
            " GitOps.",
        ),
        "diff": Verb(
            "ironclad.cli.commands.manifests:diff",
            "Say what a deploy would create, change or prune; 1 if anything, 2 if it would be"
            " refused.",
        ),
        "disarm": Verb(
            "ironclad.cli.commands.chaos:disarm",
            "Take every fault off every replica now, and sweep the undo ledger.",
        ),
        "verdict": Verb(
            "ironclad.cli.commands.verdict:verdict",
            "Work a verdict out anew, offline; the exit code is the verdict's, as of"
            " `game-day run`.",
        ),
        "game-day": Verb(
            "ironclad.cli.commands.game_day:app", "Break one thing on purpose, and learn from it."
        ),
        "halt": Verb(
            "ironclad.cli.commands.halt:app",
            "The red switch: running game days end and undo, new ones are refused.",
        ),
        "freeze": Verb(
            "ironclad.cli.commands.kept:freeze", "When no game day may run, kept with the stack."
        ),
        "notify": Verb(
            "ironclad.cli.commands.kept:notify",
            "Who gets notices of game days, kept with the stack.",
        ),
        "receivers": Verb(
            "ironclad.cli.commands.kept:receivers", "Who gets alerts, kept with the stack."
        ),
        "chaos": Verb(
            "ironclad.cli.commands.chaos:app", "Faults by hand, and what is armed right now."
        ),
        "image": Verb(
            "ironclad.cli.commands.images:app", "The two images, tagged by their content."
        ),
        "minikube": Verb("ironclad.cli.commands.images:minikube", "A cluster on this machine."),
        "prefect": Verb(
            "ironclad.cli.commands.prefect:app", "Prefect: server, worker, deployments."
        ),
        "slo": Verb("ironclad.cli.commands.slo:app", "Objectives, and the rules made from them."),
    }


app = typer.Typer(
    name="ironclad",
    cls=Commands,
    help="Game days around a real service stack: planned, measured, taken back.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

BAD_INPUT = 2
INTERRUPTED = 130


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer's way
    if wanted:
        from importlib.metadata import version  # reads mail, of all things

        typer.echo(f"ironclad {version('ironclad')}")
        raise typer.Exit


_VERSION = typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")


@app.callback()
def _every_command(*, asked: Annotated[bool, _VERSION] = False) -> None:
    del asked


def main() -> None:
    """Run one command; every error that we foresaw is one sentence on standard error."""
    # A shell starts background jobs with SIGINT ignored; a game day must always be stoppable.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if is_completing():
        sys.modules["rich"] = None  # type: ignore[assignment]  # Typer would draw help with it
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:  # which nohup changes
        signal.signal(signal.SIGHUP, signal.default_int_handler)  # a closed window is a Ctrl-C
    leave(_exit_code())


def _exit_code() -> int:
    try:
        result = app(standalone_mode=False)
    except typer.Exit as stop:
        return stop.exit_code
    except ReportedError:
        return INTERRUPTED
    except (KeyboardInterrupt, typer.Abort):
        result = INTERRUPTED
    except (typer.TyperException, IroncladError, OSError) as error:
        return _failed(_words(error), BAD_INPUT)
    if result == INTERRUPTED:  # which Typer makes of Ctrl-C, without a word
        return _failed("ironclad: interrupted", INTERRUPTED)
    return result if isinstance(result, int) else 0


def _failed(sentence: str, code: int) -> int:
    """A program that asked for JSON gets the error as JSON, with the same exit code."""
    if "--json" in sys.argv:
        from ironclad.cli.terminal.machine_readable import print_error

        print_error(sentence, code)
    else:
        err.print(sentence, markup=False)
    return code


def _words(error: typer.TyperException | IroncladError | OSError) -> str:
    if isinstance(error, typer.TyperException):
        return _sentence(error)
    return f"ironclad: {_os_error(error) if isinstance(error, OSError) else error}"


def _sentence(error: typer.TyperException) -> str:
    """Without the words of the library that found it; called without a word, it is the help."""
    text = error.format_message().replace("Value error, ", "").replace("Input should", "it should")
    return text if text.startswith("Usage: ") else f"ironclad: {_with_the_nearest(text)}"


def _with_the_nearest(text: str) -> str:
    """Typer names every choice; a person looks for the one that was meant."""
    found = re.search(r"'([^']*)' is not one of (.+)$", text)
    known = re.findall(r"'([^']*)'", found[2]) if found else ()
    return text.rstrip(".") + did_you_mean(found[1], known) if found else text


def _os_error(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"

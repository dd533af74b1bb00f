"""The commands, and the one place where an error becomes a sentence and an exit code."""

import signal
from importlib.metadata import version
from typing import Annotated

import typer

from ironclad.cli import (
    chaos,
    demo,
    game_day,
    halt,
    history,
    images,
    interrupted,
    manifests,
    new_experiment,
    prefect,
    slo,
    stack,
    verdict,
)
from ironclad.cli.console import err
from ironclad.cli.leaving import leave
from ironclad.errors import IroncladError

app = typer.Typer(
    name="ironclad",
    help="Game days around a real service stack: planned, measured, taken back.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demo.demo)
app.command("check")(stack.check)
app.command("fetch")(stack.fetch)
app.command("up")(stack.up)
app.command("down")(stack.down)
app.command("status")(stack.status)
app.command("urls")(stack.urls)
app.command("render")(manifests.render)
app.command("diff")(manifests.diff)
app.command("disarm")(chaos.disarm)
app.command("verdict")(verdict.verdict)
game_day.app.command("new")(new_experiment.new)
game_day.app.command("history")(history.history)
app.add_typer(game_day.app, name="game-day")
app.add_typer(halt.app, name="halt")
app.add_typer(chaos.app, name="chaos")
app.add_typer(images.app, name="image")
app.add_typer(images.minikube, name="minikube")
app.add_typer(prefect.app, name="prefect")
app.add_typer(slo.app, name="slo")

BAD_INPUT = 2


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer's way
    if wanted:
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
    leave(_exit_code())


def _exit_code() -> int:
    try:
        result = app(standalone_mode=False)
    except typer.Exit as stop:
        return stop.exit_code
    except typer.TyperException as error:
        err.print(_sentence(error), markup=False)
        return BAD_INPUT
    except (KeyboardInterrupt, typer.Abort):
        err.print("ironclad: interrupted")
        return interrupted.EXIT_CODE
    except IroncladError as error:
        err.print(f"ironclad: {error}", markup=False)
        return BAD_INPUT
    except OSError as error:
        err.print(f"ironclad: {_trouble(error)}", markup=False)
        return BAD_INPUT
    return result if isinstance(result, int) else 0


def _sentence(error: typer.TyperException) -> str:
    """Without the words of the library that found it; called without a word, it is the help."""
    text = error.format_message().replace("Value error, ", "").replace("Input should", "it should")
    return text if text.startswith("Usage: ") else f"ironclad: {text}"


def _trouble(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"

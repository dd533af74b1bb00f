"""Game days: list, plan, run, abort."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, ClassVar

import typer

from ironclad import wiring
from ironclad.cli.lazy import LazyGroup, Verb
from ironclad.cli.options import (
    DEFAULT_PLATFORM,
    JsonOption,
    PlatformOption,
    StackOption,
    known_ref,
)
from ironclad.cli.terminal.completion import experiments
from ironclad.cli.terminal.console import (
    err,
    live_progress,
    out,
    print_json,
    print_outcome_lines,
    say,
)
from ironclad.cli.terminal.interrupted import NOT_BEGUN
from ironclad.domain.evidence.outcome import ExitCode, Outcome
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.stack.stack import DEFAULT_STACK
from ironclad.errors import BusyError, RefusedError
from ironclad.report.formats.summary import outcome_lines, plan_document, plan_lines


class GameDays(LazyGroup):
    verbs: ClassVar[Mapping[str, Verb]] = {
        "list": Verb(f"{__name__}:list_", "List the experiments with their hypotheses."),
        "new": Verb(
            "ironclad.cli.commands.new_experiment:new",
            "Write a commented experiment that `game-day plan` takes as it is; change it then.",
        ),
        "validate": Verb(
            "ironclad.cli.commands.validate:validate",
            "Say everything that is wrong with experiment files, without a stack; 2 if anything"
            " is.",
        ),
        "plan": Verb(
            f"{__name__}:plan",
            "Say what a game day would do and cost, and every reason against it; touches nothing.",
        ),
        "run": Verb(
            f"{__name__}:run",
            "Run a game day here and now; the exit code is the verdict's (0 UPHELD, 1 DEVIATED,"
            " …).",
        ),
        "abort": Verb(
            f"{__name__}:abort",
            "Ask the running game day to end, and wait until every fault is seen to be off.",
        ),
        "history": Verb(
            "ironclad.cli.commands.history:history",
            "List past game days, newest first, and write their index page.",
        ),
    }


app = typer.Typer(
    cls=GameDays, help="Break one thing on purpose, and learn from it.", no_args_is_help=True
)

ExperimentArgument = Annotated[
    str,
    typer.Argument(
        help="Name of a file in game_days/, or a path to one.", autocompletion=experiments
    ),
]
WhyOption = Annotated[str, typer.Option("--why", help="Why now; stands in the report.")]
IgnoreBudgetOption = Annotated[
    bool,
    typer.Option("--ignore-budget", help="Allow it with less than half of a budget left."),
]
IgnoreFreezeOption = Annotated[
    bool, typer.Option("--ignore-freeze", help="Allow it although game days are frozen.")
]


def list_(json: JsonOption = False) -> None:  # noqa: FBT002
    """List the experiments with their hypotheses."""
    experiments = [wiring.experiment(name) for name in wiring.experiment_names()]
    if json:
        rows = [{"name": each.name, "hypothesis": each.hypothesis} for each in experiments]
        print_json({"experiments": rows})
        return
    for experiment in experiments:
        out.print(f"{experiment.name}: {experiment.hypothesis}", markup=False)


def plan(  # noqa: PLR0917
    experiment: ExperimentArgument = "error-burst",
    platform: PlatformOption = DEFAULT_PLATFORM,
    stack: StackOption = DEFAULT_STACK,
    ignore_budget: IgnoreBudgetOption = False,  # noqa: FBT002
    ignore_freeze: IgnoreFreezeOption = False,  # noqa: FBT002
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Say what a game day would do and cost, and every reason against it; touches nothing."""
    ref = known_ref(platform, stack)
    try:
        made = asyncio.run(
            wiring.plan(ref, experiment, ignore_budget=ignore_budget, ignore_freeze=ignore_freeze)
        )
    except RefusedError as refusal:
        _print_refusal(refusal, json=json)
        return ExitCode.NOT_RUN
    if json:
        print_json(plan_document(made))
    else:
        _print_plan(made)
    return 0


def run(  # noqa: PLR0917
    experiment: ExperimentArgument = "error-burst",
    platform: PlatformOption = DEFAULT_PLATFORM,
    stack: StackOption = DEFAULT_STACK,
    why: WhyOption = "",
    ignore_budget: IgnoreBudgetOption = False,  # noqa: FBT002
    ignore_freeze: IgnoreFreezeOption = False,  # noqa: FBT002
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Run a game day here and now; the exit code is the verdict's (0 UPHELD, 1 DEVIATED, …)."""
    from ironclad.cli import runtime  # what `plan` does not need

    ref = known_ref(platform, stack)
    definition = wiring.experiment(experiment)
    try:
        with wiring.starting(ref), live_progress():
            ran = runtime.run_game_day(
                ref, experiment, why=why, ignore_budget=ignore_budget, ignore_freeze=ignore_freeze
            )
    except BusyError as error:
        print_outcome(wiring.refusal(definition, error), json=json)
        return ExitCode.NOT_RUN
    except KeyboardInterrupt:
        err.print(f"INTERRUPTED: {NOT_BEGUN}", markup=False)
        return ExitCode.BROKEN
    print_outcome(ran.outcome, json=json)
    return ran.outcome.exit_code


def abort(platform: PlatformOption = DEFAULT_PLATFORM, stack: StackOption = DEFAULT_STACK) -> int:
    """Ask the running game day to end, and wait until every fault is seen to be off."""
    ref = known_ref(platform, stack)
    asked = asyncio.run(wiring.abort(ref))
    if asked is None:
        err.print(f"no game day runs on {ref}", markup=False)
        return 1
    holder, left_on = asked
    out.print(f"asked {holder.purpose} ({holder.run}) to end; {left_on.sentence}", markup=False)
    return 1 if left_on.remaining else 0


def print_outcome(outcome: Outcome, *, json: bool = False) -> None:
    if json:
        print_json(
            {
                "id": outcome.run,
                "status": outcome.status,
                "verdict": outcome.verdict,
                "reason": outcome.reason,
                "report": outcome.report or None,
                "note": outcome.note or None,
                "spent_ratio": outcome.spent_ratio,
                "time_to_recover_seconds": outcome.time_to_recover_seconds,
                "proof_seconds": outcome.proof_seconds,
            }
        )
        return
    print_outcome_lines(outcome_lines(outcome))


def _print_plan(made: Plan) -> None:
    for line in plan_lines(made):
        say(line)


def _print_refusal(refusal: RefusedError, *, json: bool) -> None:
    if json:
        print_json({"refused": list(refusal.reasons)})
        return
    for reason in refusal.reasons:
        say(f"refused: {reason}")

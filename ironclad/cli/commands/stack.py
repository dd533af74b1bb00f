"""The stack: check, up, down, status, urls."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

import typer

from ironclad import wiring
from ironclad.cli.options import (
    DEFAULT_PLATFORM,
    ForceOption,
    IgnoreBudgetOption,
    JsonOption,
    PlatformOption,
    RecreateOption,
    SetOption,
    StackOption,
    StageOption,
    known_ref,
    parameters_of,
    stack_ref,
)
from ironclad.cli.terminal.console import err, live_progress, out, print_json, say
from ironclad.cli.terminal.interrupted import ALL_HALF_DOWN, half_down, half_up, interruptible
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.finding import Finding, Level
from ironclad.domain.stack.stack import DEFAULT_STACK, STAGES, StackRef

DeleteDataOption = Annotated[
    bool, typer.Option("--delete-data", help="Delete database, metrics and secrets as well.")
]
AllOption = Annotated[
    bool, typer.Option("--all", help="Every local stack, the Prefect server and its worker.")
]

OpenOption = Annotated[
    bool, typer.Option("--open", help="Open a port-forward to each service, until Ctrl-C.")
]

_LOGIN = "prefect_login_file"
_SIGN = {Level.OK: "ok", Level.WARNING: "warning", Level.PROBLEM: "PROBLEM"}


def check(
    platform: PlatformOption = DEFAULT_PLATFORM,
    stack: StackOption = DEFAULT_STACK,
    values: SetOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Check tools and access; each finding says what to do about it."""
    parameters = parameters_of(values)
    ref = stack_ref(platform, stack, parameters)
    findings = asyncio.run(_findings(ref, wiring.StackTarget(parameters=parameters)))
    if json:
        print_json({"findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            remedy = f" → {finding.remedy}" if finding.remedy else ""
            line = f"{_SIGN[finding.level]:>8}  {finding.subject}: {finding.message}{remedy}"
            out.print(line, markup=False)
    return 1 if any(finding.level is Level.PROBLEM for finding in findings) else 0


def fetch() -> None:
    """Find Prometheus and Alertmanager, or fetch them; part of `make install`."""
    for tool in asyncio.run(wiring.fetch_tools()):
        err.print(f"{tool.path.name} {tool.version}: {tool.source}", markup=False)


def up(  # noqa: PLR0917
    platform: PlatformOption = DEFAULT_PLATFORM,
    stack: StackOption = DEFAULT_STACK,
    stage: StageOption = None,
    values: SetOption = None,
    force: ForceOption = False,  # noqa: FBT002
    recreate: RecreateOption = False,  # noqa: FBT002
    ignore_budget: IgnoreBudgetOption = False,  # noqa: FBT002
) -> None:
    """Bring the stack up, stage by stage; on a running one it changes nothing."""
    from ironclad.cli import runtime  # what the other commands do not need
    from ironclad.cli.commands.kept import print_conflicts

    parameters = parameters_of(values)
    ref = stack_ref(platform, stack, parameters)
    target = wiring.StackTarget(parameters=parameters, force=force, recreate=recreate)
    with interruptible(partial(half_up, ref)), live_progress():
        runtime.run_deploy_stack(ref, tuple(stage or STAGES), target, ignore_budget=ignore_budget)
    if news := wiring.opener(platform).remember(ref.name):
        err.print(news, markup=False)
    print_conflicts(asyncio.run(wiring.keep_named(ref)))
    urls(platform, ref.name)


def down(
    platform: PlatformOption = DEFAULT_PLATFORM,
    stack: StackOption = DEFAULT_STACK,
    delete_data: DeleteDataOption = False,  # noqa: FBT002
    everything: AllOption = False,  # noqa: FBT002
) -> int:
    """Take the stack down; data and secrets stay unless you delete them."""
    ref = stack_ref(platform, stack)
    if everything:
        return _everything_down(delete_data=delete_data)
    with interruptible(partial(half_down, ref)), live_progress():
        asyncio.run(wiring.take_down(ref, delete_data=delete_data))
    out.print(f"{ref} is down", markup=False)
    return 0


def _everything_down(*, delete_data: bool) -> int:
    """Say a sentence for each stack that is still there; 2 if there is one."""
    with interruptible(lambda: ALL_HALF_DOWN), live_progress():
        problems = asyncio.run(wiring.take_everything_down(delete_data=delete_data))
    for problem in problems:
        err.print(f"ironclad: {problem}", markup=False)
    if problems:
        return 2
    out.print("everything is down", markup=False)
    return 0


def status(
    platform: PlatformOption = DEFAULT_PLATFORM,
    stack: StackOption = DEFAULT_STACK,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Say how each stage is, and what bears on game days; 1 if a stage is not ready."""
    document = asyncio.run(wiring.overview(known_ref(platform, stack)))
    if json:
        print_json(document)
    else:
        for line in status_lines(document):
            say(line)
    return 0 if document["ready"] else 1


def status_lines(document: Mapping[str, Any]) -> Iterable[str]:
    for name, stage in document["stages"].items():
        yield f"{name:>12}  {stage['condition']}: {stage['message']}"
    yield f"{'held by':>12}  {document['held_by'] or 'none'}"
    yield f"{'halt':>12}  {document['halted'] or 'off'}"
    yield f"{'freeze':>12}  {document['frozen'] or 'none now'}"
    entries = document["undo_entries"]
    text = entries if isinstance(entries, str) else "; ".join(entries) or "empty"
    yield f"{'undo ledger':>12}  {text}"
    yield f"{'janitor':>12}  last sweep {document['janitor_last_sweep'] or 'never'}"


def urls(
    platform: PlatformOption = DEFAULT_PLATFORM,
    stack: StackOption = DEFAULT_STACK,
    open_: OpenOption = False,  # noqa: FBT002
    json: JsonOption = False,  # noqa: FBT002
) -> None:
    """Print where everything listens; in a cluster, what leads there from outside."""
    ref = known_ref(platform, stack)
    if open_:
        with suppress(KeyboardInterrupt):  # which is how it is closed
            asyncio.run(_keep_open(ref))
        return
    addresses = asyncio.run(_addresses(ref))
    if json:
        print_json({"urls": addresses})
        return
    _print_urls(addresses)
    if wiring.PORT_FORWARD in addresses.values():
        out.print(
            f"{wiring.PORT_FORWARD}: {command('urls --open', ref)} opens them all", markup=False
        )


async def _findings(ref: StackRef, target: wiring.StackTarget) -> list[Finding]:
    async with wiring.open_toolbox(ref, target) as tools:
        return list(await tools.platform.findings())


async def _addresses(ref: StackRef) -> dict[str, str | None]:
    found = await wiring.opener(ref.platform).addresses(ref)
    login = await wiring.prefect_login()
    prefect = {"prefect": await wiring.prefect_url(), **({_LOGIN: str(login)} if login else {})}
    return {**found, **prefect}


def _print_urls(addresses: Mapping[str, str | None]) -> None:
    for name, url in addresses.items():
        if name == _LOGIN:
            out.print(f"{'':>12}  logging in takes the line in {url}", markup=False)
            continue
        out.print(f"{name:>12}  {url or 'not up'}", markup=False)


async def _keep_open(ref: StackRef) -> None:
    async with wiring.open_toolbox(ref) as tools:
        _print_urls(asdict(await tools.platform.endpoints()))
        out.print("open until Ctrl-C", markup=False)
        await asyncio.Event().wait()

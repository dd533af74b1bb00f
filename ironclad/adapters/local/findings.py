"""What `ironclad check` says of this machine; each problem with its remedy. Changes nothing."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

from ironclad.adapters.local.backend import caddy_program
from ironclad.adapters.local.postgres import account
from ironclad.adapters.local.postgres.binaries import wheel_folder, wheel_version
from ironclad.adapters.local.stack import LocalStack
from ironclad.adapters.programs.processes import describe, is_free, is_ours, listeners
from ironclad.adapters.programs.tool_package import can_unpack_packages
from ironclad.adapters.programs.tools import ALERTMANAGER, PROMETHEUS, Tool, Toolbox
from ironclad.domain.stack.finding import Finding, Level
from ironclad.errors import MissingToolError, StateError

_LEAST_PYTHON = (3, 11)
_LEAST_FREE_BYTES = 2 * 2**30


async def findings(stack: LocalStack, toolbox: Toolbox) -> tuple[Finding, ...]:
    local = await asyncio.to_thread(_of_this_machine, stack)
    return (
        *local,
        *[await _tool(tool, toolbox) for tool in (PROMETHEUS, ALERTMANAGER)],
    )


def _of_this_machine(stack: LocalStack) -> tuple[Finding, ...]:
    return (
        _python(),
        _postgres(),
        _caddy(),
        _state(stack),
        _disk(stack.folder.root),
        *(_port(stack, name, port) for name, port in stack.options.ports.items()),
    )


def _python() -> Finding:
    version = sys.version.split()[0]
    if sys.version_info < _LEAST_PYTHON:
        return Finding("Python", Level.PROBLEM, version, "install Python 3.11 or later")
    return Finding("Python", Level.OK, version)


def _postgres() -> Finding:
    try:
        folder = wheel_folder()
    except MissingToolError as error:
        return Finding("PostgreSQL", Level.PROBLEM, str(error), "run `make install`")
    return Finding("PostgreSQL", Level.OK, f"{wheel_version()} in {folder}")


def _caddy() -> Finding:
    try:
        program = caddy_program()
    except MissingToolError as error:
        return Finding("Caddy", Level.PROBLEM, str(error), "run `make install`")
    return Finding("Caddy", Level.OK, str(program))


def _state(stack: LocalStack) -> Finding:
    root = stack.folder.root
    if not _is_writable(root):
        return Finding(
            "state folder",
            Level.PROBLEM,
            f"{root} cannot be written",
            "set IRONCLAD_STATE to a folder of your own",
        )
    closed = _closed_to_the_database(root)
    if closed:
        return Finding("state folder", Level.PROBLEM, closed, "set IRONCLAD_STATE elsewhere")
    return Finding("state folder", Level.OK, str(root))


def _is_writable(root: Path) -> bool:
    existing = _existing(root)
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def _existing(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())


def _closed_to_the_database(root: Path) -> str:
    """As root the database has a user of its own, which may not exist before the first start."""
    if not account.is_needed() or not account.exists():
        return ""
    try:
        account.refuse_closed_root(root, account.ACCOUNT)
    except StateError as error:
        return str(error)
    return ""


def _disk(root: Path) -> Finding:
    existing = _existing(root)
    free = shutil.disk_usage(existing).free
    message = f"{free / 2**30:.1f} GiB free at {existing}"
    if free < _LEAST_FREE_BYTES:
        return Finding("disk", Level.PROBLEM, message, "free some space: a stack needs 2 GiB")
    return Finding("disk", Level.OK, message)


def _port(stack: LocalStack, name: str, port: int) -> Finding:
    subject = f"port {port} ({name})"
    if is_free(port):
        return Finding(subject, Level.OK, "free")
    holder = listeners().get(port)
    if is_ours(holder, stack.folder.path):
        return Finding(subject, Level.OK, "in use by this stack")
    return Finding(
        subject, Level.PROBLEM, f"taken by {describe(holder)}", "stop that or name another port"
    )


async def _tool(tool: Tool, toolbox: Toolbox) -> Finding:
    try:
        found = await toolbox.find(tool)
    except MissingToolError as error:
        return Finding(tool.name, Level.PROBLEM, str(error), "correct the setting or leave it out")
    if found:
        return Finding(tool.name, Level.OK, f"{found.version} from {found.source}: {found.path}")
    return _to_be_fetched(tool)


def _to_be_fetched(tool: Tool) -> Finding:
    ways = f"the official release {tool.version}"
    if can_unpack_packages():
        ways += f", else the package {tool.package} by apt-get"
    return Finding(
        tool.name,
        Level.WARNING,
        f"not on this machine; `ironclad fetch` gets {ways}",
        f"without a network: install it and name it in IRONCLAD_{tool.name.upper()}",
    )

"""Real local stacks in a state root of their own, gone with everything in it afterwards."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from ironclad.adapters.programs.tools import ALERTMANAGER, PROMETHEUS
from tests.fakes.stack.live_stack import open_root, tool_of_this_machine
from tests.fakes.stack.product import Product
from trials.harness.serving import ROOT

LONGEST_SECONDS = 300


@contextmanager
def product() -> Iterator[Product]:
    folder = open_root()
    tools = {
        f"IRONCLAD_{tool.name.upper()}": str(path)
        for tool in (PROMETHEUS, ALERTMANAGER)
        if (path := tool_of_this_machine(tool))
    }
    made = Product(folder, tools)
    try:
        yield made
    finally:
        ironclad(made, "down", "--all", "--delete-data")
        shutil.rmtree(folder, ignore_errors=True)


def ironclad(made: Product, *arguments: str) -> str:
    """Run a command. Raises RuntimeError with what it said last."""
    return _said(made.run(*arguments))


def module(made: Product, name: str, *arguments: str) -> str:
    """Run a module of ours in the same surroundings. Raises as `ironclad` does."""
    command = [sys.executable, "-m", name, *arguments]
    done = subprocess.run(  # noqa: S603 - our own command line
        command,
        cwd=ROOT,
        env=made.environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    return _said(done)


def _said(done: "subprocess.CompletedProcess[str]") -> str:
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise RuntimeError(f"`{' '.join(done.args)}` exited {done.returncode}: {' '.join(last)}")
    return done.stdout


def memory_mib(made: Product) -> float:
    """Add up the proportional set sizes of all processes of the state root."""
    total = 0
    for line in made.processes():
        pid = line.partition(" ")[0]
        try:
            total += psutil.Process(int(pid)).memory_full_info().pss
        except psutil.Error:
            continue
    return total / 2**20

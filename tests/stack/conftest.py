"""Shared by tests that leave it as they found it: a real stack, the product as people have it."""

import asyncio
from collections.abc import Iterator

import pytest

from ironclad.adapters.programs.tools import ALERTMANAGER, PROMETHEUS
from tests.fakes.stack.live_stack import (
    LiveStack,
    StackSpec,
    forget,
    open_root,
    stack_in,
    tool_of_this_machine,
)
from tests.fakes.stack.product import Product


@pytest.fixture(scope="session")
def live_stack() -> Iterator[LiveStack]:
    root = open_root()
    stack = stack_in(root, StackSpec())
    try:
        asyncio.run(stack.up())
        yield stack
    finally:
        asyncio.run(stack.down(delete_data=True))
        forget(root)


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """A stack, a Prefect server and its worker, by the command line."""
    folder = open_root()
    tools = {
        f"IRONCLAD_{tool.name.upper()}": str(path)
        for tool in (PROMETHEUS, ALERTMANAGER)
        if (path := tool_of_this_machine(tool))
    }
    product = Product(folder, tools)
    try:
        for command in ("up", "prefect up"):
            with product.terminal(*command.split()) as terminal:
                assert terminal.end(within_seconds=280) == 0, terminal.screen
            product.screens[command] = terminal.screen
        yield product
    finally:
        down = product.run("down", "--all", "--delete-data")
        left = product.processes()
        forget(folder)
        assert (down.returncode, left) == (0, set()), down.stderr

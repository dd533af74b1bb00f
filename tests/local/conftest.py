"""One real stack for all tests that leave it as they found it: up, whole and without a fault."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.fakes.live_stack import LiveStack, StackWish, forget, open_root, stack_in


@pytest.fixture(scope="session")
def live_stack() -> Iterator[LiveStack]:
    root = open_root()
    stack = stack_in(root, StackWish())
    try:
        asyncio.run(stack.up())
        yield stack
    finally:
        asyncio.run(stack.down(delete_data=True))
        forget(root)

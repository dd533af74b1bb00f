"""Measuring in turn, so that a machine whose speed drifts treats every side alike."""

from collections.abc import Callable, Mapping
from typing import TypeVar

Result = TypeVar("Result")


def in_turn(sides: Mapping[str, Callable[[], Result]], rounds: int) -> dict[str, list[Result]]:
    """Measure A B C, C B A, A B C, …; results by side, one for each round."""
    results: dict[str, list[Result]] = {name: [] for name in sides}
    for number in range(rounds):
        order = list(sides) if number % 2 == 0 else list(sides)[::-1]
        for name in order:
            results[name].append(sides[name]())
    return results

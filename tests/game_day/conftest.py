"""What every test of a game day plays on."""

import pytest

from tests.fakes.game_day.world import World


@pytest.fixture
def world() -> World:
    return World()

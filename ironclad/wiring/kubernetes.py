"""The tools of a stack in a cluster."""

from contextlib import AbstractAsyncContextManager

from ironclad.domain.stack import StackRef
from ironclad.errors import BadInputError
from ironclad.game_day.toolbox import Toolbox


def opened(ref: StackRef) -> AbstractAsyncContextManager[Toolbox]:
    raise BadInputError(f"{ref}: this version runs on `--platform local` alone")

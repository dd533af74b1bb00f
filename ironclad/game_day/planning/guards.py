"""Are there the safeguards at all that the experiment expects?"""

from ironclad.domain.experiment.safeguards import OF_A_CLUSTER
from ironclad.domain.stack.stack import PlatformName
from ironclad.game_day.planning.scope import NOTHING, Found, Scope, warned


async def guards(scope: Scope) -> Found:
    """A warning: one file may serve both platforms, and the verdict says what does not apply."""
    if scope.tools.ref.platform is PlatformName.KUBERNETES:
        return NOTHING
    without = [name for name in scope.experiment.expect.safeguards if name in OF_A_CLUSTER]
    if not without:
        return NOTHING
    names = " and ".join(without)
    return warned(f"{scope.tools.ref} has nothing that can show {names}: it cannot end UPHELD")

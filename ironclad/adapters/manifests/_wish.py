"""The wish that the `kubernetes` platform fulfils, from parameters."""

from functools import partial

from ironclad.adapters.manifests._objects import initial_replicas, objects
from ironclad.domain.parameters import StackParameters
from ironclad.domain.stack_secrets import STACK_SECRETS
from ironclad.domain.stack_wish import StackWish


def stack_wish(parameters: StackParameters) -> StackWish:
    return StackWish(
        namespace=parameters.namespace,
        objects=partial(objects, parameters=parameters),
        initial_replicas=initial_replicas(parameters),
        secrets=STACK_SECRETS,
    )

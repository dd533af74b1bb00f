"""Commands that are printed for people: each names the platform and the stack that it is about."""

from ironclad.domain.stack.platforms import KUBERNETES, LOCAL
from ironclad.domain.stack.stack import StackRef


def command(words: str, ref: StackRef) -> str:
    """Give `ironclad WORDS` for one stack, in back-ticks, so that it can be run as it stands."""
    return f"`ironclad {words} {options(ref)}`"


def options(ref: StackRef) -> str:
    return f"--platform {ref.platform} --stack {ref.name}"


def on_this_machine(stack: str) -> StackRef:
    return StackRef(LOCAL, stack)


def in_cluster(namespace: str) -> StackRef:
    return StackRef(KUBERNETES, namespace)

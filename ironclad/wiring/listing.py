"""Which stacks this machine knows, on whichever platform."""

from ironclad.domain.stack.platforms import PLATFORMS, PlatformName
from ironclad.domain.stack.stack import DEFAULT_STACK, StackRef
from ironclad.domain.text.did_you_mean import did_you_mean
from ironclad.errors import BadInputError
from ironclad.wiring.platforms.opener import opener


def known_stacks() -> tuple[StackRef, ...]:
    """Give every stack of this machine, and those elsewhere that a game day of ours is open on."""
    return tuple(ref for platform in PLATFORMS for ref in opener(platform).stacks())


def stacks_here() -> tuple[StackRef, ...]:
    """Give every stack of this machine."""
    here = (name for name, spec in PLATFORMS.items() if spec.is_on_this_machine)
    return tuple(ref for platform in here for ref in opener(platform).stacks())


def every_stack(platform: PlatformName) -> tuple[StackRef, ...]:
    """Give those of a platform. Raises BadInputError where this machine does not know them all."""
    if not PLATFORMS[platform].is_on_this_machine:
        raise BadInputError("--all means the stacks on this machine; in a cluster name --stack")
    return tuple(opener(platform).stacks())


def demand_known(ref: StackRef) -> StackRef:
    """Give it back. Raises BadInputError for a name that no local stack has, while others exist."""
    if not ref.spec.is_on_this_machine:
        return ref
    known = [each.name for each in opener(ref.platform).stacks()]
    if ref.name in known or (ref.name == DEFAULT_STACK and not known):
        return ref
    there = f"there {'is' if len(known) == 1 else 'are'}: {', '.join(known) or 'none'}"
    raise BadInputError(f"no stack {ref.name}{did_you_mean(ref.name, known, there)}")


def is_used(platform: PlatformName) -> bool:
    """Say whether anything of a platform was ever brought up, or a game day run, from here."""
    return opener(platform).is_used()

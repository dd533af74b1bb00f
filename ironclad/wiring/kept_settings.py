"""Settings that protect: kept where the stack lives, so that every runner sees the same.

A setting of the environment is of one shell alone. `up` keeps it, unless the stack keeps another
one. Then both are named, and the old one stays until a person chooses.
"""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from ironclad.adapters.files.atomic import explained
from ironclad.clock import SystemClock
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.kept_setting import Kept, Setting
from ironclad.domain.stack.stack import StackRef
from ironclad.errors import BadInputError
from ironclad.ports import KeptSetting
from ironclad.settings import settings
from ironclad.wiring.listing import stacks_here
from ironclad.wiring.platforms.opener import opener

_WHEN_BOTH = {
    Setting.FREEZE: "both count",
    Setting.NOTIFY: "both get the notices",
    Setting.RECEIVERS: "those that it keeps get the alerts",
}


def stored(ref: StackRef, setting: Setting) -> AbstractAsyncContextManager[KeptSetting]:
    """Give where it is kept. Raises BadInputError for one that its platform does not keep."""
    return opener(ref.platform).kept(ref, setting)


def named(setting: Setting) -> str:
    """Give what the environment names, the content where it is a file; raises BadInputError."""
    chosen = settings()
    if setting is Setting.FREEZE:
        return _given(setting, chosen.freeze) if chosen.freeze else ""
    path = chosen.notify if setting is Setting.NOTIFY else chosen.receivers
    return _content(path) if path else ""


def _content(path: Path) -> str:
    with explained("read", path):
        return path.read_text(encoding="utf-8").strip()


def demand_right(setting: Setting, text: str, where: str) -> None:
    """Raises BadInputError that says what is wrong, and shows no address."""
    if setting is Setting.FREEZE:
        from ironclad.adapters.files.freezes import parse_freezes

        parse_freezes(text, where)
    elif setting is Setting.NOTIFY:
        from ironclad.adapters.notices import parse_addresses

        parse_addresses(text, Path(where))
    else:
        from ironclad.adapters.files.receivers import parse_receivers

        parse_receivers(text, Path(where))


async def keep(ref: StackRef, setting: Setting, given: str = "") -> Kept:
    """Keep a text, the content of a file, or what the environment names; gives it back."""
    text = _given(setting, given) if given else named(setting)
    if not text:
        raise BadInputError(f"nothing to keep: name it, or set {setting.variable}")
    demand_right(setting, text, given or setting.variable)
    now = SystemClock().now()
    kept = Kept(text=text, who=settings().person, since=f"{now:%Y-%m-%dT%H:%M:%SZ}")
    async with stored(ref, setting) as keeper:
        await keeper.write(kept)
    return kept


def _given(setting: Setting, given: str) -> str:
    if setting is not Setting.FREEZE:
        return _content(Path(given))
    from ironclad.adapters.files.freezes import freeze_text

    return freeze_text(given).strip()


async def kept(ref: StackRef, setting: Setting) -> Kept | None:
    async with stored(ref, setting) as keeper:
        return await keeper.read()


async def forget(ref: StackRef, setting: Setting) -> Kept | None:
    """Give what was kept."""
    async with stored(ref, setting) as keeper:
        return await keeper.remove()


async def keep_named(ref: StackRef) -> tuple[str, ...]:
    """Keep what the environment names; say in a sentence each where the stack keeps another."""
    news = [await _keep_named(ref, setting) for setting in ref.spec.keeps]
    return tuple(filter(None, news))


async def keep_named_everywhere() -> tuple[str, ...]:
    """On every stack of this machine; one that is made later keeps what its own `up` names."""
    refs = stacks_here()
    if not refs:
        loose = [setting.variable for setting in Setting if named(setting)]
        return tuple(f"no stack is here to keep {one}; `ironclad up` with it does" for one in loose)
    return tuple([sentence for ref in refs for sentence in await keep_named(ref)])


async def _keep_named(ref: StackRef, setting: Setting) -> str:
    text = named(setting)
    if not text:
        return ""
    there = await kept(ref, setting)
    if there is None:
        await keep(ref, setting)
        return ""
    return "" if there.text == text else _conflict(ref, setting, there)


def _conflict(ref: StackRef, setting: Setting, there: Kept) -> str:
    return (
        f"{ref} keeps another {setting} than {setting.variable} names, {there.origin}:"
        f" {_WHEN_BOTH[setting]}; {command(f'{setting} set', ref)} takes that of {setting.variable}"
    )

"""What earlier game days have left in the undo ledger; the stack is free, so none of them lives."""

from ironclad.domain.stack.commands import command
from ironclad.game_day.planning.scope import Found, Scope


async def leftovers(scope: Scope) -> Found:
    ledger, undo = scope.tools.ledger, command("disarm", scope.tools.ref)
    unreadable = (
        f"{words}; see by hand what it was to take back, then delete it"
        for words in await ledger.damaged()
    )
    entries = (
        f"{entry.id} of {entry.who} is not taken back yet; {undo} does it"
        for entry in await ledger.entries()
    )
    return Found(reasons=(*unreadable, *entries))

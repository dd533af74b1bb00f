"""May whoever runs this do all that a game day does? The platform is asked, verb by verb."""

from ironclad.game_day.planning.scope import Found, Scope


async def permissions(scope: Scope) -> Found:
    missing = await scope.tools.platform.missing_permissions()
    return Found(
        reasons=tuple(
            f"this is not permitted on {scope.tools.ref}: {verbs}; ask for the role ironclad-runner"
            for verbs in missing
        )
    )

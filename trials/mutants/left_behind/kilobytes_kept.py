"""After its first failure it keeps 50 KB of each request, as by a cache without a bound."""

from trials.mutants.left_behind._after_an_error import serve_and_leave

KEPT_BYTES = 50_000
_kept: list[bytes] = []


def _first() -> None:
    if not _kept:
        _kept.append(b"")


async def _keep() -> None:
    if _kept:
        _kept.append(bytes(KEPT_BYTES))


if __name__ == "__main__":
    serve_and_leave(_first, _keep)

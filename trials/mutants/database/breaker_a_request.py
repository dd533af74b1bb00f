"""Each request has a breaker of its own, which never sees a second failure."""

from backend.breaker import Breaker
from trials.mutants._plant import serve_with


def _forgotten(breaker: Breaker, error: Exception | None, *, is_probe: bool) -> None:
    del breaker, error, is_probe


if __name__ == "__main__":
    serve_with(Breaker, "_conclude", _forgotten)

"""What a generator's account and its ledger amount to; and whether it kept up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ironclad.domain.evidence.quantiles import nearest_rank
from ironclad.domain.experiment.pacer import offered_total
from ironclad.domain.load.load import Attempt, LoadOrder, LoadResult, LoadSecond
from ironclad.domain.load.wire_format import Closing

MOST_DROPPED_RATIO = 0.001
MOST_LATENESS_P99_SECONDS = 0.1
"""Beyond these the generator was the bottleneck, and what it measured is not the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All that a generator said; `closing` is None when it died first."""

    started_at: float | None
    closing: Closing | None
    seconds: Sequence[LoadSecond]
    garbage: str = ""
    unreadable_rows: int = 0
    last_words: str = ""


def result(order: LoadOrder, attempts: Sequence[Attempt], account: Account) -> LoadResult:
    """Put both together; whatever is wrong makes it incomplete and never loses a row."""
    offered = offered_total(order.load.pacer, timedelta(seconds=order.duration_seconds))
    dropped = _dropped(account)
    lateness = nearest_rank(sorted(row.sent_at - row.intended_at for row in attempts), 0.99)
    reason = _problem(account, attempts) or lag(offered, dropped, lateness)
    return LoadResult(
        attempts=attempts,
        started_at=_moment(account.started_at or 0.0),
        ended_at=_moment(_ended_at(account, attempts)),
        offered=offered,
        dropped=dropped,
        unsent=max(0, offered - dropped - len(attempts)),
        lateness_p99_seconds=lateness,
        complete=not reason,
        reason=reason,
    )


def _moment(epoch_seconds: float) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, UTC)


def _dropped(account: Account) -> int:
    if account.closing is not None:
        return account.closing.dropped
    return sum(second.unsent for second in account.seconds)


def _ended_at(account: Account, attempts: Sequence[Attempt]) -> float:
    if account.closing is not None:
        return account.closing.ended_at
    ends = (row.intended_at + row.latency_seconds for row in attempts)
    return max(ends, default=account.started_at or 0.0)


def _problem(account: Account, attempts: Sequence[Attempt]) -> str:
    """Say what broke, the worst first; empty when its account is whole."""
    closing = account.closing
    if closing is None:
        return f"the load generator died: {account.last_words or 'it left no word'}"
    if not closing.complete:
        return closing.reason
    if account.garbage:
        return f"the load generator wrote something unreadable: {account.garbage!r}"
    return _row_problem(account, closing, attempts)


def _row_problem(account: Account, closing: Closing, attempts: Sequence[Attempt]) -> str:
    if account.unreadable_rows:
        return f"{account.unreadable_rows} rows of the load ledger could not be read"
    expected = closing.offered - closing.dropped - closing.unsent
    if len(attempts) != expected:
        return f"the load ledger has {len(attempts)} rows, but {expected} requests were sent"
    return ""


def lag(offered: int, dropped: int, lateness_p99_seconds: float | None) -> str:
    """Say that the generator could not keep up, with the numbers."""
    if dropped > MOST_DROPPED_RATIO * offered:
        return f"the load generator fell behind: {dropped} of {offered} requests were dropped"
    if lateness_p99_seconds is not None and lateness_p99_seconds > MOST_LATENESS_P99_SECONDS:
        milliseconds = round(lateness_p99_seconds * 1000)
        return f"the load generator fell behind: 1 % of requests left {milliseconds} ms late"
    return ""

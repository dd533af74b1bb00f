"""Was the load what was asked for? If not, whatever it measured says little of the service."""

from ironclad.domain.judging.check import Check, shown, unknown
from ironclad.domain.load.load import LoadResult
from ironclad.domain.text.wording import count, percent

SUBJECT = "load"
ACHIEVED_AT_LEAST = 0.999
"""Share of the offered requests that must have been sent."""


def load_check(load: LoadResult | None) -> Check:
    if load is None:
        return unknown(SUBJECT, "there is no account of the load")
    problem = _problem(load)
    if problem:
        return unknown(SUBJECT, problem)
    return shown(
        SUBJECT, f"{count(len(load.attempts))} of {count(load.offered)} requests were sent"
    )


def _problem(load: LoadResult) -> str:
    """Say that the generator was the bottleneck, or that its ledger has holes."""
    sent = len(load.attempts)
    if not sent:
        return "the load generator sent no request"
    if not load.complete:
        return load.reason or "the load generator did not end by itself"
    if sent < ACHIEVED_AT_LEAST * load.offered:
        ratio = percent(sent / load.offered)
        return f"only {ratio} of the {count(load.offered)} offered requests were sent"
    accounted = sent + load.dropped + load.unsent
    if accounted != load.offered:
        return f"the load ledger accounts for {count(accounted)} of {count(load.offered)} requests"
    return "" if _is_whole(load) else "the load ledger has a row twice"


def _is_whole(load: LoadResult) -> bool:
    return len({row.number for row in load.attempts}) == len(load.attempts)

"""Acknowledged writes against what is stored."""

from collections.abc import Mapping, Sequence

from ironclad.domain.evidence.evidence import WriteCheck
from ironclad.domain.load.load import Attempt


def checked(acknowledged: Sequence[Attempt], stored: Mapping[str, Sequence[str]]) -> WriteCheck:
    """Compare them; `stored` are the order ids by idempotency key.

    Lost is what was promised and is not there under its key, or under another id than promised.
    Duplicated is each further order of one key, acknowledged or not.
    """
    return WriteCheck(
        acknowledged=len(acknowledged),
        lost=sum(not _is_kept(write, stored) for write in acknowledged),
        duplicated=sum(len(ids) - 1 for ids in stored.values() if ids),
    )


def _is_kept(write: Attempt, stored: Mapping[str, Sequence[str]]) -> bool:
    ids = stored.get(write.idempotency_key, ())
    return write.order_id in ids if write.order_id else bool(ids)

"""Keyset paging: `?after=` the last id seen, `&limit=` of them."""

import re
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import QueryParams

from backend.problems import ProblemError

DEFAULT_LIMIT = 100
_WHOLE = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Page:
    after: int
    limit: int


def parse_page(query: QueryParams, *, highest_limit: int) -> Page:
    """Raises `ProblemError` (422)."""
    page = Page(_whole(query, "after", 0), _whole(query, "limit", DEFAULT_LIMIT))
    if not 1 <= page.limit <= highest_limit:
        raise _refused("limit", f"limit has to be from 1 to {highest_limit}.")
    return page


def next_after(page: Page, ids: list[int]) -> int | None:
    """Where to go on, or None if this page was not full and so the last."""
    return ids[-1] if len(ids) == page.limit else None


def _whole(query: QueryParams, field: str, default: int) -> int:
    text = query.get(field, str(default))
    if not _WHOLE.fullmatch(text):
        raise _refused(field, f"{field} has to be a whole number.")
    return int(text)


def _refused(field: str, detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field=field)
